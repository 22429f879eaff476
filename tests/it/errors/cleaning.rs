//! What people read when `clean:` is wrong.

use expect_test::expect;

use super::{PIPELINE, check, refused};
use crate::door::Test;

const EMAIL: &str = "{ type: string, clean: email, class: none }";

#[test]
fn unknown_step() {
    check(
        &[(PIPELINE, EMAIL, "{ type: string, clean: [nfkc, persn_name] }")],
        expect![[r#"
        error[S0121]: there is no cleaning `persn_name`
          --> pipelines/shop.yaml:21:52
           |
        21 |       email:         { type: string, clean: [nfkc, persn_name] }
           |                                                    ^^^^^^^^^^
           |
        help: did you mean `person_name`? there are: clean_text, company_name, country, digits, email, half_width, id_card_cn, id_card_cn_birth_date, id_card_cn_gender, lower, nfkc, person_name, region_cn, upper, url_domain, phone(REGION), postcode(REGION), map(FILE)

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn unknown_region() {
    check(
        &[(PIPELINE, EMAIL, "{ type: string, clean: [phone(UK), postcode(us)] }")],
        expect![[r#"
            error[S0121]: `UK` is not a region that `phone` knows
              --> pipelines/shop.yaml:21:46
               |
            21 |       email:         { type: string, clean: [phone(UK), postcode(us)] }
               |                                              ^^^^^^^^^
               |
            help: did you mean `phone(GB)`?

            error[S0121]: `us` is not a region that `postcode` knows
              --> pipelines/shop.yaml:21:57
               |
            21 |       email:         { type: string, clean: [phone(UK), postcode(us)] }
               |                                                         ^^^^^^^^^^^^
               |
            help: did you mean `postcode(US)`?

            2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn step_without_its_file() {
    check(
        &[(PIPELINE, EMAIL, "{ type: string, clean: [map(maps/none.csv), map(../x.csv), map] }")],
        expect![[r#"
            error[S0161]: the mapping `maps/none.csv` cannot be read: No such file or directory (os error 2)
              --> pipelines/shop.yaml:21:46
               |
            21 |       email:         { type: string, clean: [map(maps/none.csv), map(../x.csv), map] }
               |                                              ^^^^^^^^^^^^^^^^^^
               |
            help: write its path relative to the project; it is a CSV of two columns, `from,to`

            error[S0161]: the mapping `../x.csv` cannot be read: it is not in the project
              --> pipelines/shop.yaml:21:66
               |
            21 |       email:         { type: string, clean: [map(maps/none.csv), map(../x.csv), map] }
               |                                                                  ^^^^^^^^^^^^^
               |
            help: write its path relative to the project; it is a CSV of two columns, `from,to`

            error[S0121]: there is no cleaning `map`
              --> pipelines/shop.yaml:21:81
               |
            21 |       email:         { type: string, clean: [map(maps/none.csv), map(../x.csv), map] }
               |                                                                                 ^^^
               |
            help: `map(FILE)` names a file of the project; there are: clean_text, company_name, country, digits, email, half_width, id_card_cn, id_card_cn_birth_date, id_card_cn_gender, lower, nfkc, person_name, region_cn, upper, url_domain, phone(REGION), postcode(REGION), map(FILE)

            3 errors, 0 warnings
        "#]],
    );
}

#[test]
fn cleaning_of_what_is_no_string() {
    check(
        &[(PIPELINE, EMAIL, "{ type: date, clean: id_card_cn_birth_date }")],
        expect![[r#"
        error[S0164]: `customers.email` is a date, and only strings are cleaned
          --> pipelines/shop.yaml:21:43
           |
        21 |       email:         { type: date, clean: id_card_cn_birth_date }
           |                                           ^^^^^^^^^^^^^^^^^^^^^
           |
        help: declare it as a string and cast in staging, or leave `clean` out

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn mapping_that_contradicts_itself() {
    let test = Test::tiny();
    test.edit(PIPELINE, EMAIL, "{ type: string, clean: [email, map(maps/mail.csv)] }");
    test.write("maps/mail.csv", "from,to\na@x.com,b@x.com\nc@x.com\nＡ@X.com,d@x.com\n\"e@x.com\",f@x.com,g\n");
    refused(
        &test,
        &[],
        expect![[r#"
        error[S0163]: a mapping has two columns, this record has one
         --> maps/mail.csv:3:1
          |
        3 | c@x.com
          | ^^^^^^^
          |
        help: write `from,to`

        error[S0162]: this value stands on line 2 already, with another meaning
         --> maps/mail.csv:4:1
          |
        4 | Ａ@X.com,d@x.com
          | ^^^^^^^^^^^^^^^
          |
        help: keep one of the two lines; values are compared without case, width and surrounding blanks

        error[S0163]: a mapping has two columns, this record has 3
         --> maps/mail.csv:5:1
          |
        5 | "e@x.com",f@x.com,g
          | ^^^^^^^^^^^^^^^^^^^
          |
        help: write `from,to`, and a value that has a comma in double quotes

        3 errors, 0 warnings
    "#]],
    );
}

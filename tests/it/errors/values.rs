//! What people read when the format of a column is none.

use expect_test::expect;

use super::{PIPELINE, check};

#[test]
fn formats_that_are_none() {
    let first = "acquired_on:   { from: [since], type: date, format: \"%Y-%m-%d\" }\n";
    let columns = "\
acquired_on:   { from: [since], type: date, format: [epoch, yyyy-MM-dd, \"%d.%Q.%Y\", \"%F %I:%M\"] }
      active:        { type: boolean, format: [有效/无效, 有效] }
      known:         { type: boolean, format: [1/0, 2/1] }
      points:        { type: integer, format: \"#.##0\" }
      share:         { type: double, format: \"1234,56 %\" }
      note:          { type: string, format: \"%Y\", clock_gap: later }
";
    check(
        &[(PIPELINE, first, columns)],
        expect![[r##"
        error[S0128]: the format `epoch` of `customers.acquired_on` says no year
          --> pipelines/shop.yaml:22:60
           |
        22 |       acquired_on:   { from: [since], type: date, format: [epoch, yyyy-MM-dd, "%d.%Q.%Y", "%F %I:%M"] }
           |                                                            ^^^^^
           |
        help: did you mean `epoch_s`?

        error[S0128]: the format `yyyy-MM-dd` of `customers.acquired_on` says no year
          --> pipelines/shop.yaml:22:67
           |
        22 |       acquired_on:   { from: [since], type: date, format: [epoch, yyyy-MM-dd, "%d.%Q.%Y", "%F %I:%M"] }
           |                                                                   ^^^^^^^^^^
           |
        help: use %Y %y %m %b %d %a %H %I %p %M %S %f %z %s, the short forms %F %T %D %R, %% and any other text as it stands; or one of epoch_s, epoch_ms, epoch_us, excel, excel_1904

        error[S0128]: the format `%d.%Q.%Y` of `customers.acquired_on` has `%Q`, which is not known
          --> pipelines/shop.yaml:22:79
           |
        22 |       acquired_on:   { from: [since], type: date, format: [epoch, yyyy-MM-dd, "%d.%Q.%Y", "%F %I:%M"] }
           |                                                                               ^^^^^^^^^^
           |
        help: use %Y %y %m %b %d %a %H %I %p %M %S %f %z %s, the short forms %F %T %D %R, %% and any other text as it stands; or one of epoch_s, epoch_ms, epoch_us, excel, excel_1904

        error[S0128]: the format `%F %I:%M` of `customers.acquired_on` has %I without %p: nothing says which half of the day
          --> pipelines/shop.yaml:22:91
           |
        22 |       acquired_on:   { from: [since], type: date, format: [epoch, yyyy-MM-dd, "%d.%Q.%Y", "%F %I:%M"] }
           |                                                                                           ^^^^^^^^^^
           |
        help: use %Y %y %m %b %d %a %H %I %p %M %S %f %z %s, the short forms %F %T %D %R, %% and any other text as it stands; or one of epoch_s, epoch_ms, epoch_us, excel, excel_1904

        error[S0147]: the format `有效` of `customers.active` is not two words
          --> pipelines/shop.yaml:23:55
           |
        23 |       active:        { type: boolean, format: [有效/无效, 有效] }
           |                                                           ^^
           |
        help: say the word for true, `/`, the word for false: `yes/no`

        error[S0147]: the format `1/0` of `customers.known` has a word that is both true and false
          --> pipelines/shop.yaml:24:48
           |
        24 |       known:         { type: boolean, format: [1/0, 2/1] }
           |                                                ^^^
           |
        help: say the word for true, `/`, the word for false: `yes/no`

        error[S0146]: the format `#.##0` of `customers.points` is not an example of a number
          --> pipelines/shop.yaml:25:47
           |
        25 |       points:        { type: integer, format: "#.##0" }
           |                                               ^^^^^^^
           |
        help: write one of "1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,234.56%", "1.234,56%", "1 234,56%", "1'234.56%", in quotation marks

        error[S0146]: the format `1234,56 %` of `customers.share` is not an example of a number
          --> pipelines/shop.yaml:26:46
           |
        26 |       share:         { type: double, format: "1234,56 %" }
           |                                              ^^^^^^^^^^^
           |
        help: did you mean `1 234,56%`?

        error[S0148]: the format `%Y` of `customers.note` is of a text, and texts have none
          --> pipelines/shop.yaml:27:46
           |
        27 |       note:          { type: string, format: "%Y", clock_gap: later }
           |                                              ^^^^
           |
        help: leave `format` out, or declare another type

        error[S0149]: `customers.note` has `clock_gap`, and a string has no clock
          --> pipelines/shop.yaml:27:63
           |
        27 |       note:          { type: string, format: "%Y", clock_gap: later }
           |                                                               ^^^^^
           |
        help: leave it out, or say `type: timestamp`

        10 errors, 0 warnings
    "##]],
    );
}

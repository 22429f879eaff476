//! A mapping file is part of how a source is read.

use crate::door::Test;

#[test]
fn another_mapping_is_another_reading() {
    let test = Test::tiny();
    test.edit(
        "pipelines/shop.yaml",
        "{ from: [name], type: string, class: none }",
        "{ from: [name], type: string, clean: [person_name, map(maps/names.csv)] }",
    );
    test.write("maps/names.csv", "from,to\nADA,Ada Lovelace\n");
    let names = || test.query("select customer_name from dim_customer order by 1");
    test.ok(&["run"]);
    assert_eq!(names(), "customer_name\nAda Lovelace\nBen\nCyd\n");
    test.write("maps/names.csv", "from,to\nben,Benjamin\n");
    test.ok(&["run"]);
    assert_eq!(names(), "customer_name\nAda\nBenjamin\nCyd\n");
}

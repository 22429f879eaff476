//! `septet schema infer`: what is proposed is what is then read.

use std::path::Path;

use crate::door::{self, REPOSITORY, Test, skipped};

/// The proposal for a file of the test's folder.
fn infer(test: &Test, arguments: &[&str]) -> String {
    test.ok(&[&["schema", "infer"], arguments].concat()).stdout
}

/// A pipeline of proposals, checked, and its sources read: records and quarantined of each.
fn read(test: &Test, proposals: &[String]) -> Vec<(String, u64, u64)> {
    let mut yaml = String::from(
        "version: 1\nname: proposed\ntimezone: UTC\ncurrency: EUR\nlogical_date: 2030-01-01\n\
         storage: { raw: raw, marts: marts }\ninclude: [../contract.yaml]\nmodels: [sql/staging, sql/core, sql/marts]\nsources:\n",
    );
    let mut union = String::from("-- One row per source.\n\n");
    for (at, proposal) in proposals.iter().enumerate() {
        yaml.push_str(proposal);
        let name = proposal.lines().find_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).expect("a name");
        let between = if at == 0 { "" } else { "\nunion all\n" };
        union.push_str(&format!("{between}select '{name}' as source, count(*) as records from raw.{name}"));
    }
    test.write("pipelines/proposed.yaml", yaml);
    test.write("sql/staging/counted.sql", union);
    test.write("sql/core/tally.sql", "-- One row per source.\n\nselect source, records from staging.counted\n");
    test.write("sql/marts/counts.sql", "-- One row per source.\n\nselect source, records from core.tally\n");
    test.write(
        "contract.yaml",
        "version: 1\ncore:\n  tally:\n    publish: tally\n    about: Records of each source.\n    grain: [source]\n    columns:\n      \
         source: { type: string, about: Name. }\n      records: { type: bigint, about: Number. }\nmarts:\n  counts:\n    folder: scorecard\n    \
         about: Records of each source.\n    grain: [source]\n    columns:\n      source: { type: string, about: Name. }\n      \
         records: { type: bigint, about: Number. }\n",
    );
    let checked = test.ok(&["check"]);
    assert!(!checked.stderr.contains("warning"), "{}", checked.stderr);
    test.ok(&["run"]);
    let results = test.results();
    let sources = results["sources"].as_array().cloned().unwrap_or_default();
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or_default();
    sources
        .iter()
        .map(|source| {
            let name = source["name"].as_str().unwrap_or_default().to_owned();
            (name, number(&source["rows"]), number(&source["quarantined"]))
        })
        .collect()
}

fn raw(test: &Test, name: &str, from: &Path) -> String {
    let bytes = std::fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    test.write(&format!("raw/{name}"), bytes);
    format!("raw/{name}")
}

#[test]
fn types_formats_and_words() {
    let test = Test::empty();
    test.write(
        "raw/orders.csv",
        "OrderId;CustomerName;Phone;When;Due;Amount;Rate;Active;Code;Units;Paid\n\
         1;Ada;13800138000;2024-03-05T10:00:00+01:00;05.03.2024;1.234,50;0,125;yes;007;12;05/13/2024\n\
         2;Ben;13900139000;2024-03-06T11:30:00+01:00;06.03.2024;12,00;0,5;no;012;-;05/14/2024\n\
         3;Cyd;13700137000;2024-03-07T12:00:00+01:00;07.03.2024;0,99;1,25;yes;100;7;05/02/2024\n",
    );
    let proposal = infer(&test, &["raw/orders.csv"]);
    let expected = "  \
  # Proposed by `septet schema infer` from 3 records. Look through it before it is committed.
  orders:
    path: orders.csv
    format: { type: csv, delimiter: \";\", null_words: [\"-\"] }
    key: [order_id]    # tells all records apart; so does code
    # amount: amount    # its total would be carried through the reconciliation
    columns:
      order_id:      { from: [OrderId], type: string, required: true }
      customer_name: { from: [CustomerName], type: string, class: pii.name }
      phone:         { from: [Phone], type: string, clean: phone(CN), class: pii.phone }
      when:          { from: [When], type: timestamp, format: [\"%Y-%m-%dT%H:%M:%S%z\"] }
      due:           { from: [Due], type: date, format: [\"%d.%m.%Y\"] }
      amount:        { from: [Amount], type: \"decimal(18,2)\", format: [\"1.234,56\"] }
      rate:          { from: [Rate], type: \"decimal(18,3)\", format: [\"1.234,56\"] }
      active:        { from: [Active], type: boolean }
      code:          { from: [Code], type: string, required: true }
      units:         { from: [Units], type: integer }
      paid:          { from: [Paid], type: date, format: [\"%m/%d/%Y\"] }
";
    assert_eq!(proposal, expected);
    assert_eq!(proposal, infer(&test, &["raw/orders.csv"]), "the same twice");
}

/// A document, another encoding, words for yes and no, a row of totals, no header.
#[test]
fn other_forms() {
    let test = Test::empty();
    test.write(
        "raw/items.json",
        "{\"meta\":{\"n\":2},\"data\":{\"items\":[\
         {\"id\":1,\"made_at\":1709600000000,\"who\":{\"email\":\"a@example.org\"},\"tags\":[1]},\
         {\"id\":2,\"made_at\":1709600000001,\"who\":{\"email\":\"b@example.org\"},\"tags\":[]}]}}",
    );
    let proposal = infer(&test, &["raw/items.json"]);
    for expected in [
        "type: json, records: data.items",
        "Arrays are not read: tags.",
        "type: timestamp, format: [\"epoch_ms\"]",
        "from: [who.email]",
    ] {
        assert!(proposal.contains(expected), "{expected} is not in\n{proposal}");
    }
    let text = "编号\t名称\t状态\n1\t甲\t有效\n2\t乙\t无效\n3\t丙\t有效\n";
    let wide: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    test.write("raw/states.csv", wide);
    let proposal = infer(&test, &["raw/states.csv"]);
    for expected in
        ["encoding: utf-16le, delimiter: tab", "status: { from: [状态], type: boolean, format: [\"有效/无效\"] }"]
    {
        assert!(proposal.contains(expected), "{expected} is not in\n{proposal}");
    }
    test.write("raw/totals.csv", "made by,x\n\n订单编号,实付金额,数量\nA1,1.50,1\nA2,2.50,2\nA3,3.00,2\n合计,7.00,5\n");
    let proposal = infer(&test, &["raw/totals.csv"]);
    assert!(proposal.contains("header_row: 3, comment: [\"合计\"]"), "{proposal}");
    test.write("raw/bare.csv", "1,2024-03-05,9.5\n2,2024-03-06,8.25\n");
    let proposal = infer(&test, &["raw/bare.csv"]);
    assert!(
        proposal.contains("header: false") && proposal.contains("column_2: { from: [\"2\"], type: date"),
        "{proposal}"
    );
}

#[test]
fn day_and_month_are_said_to_be_unsure() {
    let test = Test::empty();
    test.write("raw/a.csv", "id,day\n1,05/03/2024\n2,06/03/2024\n");
    assert!(infer(&test, &["raw/a.csv"]).contains("which is the month? every value reads as %m/%d/%Y too"));
    test.write("raw/b.csv", "id,day,other\n1,05/03/2024,12/31/2024\n2,06/03/2024,01/15/2025\n");
    let proposal = infer(&test, &["raw/b.csv"]);
    assert!(proposal.contains("day:   { type: date, format: [\"%m/%d/%Y\"] }"), "{proposal}");
}

/// The sample company's own exports: GBK, gzip, JSON lines, repeated records, headers that change from file to file.
#[test]
fn point_and_comma_are_told_by_the_other_columns() {
    let test = Test::empty();
    test.write("raw/a.csv", "id;umsatz;x\n1;1.000;1,5\n2;12.500;2,5\n3;3.750;3,25\n4;2.000;4,5\n");
    let proposal = infer(&test, &["raw/a.csv"]);
    let expected = "umsatz: { type: bigint, format: [\"1.234,56\"] }    # reads as 1,234.56 too; the file's other numbers are written this way";
    assert!(proposal.contains(expected), "{proposal}");
    test.write("raw/b.csv", "id;umsatz\n1;1.000\n2;12.500\n3;3.750\n");
    let proposal = infer(&test, &["raw/b.csv"]);
    let expected =
        "umsatz: { type: \"decimal(18,3)\" }    # which is the decimal point? every value reads as 1.234,56 too";
    assert!(proposal.contains(expected), "{proposal}");
}

/// Words of YAML, characters that it wants escaped, and Excel's line for the delimiter.
#[test]
fn odd_headers() {
    let test = Test::empty();
    test.write("raw/a.csv", "sep=;\nid;NULL;true;~;a\u{7F}b;\u{85};12\n1;a;b;c;d;e;x\n2;b;c;d;e;f;y\n");
    let proposal = infer(&test, &["raw/a.csv"]);
    for expected in
        ["delimiter: \";\", header_row: 2", "\"null\":", "\"true\":", "[\"~\"]", "[\"a\\u007fb\"]", "[\"12\"]"]
    {
        assert!(proposal.contains(expected), "{expected} is not in\n{proposal}");
    }
    assert_eq!(read(&test, &[proposal]), [("a".to_owned(), 2, 0)]);
}

#[test]
fn the_sample_company() {
    let test = Test::empty();
    let folder = Path::new(REPOSITORY).join("testdata/crm");
    let mut proposals = Vec::new();
    for (name, file) in [
        ("customers", "crm/customers.csv"),
        ("products", "crm/products.csv"),
        ("service_cases", "crm/service_cases.csv"),
        ("campaign_touches", "crm/campaign_touches.csv.gz"),
        ("shop_customers", "shop/customers.jsonl.gz"),
        ("shop_order_lines", "shop/order_lines-2024-q1.csv.gz"),
    ] {
        let path = raw(&test, file, &folder.join(file));
        proposals.push(infer(&test, &[&path, "--name", name, "--timezone", "Asia/Shanghai"]));
    }
    for year in 2023..=2026 {
        let file = format!("crm/order_lines_{year}.csv.gz");
        raw(&test, &file, &folder.join(&file));
    }
    let lines = infer(&test, &["raw/crm/order_lines_*.csv.gz", "--timezone", "Asia/Shanghai"]);
    for expected in [
        "path: \"crm/order_lines_*.csv.gz\"",
        "key: [order_id, line_no]",
        "# amount: paid_amount",
        "from: [订单编号, 订单号], type: string, required: true",
        "from: [实付金额, 实收金额], type: \"decimal(18,2)\"",
        "from: [下单时间], type: timestamp, format: [\"%Y/%m/%d %H:%M:%S\"]",
    ] {
        assert!(lines.contains(expected), "{expected} is not in\n{lines}");
    }
    proposals.push(lines);
    let customers = proposals.first().expect("a proposal");
    for expected in
        ["encoding: gb", "key: [customer_id]", "order_by: updated_at", "class: pii.birth_date", "clean: email"]
    {
        assert!(customers.contains(expected), "{expected} is not in\n{customers}");
    }
    let sources = read(&test, &proposals);
    assert_eq!(sources.len(), proposals.len());
    // What is planted there to be quarantined, and nothing else: of each as many records as by pipelines/crm.yaml.
    let ledger = door::crm().query("select source, quarantined from reconciliation where stage = '1_ingest'");
    let by_hand = |name: &str| {
        let source = if name.starts_with("shop_") { name.to_owned() } else { format!("crm_{name}") };
        let found = ledger.lines().find_map(|line| line.strip_prefix(&source)?.strip_prefix(',')?.parse::<u64>().ok());
        found.unwrap_or_else(|| panic!("{source} is not in\n{ledger}"))
    };
    let proposed: Vec<(&str, u64)> = sources.iter().map(|(name, _, bad)| (name.as_str(), *bad)).collect();
    let written: Vec<(&str, u64)> = proposed.iter().map(|(name, _)| (*name, by_hand(name))).collect();
    assert_eq!(proposed, written);
    assert!(by_hand("customers") > 0 && by_hand("order_lines") > 0, "{written:?}");
}

/// Nothing sound that others wrote is refused by what is proposed for it; of files with commas that nobody quoted, the
/// lines that have too many fields are.
#[test]
fn real_files_are_read_as_proposed() {
    let test = Test::empty();
    let mut proposals = Vec::new();
    for folder in ["adventureworks", "northwind", "crm_sales_opportunities"] {
        let Some(path) = door::shared(folder) else {
            skipped("real_files_are_read_as_proposed", &format!("../shared/data/{folder} is not there"));
            continue;
        };
        for file in door::files_below(&path) {
            let name = file.to_string_lossy().into_owned();
            if !name.ends_with(".csv") || name.contains("Sales_2018") || name.contains("Sales_2019") {
                continue;
            }
            let raw = raw(&test, &format!("{folder}/{name}"), &path.join(&file));
            let source = format!("{folder}_{}", proposals.len());
            let proposal = infer(&test, &[&raw, "--name", &source]);
            let broken = match (folder, name.as_str()) {
                ("northwind", "customers.csv") => Some("24 records"),
                ("northwind", "suppliers.csv") => Some("9 records"),
                ("northwind", "orders.csv") => Some("176 records"),
                _ => None,
            };
            match broken {
                Some(count) => {
                    let said = format!("# {count} would be quarantined, more than `on_bad_row` allows.");
                    assert!(proposal.contains(&said), "{name}: {said}\n{proposal}");
                }
                None => proposals.push(proposal),
            }
        }
    }
    if proposals.is_empty() {
        return;
    }
    for (name, rows, quarantined) in read(&test, &proposals) {
        assert!(rows > 0, "{name} has no rows");
        assert_eq!(quarantined, 0, "{name}");
    }
}

#[test]
fn connectors_files_are_read_as_proposed() {
    let Some(seeds) = door::shared("crm_export_seeds") else {
        return skipped("connectors_files_are_read_as_proposed", "../shared/data/crm_export_seeds is not there");
    };
    let test = Test::empty();
    let mut proposals = Vec::new();
    for (connector, files) in [
        ("shopify", &["shopify_order", "shopify_customer", "shopify_refund", "shopify_abandoned_checkout"][..]),
        ("hubspot", &["deal", "ticket", "email_event", "owner", "contact", "deal_pipeline_stage"][..]),
        ("salesforce", &["sf_account", "sf_contact", "sf_order", "sf_task"][..]),
    ] {
        for file in files {
            let from = seeds.join(format!("dbt_{connector}/integration_tests/seeds/{file}_data.csv"));
            let path = raw(&test, &format!("{file}.csv"), &from);
            proposals.push(infer(&test, &[&path]));
        }
    }
    for (name, rows, quarantined) in read(&test, &proposals) {
        assert!(rows > 0 && quarantined == 0, "{name}: {rows} rows, {quarantined} quarantined");
    }
}

#[test]
fn what_cannot_be_proposed_is_said() {
    let test = Test::empty();
    let failed = |arguments: &[&str], code: &str| {
        let ran = test.septet(&[&["schema", "infer"], arguments].concat());
        assert!(ran.code != 0 && ran.stderr.contains(code), "{arguments:?}: {} {}", ran.code, ran.stderr);
    };
    failed(&["nowhere.csv"], "S0437");
    test.write("empty.csv", "");
    failed(&["empty.csv"], "S0439");
    test.write("a.csv", "a,b\n1,2\n");
    failed(&["a.csv", "--name", "A B"], "S0443");
    failed(&["a.csv", "--encoding", "klingon"], "S0444");
    let many: String = (0..200).map(|n| format!("{n},a\n")).collect();
    test.write("b1.csv", format!("id,name\n{many}"));
    test.write("b2.csv", "id;name\n1;a\n");
    let ran = test.septet(&["schema", "infer", "b*.csv"]);
    assert!(ran.code != 0 && ran.stderr.contains("b2.csv"), "{}", ran.stderr);
    test.write("a.parquet", "no Parquet");
    failed(&["a.parquet"], "S0440");
}

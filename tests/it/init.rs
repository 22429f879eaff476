//! New projects: what `septet init` writes runs, on the exports that the presets were made for.
//!
//! The figures were computed from the files by another program.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::door::{self, REPOSITORY, Test, files_below, skipped};

/// Objects that the seeds do not have, or of which they have no sound record.
const UNSEEDED: [&str; 4] = ["case", "campaign", "campaign_member", "order_url_tag"];

/// A new project with the connector's files in its folders.
struct Project {
    test: Test,
}

/// `None` where the exports are not there.
fn project(name: &str, preset: &str, prefix: &str) -> Option<Project> {
    let Some(seeds) = door::shared("crm_export_seeds") else {
        skipped(name, "../shared/data/crm_export_seeds is not there");
        return None;
    };
    let test = Test::empty();
    test.ok(&["init", ".", "--from", preset]);
    let seeds = seeds.join(format!("dbt_{preset}/integration_tests/seeds"));
    let project = Project { test };
    for folder in project.folders() {
        let from = seeds.join(format!("{prefix}{folder}_data.csv"));
        if UNSEEDED.contains(&folder.as_str()) {
            continue;
        }
        fs::copy(&from, project.test.path(&format!("raw/{folder}/{folder}.csv")))
            .unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
    Some(project)
}

impl Project {
    /// Folders of the raw storage.
    fn folders(&self) -> Vec<String> {
        let entries = fs::read_dir(self.test.path("raw")).expect("raw/").map(|entry| entry.expect("an entry"));
        let folders = entries.filter(|entry| entry.path().is_dir());
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn run(&self) {
        let checked = self.test.ok(&["check"]);
        assert!(checked.stdout.starts_with("ok: ") || checked.stderr.contains("ok: "), "{checked:?}");
        assert!(!checked.stderr.contains("warning"), "{}", checked.stderr);
        self.test.ok(&["run", "--logical-date", "2025-12-31"]);
        let results = self.test.results();
        for source in results["sources"].as_array().expect("sources") {
            assert_eq!(source["quarantined"], 0, "{source}");
        }
    }

    /// Rows as CSV, without their header.
    fn rows(&self, sql: &str) -> String {
        let text = self.test.query(sql);
        text.split_once('\n').map(|(_, rows)| rows.trim_end().to_owned()).unwrap_or_default()
    }
}

/// Nine of ten accounts are deleted or former versions, and so are all opportunities: neither counts. Accounts that
/// orders and events name and the export does not have are placeholders.
#[test]
fn salesforce() {
    let Some(project) = project("salesforce", "salesforce", "sf_") else { return };
    project.run();
    assert_eq!(project.rows("select count(*), count(customer_name), sum(source_records) from dim_customer"), "21,5,6");
    assert_eq!(
        project.rows("select count(*), sum(net_amount), count(distinct customer_key) from fct_sale"),
        "10,54800.60,5"
    );
    assert_eq!(project.rows("select kind, count(*) from fct_interaction group by 1 order by 1"), "call,6\nvisit,4");
    assert_eq!(project.rows("select count(*) from dim_sales_rep"), "8", "two of ten users are former versions");
    assert_eq!(project.rows("select count(*) from fct_opportunity"), "0");
    let filtered = "select source, filtered from reconciliation where stage = '2_latest' and filtered > 0 order by 1";
    assert_eq!(project.rows(filtered), "accounts,9\nopportunities,10\nusers,2");
    // Deleted or not, they are mapped: a probability of 1000 % is none.
    let kept = "deleted_when: deleted\n    keep_when: current_version is not false";
    let yaml = project.test.read("pipelines/salesforce.yaml");
    let (before, opportunities) = yaml.split_once("  opportunities:").expect("the source");
    let opportunities = opportunities.replacen(kept, "keep_when: \"opportunity_id is not null\"", 1);
    project.test.write("pipelines/salesforce.yaml", format!("{before}  opportunities:{opportunities}"));
    project.run();
    assert_eq!(
        project.rows(
            "select outcome, count(*), sum(amount), count(stage_probability) from fct_opportunity group by 1 order by 1"
        ),
        "lost,4,200001.00,4\nopen,1,210000.00,1\nwon,5,24120000.00,4"
    );
}

/// By the names of the connector in one file and by those of the Data Loader in the other.
#[test]
fn salesforce_service_and_marketing() {
    let test = Test::empty();
    test.ok(&["init", ".", "--from", "salesforce"]);
    test.write("raw/account/a.csv", "Id,Name,Industry,Phone,BillingCountry,BillingState,BillingCity,BillingStreet,AccountSource,OwnerId,IsDeleted,SystemModstamp\nA1,Acme,,,,,,,,,false,2025-01-01T00:00:00.000Z\n");
    test.write("raw/contact/a.csv", "Id,AccountId,Name,Email,Phone,MailingCountry,MailingState,MailingCity,MailingStreet,LeadSource,OwnerId,IsDeleted,SystemModstamp\nC1,A1,Ann,,,,,,,,,false,2025-01-01T00:00:00.000Z\n");
    test.write("raw/lead/a.csv", "Id,Name,Company,Industry,Email,Phone,Country,State,City,LeadSource,OwnerId,IsConverted,ConvertedAccountId,ConvertedContactId,IsDeleted,SystemModstamp\nL1,Lee,,,,,,,,,,false,,,false,2025-01-01T00:00:00.000Z\n");
    let cases = "Id,AccountId,ContactId,Type,Reason,Origin,CreatedDate,ClosedDate,IsDeleted,SystemModstamp\n\
                 K1,A1,,Problem,,Phone,2025-03-01T10:00:00.000+0000,2025-03-02T10:00:00.000+0000,false,2025-03-02T10:00:00.000+0000\n\
                 K2,,C1,Question,,Web,2025-03-03T10:00:00.000+0000,,false,2025-03-03T10:00:00.000+0000\n\
                 K3,A1,,Question,,Web,2025-03-03T10:00:00.000+0000,,false,2025-03-03T10:00:00.000+0000\n\
                 K3,A1,,Question,,Web,2025-03-03T10:00:00.000+0000,,true,2025-03-04T10:00:00.000+0000\n";
    test.write("raw/case/a.csv", cases);
    let campaigns = "id,name,type,start_date,end_date,budgeted_cost,actual_cost,is_deleted,_fivetran_synced\n\
                     P1,Spring,Email,2025-03-01,2025-03-31,1000.00,900.50,false,2025-03-02 00:00:00\n";
    test.write("raw/campaign/a.csv", campaigns);
    let members = "id,campaign_id,contact_id,lead_id,created_date,first_responded_date,is_deleted,_fivetran_synced\n\
                   M1,P1,C1,,2025-03-05 09:00:00,2025-03-06,false,2025-03-06 12:00:00\n\
                   M2,P1,,L1,2025-03-05 09:00:00,,false,2025-03-06 12:00:00\n";
    test.write("raw/campaign_member/a.csv", members);
    test.ok(&["run", "--logical-date", "2025-12-31"]);
    let rows =
        |sql: &str| test.query(sql).split_once('\n').map(|(_, rows)| rows.trim_end().to_owned()).unwrap_or_default();
    assert_eq!(
        rows("select case_id, customer_key, kind, channel, closed_at is not null from fct_service_case order by 1"),
        "K1,A1,complaint,phone,true\nK2,A1,inquiry,web,false"
    );
    assert_eq!(
        rows("select campaign_id, channel, starts_on, budget_amount, cost_amount from dim_campaign"),
        "P1,email,2025-03-01,1000.00,900.50"
    );
    assert_eq!(
        rows("select customer_key, channel, arm, cast(responded_at as date) from fct_campaign_touch order by 1"),
        "A1,email,treatment,2025-03-06\nL1,email,treatment,"
    );
    assert_eq!(rows("select filtered from reconciliation where source = 'cases' and stage = '2_latest'"), "1");
}

/// Three contacts were merged into a fourth. E-mail addresses are hashed in these files, which makes them none. Tickets
/// that were closed before they were opened are kept: `data_quality` tells of them.
#[test]
fn hubspot() {
    let Some(project) = project("hubspot", "hubspot", "") else { return };
    project.run();
    assert_eq!(
        project.rows("select customer_kind, count(*), sum(source_records) from dim_customer where source_records > 0 group by 1 order by 1"),
        "company,24,24\nperson,19,22"
    );
    assert_eq!(project.rows("select count(*) from dim_customer_link where match_rule <> 'single'"), "3");
    assert_eq!(project.rows("select count(*), count(amount), count(sales_rep_id) from fct_opportunity"), "44,0,22");
    assert_eq!(project.rows("select count(*) from fct_sale"), "0", "no deal was won");
    assert_eq!(
        project.rows("select kind, count(*), count(customer_key) from fct_interaction group by 1 order by 1"),
        "call,1,1\nemail,1,0\nsocial,1,0\nvisit,100,0"
    );
    assert_eq!(project.rows("select count(*), count(closed_at) from fct_service_case"), "25,23");
    assert_eq!(
        project.rows(
            "select count(*), sum(cast(opened as integer)), sum(cast(clicked as integer)) from fct_campaign_touch"
        ),
        "22,22,0"
    );
    assert_eq!(project.rows("select count(*), count(department) from dim_sales_rep"), "100,2");
    assert_eq!(project.rows("select count(*), count(starts_on) from dim_campaign"), "100,1");
}

/// Pounds are converted with the rate of the day. The refunds are of orders that the export does not have: they are
/// dated by their export and in the currency of the shop. A trailing blank behind time stamps is no fault.
#[test]
fn shopify() {
    let Some(project) = project("shopify", "shopify", "shopify_") else { return };
    project.test.write("raw/exchange_rates.csv", "currency,rate_on,rate_to_base\nGBP,2020-09-01,1.30\n");
    let order = fs::read_to_string(project.test.path("raw/order/order.csv")).expect("orders");
    let order = order.lines().nth(1).and_then(|line| line.split(',').next()).expect("an order").to_owned();
    let tags = format!("key,order_id,value\nutm_campaign,{order},Autumn\nutm_medium,{order},Email\ngclid,{order},x\n");
    project.test.write("raw/order_url_tag/tags.csv", tags);
    project.run();
    assert_eq!(project.rows("select campaign_id, channel, starts_on = ends_on from dim_campaign"), "autumn,email,true");
    assert!(project.rows("select count(*) from fct_sale where campaign_id = 'autumn'") != "0");
    assert_eq!(
        project.rows("select is_return, count(*), sum(quantity), sum(net_amount), sum(source_amount) from fct_sale group by 1 order by 1"),
        "false,3,4.000,16.64,12.80\ntrue,5,-5.000,-2075.00,2075.00"
    );
    assert_eq!(project.rows("select count(*), count(acquired_on) from dim_customer"), "4,4");
    assert_eq!(project.rows("select count(*), sum(list_price) from dim_product"), "8,432.58");
    assert_eq!(project.rows("select count(*), sum(on_hand) from fct_stock_level"), "8,41.000");
    assert_eq!(
        project.rows("select rows_in, rows_out, amount_in, amount_out from reconciliation where source = 'refund_lines' and stage = '1_ingest'"),
        "5,5,2075.00,2075.00"
    );
}

/// The CRM half of the sample company: GBK, Chinese headers, two of them under other names from 2025 on.
#[test]
fn csv_cn() {
    let test = Test::empty();
    test.ok(&["init", ".", "--from", "csv-cn"]);
    let exports = Path::new(REPOSITORY).join("testdata/crm/crm");
    for file in files_below(&exports) {
        let name = file.to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap_or_default();
        let folder = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        if test.path(&format!("raw/{folder}")).is_dir() {
            fs::copy(exports.join(&file), test.path(&format!("raw/{folder}/{name}"))).expect("a copy");
        }
    }
    test.ok(&["check"]);
    test.ok(&["run", "--logical-date", "2026-10-31"]);
    let rows =
        |sql: &str| test.query(sql).split_once('\n').map(|(_, rows)| rows.trim_end().to_owned()).unwrap_or_default();
    // What the shipped pipeline makes of the same files.
    let same = |sql: &str| {
        assert_eq!(rows(sql), door::crm().query(&sql.replace("'order_lines'", "'crm_order_lines'")), "{sql}")
    };
    same("select count(*), sum(net_amount), sum(quantity) from fct_sale where source_name = 'order_lines'");
    same("select count(*), sum(amount) from fct_opportunity where outcome = 'won'");
    same("select count(*) from dim_sales_rep");
    assert_eq!(rows("select count(*) from reconciliation where difference <> 0"), "0");
}

/// The preset is the CRM half of the sample company. Only the sales differ in kind, for the sample has two systems of them,
/// and its customers come from both.
#[test]
fn csv_cn_is_the_sample() {
    let text = |path: &str| fs::read_to_string(Path::new(REPOSITORY).join(path)).expect("a model");
    let folder = "presets/csv-cn/sql/core/csv_cn";
    let mut differ = Vec::new();
    for file in files_below(&Path::new(REPOSITORY).join(folder)) {
        let name = file.display().to_string();
        let sample = text(&format!("sql/core/crm/{name}")).replace("staging.customer_record as", "staging.customer as");
        if text(&format!("{folder}/{name}")) != sample {
            differ.push(name);
        }
    }
    assert_eq!(differ, ["sale.sql"]);
}

/// A new project runs before there is anything in it.
#[test]
fn a_new_project_is_sound_without_data() {
    for preset in ["salesforce", "hubspot", "shopify", "csv-cn"] {
        let test = Test::empty();
        let ran = test.ok(&["init", "warehouse", "--from", preset]);
        assert!(ran.stdout.contains("warehouse/README.md"), "{}", ran.stdout);
        let inside = ["--project-dir", "warehouse"];
        let checked = test.ok(&[&["check"], &inside[..]].concat());
        assert!(!checked.stderr.contains("warning"), "{preset}: {}", checked.stderr);
        assert!(test.read("warehouse/README.md").contains("septet run"), "{preset}");
        if preset == "shopify" {
            test.ok(&[&["run", "--logical-date", "2025-12-31"], &inside[..]].concat());
        }
    }
}

#[test]
fn the_sample_is_the_sample_company() {
    let test = Test::empty();
    test.ok(&["init", "."]);
    test.ok(&["check"]);
    assert!(test.read("README.md").contains("septet generate"));
}

#[test]
fn init_writes_over_nothing() {
    let test = Test::empty();
    test.write("notes.txt", "mine");
    let ran = test.septet(&["init", ".", "--from", "shopify"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("S0435"), "{}", ran.stderr);
    assert_eq!(files_below(test.root()).len(), 1);
}

/// The lists of what is compiled in. `UPDATE_EXPECT=1` writes them anew.
#[test]
fn templates_have_every_file_of_their_folders() {
    let list = |out: &mut String, name: &str, about: &str, roots: &[&str]| {
        let _ = write!(out, "\n/// {about}\npub const {name}: &[(&str, &str)] = files![\n");
        let mut files = Vec::new();
        for root in roots {
            let path = Path::new(REPOSITORY).join(root);
            if path.is_dir() {
                files.extend(files_below(&path).into_iter().map(|file| format!("{root}/{}", file.display())));
            } else {
                files.push((*root).to_owned());
            }
        }
        files.sort();
        for file in files {
            let _ = writeln!(out, "    \"{file}\",");
        }
        out.push_str("];\n");
    };
    let mut text = String::from(
        "//! Texts of the repository that new projects begin with: nothing here is a copy, so nothing can differ.\n//!\n\
         //! Generated (`UPDATE_EXPECT=1 cargo test --test it init`): a test holds the lists against the folders.\n\n\
         macro_rules! files {\n    ($($path:literal,)*) => {\n        \
         &[$(($path, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", $path)))),*]\n    };\n}\n",
    );
    list(
        &mut text,
        "SHARED",
        "Contracts, working models and marts: the same for every system.",
        &["sql/core/contract.yaml", "sql/marts", "sql/work"],
    );
    list(
        &mut text,
        "SAMPLE",
        "The sample company: a CRM and a web shop.",
        &["pipelines/crm.yaml", "sql/core/crm", "sql/staging/crm"],
    );
    list(&mut text, "SALESFORCE", "Salesforce.", &["presets/salesforce"]);
    list(&mut text, "HUBSPOT", "HubSpot.", &["presets/hubspot"]);
    list(&mut text, "SHOPIFY", "Shopify.", &["presets/shopify"]);
    list(&mut text, "CSV_CN", "CSV files with Chinese headers.", &["presets/csv-cn"]);
    let path = Path::new(REPOSITORY).join("src/templates/files.rs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &text).expect("a file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "src/templates/files.rs does not have what is in the folders: run the tests with UPDATE_EXPECT=1"
    );
}

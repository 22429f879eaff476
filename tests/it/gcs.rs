//! Marts and raw exports in Google Cloud Storage, as far as its XML interface is known to a server in this process.

use crate::bucket::{Asked, Bucket, Fault};
use crate::door::{Ran, Test};

const SECRET: &str = "canary-secret-that-nobody-may-read";
const NET: &str = "select sum(net_amount) as net from fct_sale";

fn credentials(bucket: &Bucket) -> String {
    serde_json::json!({
        "gcs_base_url": bucket.url(),
        "disable_oauth": true,
        "client_email": "",
        "private_key": SECRET,
        "private_key_id": "",
    })
    .to_string()
}

/// The little shop with everything but its texts in the bucket, which lists three keys at a time.
fn shop(bucket: &Bucket) -> Test {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "  raw: raw\n", "  raw: gs://lake/raw\n");
    for file in ["customers.csv", "orders-2026-01.csv", "orders-2026-02.csv"] {
        bucket.put(&format!("raw/{file}"), test.read(&format!("raw/{file}")));
        test.remove(&format!("raw/{file}"));
    }
    bucket.page(3);
    test.env("SEPTET_MARTS", "gs://lake/marts").env("GOOGLE_SERVICE_ACCOUNT_KEY", credentials(bucket))
}

fn pointer(bucket: &Bucket) -> serde_json::Value {
    serde_json::from_slice(&bucket.get("marts/current.json").expect("a pointer")).expect("JSON")
}

fn silent(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET), "the secret is said: {text}");
    }
}

#[test]
fn releases_in_google_storage() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    let ran = test.ok(&["run"]);
    silent(&ran);
    assert!(ran.stderr.contains("gs://lake/marts"), "readers are told where: {}", ran.stderr);
    assert_eq!(pointer(&bucket)["number"], 1);
    assert_eq!(test.query(NET), "net\n203.49\n");
    assert_eq!(bucket.list("marts/releases/").len(), 6);

    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("nothing to do: release 1 is up to date"), "{}", ran.stderr);

    bucket.put("raw/orders-2026-03.csv", super::run::MARCH);
    test.ok(&["run"]);
    assert_eq!((pointer(&bucket)["number"].as_u64(), test.query(NET).as_str()), (Some(2), "net\n273.49\n"));
    let ran = test.ok(&["rollback", "1"]);
    silent(&ran);
    assert_eq!((pointer(&bucket)["number"].as_u64(), test.query(NET).as_str()), (Some(3), "net\n203.49\n"));
    let ran = test.ok(&["gc", "--keep", "1", "--hours", "0"]);
    assert!(ran.stderr.contains("removed 2 releases (2, 1)"), "{}", ran.stderr);
    assert_eq!(test.query(NET), "net\n203.49\n");
}

fn is_write(asked: &Asked, key: &str) -> bool {
    asked.method == "PUT" && asked.key == key
}

#[test]
fn a_lease_of_another_run_is_respected_until_it_expires() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    let lease = |until: &str| {
        let owner = serde_json::json!({ "run_id": "other", "process": 1, "since_nanos": 1 });
        serde_json::json!({ "owner": owner, "expires_at": until }).to_string()
    };
    bucket.put("marts/_lease.json", lease("2999-01-01T00:00:00Z"));
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("run other, until 2999"), "{}", ran.stderr);
    bucket.put("marts/_lease.json", lease("2020-01-01T00:00:00Z"));
    test.ok(&["run"]);

    // Two find it expired; one of them takes it.
    bucket.put("marts/_lease.json", lease("2020-01-01T00:00:00Z"));
    let theirs = lease("2999-01-01T00:00:00Z");
    let mut done = false;
    bucket.faults(move |asked| {
        // The first write is a creation, which fails by itself.
        let seen = asked.is_conditional_on_a_version();
        match is_write(asked, "marts/_lease.json") && seen && !std::mem::replace(&mut done, seen) {
            true => Fault::Replace("marts/_lease.json".to_owned(), theirs.clone().into_bytes()),
            false => Fault::None,
        }
    });
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

#[test]
fn another_commit_of_the_same_number_wins() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    test.ok(&["run"]);
    bucket.put("raw/orders-2026-03.csv", super::run::MARCH);
    let record = bucket.list("marts/_commits/").pop().expect("a record");
    let text = String::from_utf8(bucket.get(&record).expect("a record")).expect("JSON");
    let other = text.replace("\"number\": 1", "\"number\": 2").replace("\"number\":1", "\"number\":2");
    assert_ne!(text, other);
    let second = record.replace("00000001", "00000002");
    let mut done = false;
    bucket.faults(move |asked| match is_write(asked, &second) && !std::mem::replace(&mut done, true) {
        true => Fault::Replace(second.clone(), other.clone().into_bytes()),
        false => Fault::None,
    });
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

#[test]
fn what_is_wrong_with_credentials_is_said_without_them() {
    let bucket = Bucket::start();
    let with = |name: &str, value: &str| {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", "  raw: raw\n", "  raw: gs://lake/raw\n");
        let ran = test.env(name, value).septet(&["run"]);
        silent(&ran);
        (ran.code, ran.stderr)
    };
    let key = format!("{{\"type\": \"service_account\", \"private_key\": {SECRET:?}");
    let pem = credentials(&bucket).replace("true", "false");
    for (name, value, said) in [
        ("GOOGLE_SERVICE_ACCOUNT", "no-such-file.json", "the file with Google credentials cannot be read"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "no-such-file.json", "the file with Google credentials cannot be read"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", key.as_str(), "the Google credentials are not JSON of a known kind"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", pem.as_str(), "the private key in the Google credentials cannot be used"),
    ] {
        let (code, stderr) = with(name, value);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("gs://lake/raw") && stderr.contains(said), "{stderr}");
    }
}

//! Networks and stores that fail: what is waited out, what ends a run, and what is said then.

use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Fault};
use crate::door::{Ran, Test};

const SECRET: &str = "canary-secret-that-nobody-may-read";
const NET: &str = "select sum(net_amount) as net from fct_sale";

/// The little shop with its raw files in a bucket that can be told to fail.
fn shop(bucket: &Bucket) -> Test {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "  raw: raw\n", "  raw: s3://lake/raw\n");
    for file in ["customers.csv", "orders-2026-01.csv", "orders-2026-02.csv"] {
        bucket.put(&format!("raw/{file}"), test.read(&format!("raw/{file}")));
        test.remove(&format!("raw/{file}"));
    }
    test.env("AWS_ENDPOINT", bucket.url())
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "somebody")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
}

fn silent(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET) && !text.contains("somebody"), "credentials are said: {text}");
    }
}

/// The same faults for the first requests, then none.
fn first(
    times: usize,
    wanted: impl Fn(&str) -> bool + Send + 'static,
    fault: Fault,
) -> impl FnMut(&crate::bucket::Asked) -> Fault {
    let mut left = times;
    move |asked| match left {
        1.. if wanted(&asked.key) => {
            left -= 1;
            fault.clone()
        }
        _ => Fault::None,
    }
}

#[test]
fn a_busy_store_is_waited_for() {
    for status in [503, 429, 500] {
        let bucket = Bucket::start();
        let test = shop(&bucket);
        // The first listing, and the first read of a file.
        let mut seen: Vec<String> = Vec::new();
        bucket.faults(move |asked| {
            let times = seen.iter().filter(|key| **key == asked.key).count();
            seen.push(asked.key.clone());
            if times < 2 && (asked.key.is_empty() || asked.key.ends_with("01.csv")) {
                Fault::Status(status)
            } else {
                Fault::None
            }
        });
        test.ok(&["run"]);
        assert_eq!(test.query(NET), "net\n203.49\n", "{status}");
        let reads = bucket.asked().into_iter().filter(|(_, key)| key.ends_with("01.csv")).count();
        assert_eq!(reads, 3, "two refused, one answered");
    }
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    bucket.faults(first(3, |key| key.ends_with("02.csv"), Fault::BreakAfter(30)));
    test.ok(&["run"]);
    assert_eq!(test.query(NET), "net\n203.49\n");
    let reads = bucket.asked().into_iter().filter(|(_, key)| key.ends_with("02.csv")).count();
    assert_eq!(reads, 4);
}

#[test]
fn a_store_that_stays_down_ends_the_run_in_time() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    bucket.faults(|asked| if asked.key.is_empty() { Fault::Status(503) } else { Fault::None });
    let began = Instant::now();
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(began.elapsed() < Duration::from_secs(75), "it took {:?}", began.elapsed());
    assert!(ran.stderr.contains("cannot list s3://lake/raw: the server answered 503 (SlowDown)"), "{}", ran.stderr);
    assert!(bucket.asked().len() > 5, "it was tried {} times", bucket.asked().len());
    silent(&ran);
}

#[test]
fn a_refusal_is_not_tried_again() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    bucket.faults(|_| Fault::Status(403));
    let ran = test.septet(&["run"]);
    assert_eq!((ran.code, bucket.asked().len()), (3, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("access denied"), "{}", ran.stderr);
    silent(&ran);
}

#[test]
fn an_object_replaced_after_the_listing_is_noticed() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    let other = "order_id,line_no,customer_id,ordered_on,amount\no1,1,c1,2026-01-05,99.00\n";
    let replace = Fault::Replace("raw/orders-2026-01.csv".to_owned(), other.into());
    bucket.faults(first(1, |key| key.ends_with("01.csv"), replace));
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("s3://lake/raw/orders-2026-01.csv was replaced while it was being read"),
        "{}",
        ran.stderr
    );
    test.ok(&["run"]);
    assert_eq!(test.query(NET), "net\n121.99\n", "the next run reads what is there now");
}

/// Larger than one part of a download.
fn large(mark: &str) -> Vec<u8> {
    let mut text = String::from("order_id,line_no,customer_id,ordered_on,amount\n");
    let mut number = 0;
    while text.len() < 20_000_000 {
        number += 1;
        text.push_str(&format!("{mark}{number},1,c1,2026-01-05,1.00{}\n", " ".repeat(200)));
    }
    text.into_bytes()
}

#[test]
fn an_object_replaced_between_its_parts_is_noticed() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    bucket.put("raw/orders-2026-03.csv", large("x"));
    let mut reads = 0;
    bucket.faults(move |asked| {
        reads += usize::from(asked.key.ends_with("03.csv"));
        match asked.key.ends_with("03.csv") && reads == 2 {
            true => Fault::Replace("raw/orders-2026-03.csv".to_owned(), large("y")),
            false => Fault::None,
        }
    });
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("orders-2026-03.csv was replaced"), "{}", ran.stderr);
}

#[test]
fn an_object_replaced_while_a_read_is_taken_up_again_is_noticed() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    let mut reads = 0;
    bucket.faults(move |asked| {
        reads += usize::from(asked.key.ends_with("02.csv"));
        match (asked.key.ends_with("02.csv"), reads) {
            (true, 1) => Fault::BreakAfter(30),
            (true, 2) => Fault::Replace("raw/orders-2026-02.csv".to_owned(), b"other".to_vec()),
            _ => Fault::None,
        }
    });
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("orders-2026-02.csv was replaced"), "{}", ran.stderr);
}

#[test]
fn thousands_of_objects_are_listed_in_pages_and_read_side_by_side() {
    let bucket = Bucket::start();
    let test = shop(&bucket);
    for number in 0..2500 {
        let text = format!("order_id,line_no,customer_id,ordered_on,amount\nm{number},1,c1,2026-01-05,1.00\n");
        bucket.put(&format!("raw/orders-more-{number}.csv"), text);
    }
    bucket.pause(Duration::from_millis(5));
    test.ok(&["run"]);
    assert_eq!(test.query("select count(*) as n, sum(net_amount) as net from fct_sale"), "n,net\n2506,2703.49\n");
    let listings = bucket.asked().into_iter().filter(|(_, key)| key.is_empty()).count();
    assert_eq!(listings, 3, "pages of a thousand");
    let most = bucket.most_at_once();
    assert!((8..=16).contains(&most), "{most} at once");
}

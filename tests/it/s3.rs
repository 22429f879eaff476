//! Raw exports and marts on an object store: against a server of that protocol, started here on a free port.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::door::{Ran, Test, skipped};

const SECRET: &str = "canary-secret-that-nobody-may-read";

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Result<Self, String> {
        let python = crate::python::with("moto.server", &["moto[server]"])?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| format!("no port is free: {error}"))?.port();
        let child = Command::new(python)
            .args(["-c", "import sys; from moto.server import main; main(sys.argv[1:])", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the server does not start: {error}"))?;
        let server = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if began.elapsed() > Duration::from_secs(60) {
                return Err("the server does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        server.put("/lake", b"");
        Ok(server)
    }

    /// One request and the body of its answer. This server does not look at signatures.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server answers");
        let signed =
            "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: {signed}\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).expect("the server listens");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server answers");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer.split_off(end + 4))
    }

    fn put(&self, path: &str, body: &[u8]) {
        let (status, answer) = self.ask("PUT", path, body);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
    }

    fn get(&self, key: &str) -> Vec<u8> {
        let (status, body) = self.ask("GET", &format!("/lake/{key}"), b"");
        assert_eq!(status, 200, "{key}: {}", String::from_utf8_lossy(&body));
        body
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        let (_, body) = self.ask("GET", &format!("/lake?list-type=2&prefix={prefix}"), b"");
        let text = String::from_utf8(body).expect("XML");
        text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()).map(str::to_owned).collect()
    }

    fn pointer(&self) -> serde_json::Value {
        serde_json::from_slice(&self.get("marts/current.json")).expect("the pointer is JSON")
    }

    /// What a reader does: follows the pointer once, then reads what lies below its prefix.
    fn net_amount(&self) -> (usize, i128) {
        let release = self.pointer()["release"].as_str().expect("a prefix").to_owned();
        let files = self.list(&format!("marts/{release}/fct_sale/"));
        let mut sum = 0;
        for file in &files {
            let bytes = bytes::Bytes::from(self.get(&file.replace('=', "%3D")));
            let reader =
                ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build()).expect("Parquet");
            for batch in reader {
                let batch = batch.expect("rows");
                let column = batch.column_by_name("net_amount").expect("net_amount");
                sum += column.as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
            }
        }
        (files.len(), sum)
    }

    /// The little shop with everything but its texts in the bucket.
    fn shop(&self) -> Test {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", "  raw: raw\n", "  raw: s3://lake/raw\n");
        for file in ["customers.csv", "orders-2026-01.csv", "orders-2026-02.csv"] {
            self.put(&format!("/lake/raw/{file}"), test.read(&format!("raw/{file}")).as_bytes());
            test.remove(&format!("raw/{file}"));
        }
        test.env("SEPTET_MARTS", "s3://lake/marts")
            .env("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "somebody")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
    }
}

fn silent(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET), "the secret is said: {text}");
    }
}

#[test]
fn releases_in_a_bucket() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("releases_in_a_bucket", &why),
    };
    let test = server.shop();

    let ran = test.ok(&["run"]);
    silent(&ran);
    assert!(ran.stderr.contains("s3://lake/marts"), "readers are told where: {}", ran.stderr);
    assert_eq!(server.pointer()["number"], 1);
    assert_eq!(server.net_amount(), (1, 20349));
    let first = server.pointer()["release"].as_str().expect("a prefix").to_owned();
    let of_first = server.list(&format!("marts/{first}/"));
    assert_eq!(of_first.len(), 6, "{of_first:?}");
    assert!(of_first.iter().all(|key| key.ends_with(".parquet")), "{of_first:?}");

    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("nothing to do: release 1 is up to date"), "{}", ran.stderr);
    assert_eq!(test.query("select sum(net_amount) as net from fct_sale"), "net\n203.49\n");

    server.put(
        "/lake/raw/customers.csv",
        format!("{}c4,Dee,dee@example.org,2026-02-02\n", crate::tiny::CUSTOMERS).as_bytes(),
    );
    silent(&test.ok(&["run"]));
    assert_eq!(server.pointer()["number"], 2);
    assert_eq!(test.query("select count(*) as n from dim_customer"), "n\n4\n");
    let second = server.pointer()["release"].as_str().expect("a prefix").to_owned();
    let sale = |release: &str| -> Vec<(String, Vec<u8>)> {
        let keys = server.list(&format!("marts/{release}/fct_sale/"));
        keys.iter().map(|key| (key.rsplit('/').next().unwrap_or_default().to_owned(), server.get(key))).collect()
    };
    assert_eq!(sale(&first), sale(&second), "what is unchanged is copied as it is");
    assert_eq!(server.list(&format!("marts/{first}/")), of_first, "a reader of release 1 is not disturbed");

    server.put("/lake/raw/orders-2026-03.csv", super::run::MARCH.as_bytes());
    test.ok(&["run"]);
    assert_eq!(server.net_amount(), (1, 27349));
    test.ok(&["rollback", "1"]);
    assert_eq!((server.pointer()["number"].as_u64(), server.net_amount()), (Some(4), (1, 20349)));
    test.ok(&["run"]);
    assert_eq!((server.pointer()["number"].as_u64(), server.net_amount()), (Some(5), (1, 27349)));

    let ran = test.ok(&["gc", "--keep", "1", "--hours", "0"]);
    assert!(ran.stderr.contains("removed 4 releases (4, 3, 2, 1)"), "{}", ran.stderr);
    assert_eq!(server.net_amount(), (1, 27349));
    assert_eq!(server.list(&format!("marts/{first}/")), Vec::<String>::new());
}

/// A run that takes longer than anybody waits, and has taken the lease.
fn endless(server: &Server) -> (Test, Child) {
    let test = server.shop();
    test.edit(
        "sql/work/customer_total.sql",
        "from core.sale\n",
        "from core.sale\ncross join generate_series(1, 4000000) as a(value)\ncross join generate_series(1, 4000000) as b(value)\n",
    );
    let child = test.spawn(&["run"]);
    let began = Instant::now();
    while !server.list("marts/").iter().any(|key| key.contains("_lease")) {
        assert!(began.elapsed() < Duration::from_secs(20), "the run does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(500));
    (test, child)
}

#[test]
fn lease_in_a_bucket() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("lease_in_a_bucket", &why),
    };
    let (test, child) = endless(&server);
    let second = test.septet(&["run"]);
    assert_eq!(second.code, 4, "{}", second.stderr);
    assert!(second.stderr.contains("until"), "{}", second.stderr);
    silent(&second);

    let sent = Instant::now();
    let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(done.success());
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 143, "{}", ran.stderr);
    assert!(sent.elapsed() < Duration::from_secs(10), "it took {:?}", sent.elapsed());
    assert_eq!(test.results()["status"], "interrupted");
    assert!(server.list("marts/releases").is_empty(), "nothing was published");
}

#[test]
fn interrupted_run_gives_its_lease_back() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("interrupted_run_gives_its_lease_back", &why),
    };
    let (test, child) = endless(&server);
    let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(done.success());
    assert_eq!(Ran::of(child.wait_with_output().expect("it ends")).code, 143);
    test.edit(
        "sql/work/customer_total.sql",
        "cross join generate_series(1, 4000000) as a(value)\ncross join generate_series(1, 4000000) as b(value)\n",
        "",
    );
    let next = test.septet(&["run"]);
    assert_eq!(next.code, 0, "{}", next.stderr);
}

#[test]
fn failed_run_gives_its_lease_back() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("failed_run_gives_its_lease_back", &why),
    };
    let test = server.shop();
    test.edit("sql/marts/customer_value.sql", "'small'", "'tiny'");
    assert_eq!(test.septet(&["run"]).code, 1);
    test.edit("sql/marts/customer_value.sql", "'tiny'", "'small'");
    let next = test.septet(&["run"]);
    assert_eq!(next.code, 0, "{}", next.stderr);
}

#[test]
fn bucket_that_is_not_there() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("bucket_that_is_not_there", &why),
    };
    let test = server.shop().env("SEPTET_MARTS", "s3://pond/marts");
    let ran = test.septet(&["run"]);
    assert!(matches!(ran.code, 2 | 3), "{}: {}", ran.code, ran.stderr);
    assert!(ran.stderr.contains("s3://pond"), "{}", ran.stderr);
    silent(&ran);
}

#[test]
fn url_with_a_secret_in_it_is_not_repeated() {
    let test = Test::tiny().env("SEPTET_MARTS", format!("s3://user:{SECRET}@lake/marts"));
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    silent(&ran);
}

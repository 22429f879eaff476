//! Raw exports and marts in Azure storage: against the emulator of its blob service, started here on a free port.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential, MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use crate::door::{Ran, Test, skipped};

const SECRET: &str = "canary-secret-that-nobody-may-read";
/// What every copy of the emulator has: public, and documented with it.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const NET: &str = "select sum(net_amount) as net from fct_sale";

struct Server {
    child: Child,
    port: u16,
    runtime: tokio::runtime::Runtime,
    lake: MicrosoftAzure,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Result<Self, String> {
        let program = crate::node::with("azurite", "azurite-blob")?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| format!("no port is free: {error}"))?.port();
        let child = Command::new(program)
            .args(["--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"])
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the server does not start: {error}"))?;
        let lake = MicrosoftAzureBuilder::new()
            .with_account(ACCOUNT)
            .with_access_key(KEY)
            .with_container_name("lake")
            .with_endpoint(format!("http://127.0.0.1:{port}/{ACCOUNT}"))
            .with_allow_http(true)
            .build()
            .map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let server = Self { child, port, lake, runtime: runtime.map_err(|error| error.to_string())? };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if began.elapsed() > Duration::from_secs(60) {
                return Err("the server does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        server.make_container();
        Ok(server)
    }

    /// The one request that the client cannot make.
    fn make_container(&self) {
        let host = format!("127.0.0.1:{}", self.port);
        let target = format!("/{ACCOUNT}/lake?restype=container");
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = "PUT".parse().expect("a method");
        *request.uri_mut() = format!("http://{host}{target}").parse().expect("a URL");
        let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(KEY).expect("a key"));
        AzureAuthorizer::new(&credential, ACCOUNT).authorize(&mut request);
        let mut head = format!("PUT {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n");
        for (name, value) in request.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("ASCII")));
        }
        let mut stream = TcpStream::connect(&host).expect("the server answers");
        stream.write_all(format!("{head}\r\n").as_bytes()).expect("the server listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let key = Path::from(key);
        let put = self.lake.put(&key, bytes.into().into());
        self.runtime.block_on(put).expect("the server takes it");
    }

    fn get(&self, key: &str) -> bytes::Bytes {
        let get = async { self.lake.get(&Path::from(key)).await?.bytes().await };
        self.runtime.block_on(get).expect("the object is there")
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        let prefix = Path::from(prefix);
        let listed = self.lake.list(Some(&prefix)).map_ok(|meta| meta.location.to_string());
        self.runtime.block_on(listed.try_collect()).expect("a listing")
    }

    fn pointer(&self) -> serde_json::Value {
        serde_json::from_slice(&self.get("marts/current.json")).expect("the pointer is JSON")
    }

    /// The little shop with everything but its texts in the container.
    fn shop(&self) -> Test {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", "  raw: raw\n", "  raw: az://lake/raw\n");
        for file in ["customers.csv", "orders-2026-01.csv", "orders-2026-02.csv"] {
            self.put(&format!("raw/{file}"), test.read(&format!("raw/{file}")));
            test.remove(&format!("raw/{file}"));
        }
        test.env("SEPTET_MARTS", "abfss://lake/marts")
            .env("AZURE_STORAGE_USE_EMULATOR", "true")
            .env("AZURITE_BLOB_STORAGE_URL", format!("http://127.0.0.1:{}", self.port))
    }
}

fn silent(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET) && !text.contains(KEY), "the secret is said: {text}");
    }
}

fn lease(until: &str) -> String {
    let owner = serde_json::json!({ "run_id": "other", "process": 1, "since_nanos": 1 });
    serde_json::json!({ "owner": owner, "expires_at": until }).to_string()
}

#[test]
fn releases_in_a_container() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return skipped("releases_in_a_container", &why),
    };
    let test = server.shop();
    let ran = test.ok(&["run"]);
    silent(&ran);
    assert!(ran.stderr.contains("abfss://lake/marts"), "readers are told where: {}", ran.stderr);
    assert_eq!(server.pointer()["number"], 1);
    assert_eq!(test.query(NET), "net\n203.49\n");
    let first = format!("marts/{}", server.pointer()["release"].as_str().expect("a prefix"));
    let of_first = server.list(&first);
    assert_eq!(of_first.len(), 6, "{of_first:?}");

    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("nothing to do: release 1 is up to date"), "{}", ran.stderr);

    server.put("raw/orders-2026-03.csv", super::run::MARCH);
    silent(&test.ok(&["run"]));
    assert_eq!((server.pointer()["number"].as_u64(), test.query(NET).as_str()), (Some(2), "net\n273.49\n"));
    let second = format!("marts/{}", server.pointer()["release"].as_str().expect("a prefix"));
    let customers = |release: &str| {
        let keys = server.list(&format!("{release}/dim_customer"));
        keys.iter().map(|key| server.get(key)).collect::<Vec<_>>()
    };
    assert_eq!(customers(&first), customers(&second), "what is unchanged is copied as it is");
    assert_eq!(server.list(&first), of_first, "a reader of release 1 is not disturbed");

    test.ok(&["rollback", "1"]);
    assert_eq!((server.pointer()["number"].as_u64(), test.query(NET).as_str()), (Some(3), "net\n203.49\n"));
    test.ok(&["run"]);
    assert_eq!((server.pointer()["number"].as_u64(), test.query(NET).as_str()), (Some(4), "net\n273.49\n"));
    let ran = test.ok(&["gc", "--keep", "1", "--hours", "0"]);
    assert!(ran.stderr.contains("removed 3 releases (3, 2, 1)"), "{}", ran.stderr);
    assert_eq!(test.query(NET), "net\n273.49\n");
    assert_eq!(server.list(&first), Vec::<String>::new());

    server.put("marts/_lease.json", lease("2999-01-01T00:00:00Z"));
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("run other, until 2999"), "{}", ran.stderr);
    server.put("marts/_lease.json", lease("2020-01-01T00:00:00Z"));
    test.ok(&["run"]);

    let ran = test.env("SEPTET_MARTS", "az://pond/marts").septet(&["run"]);
    assert!(matches!(ran.code, 1..=3), "{}: {}", ran.code, ran.stderr);
    assert!(ran.stderr.contains("az://pond"), "{}", ran.stderr);
    silent(&ran);
}

#[test]
fn what_is_wrong_with_azure_credentials_is_said_without_them() {
    let with = |raw: &str, env: &[(&str, &str)]| {
        let mut test = Test::tiny();
        test.edit("pipelines/shop.yaml", "  raw: raw\n", &format!("  raw: {raw}\n"));
        for (name, value) in env {
            test = test.env(name, *value);
        }
        let ran = test.septet(&["run"]);
        silent(&ran);
        (ran.code, ran.stderr)
    };
    let account = ("AZURE_STORAGE_ACCOUNT_NAME", "shop");
    let named = "abfss://lake@shop.dfs.core.windows.net/raw";
    for (raw, env, said) in [
        ("az://lake/raw", &[][..], "set AZURE_STORAGE_ACCOUNT_NAME"),
        ("az://lake/raw", &[account, ("AZURE_STORAGE_ACCOUNT_KEY", SECRET)][..], "KEY is not Base64"),
        (named, &[("AZURE_STORAGE_ACCOUNT_KEY", SECRET)][..], "KEY is not Base64"),
        (named, &[("AZURE_STORAGE_SAS_KEY", SECRET)][..], "SAS_KEY is not a shared access signature"),
    ] {
        let (code, stderr) = with(raw, env);
        assert_eq!(code, 2, "{stderr}");
        // What stands before an @ is not shown: in other URLs it is a user and a password.
        let shown = raw.replace("lake@", "…@");
        assert!(stderr.contains(&shown) && stderr.contains(said), "{stderr}");
    }
}

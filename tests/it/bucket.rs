//! A bucket in this process, in the dialect that S3 and Google's XML interface have in common, with faults on request.
//!
//! Servers of others do not fail when a test wants them to, and none speaks Google's dialect. This one answers only
//! what septet asks: listing in pages, reading with ranges and conditions, writing and copying with conditions, removal.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub struct Bucket {
    pub port: u16,
    shared: Arc<Shared>,
}

/// What the server does instead of, or before, what it was asked for.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// This status, with a body that names an error.
    Status(u16),
    /// The right answer, of which only so many bytes of the body arrive.
    BreakAfter(usize),
    /// Somebody else writes an object first.
    Replace(String, Vec<u8>),
}

/// A request, as far as faults are chosen by it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Empty for listings.
    pub key: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

type Script = Box<dyn FnMut(&Asked) -> Fault + Send>;

#[derive(Clone)]
struct Stored {
    bytes: Vec<u8>,
    generation: u64,
}

#[derive(Default)]
struct Shared {
    objects: Mutex<BTreeMap<String, Stored>>,
    script: Mutex<Option<Script>>,
    asked: Mutex<Vec<(String, String)>>,
    generation: AtomicUsize,
    page: AtomicUsize,
    pause_ms: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    stop: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Bucket {
    /// A bucket `lake` without anything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared { page: AtomicUsize::new(1000), ..Shared::default() });
        let of_server = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if of_server.stop.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&of_server);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { port, shared }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.shared.put(key, bytes.into());
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        locked(&self.shared.objects).get(key).map(|stored| stored.bytes.clone())
    }

    pub fn list(&self, prefix: &str) -> Vec<String> {
        locked(&self.shared.objects).keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Keys in one answer to a listing.
    pub fn page(&self, keys: usize) {
        self.shared.page.store(keys, Ordering::Relaxed);
    }

    /// How long every read takes.
    pub fn pause(&self, pause: Duration) {
        self.shared.pause_ms.store(usize::try_from(pause.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    pub fn faults(&self, script: impl FnMut(&Asked) -> Fault + Send + 'static) {
        *locked(&self.shared.script) = Some(Box::new(script));
    }

    /// Requests so far: method and key.
    pub fn asked(&self) -> Vec<(String, String)> {
        locked(&self.shared.asked).clone()
    }

    /// The most requests that were being answered at one moment.
    pub fn most_at_once(&self) -> usize {
        self.shared.most.load(Ordering::Relaxed)
    }
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    fn error(status: u16, code: &str) -> Self {
        let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>because</Message></Error>");
        Self { status, headers: Vec::new(), body: body.into_bytes() }
    }

    fn of(stored: &Stored, status: u16) -> Self {
        let mut answer = Self::new(status);
        answer.headers.push(("ETag", etag(&stored.bytes)));
        answer.headers.push(("x-goog-generation", stored.generation.to_string()));
        answer.headers.push(("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()));
        answer
    }
}

fn etag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

impl Shared {
    fn put(&self, key: &str, bytes: Vec<u8>) -> Stored {
        let generation = 1000 + self.generation.fetch_add(1, Ordering::Relaxed) as u64;
        let stored = Stored { bytes, generation };
        locked(&self.objects).insert(key.to_owned(), stored.clone());
        stored
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let Some(asked) = Asked::read(&mut stream) else { return };
        locked(&self.asked).push((asked.method.clone(), asked.key.clone()));
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        if asked.method == "GET" {
            std::thread::sleep(Duration::from_millis(self.pause_ms.load(Ordering::Relaxed) as u64));
        }
        let fault = locked(&self.script).as_mut().map_or(Fault::None, |script| script(&asked));
        let mut sent = usize::MAX;
        let answer = match fault {
            Fault::Status(status) => Answer::error(status, "SlowDown"),
            Fault::Replace(key, bytes) => {
                self.put(&key, bytes);
                self.answer(&asked)
            }
            Fault::BreakAfter(bytes) => {
                sent = bytes;
                self.answer(&asked)
            }
            Fault::None => self.answer(&asked),
        };
        let length = answer.body.len();
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", answer.status);
        let known = answer.headers.iter().any(|(name, _)| *name == "Content-Length");
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !known {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        let body = answer.body.get(..length.min(sent)).unwrap_or_default();
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        self.now.fetch_sub(1, Ordering::Relaxed);
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn answer(&self, asked: &Asked) -> Answer {
        match (asked.method.as_str(), asked.key.as_str()) {
            ("GET", "") => self.listing(asked),
            ("GET" | "HEAD", key) => self.read(asked, key),
            ("PUT", key) => self.write(asked, key),
            ("DELETE", key) => match locked(&self.objects).remove(key) {
                Some(_) => Answer::new(204),
                None => Answer::error(404, "NoSuchKey"),
            },
            _ => Answer::error(501, "NotImplemented"),
        }
    }

    fn read(&self, asked: &Asked, key: &str) -> Answer {
        let Some(stored) = locked(&self.objects).get(key).cloned() else { return Answer::error(404, "NoSuchKey") };
        if asked.headers.get("if-match").is_some_and(|wanted| *wanted != etag(&stored.bytes)) {
            return Answer::error(412, "PreconditionFailed");
        }
        let size = stored.bytes.len();
        if asked.method == "HEAD" {
            let mut answer = Answer::of(&stored, 200);
            answer.headers.push(("Content-Length", size.to_string()));
            return answer;
        }
        let range = asked.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        match range.and_then(|range| range.split_once('-')) {
            Some((from, to)) => {
                let from: usize = from.parse().expect("a range from somewhere");
                let end = to.parse::<usize>().map_or(size, |to| (to + 1).min(size));
                let mut answer = Answer::of(&stored, 206);
                answer.headers.push(("Content-Range", format!("bytes {from}-{}/{size}", end.saturating_sub(1))));
                answer.body = stored.bytes.get(from..end).unwrap_or_default().to_vec();
                answer
            }
            None => {
                let mut answer = Answer::of(&stored, 200);
                answer.body = stored.bytes;
                answer
            }
        }
    }

    fn write(&self, asked: &Asked, key: &str) -> Answer {
        let there = locked(&self.objects).get(key).cloned();
        let generation = there.as_ref().map_or(0, |stored| stored.generation);
        let expected = asked.headers.get("x-goog-if-generation-match");
        if expected.is_some_and(|expected| *expected != generation.to_string()) {
            return Answer::error(412, "PreconditionFailed");
        }
        let source = ["x-goog-copy-source", "x-amz-copy-source"].iter().find_map(|name| asked.headers.get(*name));
        let bytes = match source {
            Some(source) => {
                let source = decoded(source, false);
                let from = source.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
                match locked(&self.objects).get(from) {
                    Some(stored) => stored.bytes.clone(),
                    None => return Answer::error(404, "NoSuchKey"),
                }
            }
            None => asked.body.clone(),
        };
        Answer::of(&self.put(key, bytes), 200)
    }

    fn listing(&self, asked: &Asked) -> Answer {
        let text = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
        let (prefix, delimiter, after) = (text("prefix"), text("delimiter"), text("continuation-token"));
        let page = self.page.load(Ordering::Relaxed);
        let objects = locked(&self.objects);
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>");
        let (mut listed, mut last) = (0, String::new());
        let mut more = false;
        for (key, stored) in objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after) {
            let rest = key.get(prefix.len()..).unwrap_or_default();
            let folder = match delimiter.as_str() {
                "" => None,
                delimiter => rest.find(delimiter).and_then(|at| rest.get(..=at)).map(|name| format!("{prefix}{name}")),
            };
            if folder.as_ref().is_some_and(|folder| *folder == last || *folder == after) {
                continue;
            }
            if listed == page {
                more = true;
                break;
            }
            listed += 1;
            let name = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            match folder {
                Some(folder) => {
                    body.push_str(&format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", name(&folder)));
                    last = folder;
                }
                None => {
                    body.push_str(&format!(
                        "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                         <ETag>{}</ETag></Contents>",
                        name(key),
                        stored.bytes.len(),
                        etag(&stored.bytes).replace('"', "&quot;")
                    ));
                    last.clone_from(key);
                }
            }
        }
        if more {
            body.push_str(&format!(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
            ));
        }
        body.push_str("</ListBucketResult>");
        Answer { status: 200, headers: vec![("Content-Type", "application/xml".to_owned())], body: body.into_bytes() }
    }
}

impl Asked {
    /// Whether it replaces one version and no other.
    pub fn is_conditional_on_a_version(&self) -> bool {
        self.headers.get("x-goog-if-generation-match").is_some_and(|generation| generation != "0")
    }

    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 65536];
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            match stream.read(&mut buffer).ok()? {
                0 => return None,
                read => bytes.extend_from_slice(buffer.get(..read)?),
            }
        };
        let head = String::from_utf8(bytes.get(..end)?.to_vec()).ok()?;
        let mut body = bytes.split_off(end + 4);
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while body.len() < length {
            match stream.read(&mut buffer).ok()? {
                0 => return None,
                read => body.extend_from_slice(buffer.get(..read)?),
            }
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        };
        let query = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
        let path = decoded(path, false);
        let key = path.strip_prefix("/lake").unwrap_or("?").trim_start_matches('/').to_owned();
        Some(Self { method, key, query, headers, body })
    }
}

fn decoded(text: &str, form: bool) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).expect("two hexadecimal digits")
            }
            b'+' if form => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).expect("keys are UTF-8")
}

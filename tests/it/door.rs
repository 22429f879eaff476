//! The one door: a folder with a project in it, and the built binary.
//!
//! Tests name files and arguments, never types of the inside, so the inside can be rewritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The repository: shipped pipelines, SQL and test data.
pub const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// A project in a folder of its own, which goes when the test ends.
pub struct Test {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; 128 and the signal for a process that was killed.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Test {
    /// A folder without anything.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("septet-it-").tempdir().expect("a temporary folder");
        Self { folder, env: BTreeMap::new() }
    }

    /// The little shop of [`super::tiny`].
    pub fn tiny() -> Self {
        let test = Self::empty();
        for (path, text) in super::tiny::FILES {
            test.write(path, text);
        }
        test
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        self
    }

    /// Replaces a text that must stand in the file exactly once: a test that changes nothing proves nothing.
    pub fn edit(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands {} times in {path}", text.matches(from).count());
        self.write(path, text.replace(from, to))
    }

    pub fn append(&self, path: &str, more: &str) -> &Self {
        let text = self.read(path) + more;
        self.write(path, text)
    }

    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// The binary, in the project's folder, with nothing of this process's environment but the path.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_septet"));
        command.args(arguments).current_dir(self.root()).env_clear().stdin(Stdio::null());
        for name in ["PATH", "HOME", "TMPDIR", "TZ"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(&self.env);
        command
    }

    pub fn septet(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the binary starts");
        Ran::of(output)
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.septet(arguments);
        assert_eq!(ran.code, 0, "septet {}\n{}\n{}", arguments.join(" "), ran.stdout, ran.stderr);
        ran
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    /// Rows of the newest release as CSV, header included.
    pub fn query(&self, sql: &str) -> String {
        self.ok(&["query", "--format", "csv", sql]).stdout
    }

    /// `target/run_results.json`.
    pub fn results(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("target/run_results.json")).expect("run_results.json is JSON")
    }

    /// The number of the release that readers are on.
    pub fn release(&self) -> u64 {
        let target = fs::read_link(self.path("marts/current")).expect("a release is published");
        let name = target.file_name().and_then(|name| name.to_str()).expect("a name");
        name.split('-').next().and_then(|number| number.parse().ok()).expect("a number")
    }

    /// The commit record of a release.
    pub fn commit(&self, number: u64) -> serde_json::Value {
        serde_json::from_str(&self.read(&format!("marts.store/commits/{number:08}.json"))).expect("a record is JSON")
    }
}

impl Ran {
    pub fn of(output: std::process::Output) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let code = output.status.code().or_else(|| output.status.signal().map(|signal| 128 + signal));
        Self {
            code: code.expect("a process ends with a code or by a signal"),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }

    /// The line that schedulers look for.
    pub fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// All files below a folder by their path in it, in order.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                files.push(path.strip_prefix(root).expect("below the root").to_owned());
            }
        }
    }
    let mut files = Vec::new();
    walk(folder, folder, &mut files);
    files.sort();
    files
}

/// Says why a test proves nothing here. Printed past the capture of the harness, so that it is seen.
pub fn skipped(test: &str, why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}

/// A shipped pipeline over the repository's files, published once and read by several tests.
pub struct Published {
    folder: TempDir,
    pipeline: String,
    pub marts: PathBuf,
}

impl Published {
    /// The newest release, wherever `current` leads later.
    pub fn current(&self) -> PathBuf {
        fs::canonicalize(self.marts.join("current")).expect("a release is published")
    }

    /// Rows as CSV, without their header.
    pub fn query(&self, sql: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_septet"))
            .args(["query", "--pipeline", &self.pipeline, "--format", "csv", sql])
            .current_dir(self.folder.path().join("project"))
            .env("SEPTET_MARTS", &self.marts)
            .output()
            .expect("the binary starts");
        let ran = Ran::of(output);
        assert_eq!(ran.code, 0, "{sql}\n{}", ran.stderr);
        ran.stdout.split_once('\n').map(|(_, rows)| rows.trim_end().to_owned()).unwrap_or_default()
    }
}

/// Publishes a shipped pipeline in a folder of its own. The run's name is always the same, so that trees can be compared.
pub fn publish(pipeline: &str, arguments: &[&str], raw: Option<&Path>) -> Published {
    let folder = tempfile::Builder::new().prefix("septet-it-").tempdir().expect("a temporary folder");
    let marts = folder.path().join("marts");
    // `target/` of the repository belongs to cargo: a copy of the project's texts keeps the two apart.
    let project = folder.path().join("project");
    copy_project(&project);
    let mut command = Command::new(env!("CARGO_BIN_EXE_septet"));
    command.args(["run", pipeline, "--run-id", "it"]).args(arguments);
    command.current_dir(&project).env("SEPTET_MARTS", &marts);
    if let Some(raw) = raw {
        command.env("SEPTET_RAW", raw);
    }
    let ran = Ran::of(command.output().expect("the binary starts"));
    assert_eq!(ran.code, 0, "septet run {pipeline}\n{}", ran.stderr);
    Published { folder, pipeline: pipeline.to_owned(), marts }
}

/// Pipelines and SQL are copied; test data, which is large and only read, is linked.
pub fn copy_project(to: &Path) {
    let from = Path::new(REPOSITORY);
    for folder in ["pipelines", "sql"] {
        for file in files_below(&from.join(folder)) {
            let path = to.join(folder).join(&file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
            fs::copy(from.join(folder).join(&file), path).expect("a file can be copied");
        }
    }
    std::os::unix::fs::symlink(from.join("testdata"), to.join("testdata")).expect("a link can be made");
}

/// A published tree and what its run left for the next, as a project's own.
pub fn copy_published(published: &Published, marts: &Path) {
    for beside in ["", ".store"] {
        let with = |path: &Path| PathBuf::from(format!("{}{beside}", path.display()));
        let copied = Command::new("cp").arg("-a").args([with(&published.marts), with(marts)]).status();
        assert!(copied.expect("cp runs").success());
    }
}

/// The shipped CRM pipeline, published once for all tests.
pub fn crm() -> &'static Published {
    static ONCE: OnceLock<Published> = OnceLock::new();
    ONCE.get_or_init(|| publish("crm", &["--threads", "2"], None))
}

pub fn complete_journey() -> &'static Published {
    static ONCE: OnceLock<Published> = OnceLock::new();
    ONCE.get_or_init(|| publish("complete_journey", &[], None))
}

/// Real data that a stranger's clone does not have.
pub fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(REPOSITORY).parent()?.join("shared").join("data").join(name);
    folder.is_dir().then_some(folder)
}

pub fn adventureworks() -> Option<&'static Published> {
    static ONCE: OnceLock<Option<Published>> = OnceLock::new();
    ONCE.get_or_init(|| shared("adventureworks").map(|data| publish("adventureworks", &[], Some(&data)))).as_ref()
}

pub fn crm_sales_opportunities() -> Option<&'static Published> {
    static ONCE: OnceLock<Option<Published>> = OnceLock::new();
    let name = "crm_sales_opportunities";
    ONCE.get_or_init(|| shared(name).map(|data| publish(name, &[], Some(&data)))).as_ref()
}

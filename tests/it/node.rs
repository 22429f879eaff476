//! Programs from npm, for tests that hold septet against servers of others.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command of a package, which is fetched into the build's own folder once. Says why there is none.
pub fn with(package: &str, command: &str) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("node-{package}"));
    let program = folder.join("node_modules/.bin").join(command);
    if program.exists() {
        return Ok(program);
    }
    if !quietly(Command::new("node").arg("--version")) {
        return Err("there is no node".to_owned());
    }
    let install = ["install", "--silent", "--no-fund", "--no-audit", "--prefix"];
    if !quietly(Command::new("npm").args(install).arg(&folder).arg(package)) || !program.exists() {
        return Err(format!("`npm install {package}` does not succeed"));
    }
    Ok(program)
}

fn quietly(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

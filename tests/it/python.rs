//! A Python with packages, for tests that hold septet against programs of others.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Python that can import a module: the one on the path, or one in the build's own folder that gets the packages.
/// Says why there is none.
pub fn with(module: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let system = PathBuf::from("python3");
    if imports(&system, module) {
        return Ok(system);
    }
    if !quietly(Command::new(&system).arg("--version")) {
        return Err("there is no python3".to_owned());
    }
    // Kept between test runs: packages are fetched once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{module}"));
    let python = folder.join("bin/python");
    if imports(&python, module) {
        return Ok(python);
    }
    if !quietly(Command::new(&system).args(["-m", "venv"]).arg(&folder)) {
        return Err(format!("python3 has no {module} and cannot make an environment for it"));
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    if !quietly(Command::new(&python).args(install).args(packages)) || !imports(&python, module) {
        return Err(format!("python3 has no {module} and `pip install {}` does not succeed", packages.join(" ")));
    }
    Ok(python)
}

fn imports(python: &Path, module: &str) -> bool {
    quietly(Command::new(python).args(["-c", &format!("import {module}")]))
}

fn quietly(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

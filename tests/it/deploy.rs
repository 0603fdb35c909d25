//! What `deploy/` and the Dockerfile say is right: settings that the program accepts, the cluster that `make cluster` runs,
//! containers and services that may do little. `make image-test` runs the image itself.

mod compose;
mod kubernetes;
mod systemd;

#[path = "../cluster/topology.rs"]
#[expect(
    dead_code,
    reason = "ports are used where nodes are started, in tests/cluster"
)]
mod topology;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::helpers::skipped;

const VITRINE: &str = env!("CARGO_BIN_EXE_vitrine");

/// What `vitrine config check` says of these settings.
fn check(settings: &BTreeMap<String, String>) -> (Option<i32>, String) {
    let output = Command::new(VITRINE)
        .args(["config", "check"])
        .envs(settings)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn words(list: &Value) -> Vec<&str> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_str).collect()
}

/// A program that install.sh puts into `tests/tools`; elsewhere it may be in the PATH. `None`, said aloud, where it is not.
fn tool(name: &str) -> Option<Command> {
    let own = Path::new("tests/tools/bin").join(name);
    let command = || {
        if own.exists() {
            Command::new(&own)
        } else {
            Command::new(name)
        }
    };
    if command().arg("--version").output().is_ok() {
        return Some(command());
    }
    skipped(&format!("what {name} has to say: it is not installed"));
    None
}

/// What a program printed of itself and of faults, and whether it was content.
fn verdict(command: &mut Command) -> (String, bool) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        String::from_utf8_lossy(&said).into_owned(),
        output.status.success(),
    )
}

#[test]
fn the_dockerfile_is_clean() {
    let Some(mut hadolint) = tool("hadolint") else {
        return;
    };
    let (said, well) = verdict(hadolint.arg("Dockerfile"));
    assert!(well, "{said}");
}

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

#[test]
fn the_pipeline_is_clean() {
    let Some(mut actionlint) = tool("actionlint") else {
        return;
    };
    // It hands the scripts of the steps to shellcheck, which is beside it.
    let path = format!("{}/tests/tools/bin:/usr/bin:/bin", env!("CARGO_MANIFEST_DIR"));
    let (said, well) = verdict(actionlint.env("PATH", path).arg(".github/workflows/ci.yml"));
    assert!(well, "{said}");
}

#[test]
fn the_pipeline_takes_nothing_whose_content_can_change_and_may_do_little() {
    let text = std::fs::read_to_string(".github/workflows/ci.yml").unwrap();
    let used: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("uses: "))
        .map(|(_, used)| used)
        .collect();
    assert!(used.len() > 5, "{used:?}");
    for action in used {
        let (_, revision) = action.split_once('@').unwrap();
        let revision = revision.split(' ').next().unwrap();
        let is_hash = revision.len() == 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_hash && action.contains("# v"), "{action}");
    }
    assert!(text.contains("\npermissions:\n  contents: read\n") && !text.contains("write-all"));
}

#[test]
fn an_image_is_pushed_only_after_it_was_scanned() {
    let text = std::fs::read_to_string(".github/workflows/ci.yml").unwrap();
    let job = text
        .split("\n  image:\n")
        .nth(1)
        .unwrap()
        .split("\n  release:\n")
        .next()
        .unwrap();
    let steps: Vec<&str> = job.split("\n      - ").collect();
    let position = |words: &[&str]| {
        let has = |step: &&str| words.iter().all(|word| step.contains(word));
        steps
            .iter()
            .position(has)
            .unwrap_or_else(|| panic!("no step with {words:?}"))
    };
    let built = position(&["build-push-action", "load: true", "tags: vitrine:scanned"]);
    let scanned = position(&["trivy-action", "image-ref: vitrine:scanned", "exit-code: \"1\""]);
    let pushed = position(&["build-push-action", "push: true"]);
    assert!(built < scanned && scanned < pushed, "{steps:?}");
    // A scanner finds in an image what that says is in it.
    let dockerfile = std::fs::read_to_string("Dockerfile").unwrap();
    assert!(dockerfile.contains("/image/var/lib/dpkg/status.d/") && dockerfile.contains("/etc/os-release"));
}

#[test]
fn a_rollout_that_cannot_work_is_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let example = std::fs::read_to_string("deploy/rollout.toml").unwrap();
    let program = "'VITRINE__MEDIA__STORE=file:///var/lib/vitrine/media /opt/vitrine/$VERSION/vitrine --config /etc/vitrine/shop.toml \"$@\"'";
    assert!(example.contains(program), "the example has another command");
    let touching = format!("'touch {}/touched'", folder.path().display());
    let example = example.replace(program, "'[ $VERSION != none ] && echo vitrine $VERSION'");
    let commands = example.lines().map(|line| match line.split_once(" = ") {
        Some((name @ ("stop" | "start"), _)) => format!("{name} = {touching}\n"),
        _ => format!("{line}\n"),
    });
    let cluster: String = commands.collect();
    for (cluster, arguments, why) in [
        ("nodes = 1", ["2", "--from", "1"], "is missing"),
        ("no = toml = at all", ["2", "--from", "1"], "cluster.toml"),
        (
            &cluster.replace("\"realtime\"", "\"other\""),
            ["2", "--from", "1"],
            "the role other",
        ),
        (&cluster, ["2", "--from", "none"], "does not say its number"),
        (
            &cluster,
            ["2", "--from", "1"],
            "the load balancer cannot be reached",
        ),
        (
            &cluster,
            ["2", "--no-migrations", "--blocking-migrations"],
            "Say --from",
        ),
    ] {
        let file = folder.path().join("cluster.toml");
        std::fs::write(&file, cluster).unwrap();
        let (said, _) = verdict(Command::new("deploy/rollout").arg(&file).args(arguments));
        assert!(said.contains("REFUSED") && said.contains(why), "{why}: {said}");
    }
    assert!(!folder.path().join("touched").exists());
    let state = folder.path().join("rollout.json");
    assert!(!state.exists(), "{}", std::fs::read_to_string(state).unwrap());
}

/// The pipeline asks for five seconds of a release build on a machine of its own.
#[test]
fn a_program_that_was_just_downloaded_shows_a_page() {
    if ["curl", "python3"]
        .iter()
        .any(|name| Command::new(name).arg("--version").output().is_err())
    {
        return skipped("from the download to the first page: there is no curl or no python3");
    }
    let mut script = Command::new("tests/services/first_page.sh");
    let (said, well) = verdict(script.arg(VITRINE).env("FIRST_PAGE_S", "60"));
    assert!(well && said.starts_with("first page "), "{said}");
}

#[test]
fn the_scripts_are_clean() {
    let Some(mut shellcheck) = tool("shellcheck") else {
        return;
    };
    let listed = Command::new("git")
        .args(["ls-files", "*.sh", "deploy/prepare", ".ci/run"])
        .output();
    let listed = listed
        .map(|listed| String::from_utf8(listed.stdout).unwrap())
        .unwrap_or_default();
    let scripts: Vec<&str> = listed.lines().collect();
    if scripts.is_empty() {
        return skipped("whether the scripts are clean: there is no git to list them");
    }
    let (said, well) = verdict(shellcheck.args(scripts));
    assert!(well, "{said}");
}

//! The program as it was one change of its sources ago, built once and kept below the target folder. Must not touch what is
//! checked out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::say;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// What the program is made of.
const SOURCES: [&str; 6] = [
    "src",
    "migrations",
    "config",
    "static",
    "Cargo.toml",
    "Cargo.lock",
];

/// `None`, said aloud, where there is no git history to take it from.
pub fn build() -> Option<PathBuf> {
    let Some(revision) = revision() else {
        say("SKIPPED: from the version of before to this one, since there is no git history here with one");
        return None;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("previous");
    let program = folder.join(format!("vitrine-{revision}"));
    if !program.exists() {
        say(&format!("building revision {revision}, once"));
        compile(&folder, &revision, &program);
    }
    Some(program)
}

/// The one before the newest change of the sources; the newest one where something is not committed yet.
fn revision() -> Option<String> {
    let changed = git(&[&["status", "--porcelain", "--"][..], &SOURCES].concat())?;
    let newest = git(&[&["rev-list", "-1", "HEAD", "--"][..], &SOURCES].concat())?;
    let wanted = if changed.is_empty() {
        format!("{newest}~1")
    } else {
        newest
    };
    git(&["rev-parse", "--verify", "--quiet", &wanted])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(HERE)
        .args(arguments)
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

fn compile(folder: &Path, revision: &str, program: &Path) {
    let source = folder.join("source");
    let _ = fs::remove_dir_all(&source);
    // Those of older revisions are of no more use.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_file() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    fs::create_dir_all(&source).unwrap();
    run(Command::new("sh")
        .args([
            "-c",
            "git -C \"$0\" archive \"$1\" | tar -x -C \"$2\"",
            HERE,
            revision,
        ])
        .arg(&source));
    let target = folder.join("target");
    run(Command::new(env!("CARGO"))
        .args(["build", "--locked", "--features", "mysql", "--bin", "vitrine"])
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", &target));
    fs::copy(target.join("debug/vitrine"), program).unwrap();
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

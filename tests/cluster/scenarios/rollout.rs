//! A new version comes to every node by `deploy/rollout`; two that are broken are taken back by itself.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Length, guests, look, served};
use crate::rolling::Rolling;
use crate::stage::{Node, Stage, THIS};
use crate::topology::{ADMIN, ADMIN_BACKUP, CATALOG, REALTIME};
use crate::writers::Writers;

/// From this program to a copy of it, which is another version as far as can be told from outside.
pub fn rolled(stage: &mut Stage, length: Length) -> String {
    let this = Path::new(THIS);
    let rolling = Rolling::of(stage, &chosen(stage, length));
    let next = rolling.copy(this);
    let mut told = vec![new_version(stage, &rolling, this, &next)];
    told.push(broken(stage, &rolling, &next));
    told.join("; ")
}

/// Nodes in the order in which they get a version. All of them, or one of each kind.
pub fn chosen(stage: &Stage, length: Length) -> Vec<&Node> {
    let parts = [REALTIME, CATALOG, ADMIN_BACKUP, ADMIN];
    let of_part = |part| stage.of(part).take(length.times(usize::MAX));
    parts.into_iter().flat_map(of_part).collect()
}

/// From one version to another, killed on the way and gone on with.
pub fn new_version(stage: &Stage, rolling: &Rolling, before: &Path, next: &Path) -> String {
    let load = Load::on(stage);
    let begun = Instant::now();
    let backups = rolling.backups();
    let from = ["--from", before.to_str().unwrap()];
    rolling.killed_at(1, next, &from);
    let (code, said) = rolling.to(next, &[]);
    let took = begun.elapsed();
    assert_eq!(code, Some(0), "{said}");
    assert_runs(rolling, next);
    // What was prepared before the kill is not prepared again.
    assert_eq!(rolling.backups(), backups + 1);
    stage.await_whole();
    format!(
        "all nodes after {took:.0?}, killed once on the way: {}",
        load.end()
    )
}

/// Killed on the way, and then the version of before is asked for.
pub fn called_off(stage: &Stage, rolling: &Rolling, before: &Path, next: &Path) -> String {
    let load = Load::on(stage);
    rolling.killed_at(1, next, &["--from", before.to_str().unwrap()]);
    let (code, said) = rolling.to(before, &[]);
    assert!(code == Some(0) && said.contains("going back"), "{said}");
    assert_runs(rolling, before);
    stage.await_whole();
    format!("called off on the way: {}", load.end())
}

/// One that has no API, and one that never gets ready.
pub fn broken(stage: &Stage, rolling: &Rolling, good: &Path) -> String {
    let load = Load::on(stage);
    let good_text = good.display();
    let without_api = format!("export VITRINE__FEATURES__API=false\nexec '{good_text}' \"$@\"");
    let asleep = format!("[ \"$1\" = serve ] || exec '{good_text}' \"$@\"\nexec sleep 600");
    for (name, text, symptom) in [
        ("without-api", without_api, "/api/v1/products?limit=1: 404"),
        ("asleep", asleep, "is ready (/readyz)"),
    ] {
        let (code, said) = rolling.to(&rolling.script(name, &text), &[]);
        assert_eq!(code, Some(3), "{said}");
        let failed = said.find("FAILED").unwrap_or_else(|| panic!("{said}"));
        assert!(said[failed..].contains(symptom), "{said}");
        assert!(said.contains("every node is back on version"), "{said}");
        assert_runs(rolling, good);
        stage.await_whole();
    }
    format!("two broken versions taken back: {}", load.end())
}

fn assert_runs(rolling: &Rolling, version: &Path) {
    let version: PathBuf = version.canonicalize().unwrap();
    for program in rolling.programs() {
        assert_eq!(program, version);
    }
}

/// People and programs at work.
struct Load {
    guests: crate::guests::Guests,
    writers: Writers,
}

impl Load {
    fn on(stage: &Stage) -> Load {
        Load {
            writers: Writers::at_work(&stage.door, &stage.key, 2),
            guests: guests(stage, 6, 6, look),
        }
    }

    fn end(self) -> String {
        let writes = self.writers.all_kept();
        let (reads, window) = served(self.guests);
        format!(
            "{reads} reads and {writes} writes, 0 failed, worst read {:.0?}",
            window.worst()
        )
    }
}

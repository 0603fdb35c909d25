//! The unit of systemd: settings that the program accepts, and a service that may do little.

use std::collections::BTreeMap;
use std::path::Path;

use super::{check, tool, verdict};

const UNIT: &str = "deploy/vitrine.service";

/// Tenths of systemd's points for what an attacker could do with the service: 15 is 1.5 of 10.
const THRESHOLD: &str = "--threshold=15";

#[test]
fn the_service_may_do_little() {
    let Some(judged) = judged(Path::new(UNIT)) else {
        return;
    };
    assert!(judged.1, "{}", judged.0);
    // The judge does see a service that may do everything.
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.service");
    std::fs::write(&bare, "[Service]\nExecStart=/bin/true\n").unwrap();
    assert!(!self::judged(&bare).unwrap().1);
}

fn judged(unit: &Path) -> Option<(String, bool)> {
    let mut judge = tool("systemd-analyze")?;
    Some(verdict(
        judge
            .args(["--no-pager", "security", "--offline=true", THRESHOLD])
            .arg(unit),
    ))
}

#[test]
fn the_settings_of_the_service_have_no_fault() {
    let text = std::fs::read_to_string(UNIT).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("Environment="));
    let pairs = lines.map(|line| line.replace("%S", "/var/lib"));
    let settings: BTreeMap<String, String> = pairs
        .map(|pair| {
            pair.split_once('=')
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .unwrap()
        })
        .collect();
    assert_eq!(settings.len(), 4);
    let (status, told) = check(&settings);
    assert_eq!(status, Some(0), "{told}");
}

/// The backup before a rollout is made by a command of its own, which the unit does not start.
#[test]
fn the_backup_of_a_rollout_takes_the_pictures_from_where_the_service_has_them() {
    let unit = std::fs::read_to_string(UNIT).unwrap();
    let store = unit
        .lines()
        .find_map(|line| line.strip_prefix("Environment=VITRINE__MEDIA__STORE="))
        .unwrap()
        .replace("%S", "/var/lib");
    let rollout = std::fs::read_to_string("deploy/rollout.toml").unwrap();
    let command = rollout
        .lines()
        .find(|line| line.starts_with("vitrine = "))
        .unwrap();
    assert!(
        command.contains(&format!("VITRINE__MEDIA__STORE={store} ")),
        "{command}"
    );
}

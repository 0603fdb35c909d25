//! `deploy/compose.yaml` says what `make cluster` runs, with settings that the program accepts, and shuts each container in.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::topology::{self, PARTS, Part, REPLICAS, Surroundings};
use super::{VITRINE, check, words};

fn compose() -> Value {
    let text = std::fs::read_to_string("deploy/compose.yaml").unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn services(compose: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let services = compose["services"].as_object().unwrap();
    services.iter().map(|(name, service)| (name.as_str(), service))
}

/// The services that run the program.
fn nodes(compose: &Value) -> impl Iterator<Item = (&str, &Value)> {
    services(compose).filter(|(_, service)| service["image"] == "${VITRINE_IMAGE:-vitrine}")
}

/// A value as Compose reads it when nobody has set any variable.
fn interpolated(text: &str) -> String {
    let mut parts = text.split("${");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once('}').unwrap();
        let (_, default) = variable.split_once(":-").expect("a default for each variable");
        whole.push_str(default);
        whole.push_str(rest);
    }
    whole
}

/// What `deploy/prepare` makes.
fn prepare(private: &Path) {
    let made = Command::new("deploy/prepare")
        .env("VITRINE", VITRINE)
        .env("PRIVATE", private)
        .status();
    assert!(made.unwrap().success());
}

/// The settings of a service with the files read that they name.
fn settings(service: &Value, private: &Path) -> BTreeMap<String, String> {
    let environment = service["environment"].as_object().unwrap();
    let read = environment.iter().map(|(key, value)| {
        let value = interpolated(value.as_str().unwrap());
        let Some(key) = key.strip_suffix("_FILE") else {
            return (key.clone(), value);
        };
        let name = value.strip_prefix("/run/secrets/").unwrap();
        assert!(
            words(&service["secrets"]).contains(&name),
            "{key} names {name}, which is not there"
        );
        (
            key.to_owned(),
            std::fs::read_to_string(private.join(name)).unwrap(),
        )
    });
    read.collect()
}

#[test]
fn it_has_the_parts_of_the_cluster() {
    let compose = compose();
    let serving = nodes(&compose).filter(|(name, _)| *name != "migrate");
    let mut found: Vec<(&str, &str, u64)> = serving
        .map(|(name, service)| match words(&service["command"])[..] {
            ["serve", "--role", role] => (name, role, service["deploy"]["replicas"].as_u64().unwrap_or(1)),
            ref other => panic!("{name}: {other:?}"),
        })
        .collect();
    let mut expected = PARTS.map(|Part { name, role, nodes }| (name, role, nodes as u64));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let names: Vec<&str> = services(&compose).map(|(name, _)| name).collect();
    let replicas = names.iter().filter(|name| name.starts_with("replica-"));
    assert_eq!(replicas.count(), REPLICAS);
    assert!(
        ["primary", "redis", "balancer", "migrate"]
            .iter()
            .all(|name| names.contains(name)),
        "{names:?}"
    );
    let mounted = words(&compose["services"]["balancer"]["volumes"]);
    assert_eq!(mounted, ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]);
}

#[test]
fn its_nodes_have_the_settings_of_the_cluster_and_no_fault_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("private");
    prepare(&private);
    let compose = compose();
    for (name, service) in nodes(&compose) {
        let settings = settings(service, &private);
        let (status, told) = check(&settings);
        assert_eq!(status, Some(0), "{name}: {told}");
        let Some(part) = PARTS.iter().find(|part| part.name == name) else {
            assert!(name == "migrate" && settings.contains_key("VITRINE__DATABASE__MIGRATE_URL"));
            continue;
        };
        let around = Surroundings {
            domain: "localhost:8443",
            primary: &settings["VITRINE__DATABASE__PRIMARY"],
            replicas: &settings["VITRINE__DATABASE__REPLICAS"],
            redis: "redis://redis:6379",
            proxies: "172.30.84.0/24",
            media: "file:///data/media",
            drain_s: 5,
        };
        let expected = topology::settings(part, &around);
        let expected = expected
            .into_iter()
            .map(|(key, value)| (format!("VITRINE__{key}"), value));
        assert_eq!(settings, expected.collect(), "{name}");
        // The same check does find a key that there is not.
        let mut misspelt = settings.clone();
        misspelt.insert("VITRINE__SERVER__DRAIN".to_owned(), "5".to_owned());
        assert_eq!(check(&misspelt).0, Some(78));
    }
}

#[test]
fn each_container_is_shut_in_and_knows_no_password_by_its_environment() {
    let compose = compose();
    for (name, service) in services(&compose) {
        assert_eq!(words(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(
            words(&service["security_opt"]),
            ["no-new-privileges:true"],
            "{name}"
        );
        let is_database = name == "primary" || name.starts_with("replica-");
        assert!(
            is_database || service["read_only"] == true,
            "{name} can write to its own files"
        );
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            let is_secret = key.contains("PASSWORD") || value.contains("://") && value.contains('@');
            assert!(!is_secret || key.ends_with("_FILE"), "{name}: {key}");
        }
    }
}

#[test]
fn what_it_mounts_is_made_once_and_is_for_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("private");
    prepare(&private);
    assert_eq!(
        std::fs::metadata(&private).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let compose = compose();
    let files = compose["secrets"].as_object().unwrap();
    let read = || -> BTreeMap<&str, String> {
        let files = files.iter().map(|(name, file)| {
            assert_eq!(file["file"], format!("private/{name}"));
            (
                name.as_str(),
                std::fs::read_to_string(private.join(name)).unwrap(),
            )
        });
        files.collect()
    };
    let first = read();
    prepare(&private);
    assert_eq!(first, read(), "a password was made anew");
    for (name, text) in &first {
        assert!(
            !text.contains("password>"),
            "{name} leaves something to the reader: {text}"
        );
    }
    let (server_1, server_2) = (&first["replica-1.cnf"], &first["replica-2.cnf"]);
    assert!(server_1.contains("server_id = 2") && server_2.contains("server_id = 3"));
    let replication = std::fs::read_to_string(private.join("replication-password")).unwrap();
    assert!(
        first["primary.sql"].contains(replication.trim())
            && first["replica.sql"].contains(replication.trim())
    );
}

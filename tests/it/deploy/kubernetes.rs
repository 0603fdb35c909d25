//! The manifests: valid, with the settings of the cluster, pods that may do nothing but serve, and names that find each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::topology::{self, PARTS, Surroundings};
use super::{check, tool, verdict, words};

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir("deploy/kubernetes")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn documents() -> Vec<Value> {
    let read = |file: &PathBuf| -> Vec<Value> {
        serde_saphyr::from_multiple(&std::fs::read_to_string(file).unwrap()).unwrap()
    };
    files().iter().flat_map(read).collect()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    documents
        .iter()
        .filter(|document| document["kind"] == kind)
        .collect()
}

fn name(document: &Value) -> &str {
    document["metadata"]["name"].as_str().unwrap()
}

/// What runs containers, with its pods.
fn workloads(documents: &[Value]) -> Vec<(&str, &Value)> {
    let all = documents
        .iter()
        .filter(|document| document["spec"]["template"].is_object());
    all.map(|document| (name(document), &document["spec"]["template"]))
        .collect()
}

/// The settings of a container, with a file of ours for each one of a Secret.
fn settings(documents: &[Value], container: &Value, folder: &std::path::Path) -> BTreeMap<String, String> {
    let common = of_kind(documents, "ConfigMap")[0]["data"].as_object().unwrap();
    let common = common
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str().unwrap()));
    let own = container["env"].as_array().into_iter().flatten();
    let own = own.map(|pair| (pair["name"].as_str().unwrap(), pair["value"].as_str().unwrap()));
    let mounts = container["volumeMounts"].as_array().unwrap();
    let all = common.chain(own).map(|(key, value)| {
        if !key.ends_with("_FILE") {
            return (key.to_owned(), value.to_owned());
        }
        let is_mounted = |mount: &Value| value.starts_with(mount["mountPath"].as_str().unwrap());
        assert!(
            mounts.iter().any(is_mounted),
            "{key} names {value}, where nothing is mounted"
        );
        let file = folder.join(key);
        std::fs::write(&file, "mysql://shop:canary@database:3306/shop").unwrap();
        (key.to_owned(), file.display().to_string())
    });
    all.collect()
}

#[test]
fn the_manifests_are_valid() {
    let Some(mut validator) = tool("kubernetes-validate") else {
        return;
    };
    let (said, well) = verdict(validator.arg("--strict").args(files()));
    assert!(well && said.contains("passed"), "{said}");
    // It does see a key that there is not.
    let folder = tempfile::tempdir().unwrap();
    let misspelt = folder.path().join("misspelt.yaml");
    let text = std::fs::read_to_string("deploy/kubernetes/admin.yaml").unwrap();
    std::fs::write(&misspelt, text.replace("replicas:", "replicaz:")).unwrap();
    assert!(
        !verdict(
            tool("kubernetes-validate")
                .unwrap()
                .arg("--strict")
                .arg(&misspelt)
        )
        .1
    );
}

#[test]
fn nodes_have_the_settings_of_the_cluster_and_no_fault_in_them() {
    let documents = documents();
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings {
        domain: "example.org",
        primary: "",
        replicas: "",
        redis: "",
        proxies: "",
        media: "",
        drain_s: 5,
    };
    for (workload, pod) in workloads(&documents) {
        let container = &pod["spec"]["containers"][0];
        if workload == "redis" {
            continue;
        }
        let found = settings(&documents, container, folder.path());
        let (status, told) = check(&found);
        assert_eq!(status, Some(0), "{workload}: {told}");
        let Some(part) = PARTS.iter().find(|part| part.name == workload) else {
            assert!(workload == "migrate" && found.contains_key("VITRINE__DATABASE__MIGRATE_URL_FILE"));
            continue;
        };
        assert_eq!(words(&container["args"]), ["serve", "--role", part.role]);
        let expected = topology::settings(part, &around);
        assert_eq!(found["VITRINE__SERVER__PUBLIC_URL"], expected[0].1);
        let keys: BTreeSet<String> = expected
            .iter()
            .map(|(key, _)| format!("VITRINE__{key}"))
            .collect();
        let found: BTreeSet<String> = found
            .keys()
            .map(|key| key.trim_end_matches("_FILE").to_owned())
            .collect();
        assert_eq!(found, keys, "{workload}");
    }
}

#[test]
fn each_pod_is_shut_in() {
    for (workload, pod) in workloads(&documents()) {
        let spec = &pod["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "{workload}");
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{workload}");
        assert_eq!(
            spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
            "{workload}"
        );
        for container in spec["containers"].as_array().unwrap() {
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false, "{workload}");
            assert_eq!(context["readOnlyRootFilesystem"], true, "{workload}");
            assert_eq!(words(&context["capabilities"]["drop"]), ["ALL"], "{workload}");
            assert!(
                container["resources"]["limits"]["memory"].is_string(),
                "{workload}"
            );
        }
    }
}

/// A database that is away must not get a process killed.
#[test]
fn each_probe_asks_what_it_is_for() {
    let documents = documents();
    for part in ["catalog", "admin", "realtime"] {
        let workloads = workloads(&documents);
        let (_, pod) = workloads.iter().find(|(name, _)| *name == part).unwrap();
        let container = &pod["spec"]["containers"][0];
        for (probe, path) in [
            ("startupProbe", "/startupz"),
            ("readinessProbe", "/readyz"),
            ("livenessProbe", "/livez"),
        ] {
            let asked = &container[probe]["httpGet"];
            assert_eq!(
                (asked["path"].as_str(), asked["port"].as_str()),
                (Some(path), Some("ops")),
                "{part}: {probe}"
            );
        }
        let drain = of_kind(&documents, "ConfigMap")[0]["data"]["VITRINE__SERVER__DRAIN_S"]
            .as_str()
            .unwrap();
        let grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
        // And 20 s for what is under way, the default of server.shutdown_grace_s.
        assert!(grace > drain.parse::<u64>().unwrap() + 20, "{part}");
    }
}

#[test]
fn what_names_something_else_finds_it_and_no_password_is_stored() {
    let documents = documents();
    let pods: Vec<&Value> = workloads(&documents)
        .iter()
        .map(|(_, pod)| &pod["metadata"]["labels"])
        .collect();
    let finds = |wanted: &Value| {
        let wanted = wanted.as_object().unwrap();
        pods.iter()
            .any(|labels| wanted.iter().all(|(key, value)| labels[key] == *value))
    };
    for service in of_kind(&documents, "Service") {
        assert!(finds(&service["spec"]["selector"]), "{}", name(service));
    }
    for kind in ["PodDisruptionBudget", "Deployment"] {
        for document in of_kind(&documents, kind) {
            assert!(
                finds(&document["spec"]["selector"]["matchLabels"]),
                "{}",
                name(document)
            );
        }
    }
    let services: BTreeSet<&str> = of_kind(&documents, "Service").into_iter().map(name).collect();
    for ingress in of_kind(&documents, "Ingress") {
        let rules = ingress["spec"]["rules"].as_array().unwrap().iter();
        for path in rules.flat_map(|rule| rule["http"]["paths"].as_array().unwrap()) {
            let service = path["backend"]["service"]["name"].as_str().unwrap();
            assert!(services.contains(service), "{service}");
        }
    }
    let scaled = &of_kind(&documents, "HorizontalPodAutoscaler")[0]["spec"];
    let target = scaled["scaleTargetRef"]["name"].as_str().unwrap();
    let deployment = of_kind(&documents, "Deployment")
        .into_iter()
        .find(|found| name(found) == target);
    assert!(
        deployment.unwrap()["spec"]["replicas"].is_null(),
        "two would decide how many there are"
    );
    assert_eq!(
        scaled["metrics"][0]["pods"]["metric"]["name"],
        "http_server_active_requests"
    );
    assert!(of_kind(&documents, "Secret").is_empty());
}

//! What `deploy/prometheus` and `deploy/grafana` ask for is there: rules that Prometheus takes and that fire when they
//! should, metrics that the shop shows, and a section of docs/operations.md for whoever is woken.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::helpers::{Shop, eventually, skipped};

const RULES: &str = include_str!("../../deploy/prometheus/vitrine.rules.yaml");
const RULE_TESTS: &str = include_str!("../../deploy/prometheus/vitrine.test.yaml");
const DASHBOARD: &str = include_str!("../../deploy/grafana/vitrine.json");
const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// Metrics of others that are asked for: HAProxy's exporter, Prometheus itself and node_exporter.
const OTHERS: [&str; 7] = [
    "haproxy_backend_active_servers",
    "haproxy_backend_http_responses_total",
    "haproxy_server_http_requests_total",
    "node_cpu_seconds_total",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "up",
];

/// Of the language in which Prometheus is asked.
const WORDS: [&str; 10] = [
    "and", "or", "unless", "offset", "bool", "sum", "avg", "count", "max", "min",
];

/// What a list of labels in parentheses follows.
const BEFORE_LABELS: [&str; 5] = ["by", "without", "on", "ignoring", "group_left"];

fn rules() -> Vec<Value> {
    let rules: Value = serde_saphyr::from_str(RULES).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    groups
        .flat_map(|group| group["rules"].as_array().unwrap().clone())
        .collect()
}

fn alerts() -> BTreeSet<String> {
    let named = |rule: &Value| rule["alert"].as_str().map(str::to_owned);
    rules().iter().filter_map(named).collect()
}

/// Every query of a dashboard, wherever it stands.
fn queries(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" => found.push(text.clone()),
                    _ => queries(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

/// The names of the metrics in a query.
fn names(query: &str) -> BTreeSet<String> {
    // What is chosen of them, over how long, and by which labels they are put together.
    let mut plain = String::new();
    let mut rest = query;
    while let Some(place) = rest.find(['{', '[']) {
        let end = if rest[place..].starts_with('{') { '}' } else { ']' };
        plain.push_str(&rest[..place]);
        plain.push(' ');
        rest = rest[place..].split_once(end).unwrap().1;
    }
    plain.push_str(rest);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let mut names = BTreeSet::new();
    let mut rest = plain.as_str();
    while let Some(start) = rest.find(is_part) {
        rest = &rest[start..];
        let (word, after) = rest.split_at(rest.find(|letter| !is_part(letter)).unwrap_or(rest.len()));
        let next = after.trim_start();
        rest = match next.strip_prefix('(') {
            Some(labels) if BEFORE_LABELS.contains(&word) => labels.split_once(')').unwrap().1,
            _ => after,
        };
        let is_metric = !WORDS.contains(&word)
            && !BEFORE_LABELS.contains(&word)
            && !next.starts_with('(')
            && word.starts_with(|first: char| first.is_ascii_alphabetic());
        if is_metric {
            names.insert(word.to_owned());
        }
    }
    names
}

#[test]
fn names_of_metrics_are_found_in_a_query() {
    let query = "sum by (le, http_route) (rate(a_total{x=~\"b|c\"}[5m])) / on(node) d > 0.9 * 2 and e offset 2m > 1e3";
    let found: Vec<String> = names(query).into_iter().collect();
    assert_eq!(found, ["a_total", "d", "e"]);
}

#[actix_web::test]
async fn every_metric_that_a_rule_or_a_panel_asks_for_is_there() {
    // Only there all databases and Redis are.
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    shop.get("/products").await;
    let shown = async || {
        let text = shop.metrics().await;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let name = |line: &str| line.split(['{', ' ']).next().unwrap_or_default().to_owned();
        lines.map(name).collect::<BTreeSet<String>>()
    };
    eventually("the replicas were looked at", async || {
        shown().await.contains("replica_heartbeat_age_seconds")
    })
    .await;
    let mut known = shown().await;
    known.extend(OTHERS.map(str::to_owned));
    let mut asked = Vec::new();
    for rule in rules() {
        known.extend(rule["record"].as_str().map(str::to_owned));
        asked.push(rule["expr"].as_str().unwrap().to_owned());
    }
    queries(&serde_json::from_str(DASHBOARD).unwrap(), &mut asked);
    assert!(asked.len() > 60, "only {} queries were found", asked.len());
    let missing: BTreeSet<String> = asked
        .iter()
        .flat_map(|query| names(query))
        .filter(|name| !known.contains(name))
        .collect();
    assert!(missing.is_empty(), "nobody shows {missing:?}");
}

#[test]
fn prometheus_takes_the_rules_and_they_fire_when_they_should() {
    if Command::new("promtool").arg("--version").output().is_err() {
        return skipped("the rules of Prometheus: promtool is not installed (Debian: prometheus)");
    }
    for arguments in [
        ["check", "config", "prometheus.yaml"],
        ["check", "rules", "vitrine.rules.yaml"],
        ["test", "rules", "vitrine.test.yaml"],
    ] {
        let output = Command::new("promtool")
            .args(arguments)
            .current_dir("deploy/prometheus")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
}

#[test]
fn every_alert_is_seen_to_fire_and_says_what_to_do() {
    let tests: Value = serde_saphyr::from_str(RULE_TESTS).unwrap();
    let cases = tests["tests"].as_array().unwrap().iter();
    let cases = cases.flat_map(|test| test["alert_rule_test"].as_array().unwrap());
    let fires = |case: &&Value| !case["exp_alerts"].as_array().unwrap().is_empty();
    let seen: BTreeSet<String> = cases
        .filter(fires)
        .map(|case| case["alertname"].as_str().unwrap().to_owned())
        .collect();
    let alerts = alerts();
    assert_eq!(seen, alerts);
    for alert in alerts {
        let heading = format!("### {alert}\n");
        assert!(
            OPERATIONS.contains(&heading),
            "docs/operations.md does not tell of {alert}"
        );
    }
    for rule in rules().iter().filter(|rule| rule["alert"].is_string()) {
        let runbook = format!(
            "docs/operations.md#{}",
            rule["alert"].as_str().unwrap().to_lowercase()
        );
        assert_eq!(rule["annotations"]["runbook"].as_str(), Some(&*runbook));
    }
}

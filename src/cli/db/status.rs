//! `vitrine db topology`: how each database server is, asked right now and without changing anything.

use crate::config::Settings;
use crate::db::{NodeReport, monitor};
use crate::error::{Error, Result};
use crate::startup;

/// Prints a line per node; fails when one is out of service.
pub async fn run(settings: &Settings) -> Result<()> {
    let router = startup::router(settings).map_err(Error::internal)?;
    monitor::look_once(&router).await;
    let nodes = router.nodes();
    print!("{}", table(&nodes));
    let out = nodes.iter().filter(|node| !node.service.in_service).count();
    if out > 0 {
        let detail = format!("{out} of {} databases are out of service.", nodes.len());
        return Err(Error::Conflict {
            code: "out_of_service",
            detail,
        });
    }
    Ok(())
}

const HEADINGS: [&str; 7] = ["node", "state", "writes", "version", "change", "behind", "pool"];

fn table(nodes: &[NodeReport]) -> String {
    let rows: Vec<[String; 7]> = std::iter::once(HEADINGS.map(str::to_owned))
        .chain(nodes.iter().map(cells))
        .collect();
    let mut text = String::new();
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            let widest = rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count());
            let width = widest.max().unwrap_or_default();
            text.push_str(&format!("{cell:width$}  "));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    for node in nodes {
        if let Some(fault) = &node.service.fault {
            text.push_str(&format!("{}: {fault}\n", node.name));
        }
    }
    text
}

fn cells(node: &NodeReport) -> [String; 7] {
    let service = &node.service;
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let facts = service.facts.as_ref();
    [
        node.name.clone(),
        if service.in_service {
            "in service"
        } else {
            "out of service"
        }
        .to_owned(),
        known(facts.map(|facts| if facts.read_only { "no" } else { "yes" }.to_owned())),
        known(facts.map(|facts| facts.version.clone())),
        known(facts.map(|facts| facts.seq.to_string())),
        known(service.lag.map(|lag| format!("{:.1} s", lag.as_secs_f64()))),
        node.pool.size.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::db::{Facts, PoolState, ServiceReport};

    #[test]
    fn each_node_has_a_line_and_a_fault_is_told_below() {
        let pool = PoolState {
            size: 8,
            idle: 1,
            used: 0,
        };
        let facts = Facts {
            server_id: 2,
            version: "10.11.19-MariaDB".to_owned(),
            read_only: true,
            seq: 1234,
            beat_at: None,
        };
        let nodes = [
            NodeReport {
                name: "primary".to_owned(),
                pool,
                service: ServiceReport {
                    in_service: false,
                    facts: None,
                    lag: None,
                    fault: Some("did not answer in time".to_owned()),
                },
            },
            NodeReport {
                name: "replica-1".to_owned(),
                pool,
                service: ServiceReport {
                    in_service: true,
                    facts: Some(facts),
                    lag: Some(Duration::from_millis(400)),
                    fault: None,
                },
            },
        ];
        let expected = "\
node       state           writes  version           change  behind  pool
primary    out of service  -       -                 -       -       8
replica-1  in service      no      10.11.19-MariaDB  1234    0.4 s   8
primary: did not answer in time
";
        assert_eq!(table(&nodes), expected);
    }
}

//! `vitrine db fork`: after a replica became the primary, history goes on under another name. Must not promote anything
//! itself: which server is the primary is for people to decide.

use std::time::Duration;

use clap::Args;

use crate::config::Settings;
use crate::db::{Actor, NodeReport, Origin, monitor};
use crate::error::{Error, Result};
use crate::startup;

/// Between two looks: several heartbeats of a primary that lives.
const PAUSE: Duration = Duration::from_millis(1_500);

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct ForkArguments {
    /// Although a replica has changes that the primary lacks: they are lost, and that replica has to be made anew.
    #[arg(long)]
    leave_behind: bool,
}

const EXPLANATION: &str = "\
When: a replica was made the primary because the primary is gone, and before the shop writes to it. It may lack the last
changes that the old one had. Nodes and Redis keep answers made of them, and the next changes will bear the same numbers:
without another name for the history such answers would be shown again. Not needed when a replica took over in order, after
it had everything; harmless then, as it is when run twice: every kept answer is made anew once more.

`database.primary` of the settings must be the new primary. `database.replicas` are asked, too, and may name the old
primary: it is refused when the primary takes no writes, when another server takes writes or is fed by one that does, and
when a replica has more than the primary. The change log says when it was done (`vitrine history`).

All steps: docs/operations.md, \"Failover of the primary\".";

pub async fn run(arguments: &ForkArguments, settings: &Settings) -> Result<()> {
    let router = startup::router(settings).map_err(Error::internal)?;
    if !router.is_on_sqlite() {
        monitor::look_once(&router).await;
        let before = router.nodes();
        tokio::time::sleep(PAUSE).await;
        monitor::look_once(&router).await;
        let refusal = refusal(&before, &router.nodes(), arguments.leave_behind);
        refusal.map_or(Ok(()), |(code, detail)| Err(Error::Conflict { code, detail }))?;
    }
    let origin = Origin {
        actor: Actor::Cli,
        request_id: "db-fork".to_owned(),
        batch: None,
    };
    let forked = router
        .write("history.fork", origin, |transaction| transaction.fork())
        .await?;
    println!(
        "History goes on under another name from change {} on; nodes drop what they kept as soon as they read this database.",
        forked.seq
    );
    Ok(())
}

/// Why history must not go on here: the code and the words. Of two looks a replica's first is compared with the primary's
/// second, since what it got meanwhile may come from there.
fn refusal(
    before: &[NodeReport],
    after: &[NodeReport],
    leave_behind: bool,
) -> Option<(&'static str, String)> {
    let facts = |nodes: &[NodeReport], number: usize| nodes.get(number)?.service.facts.clone();
    let Some(primary) = facts(after, 0) else {
        let fault = after.first().and_then(|node| node.service.fault.clone());
        let fault = fault.unwrap_or_else(|| "it does not answer".to_owned());
        return Some((
            "primary_out",
            format!("The primary of the settings is no use: {fault}."),
        ));
    };
    if primary.read_only {
        let words = "The primary of the settings takes no writes: promote it first (RESET REPLICA ALL, read_only = 0).";
        return Some(("primary_read_only", words.to_owned()));
    }
    for (number, node) in after.iter().enumerate().skip(1) {
        let (Some(first), Some(last)) = (facts(before, number), facts(after, number)) else {
            continue;
        };
        let name = &node.name;
        if last.server_id == primary.server_id {
            continue;
        }
        if !last.read_only {
            return Some((
                "another_primary",
                format!(
                    "{name} takes writes as well: stop it, or set it read_only, before history goes on elsewhere."
                ),
            ));
        }
        if first.beat_at > primary.beat_at && last.beat_at > first.beat_at {
            return Some((
                "another_primary",
                format!(
                    "{name} is being fed by a primary that lives, and it is not the one of the settings: stop that one."
                ),
            ));
        }
        if first.seq > primary.seq && !leave_behind {
            let (has, lacks) = (first.seq, primary.seq);
            return Some((
                "replica_has_more",
                format!(
                    "{name} has change {has}, the primary only {lacks}: promote {name} instead, or say --leave-behind and make {name} anew."
                ),
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Facts, Moment, PoolState, ServiceReport};

    /// A server with this number, as a look found it.
    fn node(server_id: i64, read_only: bool, seq: i64, beat_at: Moment) -> NodeReport {
        NodeReport {
            name: format!("server-{server_id}"),
            pool: PoolState {
                size: 8,
                idle: 1,
                used: 0,
            },
            service: ServiceReport {
                in_service: true,
                facts: Some(Facts {
                    server_id,
                    version: String::new(),
                    read_only,
                    seq,
                    beat_at: Some(beat_at),
                }),
                lag: None,
                fault: None,
            },
        }
    }

    fn code(before: &[NodeReport], after: &[NodeReport]) -> Option<&'static str> {
        refusal(before, after, false).map(|(code, _)| code)
    }

    #[test]
    fn history_goes_on_only_where_no_other_primary_and_no_better_replica_is_known() {
        let then = Moment::now();
        let now = then.plus_seconds(1);
        let later = now.plus_seconds(1);
        let new = || node(2, false, 10, then);
        let with = |other: NodeReport| [new(), other];
        let alone = [new()];
        assert_eq!(code(&alone, &alone), None);
        let behind = with(node(3, true, 9, then));
        assert_eq!(code(&behind, &behind), None);
        // It follows the new one, which wrote between the looks.
        let fed_by_new = [node(2, false, 12, later), node(3, true, 12, later)];
        assert_eq!(code(&behind, &fed_by_new), None);
        let writable = with(node(1, false, 9, then));
        assert_eq!(code(&writable, &writable), Some("another_primary"));
        // The same server under a second name.
        let twice = with(node(2, false, 10, then));
        assert_eq!(code(&twice, &twice), None);
        let fed = |beat_at| with(node(3, true, 10, beat_at));
        assert_eq!(code(&fed(now), &fed(later)), Some("another_primary"));
        assert_eq!(code(&fed(now), &fed(now)), None);
        let more = with(node(3, true, 11, now));
        assert_eq!(code(&more, &more), Some("replica_has_more"));
        assert_eq!(refusal(&more, &more, true), None);
        let not_promoted = [node(2, true, 10, then)];
        assert_eq!(code(&not_promoted, &not_promoted), Some("primary_read_only"));
    }
}

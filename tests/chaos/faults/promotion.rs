//! Another server becomes the primary, behind the address that the shop knows.

use std::time::Duration;

use super::End;
use crate::cluster::Node;
use crate::stage::Stage;
use crate::until;

const PATIENCE: Duration = Duration::from_secs(20);

/// The old primary takes no writes any more, the replica catches up and takes over, the old one follows it.
pub fn in_order(stage: &Stage) -> End {
    let (old, new, other) = (stage.node(0), stage.node(1), stage.node(2));
    old.sql("SET GLOBAL read_only = 1");
    let written = old.sql("SELECT @@gtid_binlog_pos");
    let caught_up = new.sql(&format!("SELECT MASTER_GTID_WAIT('{written}', 20)"));
    assert_eq!(caught_up, "0", "the replica did not catch up");
    promote(stage, 1);
    old.sql(&format!(
        "SET GLOBAL gtid_slave_pos = '{written}'; {}",
        following(new)
    ));
    other.sql(&format!("STOP SLAVE; {}", following(new)));
    // Connections that exist stay where they are: to the old primary, which refuses, and to the new one as a replica.
    stage.cables[1].lead_to(old.port);
    Box::new(|_| {})
}

/// The primary dies for good, and the replica that has the most takes over. Each write was answered only after a replica
/// had it (semi-synchronous replication); without that, what no replica had yet would be lost.
pub fn in_need(stage: &Stage) -> End {
    let old = stage.primary.get();
    let survivors: Vec<usize> = (0..3).filter(|number| *number != old).collect();
    for number in &survivors {
        stage
            .node(*number)
            .sql("SET GLOBAL rpl_semi_sync_slave_enabled = 1; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD");
    }
    stage.node(old).sql(
        "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', GLOBAL rpl_semi_sync_master_timeout = 60000, \
         GLOBAL rpl_semi_sync_master_enabled = 1",
    );
    until("both replicas are waited for", PATIENCE, || {
        let status = stage
            .node(old)
            .sql("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_clients'");
        status.ends_with('2')
    });
    stage.await_calls(200);
    stage.load.ledger().take_window();
    stage.node(old).kill();
    let received: Vec<u64> = survivors
        .iter()
        .map(|number| applied(stage.node(*number)))
        .collect();
    let [new, other] = if received[0] >= received[1] {
        [survivors[0], survivors[1]]
    } else {
        [survivors[1], survivors[0]]
    };
    promote(stage, new);
    stage
        .node(other)
        .sql(&format!("STOP SLAVE; {}", following(stage.node(new))));
    for cable in &stage.cables[1..] {
        cable.lead_to(stage.node(other).port);
    }
    Box::new(|_| {})
}

fn promote(stage: &Stage, number: usize) {
    let node = stage.node(number);
    node.sql("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0");
    stage.cables[0].lead_to(node.port);
    stage.primary.set(number);
}

fn following(primary: &Node) -> String {
    format!(
        "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = 'repl', MASTER_PASSWORD = 'repl', \
         MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1; START SLAVE",
        primary.port
    )
}

/// Lets a replica apply what it received; the number of the last transaction of it.
fn applied(node: &Node) -> u64 {
    node.sql("STOP SLAVE IO_THREAD");
    until("the replica has applied what it received", PATIENCE, || {
        node.sql("SHOW SLAVE STATUS\\G")
            .contains("has read all relay log")
    });
    let last = node.sql("SELECT @@gtid_slave_pos");
    last.rsplit('-').next().unwrap().parse().unwrap()
}

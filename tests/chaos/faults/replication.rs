//! Replicas that fall behind or go their own way while they answer as if nothing were wrong.

use super::End;
use crate::cluster::DATABASE;
use crate::stage::Stage;

pub fn delay(stage: &Stage) -> End {
    let delayed_by =
        |seconds: u32| format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = {seconds}; START SLAVE");
    stage.node(1).sql(&delayed_by(10));
    Box::new(move |stage| drop(stage.node(1).sql(&delayed_by(0))))
}

pub fn stop_applier(stage: &Stage) -> End {
    stage.node(1).sql("STOP SLAVE SQL_THREAD");
    Box::new(|stage| drop(stage.node(1).sql("START SLAVE SQL_THREAD")))
}

pub fn stop_appliers(stage: &Stage) -> End {
    for number in [1, 2] {
        stage.node(number).sql("STOP SLAVE SQL_THREAD");
    }
    Box::new(|stage| {
        for number in [1, 2] {
            stage.node(number).sql("START SLAVE SQL_THREAD");
        }
    })
}

/// A row that only this replica has stands where the primary's next ones come to stand: it stops with error 1062.
pub fn diverge(stage: &Stage) -> End {
    stage.node(1).sql(&format!(
        "USE {DATABASE}; SET sql_log_bin = 0; INSERT INTO changes SELECT seq + 1000000, at, actor, request_id, entity, \
         entity_id, version, action, state_before, state_after, batch, undo_of, prev_hash, hash FROM changes WHERE seq = 1; \
         UPDATE changes SET seq = (SELECT seq FROM change_head) + 20 WHERE seq = 1000001"
    ));
    Box::new(|stage| {
        stage.node(1).sql(&format!(
            "STOP SLAVE; USE {DATABASE}; SET sql_log_bin = 0; DELETE FROM changes WHERE seq > (SELECT seq FROM change_head); \
             START SLAVE"
        ));
    })
}

//! The scenarios in their order on one cluster, short or at length, and what came of each.

use crate::scenarios::{ALL, Length};
use crate::stage::Stage;
use crate::{alone, say};

#[test]
fn nodes_come_and_go_and_no_guest_notices() {
    run(Length::Short);
}

#[test]
#[ignore = "takes minutes; `make cluster` runs it"]
fn nodes_come_and_go_for_a_while_and_no_guest_notices() {
    run(Length::Long);
}

fn run(length: Length) {
    let _alone = alone();
    let Some(mut stage) = Stage::open(None) else {
        return without("MariaDB, Redis and HAProxy");
    };
    for (what, scenario) in ALL {
        say(&format!("{what}: {}", scenario(&mut stage, length)));
    }
}

/// The gate has them; elsewhere it is said loudly what was not tested.
pub fn without(servers: &str) {
    assert!(!is_required(), "there is not all of {servers} here");
    say(&format!(
        "SKIPPED: the shop behind a load balancer, since there is not all of {servers} here; `make test` installs it"
    ));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the gate says that a missing server is a failure"
)]
fn is_required() -> bool {
    std::env::var("VITRINE_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1")
}

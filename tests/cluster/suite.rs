//! The scenarios in their order on one cluster, short or at length, and what came of each.

use std::path::Path;

use crate::rolling::Rolling;
use crate::scenarios::{ALL, Length, rollout};
use crate::stage::{Stage, THIS};
use crate::{alone, previous, say};

#[test]
fn nodes_come_and_go_and_no_guest_notices() {
    run(Length::Short);
}

#[test]
#[ignore = "takes minutes; `make cluster` runs it"]
fn nodes_come_and_go_for_a_while_and_no_guest_notices() {
    run(Length::Long);
}

#[test]
#[ignore = "builds the program once more; `make cluster` runs it"]
fn the_version_of_before_becomes_this_one_and_no_guest_notices() {
    let _alone = alone();
    let Some(previous) = previous::build() else { return };
    let Some(stage) = Stage::with(&previous, None) else {
        return without("MariaDB, Redis and HAProxy");
    };
    let rolling = Rolling::of(&stage, &rollout::chosen(&stage, Length::Long));
    let this = Path::new(THIS);
    say(&rollout::called_off(&stage, &rolling, &previous, this));
    say(&format!(
        "from the version of before to this one: {}",
        rollout::new_version(&stage, &rolling, &previous, this)
    ));
    say(&rollout::broken(&stage, &rolling, this));
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

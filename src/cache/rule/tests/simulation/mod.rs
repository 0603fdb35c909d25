//! The rule held against everything that can happen: thousands of shops with one primary, two replicas that lag and three
//! nodes, in each of which writes, reads, wake-ups that get lost, restarts, fail-overs and moments come in another order.
//! A run is nothing but its seed, which a failure names.

mod judge;
mod naive;
mod node;
mod shop;
mod strategy;
mod world;

use self::judge::{Fault, Report};
use self::naive::{DeleteOnWrite, DeleteTwice, EPOCH, FLOOR, MOMENT, NOTHING, ReplaceOnWrite, Without};
use self::strategy::{NeverBack, Rule, Strategy};
use self::world::{Forks, Nature, World};

const SEEDS: u64 = 4_000;

/// A strategy that is wrong is found out sooner.
const FEW: u64 = 100;

/// From nothing at all to more tags than there are.
const CAPACITIES: [usize; 5] = [0, 2, 4, 8, 1_000];

fn run<S: Strategy>(seed: u64, forks: Forks) -> Report {
    let capacity = CAPACITIES[seed as usize % CAPACITIES.len()];
    World::<S>::run(seed, Nature { capacity, forks })
}

/// Runs all seeds; stops at the first fault that is not excused. Gives back what happened in all of them.
fn all_are_fine<S: Strategy>(seeds: u64, excused: &[Fault]) -> Report {
    let mut all = Report::default();
    for seed in 0..seeds {
        let report = run::<S>(seed, Forks::Named);
        let fault = report.faults.iter().find(|(fault, _)| !excused.contains(fault));
        assert!(fault.is_none(), "seed {seed}: {fault:?}");
        all.add(&report);
    }
    all
}

/// In how many of a few runs something goes wrong.
fn runs_with<S: Strategy>(fault: Fault, forks: Forks) -> usize {
    let goes_wrong = |seed: &u64| {
        run::<S>(*seed, forks)
            .faults
            .iter()
            .any(|(found, _)| *found == fault)
    };
    (0..FEW).filter(goes_wrong).count()
}

#[test]
fn an_answer_is_never_older_than_what_its_node_knows_and_in_the_end_it_is_the_truth() {
    let all = all_are_fine::<Rule>(SEEDS, &[Fault::OlderThanBefore]);
    // It was put to the test: all of this happened, and often.
    let happened = [
        all.hits,
        all.shared_hits,
        all.refused,
        all.fills,
        all.refilled,
        all.forks,
    ];
    assert!(happened.iter().all(|times| *times > 4_000), "{happened:?}");
}

#[test]
fn a_reader_never_goes_back_where_an_answer_ahead_of_the_log_counts_as_news() {
    all_are_fine::<NeverBack>(SEEDS, &[]);
}

#[test]
fn by_the_rule_alone_a_reader_can_go_back() {
    assert!(runs_with::<Rule>(Fault::OlderThanBefore, Forks::Never) > 0);
}

#[test]
fn a_history_without_a_name_of_its_own_leaves_stale_answers() {
    assert!(runs_with::<Rule>(Fault::Stale, Forks::LeftToBeNoticed) > 0);
}

#[test]
fn the_rule_in_its_plainest_form_does_as_well() {
    all_are_fine::<Without<NOTHING>>(SEEDS / 4, &[Fault::OlderThanBefore]);
}

#[test]
fn a_forgotten_tag_that_counts_as_unchanged_leaves_stale_answers() {
    assert!(runs_with::<Without<FLOOR>>(Fault::Stale, Forks::Never) > 10);
}

#[test]
fn answers_of_another_history_are_stale() {
    assert!(runs_with::<Without<EPOCH>>(Fault::Stale, Forks::Named) > 10);
}

#[test]
fn answers_that_outlive_their_moment_are_stale() {
    assert!(runs_with::<Without<MOMENT>>(Fault::Stale, Forks::Never) > 10);
}

#[test]
fn deleting_answers_on_write_leaves_stale_ones() {
    assert!(runs_with::<DeleteOnWrite>(Fault::Stale, Forks::Never) > 10);
}

#[test]
fn deleting_them_twice_leaves_stale_ones() {
    assert!(runs_with::<DeleteTwice>(Fault::Stale, Forks::Never) > 10);
}

#[test]
fn replacing_them_without_a_version_leaves_stale_ones() {
    assert!(runs_with::<ReplaceOnWrite>(Fault::Stale, Forks::Never) > 10);
}

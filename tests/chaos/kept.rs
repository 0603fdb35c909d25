//! What is kept of answers, while Redis or the databases break and a crowd looks at the same few pages: nobody fails, what
//! is in memory comes as quickly as ever, and the databases are asked no more than a change is worth.

use std::time::Duration;

use crate::checker;
use crate::faults::Harm;
use crate::faults::kept::{ALL, SHORT, Scene};
use crate::ledger::{Calls, Window};
use crate::load::{self, People};
use crate::shop::{self, Serving};
use crate::stage::Stage;
use crate::suite::{self, Course, PROMISED, UNNOTICED};
use crate::table::{self, seconds};
use crate::{alone, until};

const PEOPLE: People = People {
    writers: 3,
    guests: 8,
};

/// Below this the slowest hits may take more than twice as long: they wait for nothing but their turn on a processor.
const HIT_UNNOTICED: Duration = Duration::from_millis(250);

/// How old the page of somebody may be who asks another process than the one that wrote, with Redis away: the poll, and
/// the time that a replica needs.
const SEEN_WITHIN: Duration = Duration::from_millis(1500);

#[test]
fn no_fault_of_redis_is_noticed_by_those_who_look() {
    let _alone = alone();
    let Some(stage) = suite::open(PEOPLE) else { return };
    run(&stage, &SHORT, false, "kept-short");
}

#[test]
#[ignore = "takes three minutes; `make chaos` runs it"]
fn no_fault_of_what_answers_are_kept_in_or_made_from_is_noticed() {
    let _alone = alone();
    let Some(stage) = suite::open(PEOPLE) else { return };
    run(&stage, &ALL, true, "kept");
}

fn run(stage: &Stage, scenes: &[Scene], is_strict: bool, name: &str) {
    let (mut lines, mut broken) = (Vec::new(), Vec::new());
    stage.load.rest();
    for scene in scenes {
        let (row, found) = judge(stage, scene, is_strict);
        broken.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", scene.fault.name)),
        );
        lines.push(row.line());
        table::print_lines(HEADER, &lines[lines.len() - 1..], name);
        // What was lost once stays lost: the rows after it would only repeat it.
        if row.course.lost + row.course.stale > 0 {
            break;
        }
    }
    table::print_lines(HEADER, &lines, name);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A scene that was played.
struct Row {
    fault: &'static str,
    course: Course,
    changes: u64,
    /// How often the databases were asked for an answer, and how often at most it is worth it.
    loads: u64,
    most_loads: u64,
}

fn judge(stage: &Stage, scene: &Scene, is_strict: bool) -> (Row, Vec<String>) {
    let (before, traced) = (Asked::of(stage), stage.count(scene.trace));
    let mut met = Vec::new();
    let mut course = suite::suffer(stage, &scene.fault, || {
        met = match scene.fault.harm {
            Harm::Writes => without_databases(stage),
            Harm::Nobody | Harm::Patience => stampede(stage),
        }
    });
    until(
        "nothing is marked as old any more",
        Duration::from_secs(10),
        || shown_as_old(stage) == 0,
    );
    let after = Asked::of(stage);
    let mut found = std::mem::take(&mut course.found);
    found.extend(met);
    let row = Row {
        fault: scene.fault.name,
        changes: after.changes - before.changes,
        loads: after.loads - before.loads,
        most_loads: most_loads(stage, scene.fault.harm, &course, [&before, &after]),
        course,
    };
    found.extend(suite::unkept(&row.course.window, scene.fault.harm));
    found.extend(unkept(&row, scene));
    if stage.count(scene.trace) == traced {
        found.push(format!("{} did not move: was there a fault at all?", scene.trace));
    }
    if is_strict {
        found.extend(late(&row, scene.fault.harm));
    }
    (row, found)
}

/// What holds on every machine.
fn unkept(row: &Row, scene: &Scene) -> Vec<String> {
    let Row {
        loads, most_loads, ..
    } = row;
    let window = &row.course.window;
    let mut found = Vec::new();
    for (what, calls) in [("hits", &window.hits), ("pages that change", &window.moving)] {
        if calls.errors() > 0 || calls.count() == 0 {
            let (errors, count) = (calls.errors(), calls.count());
            found.push(format!("{errors} of {count} {what} failed"));
        }
    }
    let (worst, hold) = (window.moving.worst(), scene.fault.hold);
    if !hold.is_zero() && worst >= hold {
        found.push(format!("somebody waited {worst:?}, as long as the fault took"));
    }
    if loads > most_loads {
        found.push(format!(
            "the databases were asked {loads} times instead of at most {most_loads}"
        ));
    }
    found
}

/// So many want the same of each process at once.
const HERD: usize = 8;

/// Nothing that is kept will do any more, and everybody wants it: each process may ask the databases once for each key.
fn stampede(stage: &Stage) -> Vec<String> {
    stage.load.rest();
    stage.outdate();
    let processes = stage.shops.borrow().len() as u64;
    let mut found = Vec::new();
    for path in stage.load.sights() {
        let before = stage.loads();
        let failed = stage.ask_at_once(&path, HERD);
        let loads = stage.loads() - before;
        if failed > 0 || !(1..=processes).contains(&loads) {
            found.push(format!(
                "{path}: {loads} loads for {HERD} who want it of each process, {failed} of them failed"
            ));
        }
    }
    stage.load.work();
    found
}

/// Pages come all the same, and say that they are old; so a balancer may go on sending people.
fn without_databases(stage: &Stage) -> Vec<String> {
    let mut found = Vec::new();
    let all = stage.shops.borrow().len() * stage.load.sights().len();
    let old = shown_as_old(stage);
    if old != all {
        found.push(format!("of {all} pages {old} are shown and marked as old"));
    }
    if !stage.shops.borrow().iter().all(Serving::is_ready) {
        found.push("/readyz: not ready although pages come".to_owned());
    }
    found
}

/// Pages of all processes that are shown and marked as old.
fn shown_as_old(stage: &Stage) -> usize {
    let is_old = |url: &String| {
        let answer = shop::http("GET", url, "", "");
        answer.is_some_and(|(head, _)| head.contains(" 200 ") && head.contains("\r\nwarning: 110 "))
    };
    let urls = stage.load.sights().into_iter().flat_map(|path| stage.urls(&path));
    urls.filter(is_old).count()
}

/// What was asked of the databases so far, all processes together.
struct Asked {
    /// Of the log.
    changes: u64,
    /// Those of the products that the sessions change.
    own_changes: u64,
    loads: u64,
}

impl Asked {
    /// With everybody at rest.
    fn of(stage: &Stage) -> Asked {
        let mut connection = checker::connect(&stage.node(0).url("admin"));
        let own: Vec<String> = stage.load.ledger().prices.keys().map(i64::to_string).collect();
        let of_own = format!(
            "SELECT COUNT(*) AS number FROM changes WHERE entity = 'product' AND entity_id IN ({})",
            own.join(", ")
        );
        let mut number = |query: &str| checker::number(&mut connection, query).unsigned_abs();
        Asked {
            changes: number("SELECT seq AS number FROM change_head"),
            own_changes: number(&of_own),
            loads: stage.loads(),
        }
    }
}

/// What the changes of a scene are worth, where [`stampede`] looks at one key at a time. Each process makes an answer at most once per key and change that touches it: a
/// list is touched by every change of a product, what is shown of one product by its own. And once per key because it is
/// time to look, once because the process was started anew, once because of the scene's own purge. Beyond that only a
/// session may need one: it says what it has seen, of which a process may not have heard yet. How many want an answer at
/// once does not count.
///
/// The counters tell no keys apart, so what is asserted is the sum over all keys that anybody asks for. Where no database
/// answers each key may be tried once a second.
fn most_loads(stage: &Stage, harm: Harm, course: &Course, [before, after]: [&Asked; 2]) -> u64 {
    let count = |number: usize| number as u64;
    let processes = count(stage.shops.borrow().len());
    let lists = count(load::LISTS);
    // The page of each product, and what programs read. One more product is never changed.
    let of_products = 2 * count(stage.load.ledger().prices.len() + 1);
    let keys = lists + of_products;
    let touched = lists * (after.changes - before.changes) + 2 * (after.own_changes - before.own_changes);
    let tried = match harm {
        Harm::Writes => keys * (course.begun.elapsed().as_secs() + 1),
        Harm::Nobody | Harm::Patience => 0,
    };
    let sessions = count(course.calm.own_reads.count() + course.window.own_reads.count());
    processes * (touched + 3 * keys + tried) + sessions
}

/// What holds where the machine has nothing else to do.
fn late(row: &Row, harm: Harm) -> Vec<String> {
    let Course {
        calm,
        window,
        recovered_after,
        ..
    } = &row.course;
    let mut found = Vec::new();
    let mut compare = |what: &str, usual: Duration, later: Duration, unnoticed: Duration| {
        if later > unnoticed.max(usual * 2) {
            found.push(format!(
                "99 of 100 {what} took up to {later:?} instead of {usual:?}"
            ));
        }
    };
    compare("hits", calm.hits.p99(), window.hits.p99(), HIT_UNNOTICED);
    if harm == Harm::Nobody {
        compare(
            "pages that change",
            calm.moving.p99(),
            window.moving.p99(),
            UNNOTICED,
        );
        if window.oldest > SEEN_WITHIN {
            found.push(format!("a page was {:?} old", window.oldest));
        }
    }
    if *recovered_after > PROMISED {
        found.push(format!("it took {recovered_after:?} until all was well"));
    }
    found
}

const HEADER: &str = "\
| fault | hits | p99 before | with it | worst | pages that change | p99 before | with it | worst | failed | own reads | failed | writes | refused | changes | loads | at most | marked old | oldest read | recovered after | lost | went back |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

impl Row {
    fn line(&self) -> String {
        let Course { calm, window, .. } = &self.course;
        let Window {
            own_reads, writes, ..
        } = window;
        [
            format!("| {}", self.fault),
            crowd(&calm.hits, &window.hits),
            crowd(&calm.moving, &window.moving),
            (window.hits.errors() + window.moving.errors()).to_string(),
            format!("{} | {}", own_reads.count(), own_reads.errors()),
            format!("{} | {}", writes.count(), writes.errors()),
            format!("{} | {} | {}", self.changes, self.loads, self.most_loads),
            format!("{} | {}", window.marked, seconds(window.oldest)),
            seconds(self.course.recovered_after),
            format!("{} | {} |", self.course.lost, self.course.stale),
        ]
        .join(" | ")
    }
}

fn crowd(calm: &Calls, calls: &Calls) -> String {
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let times = [calm.p99(), calls.p99(), calls.worst()].map(milliseconds);
    format!("{} | {}", calls.count(), times.join(" | "))
}

//! The engine of the shop, fed as `keep` feeds it: a thousand products at once, one commit at the end.

use std::path::Path;
use std::time::{Duration, Instant};

use vitrine::catalog::finder::AttributeNarrow;
use vitrine::config::Weights;
use vitrine::search::engine::{Asked, Budget, Engine, Entry, Mark};

use super::catalog::Catalog;
use super::measure::{Clock, Figures, forget_peak, memory, seconds, size_of, time};
use super::queries::{Kind, Queries};

/// Products that are put in at once.
const PIECE: usize = 1_000;

/// Single changes whose way to a search is measured.
const CHANGES: usize = 30;

pub fn measure(catalog: &Catalog, queries: &Queries, size: usize) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let mut figures = Figures::of("Vitrine");
    forget_peak();
    let engine = build(&mut figures, folder.path(), catalog, size);
    drop(engine);
    forget_peak();
    let begun = Instant::now();
    let (engine, mark) = open(folder.path());
    assert!(mark.is_some(), "what was written is opened again");
    figures.add("open, s", format!("{:.2}", begun.elapsed().as_secs_f64()));
    let is_whole = |kind: &Kind, text: &str| !kind.is_begun && !text.is_empty();
    figures.time_all(Clock::Own, queries, |kind, text| {
        let asked = asked(
            kind,
            if is_whole(kind, text) {
                format!("{text} ")
            } else {
                text.to_owned()
            },
        );
        Some(engine.search(&asked).unwrap().total)
    });
    let suggested = time(Clock::Own, &queries.typed, |typed| {
        Some(engine.suggest(typed, 8).unwrap().completions.len())
    });
    figures.add("suggestions", suggested.unwrap());
    let (peak, own) = memory();
    figures.add("memory after searches, MiB (own)", format!("{peak} ({own})"));
    figures.add("one change seen by a list, ms", changes(&engine, catalog, size));
    let (peak, own) = memory();
    figures.add("memory after changes, MiB (own)", format!("{peak} ({own})"));
    figures
}

fn open(folder: &Path) -> (Engine, Option<Mark>) {
    Engine::open(Some(folder), Budget::default(), Weights::default()).unwrap()
}

fn build(figures: &mut Figures, folder: &Path, catalog: &Catalog, size: usize) -> Engine {
    let (engine, _) = open(folder);
    let begun = Instant::now();
    for first in (0..size).step_by(PIECE) {
        let products = (first..size.min(first + PIECE)).map(|number| catalog.product(number));
        let entries = products.map(|product| Entry::Put(Box::new(product)));
        engine.apply(entries.collect()).unwrap();
    }
    engine.commit(&mark()).unwrap();
    figures.add("build, s", seconds(begun));
    let (peak, own) = memory();
    figures.add(
        "highest memory of the build, MiB (own at its end)",
        format!("{peak} ({own})"),
    );
    await_merges(&engine);
    figures.add("on disk, MiB", size_of(folder).to_string());
    figures.add("segments", engine.parts().to_string());
    engine
}

/// Segments are merged beside everything else: until their number has stayed for a while.
fn await_merges(engine: &Engine) {
    let (mut parts, mut since) = (engine.parts(), Instant::now());
    while since.elapsed() < Duration::from_secs(5) {
        #[expect(clippy::disallowed_methods, reason = "there are no requests here")]
        std::thread::sleep(Duration::from_millis(500));
        engine.commit(&mark()).unwrap();
        if engine.parts() != parts {
            (parts, since) = (engine.parts(), Instant::now());
        }
    }
}

fn mark() -> Mark {
    Mark {
        epoch: "epoch".to_owned(),
        seq: 1,
        hash: "hash".to_owned(),
    }
}

fn asked(kind: &Kind, text: String) -> Asked {
    let mut asked = Asked {
        text,
        limit: 24,
        facets: kind.facets,
        ..Asked::default()
    };
    // Lists without words ask for their counts only: their rows come from the database.
    if asked.text.is_empty() {
        asked.limit = 0;
    }
    if kind.is_narrowed {
        let colours = AttributeNarrow {
            values: vec!["red".to_owned(), "blue".to_owned()],
            ..AttributeNarrow::default()
        };
        asked.narrow.attributes = vec![("colour".to_owned(), colours)];
        asked.narrow.in_stock = Some(true);
    }
    asked
}

/// From one changed product to the whole shop's counts with it: median and worst.
fn changes(engine: &Engine, catalog: &Catalog, size: usize) -> String {
    let mut times = Vec::new();
    for change in 0..CHANGES {
        let mut product = catalog.product(change * (size / CHANGES));
        product.version += 1;
        product.price += 1;
        let begun = Instant::now();
        engine.apply(vec![Entry::Put(Box::new(product))]).unwrap();
        engine.commit(&mark()).unwrap();
        let counted = Asked {
            facets: true,
            ..Asked::default()
        };
        assert_eq!(engine.search(&counted).unwrap().total, size);
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_unstable_by(f64::total_cmp);
    format!("{:.1} / {:.1}", times[CHANGES / 2], times[CHANGES - 1])
}

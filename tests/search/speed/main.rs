//! How quick searches are, and what the index costs, beside SQLite's FTS5 and MariaDB's FULLTEXT over the same products.
//! `make search-bench` runs it and prints Markdown; not part of the tests. With `--alone` the others are left out.
//!
//! The products are made up by number, so every run and every engine has the same. Each query is asked three times and the
//! fastest time counts: what other programs of the machine do to one of them says nothing about the engine.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement ends where something goes wrong"
)]

mod catalog;
mod measure;
mod ours;
mod queries;
mod rivals;

use catalog::Catalog;
use measure::{Figures, print_table};
use queries::Queries;

fn main() {
    let is_alone = std::env::args().any(|argument| argument == "--alone");
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--alone")
        .map(|size| {
            size.replace('_', "")
                .parse()
                .expect("usage: search-speed [--alone] PRODUCTS...")
        })
        .collect();
    let sizes = if sizes.is_empty() { vec![10_000] } else { sizes };
    println!("{}", measure::machine());
    for size in sizes {
        let catalog = Catalog::new();
        let queries = Queries::new(&catalog, size);
        let mut columns: Vec<Figures> = vec![ours::measure(&catalog, &queries, size)];
        if !is_alone {
            columns.push(rivals::sqlite::measure(&catalog, &queries, size));
            match rivals::mariadb::measure(&catalog, &queries, size) {
                Some(figures) => columns.push(figures),
                None => println!("MariaDB is left out: tests/services/mariadb.sh run starts one.\n"),
            }
        }
        print_table(size, &columns);
    }
}

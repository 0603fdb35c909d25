//! What each fault did, as a table for people: printed, and kept beside what the build made.

use std::io::Write;
use std::time::Duration;

use crate::ledger::{Calls, Window};

pub struct Row {
    pub fault: &'static str,
    pub window: Window,
    pub recovered_after: Duration,
    pub lost: usize,
    pub stale: usize,
}

const HEADER: &str = "\
| fault | reads | failed | worst | own reads | failed | worst | writes | refused | worst | oldest read | recovered after | lost | stale |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

impl Row {
    fn line(&self) -> String {
        let Window {
            reads,
            own_reads,
            writes,
            oldest,
            ..
        } = &self.window;
        let calls = |calls: &Calls| {
            format!(
                "{} | {} | {}",
                calls.count(),
                calls.errors(),
                seconds(calls.worst())
            )
        };
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            self.fault,
            calls(reads),
            calls(own_reads),
            calls(writes),
            seconds(*oldest),
            seconds(self.recovered_after),
            self.lost,
            self.stale
        )
    }
}

pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// Past the test runner, which keeps what passing tests print to itself.
pub fn say(words: &str) {
    writeln!(std::io::stderr(), "{words}").unwrap();
}

pub fn print(rows: &[Row], name: &str) {
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    print_lines(HEADER, &lines, name);
}

pub fn print_lines(header: &str, lines: &[String], name: &str) {
    let text = format!("{header}\n{}\n", lines.join("\n"));
    say(&text);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{name}.md"));
    std::fs::write(&file, text).unwrap();
    say(&format!("kept in {}", file.display()));
}

//! Times, memory and the table they are printed in.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::queries::{Kind, Queries};

/// How often each query is asked.
const TURNS: usize = 3;

/// An engine that is slow is asked fewer queries of a kind: it gets so much time, or so many queries.
const LONGEST: Duration = Duration::from_secs(20);
const FEWEST: usize = 20;

/// A column of the table.
#[derive(Default)]
pub struct Figures {
    pub engine: String,
    pub rows: Vec<(String, String)>,
}

impl Figures {
    pub fn of(engine: &str) -> Figures {
        Figures {
            engine: engine.to_owned(),
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, row: &str, value: String) {
        self.rows.push((row.to_owned(), value));
    }

    /// Times of all kinds, as far as the engine has an answer. `ask` gives back how many were found or counted.
    pub fn time_all(
        &mut self,
        clock: Clock,
        queries: &Queries,
        mut ask: impl FnMut(&Kind, &str) -> Option<usize>,
    ) {
        for kind in &queries.kinds {
            let value = time(clock, &kind.texts, |text| ask(kind, text));
            self.add(kind.name, value.unwrap_or_else(|| "none".to_owned()));
        }
    }
}

/// How time is taken.
#[derive(Clone, Copy)]
pub enum Clock {
    /// The processor's time of this thread: what other programs do to it does not count.
    Own,
    /// Of another process nothing else can be had.
    Wall,
}

impl Clock {
    fn time(self, work: impl FnOnce() -> Option<usize>) -> Option<Duration> {
        let (own, wall) = (ThreadTime::now(), Instant::now());
        std::hint::black_box(work()?);
        Some(match self {
            Clock::Own => own.elapsed(),
            Clock::Wall => wall.elapsed(),
        })
    }
}

/// Median and 99th percentile in milliseconds of the fastest of three turns.
pub fn time(clock: Clock, texts: &[String], mut ask: impl FnMut(&str) -> Option<usize>) -> Option<String> {
    let (begun, mut times) = (Instant::now(), Vec::new());
    for text in texts {
        let mut fastest = Duration::MAX;
        for _ in 0..TURNS {
            fastest = fastest.min(clock.time(|| ask(text))?);
        }
        times.push(fastest);
        if times.len() >= FEWEST && begun.elapsed() > LONGEST {
            break;
        }
    }
    times.sort_unstable();
    let at = |hundredths: usize| times[(times.len() - 1) * hundredths / 100].as_secs_f64() * 1_000.0;
    Some(match times.len() {
        1 => format!("{:.2}", at(50)),
        _ => format!("{:.2} / {:.2}", at(50), at(99)),
    })
}

/// Highest memory of this process since [`forget_peak`], and that which is not a file's, in MiB.
pub fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let of = |key: &str| {
        let line = status
            .lines()
            .find(|line| line.starts_with(key))
            .expect("known to Linux");
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024
    };
    (of("VmHWM:"), of("RssAnon:"))
}

pub fn forget_peak() {
    // Without the right to, the peak of before stays: too high, never too low.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// What the files of a folder take, in MiB.
pub fn size_of(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let bytes: u64 = files
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => size_of(&entry.path()) << 20,
            false => entry.metadata().unwrap().len(),
        })
        .sum();
    bytes >> 20
}

pub fn seconds(since: Instant) -> String {
    format!("{:.1}", since.elapsed().as_secs_f64())
}

pub fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus.lines().find(|line| line.starts_with("model name"));
    let name = name.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("Measured on {cores} cores ({name}), load before {load}. Searches run on one thread.\n")
}

/// Products of the table in its title, engines as columns.
pub fn print_table(size: usize, columns: &[Figures]) {
    let engines: Vec<&str> = columns.iter().map(|column| column.engine.as_str()).collect();
    println!("### {size} products\n\n| | {} |", engines.join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len()));
    for (row, _) in columns.iter().take(1).flat_map(|column| &column.rows) {
        let values = columns.iter().map(|column| {
            let found = column.rows.iter().find(|(name, _)| name == row);
            found.map_or("", |(_, value)| value.as_str())
        });
        println!("| {row} | {} |", values.collect::<Vec<_>>().join(" | "));
    }
    println!();
}

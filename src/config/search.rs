//! How products are found by words: where the index is kept, and what it may use.

use std::path::{Path, PathBuf};

use super::{Layers, Weights, ranking};

/// Languages whose forms of a word count as one.
const LANGUAGES: [&str; 9] = ["en", "de", "es", "fr", "it", "nl", "pt", "sv", "none"];

/// Less than this the writer of an index refuses, more it does not use.
const WRITER_BYTES: std::ops::RangeInclusive<usize> = 15_000_000..=2_000_000_000;

/// Whether there is an index at all is for `features.search` to say.
#[derive(Clone, Debug)]
pub struct SearchSettings {
    /// `None`: in memory.
    pub path: Option<PathBuf>,
    pub language: String,
    pub writer_bytes: usize,
    pub reconcile_s: u64,
    pub startup_wait_s: u64,
    pub weights: Weights,
}

pub fn read(layers: &mut Layers) -> SearchSettings {
    SearchSettings {
        path: Some(layers.get::<PathBuf>("search.path")).filter(|path| path != Path::new("")),
        language: layers.get("search.language"),
        writer_bytes: layers.get("search.writer_bytes"),
        reconcile_s: layers.get("search.reconcile_s"),
        startup_wait_s: layers.get("search.startup_wait_s"),
        weights: ranking::read(layers),
    }
}

pub fn faults(search: &SearchSettings) -> Vec<String> {
    let mut faults = ranking::faults(&search.weights);
    if !LANGUAGES.contains(&search.language.as_str()) {
        faults.push(format!("search.language: write one of {}", LANGUAGES.join(", ")));
    }
    if !WRITER_BYTES.contains(&search.writer_bytes) {
        let (least, most) = (WRITER_BYTES.start(), WRITER_BYTES.end());
        faults.push(format!("search.writer_bytes must be {least} to {most}"));
    }
    if search.reconcile_s == 0 {
        faults.push("search.reconcile_s must be at least 1".to_owned());
    }
    faults
}

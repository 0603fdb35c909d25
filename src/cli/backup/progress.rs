//! What a long command is at, on a terminal; invisible elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub struct Progress(ProgressBar);

impl Progress {
    pub fn start() -> Progress {
        const STEP: Duration = Duration::from_millis(200);
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg} {pos}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(STEP);
        Progress(bar)
    }

    /// Shows what it is told.
    pub fn told(&mut self) -> impl FnMut(&str, u64) {
        let bar = self.0.clone();
        move |what, count| {
            if bar.message() != what {
                bar.set_message(what.to_owned());
            }
            bar.set_position(count);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

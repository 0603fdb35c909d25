//! One reader's way through the change log: whatever it reads is at least as new as what it read before, whichever node
//! answers. Must not know who the reader is or how the position travels between requests.

use std::cell::Cell;

use super::types::Seq;

tokio::task_local! {
    static SEEN: Cell<Seq>;
}

/// Runs `work` as one reader that has seen `position`; returns the position that it has seen then. A position that no
/// node has reached (the database was restored) falls back to the one that there is.
pub async fn following<F: Future>(position: Seq, work: F) -> (F::Output, Seq) {
    let work = async move {
        let output = work.await;
        (output, SEEN.with(Cell::get))
    };
    SEEN.scope(Cell::new(position), work).await
}

/// What the reader has seen, if somebody follows one.
pub(super) fn position() -> Seq {
    SEEN.try_with(Cell::get).unwrap_or_default()
}

/// The reader has seen everything up to here.
pub(super) fn note(as_of: Seq) {
    // Nobody follows this reader: each of its reads stands for itself.
    let _ = SEEN.try_with(|seen| seen.set(as_of));
}

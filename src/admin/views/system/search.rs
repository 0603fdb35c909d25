//! The search index of this process as the owner sees it. Must not know how anything is found.

use maud::{Markup, html};

use crate::search::keep::{Phase, Status};
use crate::web::format;

const MIB: f64 = 1_048_576.0;

pub fn index(index: &Status) -> Markup {
    let (state, words) = match index.phase {
        Phase::Opening => ("deleted", "Being opened"),
        Phase::Building => ("deleted", "Being made"),
        Phase::CatchingUp => ("deleted", "Catching up"),
        Phase::Ready => ("active", "Answers"),
    };
    html! {
        h2 { "Search index " span class={ "badge " (state) } { (words) } }
        @match index.phase {
            Phase::Building => p { (number(index.built)) " of about " (number(index.to_build)) " products are read." }
            Phase::Opening => {}
            Phase::CatchingUp | Phase::Ready => p {
                "It holds " (number(index.documents)) " products in " (format!("{:.1}", index.bytes as f64 / MIB)) " MiB "
                @if index.is_on_disk { "on disk" } @else { "of memory" } ", up to change number " (format::number(index.seq)) "."
            }
        }
        @if index.phase != Phase::Ready {
            p { "Until it answers, the database finds whole words, newest products first." }
        }
        @if let Some(trouble) = &index.trouble {
            p .node-fault { "Last trouble: " (trouble) }
            p .node-advice { "It is made anew by itself. " code { "vitrine search status" } " tells how far it is, " code { "vitrine search reindex" }
                " begins it again." }
        }
    }
}

fn number(number: u64) -> String {
    format::number(i64::try_from(number).unwrap_or(i64::MAX))
}

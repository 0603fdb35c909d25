//! The question before a category, brand or tag becomes part of another one.

use maud::{Markup, html};

use super::{Kind, choices};
use crate::admin::views::{Desk, crumbs, desk_page};
use crate::catalog::{Term, TermTree};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, hidden, select_field};

/// What is asked.
pub struct Merging<'a> {
    pub kind: &'a Kind,
    /// The one that goes away.
    pub term: &'a Term,
    pub tree: &'a TermTree,
    /// Id of the one that was chosen.
    pub into: &'a str,
    pub faults: &'a [FieldError],
    /// Somebody changed it while the question stood.
    pub overtaken: bool,
}

pub fn merge(desk: &Desk<'_>, merging: &Merging<'_>) -> Markup {
    let (kind, term) = (merging.kind, merging.term);
    let own = kind.page_of(term.term_id);
    let title = format!("Merge “{}” into another {}", term.name, kind.one);
    let below = merging.tree.subtree(term.term_id);
    let mut options = vec![(String::new(), format!("Choose a {}", kind.one))];
    options.extend(choices(merging.tree, |other| {
        below.iter().all(|below| below.term_id != other.term_id)
    }));
    let label = format!("The {} that stays", kind.one);
    let field = TextField {
        required: true,
        faults: merging.faults,
        ..TextField::new("into", &label, merging.into)
    };
    let main = html! {
        (crumbs((kind.address, kind.all), "Merge"))
        div .narrow {
            h1 { (title) }
            @if merging.overtaken {
                p .notice role="alert" { "It was changed while you were here. Nothing is merged yet: look once more, then decide." }
            }
            (fault_summary(merging.faults, &[("into", &label)]))
            p {
                "All products of “" (term.name) "” become products of the " (kind.one) " you choose"
                @if below.len() > 1 { ", and what stands below it stands below that one" }
                ". “" (term.name) "” goes away; its name and address lead to the other one. This cannot be undone."
            }
            form .stack action={ (own) "/merge" } method="post" novalidate {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("version", &term.version.to_string()))
                (select_field(&field, &options))
                div .ways {
                    button .button.danger type="submit" { "Merge into it" }
                    a .button.quiet href=(own) { "Keep both" }
                }
            }
        }
    };
    desk_page(desk, &title, &main)
}

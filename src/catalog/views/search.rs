//! What a customer should know of how a search was understood, and ways on from one that found nothing. Must not know how
//! anything is found.

use maud::{Markup, html};

use super::filter::FilterForm;
use crate::catalog::TermTree;
use crate::catalog::finder::Search;

/// Remarks over the list, read out when it is opened.
pub fn remarks(search: &Search, filter: &FilterForm<'_>, has_products: bool) -> Markup {
    let understood = &search.understood;
    let quoted = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
        words.join(", ")
    };
    html! {
        @if let Some(better) = &understood.did_you_mean && has_products {
            p .remark {
                "Did you mean " a href=(filter.address_with(&[("q", better.as_str())])) { "“" (better) "”" } "? "
                "These products fit that spelling."
            }
        }
        @if !understood.dropped.is_empty() && has_products {
            p .remark { "Nothing holds all of your words. Shown without " (quoted(&understood.dropped)) "." }
        }
        @if !understood.synonyms.is_empty() && has_products {
            p .remark { "Also searched for: " (quoted(&understood.synonyms)) "." }
        }
        @if search.is_degraded {
            p .remark { "The search is being prepared: for the moment it finds whole words only." }
        }
    }
}

/// Ways on where nothing was searched for, or nothing found.
pub fn ways_on(categories: &TermTree, words: &str) -> Markup {
    html! {
        p { (words) }
        p .ways {
            a .button href="/products" { "All products" }
            @for category in categories.children(None).take(8) {
                a .button.quiet href={ "/categories/" (category.slug) } { (category.name) }
            }
        }
    }
}

//! All synonyms or all redirects, each a link to its form.

use maud::{Markup, html};

use super::{ADDRESS, Family, words};
use crate::admin::views::{Desk, crumbs, desk_page};
use crate::catalog::{SearchRule, SearchRules};
use crate::web::format;

pub fn list(desk: &Desk<'_>, family: &Family, rules: &[SearchRule]) -> Markup {
    let total = i64::try_from(rules.len()).unwrap_or(i64::MAX);
    let main = html! {
        (crumbs((ADDRESS, "Search"), family.all))
        div .page-head {
            h1 { (family.all) " " span .count { (format::count(total, family.one, &family.all.to_lowercase())) } }
            a .button href={ (family.address) "/new" } { "New " (family.one) }
        }
        @if rules.is_empty() {
            div .empty {
                h2 { "No " (family.all.to_lowercase()) " yet" }
                p { (purpose(family.rules)) }
            }
        } @else {
            table .ledger {
                caption .visually-hidden { (family.all) }
                thead {
                    tr {
                        th scope="col" { "Search for" }
                        th scope="col" { @if family.rules == SearchRules::Synonyms { "Other words" } @else { "Leads to" } }
                        @if family.rules == SearchRules::Synonyms { th scope="col" { "How" } }
                    }
                }
                tbody { @for rule in rules { (row(family, rule)) } }
            }
        }
    };
    desk_page(desk, family.all, &main)
}

/// What such rules are good for.
fn purpose(rules: SearchRules) -> &'static str {
    match rules {
        SearchRules::Synonyms => {
            "A synonym lets customers find what they mean by other words than yours: “settee” finds the sofas."
        }
        SearchRules::Redirects => {
            "A redirect leads a search straight to a page: “gift card” to the page about gift cards."
        }
    }
}

fn row(family: &Family, rule: &SearchRule) -> Markup {
    html! {
        tr {
            td .what { a href=(family.page_of(rule.rule_id)) { (rule.query) } }
            @match &rule.target {
                Some(target) => { td .aside { a href=(target) { (target) } } }
                None => { td .aside { (rule.words.join(", ")) } }
            }
            @if family.rules == SearchRules::Synonyms { td .aside { (words(rule.kind)) } }
        }
    }
}

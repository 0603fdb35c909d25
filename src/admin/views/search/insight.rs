//! What customers looked for: what was found in vain, with a way to mend it at each row, and what is searched most.

use std::collections::HashMap;

use maud::{Markup, html};

use super::{ADDRESS, Family};
use crate::admin::views::{Desk, desk_page};
use crate::catalog::{SearchRule, text};
use crate::search::{Insight, Period, Report, Row};
use crate::web::format;
use crate::web::listing::query_of;

/// What the overview shows.
pub struct Overview<'a> {
    pub period: Period,
    pub report: &'a Report,
    /// All synonyms and redirects.
    pub rules: &'a [SearchRule],
}

pub fn overview(desk: &Desk<'_>, overview: &Overview<'_>) -> Markup {
    let rules: HashMap<String, &SearchRule> = overview.rules.iter().map(|rule| (rule.key(), rule)).collect();
    let report = overview.report;
    let main = html! {
        div .page-head {
            h1 { "Search" }
            div .ways {
                a .button.quiet href=(Family::SYNONYMS.address) { "Synonyms (" (count_of(overview, &Family::SYNONYMS)) ")" }
                a .button.quiet href=(Family::REDIRECTS.address) { "Redirects (" (count_of(overview, &Family::REDIRECTS)) ")" }
            }
        }
        (periods(overview.period))
        @if report.searches == 0 {
            div .empty {
                h2 { "Nothing to show yet" }
                p { "What customers search for stands here once it was searched for " (Insight::KEPT_FROM) " times." }
            }
        } @else {
            (figures(report))
            (in_vain(report, &rules))
            (top(report, &rules))
        }
        p .hint { "Only what was searched for is counted, never by whom. A search is kept once it was made " (Insight::KEPT_FROM) " times, for " (Insight::KEPT_DAYS) " days; "
            "what looks like a mail address or a telephone number is not kept at all. Opened products are counted in browsers with scripts." }
    };
    desk_page(desk, "Search", &main)
}

fn count_of(overview: &Overview<'_>, family: &Family) -> usize {
    overview
        .rules
        .iter()
        .filter(|rule| family.rules.holds(rule.kind))
        .count()
}

fn periods(chosen: Period) -> Markup {
    html! {
        nav .chips aria-label="Period" {
            @for period in Period::ALL {
                a .way href={ (ADDRESS) "?days=" (period.days()) } aria-current=[(period == chosen).then_some("true")] { "Last " (period.days()) " days" }
            }
        }
    }
}

fn figures(report: &Report) -> Markup {
    html! {
        dl .figures {
            div { dt { "Searches" } dd { (format::number(report.searches)) } }
            div { dt { "Found nothing" } dd { (share(report.in_vain, report.searches)) } }
            div { dt { "Led to a product" } dd { (share(report.clicks, report.searches)) } }
        }
    }
}

/// A part of a whole in per cent.
fn share(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{}\u{a0}%", (part * 100 + whole / 2) / whole)
}

fn in_vain(report: &Report, rules: &HashMap<String, &SearchRule>) -> Markup {
    html! {
        h2 { "Searched for in vain" }
        @if report.in_vain_rows.is_empty() {
            p { "Every search that is kept found something." }
        } @else {
            table .ledger {
                caption .visually-hidden { "Searched for in vain" }
                thead { tr { th scope="col" { "Search" } th .amount scope="col" { "In vain" } th scope="col" { "What to do" } } }
                tbody {
                    @for row in &report.in_vain_rows {
                        tr {
                            td .what { (search_link(&row.query)) }
                            td .amount { (format::number(row.in_vain)) @if row.searches > row.in_vain { " of " (format::number(row.searches)) } }
                            td .row-ways { (remedy(row, rules)) }
                        }
                    }
                }
            }
        }
    }
}

/// What the owner can do about a search, or has done.
fn remedy(row: &Row, rules: &HashMap<String, &SearchRule>) -> Markup {
    let new = |family: &Family| {
        let address = format!("{}/new", family.address);
        query_of(&address, [("query", row.query.as_str())].into_iter())
    };
    html! {
        @match rules.get(&text::fold(&row.query)) {
            Some(rule) => { a href=(Family::of(rule).page_of(rule.rule_id)) { "Has a " (Family::of(rule).one) } }
            None => {
                a href=(new(&Family::SYNONYMS)) { "Add a synonym" span .visually-hidden { " for " (row.query) } }
                " "
                a href=(new(&Family::REDIRECTS)) { "Add a redirect" span .visually-hidden { " for " (row.query) } }
            }
        }
    }
}

fn top(report: &Report, rules: &HashMap<String, &SearchRule>) -> Markup {
    html! {
        h2 { "Searched for most" }
        table .ledger {
            caption .visually-hidden { "Searched for most" }
            thead {
                tr {
                    th scope="col" { "Search" }
                    th .amount scope="col" { "Searches" }
                    th .amount scope="col" { "In vain" }
                    th .amount scope="col" { "Led to a product" }
                }
            }
            tbody {
                @for row in &report.top {
                    tr {
                        td .what { (search_link(&row.query)) @if rules.contains_key(&text::fold(&row.query)) { " " span .aside { (remedy(row, rules)) } } }
                        td .amount { (format::number(row.searches)) }
                        td .amount { (share(row.in_vain, row.searches)) }
                        td .amount { (share(row.clicks, row.searches)) }
                    }
                }
            }
        }
    }
}

/// The search as customers see it.
fn search_link(query: &str) -> Markup {
    html! { a href=(query_of("/search", [("q", query)].into_iter())) { (query) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_and_of_nothing_there_is_none() {
        assert_eq!(
            [share(1, 3), share(2, 3), share(0, 0)],
            ["33\u{a0}%", "67\u{a0}%", "–"]
        );
    }
}

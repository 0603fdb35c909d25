//! The shop's servers as the owner sees them, and what is kept of their answers. Must not know how they are asked.

pub mod cache;
mod search;

use maud::{Markup, html};

use super::{Desk, desk_page};
use crate::cache::Report;
use crate::db::{LARGEST_POOL, NodeReport};
use crate::error::FieldError;
use crate::search::keep::Status;
use crate::web::form::{TextField, fault_summary, hidden, text_field};
use crate::web::format;

/// The field of the pools.
const SIZE: (&str, &str) = ("size", "Connections for each database");

/// What the page shows.
pub struct Shown<'a> {
    pub nodes: &'a [NodeReport],
    pub is_on_sqlite: bool,
    /// The newest change, and up to which the log was checked.
    pub log: Option<(i64, i64)>,
    /// Of this process, if it searches.
    pub index: Option<&'a Status>,
    pub cache: &'a Report,
    /// The form that was refused.
    pub refused: Option<Refused<'a>>,
}

/// What was typed into a form.
#[derive(Clone, Copy)]
pub enum Refused<'a> {
    Pools(&'a str),
    Purge {
        what: &'a str,
        tag: &'a str,
        fault: &'a FieldError,
    },
}

impl Refused<'_> {
    fn fault(&self) -> FieldError {
        match self {
            Refused::Pools(_) => {
                let detail = format!("Type a whole number from 1 to {LARGEST_POOL}.");
                FieldError::new("/size", "out_of_range", detail)
            }
            Refused::Purge { fault, .. } => (*fault).clone(),
        }
    }
}

/// The databases, with what they are and how they do, the change log, the form of the pools, and what is kept.
pub fn system(desk: &Desk<'_>, shown: &Shown<'_>) -> Markup {
    let faults: Vec<FieldError> = shown.refused.iter().map(Refused::fault).collect();
    let [what, tag] = cache::LABELS;
    let main = html! {
        div .system {
            div .page-head { h1 { "System" } }
            (fault_summary(&faults, &[SIZE, what, tag]))
            h2 { "Databases" }
            @if shown.is_on_sqlite {
                p { "The shop is one SQLite file. The primary is the one connection that writes it, the replicas are those that read it." }
            } @else {
                p { "Customers’ pages are read from the replicas. Every change, and whatever must be as it is now, goes to the primary." }
            }
            div .nodes { @for node in shown.nodes { (card(node)) } }
            @if let Some((newest, checked)) = shown.log {
                h2 { "Change log" }
                p { "The newest change is number " (format::number(newest)) ". "
                    @if checked == newest { "All of it was checked against its hashes as it was written." }
                    @else { "It was checked against its hashes up to number " (format::number(checked)) "." }
                    " " code { "vitrine audit verify" } " checks it from the first change." }
            }
            @if let Some(index) = shown.index { (search::index(index)) }
            h2 { "Connections" }
            (pools(desk, shown, &faults))
            (cache::kept(desk, shown, &faults))
        }
    };
    desk_page(desk, "System", &main)
}

fn card(node: &NodeReport) -> Markup {
    let service = &node.service;
    let (state, words) = if service.in_service {
        ("active", "In service")
    } else {
        ("deleted", "Out of service")
    };
    html! {
        section .node aria-label=(node.name) {
            h3 { (node.name) " " span class={ "badge " (state) } { (words) } }
            @if let Some(fault) = &service.fault { p .node-fault { (fault) } }
            dl {
                @if let Some(facts) = &service.facts {
                    dt { "Server" } dd { (facts.version) " (number " (facts.server_id) ")" }
                    dt { "Takes changes" } dd { @if facts.read_only { "No" } @else { "Yes" } }
                    dt { "Newest change" } dd { (format::number(facts.seq)) }
                }
                @if let Some(lag) = service.lag { dt { "Behind" } dd { (format!("{:.1}", lag.as_secs_f64())) " s" } }
                dt { "Connections" }
                dd { (node.pool.used) " in use, " (node.pool.idle) " idle, at most " (node.pool.size) }
            }
        }
    }
}

fn pools(desk: &Desk<'_>, shown: &Shown<'_>, faults: &[FieldError]) -> Markup {
    // The writer of an SQLite file is alone; the others are all of one size.
    let size = shown.nodes.iter().map(|node| node.pool.size).max();
    let size = size.unwrap_or_default().to_string();
    let typed = match shown.refused {
        Some(Refused::Pools(typed)) => typed,
        _ => &size,
    };
    html! {
        form .system-form action="/admin/system/pools" method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            (text_field(&TextField {
                inputmode: Some("numeric"),
                required: true,
                faults,
                hint: Some("Of this process, until it is started again; database.pool_size is what it starts with. The server must \
                            have room for those of all processes."),
                ..TextField::new(SIZE.0, SIZE.1, typed)
            }))
            button .button type="submit" { "Change" }
        }
    }
}

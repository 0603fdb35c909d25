//! `vitrine history`: who changed what, the newest first.

use std::io::Write;

use clap::Args;

use crate::db::changes::Selection;
use crate::db::{Actor, Entity, Router, Seq};
use crate::error::{Error, Result};
use crate::history::{Entry, History, Order, plain};
use crate::web::paging::{MAX_LIMIT, PageRequest, Position};

/// Characters of a value that are printed.
const SHOWN: usize = 80;

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Only what happened to this product.
    #[arg(long, value_name = "ID")]
    product: Option<i32>,
    /// Only one import, bulk edit or undo.
    #[arg(long, value_name = "ID")]
    batch: Option<String>,
    /// Only what somebody did: user:ID, key:ID, cli, system or clock.
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// How many changes.
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

pub async fn run(arguments: HistoryArguments, db: &Router) -> Result<()> {
    let selection = Selection {
        entity: arguments.product.map(|id| (Entity::Product, id)),
        actor: arguments.by.as_deref().map(actor).transpose()?,
        batch: arguments.batch,
        since: Seq::default(),
    };
    let history = History::new(db.clone());
    let mut left = arguments.limit;
    let mut position = Position::Start;
    while left > 0 {
        let request = PageRequest {
            limit: left.min(MAX_LIMIT),
            position,
            with_total: false,
        };
        let page = history
            .page(selection.clone(), Order::NewestFirst, request, Seq::MAX)
            .await?
            .value;
        let text: String = page.items.iter().map(told).collect();
        // Whoever reads only the beginning has seen enough.
        if std::io::stdout().write_all(text.as_bytes()).is_err() {
            return Ok(());
        }
        left = left.saturating_sub(MAX_LIMIT);
        match page.next {
            Some(cursor) => position = Position::Cursor(cursor),
            None => break,
        }
    }
    Ok(())
}

fn actor(name: &str) -> Result<String> {
    let actor = Actor::parse(name).map(|actor| actor.to_string());
    actor.ok_or_else(|| {
        Error::bad_request(
            "invalid_actor",
            "--by takes user:ID, key:ID, cli, system or clock.",
        )
    })
}

/// A change on a line, and what it did on one for each field.
fn told(entry: &Entry) -> String {
    let change = &entry.change;
    let name = entry
        .name()
        .map(|name| format!(" \"{name}\""))
        .unwrap_or_default();
    let also = [
        change.batch.as_ref().map(|batch| format!(", batch {batch}")),
        change.undo_of.map(|seq| format!(", undoes {seq}")),
        entry.undone_by.map(|seq| format!(", undone by {seq}")),
    ];
    let also: String = also.into_iter().flatten().collect();
    let head = format!(
        "{} {} {} {} {}{name} by {}{also}\n",
        change.seq, change.at, change.action, change.entity, change.entity_id, change.actor
    );
    let fields = entry.differences.iter().map(|difference| {
        let (was, became) = (shown(&difference.was), shown(&difference.became));
        format!("    {}: {was} -> {became}\n", difference.field)
    });
    std::iter::once(head).chain(fields).collect()
}

/// The start of a value on one line.
pub fn shown(value: &serde_json::Value) -> String {
    let text = plain(value);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().nth(SHOWN) {
        _ if text.is_empty() => "(empty)".to_owned(),
        None => text,
        Some(_) => text.chars().take(SHOWN).chain(['…']).collect(),
    }
}

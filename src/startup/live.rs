//! Joins live news with what they tell of: the catalog and the proposals make events of changes, the accounts know who is signed
//! in. Must not know sockets.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use serde::Serialize;

use crate::accounts::{self, Accounts};
use crate::catalog::{Catalog, LiveEvent, Teller, Topic};
use crate::config::{Feature, RealtimeSettings, Settings};
use crate::db::{Router, Tag};
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use crate::realtime::routes::Doorkeeper;
use crate::realtime::{Audience, Event, Extent, Live, Person, Project, Warrant};
use crate::submissions;
use crate::web::permission::Permission;

/// The live news of a shop.
pub fn live(settings: &Settings, db: &Router, catalog: &Catalog, metrics: &Metrics) -> Live {
    Live::new(
        db.clone(),
        projection(catalog.clone()),
        read_topic,
        extent(&settings.realtime),
        metrics.realtime(),
    )
}

fn extent(settings: &RealtimeSettings) -> Extent {
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Extent {
        sessions: whole(settings.max_sessions),
        sessions_per_address: whole(settings.max_per_ip),
        events: whole(settings.replay_events),
        heartbeat: Duration::from_secs(settings.heartbeat_s),
        counts_viewers: settings.viewers,
    }
}

fn read_topic(name: &str) -> Option<(Tag, Audience)> {
    let (name, audience) = match Topic::read(name) {
        Some(Topic::Public(name)) => (name, Audience::Everybody),
        Some(Topic::Owners(name)) => (name, Audience::People(Permission::ReadCatalog)),
        None if name == submissions::QUEUE_TOPIC => (name.to_owned(), Audience::People(Permission::Review)),
        None if name == submissions::OWN_TOPIC => (name.to_owned(), Audience::Oneself(Permission::Propose)),
        None => return None,
    };
    Some((Tag::named(&name), audience))
}

/// Makes events of changes: of the catalog, in the categories as they are then, and of proposals.
fn projection(catalog: Catalog) -> Project {
    let teller = Teller::new(catalog);
    Arc::new(move |changes| {
        let teller = teller.clone();
        Box::pin(async move {
            let mut told = teller.events(&changes).await?;
            told.extend(changes.iter().filter_map(submissions::live_event));
            told.sort_by_key(|event| event.seq);
            told.into_iter().map(event).collect()
        })
    })
}

/// What is sent, as everybody gets it.
#[derive(Serialize)]
struct Frame<'a> {
    op: &'static str,
    seq: i64,
    topic: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    data: &'a serde_json::Value,
}

fn event(told: LiveEvent) -> Result<Event> {
    let LiveEvent {
        seq,
        topics,
        kind,
        data,
    } = &told;
    let frame = Frame {
        op: "event",
        seq: *seq,
        topic: topics.first().map_or("", String::as_str),
        kind,
        data,
    };
    Ok(Event {
        seq: *seq,
        topics: topics.iter().map(|topic| Tag::named(topic)).collect(),
        frame: serde_json::to_string(&frame).map_err(Error::internal)?.into(),
    })
}

/// Knows people by their session, where the owner's side is.
pub fn doorkeeper(settings: &Settings, accounts: &Accounts) -> Doorkeeper {
    let accounts = settings.features.has(Feature::Admin).then(|| accounts.clone());
    Doorkeeper(Arc::new(move |request: &HttpRequest| {
        let accounts = accounts.clone()?;
        let token = accounts::session_token(&accounts, request)?;
        let warrant: Warrant = Arc::new(move || {
            let (accounts, token) = (accounts.clone(), token.clone());
            Box::pin(async move {
                let bearer = accounts.bearer(token).await?;
                Ok(bearer.map(|(user_id, permissions)| Person { user_id, permissions }))
            })
        });
        Some(warrant)
    }))
}

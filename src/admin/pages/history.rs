//! The pages of the history: what was changed, and undoing it. What somebody decided is about the version they saw; when
//! that is not the present one any more, the question comes back with what there is now. Must not know how it is undone.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown};
use crate::accounts::{Accounts, Role};
use crate::admin::api::changes::{self as api, THINGS};
use crate::admin::views::Notice;
use crate::admin::views::history::{self as views, ADDRESS, Batch, List, Progress, Question, Words};
use crate::catalog::{Decisions, Outcome, new_batch};
use crate::db::{Actor, Entity, Router, Seq};
use crate::error::{Error, FieldError, Result};
use crate::history::{History, Order, Side, Sides};
use crate::web::extract::{FormBody, Params};
use crate::web::listing::{PageLinks, query_of};
use crate::web::paging::{Cursor, PageRequest};
use crate::web::respond::Reply;

/// What the pages of the history need beside [`Editing`].
type Contexts = (web::Data<Router>, web::Data<Accounts>);

/// `GET /admin/history`
pub async fn index(request: HttpRequest, editing: Editing, (db, accounts): Contexts) -> Result<Reply> {
    let mut known = vec!["actor", "batch", "after", "notice"];
    known.extend(THINGS.map(Entity::name));
    let params = Params::parse(&request, &known)?;
    let selection = api::selection(&params)?;
    let history = History::new(Router::clone(&db));
    let asked = PageRequest::parse(None, params.one("after")?, None)?;
    let page = history
        .page(selection.clone(), Order::NewestFirst, asked, editing.at_least)
        .await?
        .value;
    let summary = match &selection.batch {
        Some(batch) => match history.batch(batch.clone(), editing.at_least).await {
            Ok(found) => Some(found),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let link = |cursor: &Cursor| {
        let kept = params
            .iter()
            .filter(|(name, value)| !matches!(*name, "after" | "notice") && !value.is_empty());
        query_of(ADDRESS, kept.chain([("after", cursor.encode().as_str())]))
    };
    let list = List {
        words: &editing.words(&accounts).await?,
        selection: &selection,
        batch: summary.as_ref().map(|found| &found.value),
        entries: &page.items,
        links: PageLinks {
            prev: page.prev.as_ref().map(link),
            next: page.next.as_ref().map(link),
        },
    };
    Ok(shown(views::list(&editing.desk(&params)?, &list)))
}

/// `GET /admin/history/{seq}/undo`
pub async fn ask(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    contexts: Contexts,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let answer = Answer::default();
    editing.question(&contexts, seq(&path)?, &answer).await
}

/// What somebody answered, and what came of it.
#[derive(Default)]
struct Answer {
    sides: Sides,
    faults: Vec<FieldError>,
    refused: Option<String>,
}

/// `POST /admin/history/{seq}/undo`
pub async fn undo(
    path: web::Path<String>,
    editing: Editing,
    contexts: Contexts,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let seq = seq(&path)?;
    let decisions = Decisions {
        version: sent.version()?,
        sides: sides(&sent),
    };
    let sides = decisions.sides.clone();
    let undone = editing
        .catalog
        .undo(editing.origin(), seq, Some(decisions), None)
        .await;
    let (faults, refused, status) = match undone {
        Ok(undone) => {
            let (answer, _) = undone.value;
            let notice = match answer.outcome {
                Outcome::Undone => Notice::Undone,
                Outcome::Already => Notice::AlreadyUndone,
                Outcome::Kept => Notice::Kept,
            };
            return Ok(editing.undone(
                &format!("{}={}", answer.entity, answer.entity_id),
                notice,
                undone.seq,
            ));
        }
        Err(Error::Invalid(faults)) => (faults, None, StatusCode::UNPROCESSABLE_ENTITY),
        Err(error @ Error::Conflict { .. }) => (Vec::new(), Some(error.to_string()), StatusCode::CONFLICT),
        Err(Error::MovedOn { .. }) => {
            let words = "It is not as you saw it any more, or something is left to be decided. Nothing is undone yet.";
            (Vec::new(), Some(words.to_owned()), StatusCode::CONFLICT)
        }
        Err(error) => return Err(error),
    };
    let answer = Answer {
        sides,
        faults,
        refused,
    };
    Ok(editing.question(&contexts, seq, &answer).await?.status(status))
}

/// `GET /admin/batches/{id}/undo`
pub async fn ask_batch(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    (db, accounts): Contexts,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let history = History::new(Router::clone(&db));
    let found = history.batch(path.clone(), editing.at_least).await?;
    let batch = Batch {
        words: &editing.words(&accounts).await?,
        name: &path,
        summary: &found.value,
    };
    Ok(shown(views::batch(&editing.desk(&Params::default())?, &batch)))
}

/// `POST /admin/batches/{id}/undo`: as much as one request may take; the page that follows leads on.
pub async fn undo_batch(
    path: web::Path<String>,
    editing: Editing,
    (db, accounts): Contexts,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let history = History::new(Router::clone(&db));
    let found = history.batch(path.clone(), Seq::MAX).await?;
    let before = sent.one("before")?.and_then(|text| text.parse().ok());
    let undo_batch = match sent.one("undo_batch")?.filter(|name| api::is_undo_batch(name)) {
        Some(name) => name.to_owned(),
        None => new_batch()?,
    };
    let mut origin = editing.origin();
    origin.batch = Some(undo_batch.clone());
    let done = api::steps(&editing.catalog, &origin, &path, before).await?;
    let step = &done.value;
    if step.next.is_none() && step.conflicts.is_empty() && step.undone > 0 {
        return Ok(editing.undone(&format!("batch={undo_batch}"), Notice::Undone, done.seq));
    }
    let earlier: i64 = sent
        .one("done")?
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let dealt_with = i64::try_from(step.changes()).unwrap_or(i64::MAX);
    let batch = Batch {
        words: &editing.words(&accounts).await?,
        name: &path,
        summary: &found.value,
    };
    let progress = Progress {
        undo_batch: &undo_batch,
        step,
        done: earlier.saturating_add(dealt_with),
    };
    let page = views::undone(&editing.desk(&Params::default())?, &batch, &progress);
    Ok(shown(page).cookie(editing.seen(done.seq)))
}

impl Editing {
    /// The names that the log does not have: those of people and keys stand in their own tables.
    async fn words(&self, accounts: &Accounts) -> Result<Words> {
        Ok(Words {
            people: people(accounts, Role::ALL.to_vec(), self.at_least)
                .await?
                .into_iter()
                .collect(),
            attributes: self.catalog.attributes(self.at_least).await?.value,
        })
    }

    async fn question(&self, (db, accounts): &Contexts, seq: Seq, answer: &Answer) -> Result<Reply> {
        let history = History::new(Router::clone(db));
        let entry = history.change(seq, Seq::MAX).await?.value;
        let plan = self.catalog.plan_undo(seq).await?.value;
        let question = Question {
            words: &self.words(accounts).await?,
            entry: &entry,
            plan: &plan,
            sides: &answer.sides,
            faults: &answer.faults,
            refused: answer.refused.as_deref(),
        };
        Ok(shown(views::undo(&self.desk(&Params::default())?, &question)))
    }

    /// On to the history of what was undone.
    fn undone(&self, query: &str, notice: Notice, seq: Seq) -> Reply {
        self.written(&format!("{ADDRESS}?{query}"), notice, seq)
    }
}

/// Those of whom the change log can tell, as it calls them and as people do; of people those with one of these roles.
pub(super) async fn people(
    accounts: &Accounts,
    roles: Vec<Role>,
    at_least: Seq,
) -> Result<BTreeMap<String, String>> {
    let (people, keys) = accounts.callers(roles, at_least).await?;
    let people = people
        .into_iter()
        .map(|(user_id, name)| (Actor::User(user_id).to_string(), name));
    let keys = keys
        .into_iter()
        .map(|(key_id, name)| (Actor::Key(key_id).to_string(), format!("key “{name}”")));
    let others = [
        (Actor::Cli, "the command line"),
        (Actor::System, "the shop itself"),
        (Actor::Clock, "the clock"),
    ];
    let others = others.map(|(actor, words)| (actor.to_string(), words.to_owned()));
    Ok(people.chain(keys).chain(others).collect())
}

fn seq(path: &str) -> Result<Seq> {
    path.parse().map_err(|_| Error::NotFound { what: "change" })
}

fn sides(sent: &Params) -> Sides {
    sent.iter()
        .filter_map(|(name, value)| {
            let field = name.strip_prefix("side.")?;
            Some((field.to_owned(), Side::parse(value)?))
        })
        .collect()
}

//! Whom a change of the log is a reason to tell something, and what of former notices is settled by it. Must not know storage.

use crate::catalog::{Catalog, LowStock};
use crate::db::{Actor, Change, Moment};
use crate::submissions::{DECIDED, News, RECEIVED};
use crate::web::permission::Permission;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Tell(Told),
    /// Nobody has to do anything any more about what was told of this.
    Settle {
        kind: &'static str,
        subject_id: i32,
        /// What was told later has another reason.
        until: Moment,
    },
}

/// What is told, and whom.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Of the change that is the reason: nobody is told of it twice.
    pub change_hash: String,
    pub kind: &'static str,
    /// The product or proposal that it is about.
    pub subject_id: i32,
    /// As an event has it.
    pub data: String,
    pub at: Moment,
    /// What was told before of the same, and is not read yet, means nothing beside it.
    pub replaces_former: bool,
    /// What somebody must be allowed.
    pub asks: Permission,
    pub whom: Whom,
}

/// Which of those who are allowed to. Actors are as the log names them.
#[derive(Debug, PartialEq, Eq)]
pub enum Whom {
    All,
    AllBut(String),
    Only(String),
}

impl Whom {
    pub fn includes(&self, user_id: i32) -> bool {
        let is = |actor: &String| *actor == Actor::User(user_id).to_string();
        match self {
            Whom::All => true,
            Whom::AllBut(actor) => !is(actor),
            Whom::Only(actor) => is(actor),
        }
    }
}

/// What is to be done about a change, in this order.
pub fn tasks(catalog: &Catalog, change: &Change) -> Vec<Task> {
    let of_stock = catalog.low_stock(change).map(|low| of_stock(change, &low));
    let of_proposal = News::of(change).map(|news| of_proposal(change, news));
    of_stock
        .into_iter()
        .chain(of_proposal.into_iter().flatten())
        .collect()
}

/// Whoever can get more of it.
fn of_stock(change: &Change, low: &LowStock) -> Task {
    Task::Tell(Told {
        change_hash: change.hash.clone(),
        kind: LowStock::KIND,
        subject_id: low.product_id,
        data: low.data().to_string(),
        at: change.at,
        // Each time may be another delivery that was sold out.
        replaces_former: false,
        asks: Permission::WriteCatalog,
        whom: Whom::All,
    })
}

/// Those who decide of what was handed in by others, the author of what was decided; then it waits for nobody any more.
fn of_proposal(change: &Change, news: News) -> Vec<Task> {
    let submission_id = news.submission_id;
    let told = news.kind().map(|kind| {
        let data = news.data().to_string();
        let (asks, whom) = if kind == DECIDED {
            (Permission::Propose, Whom::Only(news.author))
        } else {
            (Permission::Review, Whom::AllBut(news.author))
        };
        Told {
            change_hash: change.hash.clone(),
            kind,
            subject_id: submission_id,
            data,
            at: change.at,
            replaces_former: kind == RECEIVED,
            asks,
            whom,
        }
    });
    let settles = told.as_ref().is_none_or(|told| told.kind != RECEIVED);
    let settle = settles.then_some(Task::Settle {
        kind: RECEIVED,
        subject_id: submission_id,
        until: change.at,
    });
    told.map(Task::Tell).into_iter().chain(settle).collect()
}

//! The owner's words: synonyms and redirects of the search. They stand here, and not beside the search, because they are
//! data of the shop like attributes: logged, undone and shown in the history with the same rules. Must not know how
//! anything is searched, nor HTTP.

mod understand;

use super::model::{RuleKind, SearchRule};
use super::repo::search_rules as stored;
use super::write::state;
use super::{Catalog, dependence, text};
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Action, AnyConnection, Committed, NewChange, Origin, Seq, Snapshot, WriteTransaction};
use crate::error::{Error, Result};
use understand::understood;
pub use understand::{MOST_WORDS, QUERY_LENGTH, TARGET_LENGTH, WORDS_LENGTH};

/// Every node holds all synonyms in memory, and no owner keeps more in order.
const MOST_RULES: i64 = 1_000;

/// The two families, of which a rule never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Synonyms,
    Redirects,
}

impl Rules {
    pub fn holds(self, kind: RuleKind) -> bool {
        self.kinds().contains(&kind)
    }

    fn kinds(self) -> &'static [RuleKind] {
        match self {
            Rules::Synonyms => &[RuleKind::OneWay, RuleKind::TwoWay],
            Rules::Redirects => &[RuleKind::Redirect],
        }
    }

    fn of(kind: RuleKind) -> Rules {
        match kind {
            RuleKind::OneWay | RuleKind::TwoWay => Rules::Synonyms,
            RuleKind::Redirect => Rules::Redirects,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Rules::Synonyms => "synonym",
            Rules::Redirects => "redirect",
        }
    }
}

/// A rule as somebody typed it; empty text is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRuleInput {
    pub kind: String,
    pub query: String,
    /// One per line; a line may be several words.
    pub words: String,
    pub target: String,
}

impl SearchRuleInput {
    /// A rule as it stands in its form.
    pub fn of(rule: &SearchRule) -> SearchRuleInput {
        SearchRuleInput {
            kind: rule.kind.name().to_owned(),
            query: rule.query.clone(),
            words: rule.words.join("\n"),
            target: rule.target.clone().unwrap_or_default(),
        }
    }
}

impl Catalog {
    /// All rules of a family, by what customers search for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search_rules(&self, rules: Rules, at_least: Seq) -> Result<Snapshot<Vec<SearchRule>>> {
        let read = move |connection: &mut AnyConnection| {
            let mut all = stored::all(connection)?;
            all.retain(|rule| rules.holds(rule.kind));
            Ok(all)
        };
        self.db
            .read_at_least("catalog.search_rules", at_least, read)
            .await
    }

    /// One rule.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn search_rule(
        &self,
        rules: Rules,
        rule_id: i32,
        at_least: Seq,
    ) -> Result<Snapshot<SearchRule>> {
        let read = move |connection: &mut AnyConnection| {
            let found = stored::find(connection, rule_id)?.filter(|rule| rules.holds(rule.kind));
            found.ok_or(Error::NotFound { what: rules.what() })
        };
        self.db.read_at_least("catalog.search_rule", at_least, read).await
    }

    /// The page that a search for this leads to, if the owner says so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn redirect_of(&self, query: &str, at_least: Seq) -> Result<Option<String>> {
        let key = text::fold(query);
        let read = move |connection: &mut AnyConnection| stored::of_query(connection, &key);
        let found = self
            .shown("catalog.redirect_of", at_least, read, |_| dependence::of_lists())
            .await?;
        Ok(found.value.and_then(|rule| rule.target))
    }

    /// Makes a rule. A request that was answered before is answered the same way again (the flag says so).
    ///
    /// # Errors
    /// `Invalid` with every fault; `IdempotencyMismatch`; those of the database.
    pub async fn create_search_rule(
        &self,
        origin: Origin,
        rules: Rules,
        input: SearchRuleInput,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(SearchRule, bool)>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let mut rule = understood(&input, rules, None)?;
            if stored::count(transaction.connection(), rules.kinds())? >= MOST_RULES {
                let detail = format!("is one too many: there are {MOST_RULES} already, remove one first");
                return Err(Error::field("/query", "too_many", detail));
            }
            is_free(transaction, &rule)?;
            let now = transaction.now();
            stored::insert(transaction.connection(), &mut rule, now)?;
            record(transaction, Action::Created, None, Some(&rule))?;
            Ok(rule)
        };
        idempotency::once(&self.db, "catalog.create_search_rule", origin, request, work).await
    }

    /// Changes a rule that still has `expected_version`.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` with every fault; those of the database.
    pub async fn save_search_rule(
        &self,
        origin: Origin,
        rules: Rules,
        (rule_id, expected_version): (i32, i32),
        input: SearchRuleInput,
    ) -> Result<Committed<SearchRule>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = current(transaction, rules, rule_id, expected_version)?;
            amend(transaction, &current, &input)
        };
        self.db.write("catalog.save_search_rule", origin, work).await
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; those of the database.
    pub async fn delete_search_rule(
        &self,
        origin: Origin,
        rules: Rules,
        (rule_id, expected_version): (i32, i32),
    ) -> Result<Committed<SearchRule>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = current(transaction, rules, rule_id, expected_version)?;
            delete(transaction, &current)?;
            Ok(current)
        };
        self.db.write("catalog.delete_search_rule", origin, work).await
    }

    /// What is wrong with a rule, without making it.
    ///
    /// # Errors
    /// `Invalid` with every fault.
    pub fn understood_search_rule(&self, rules: Rules, input: &SearchRuleInput) -> Result<SearchRule> {
        understood(input, rules, None)
    }
}

fn current(
    transaction: &mut WriteTransaction<'_>,
    rules: Rules,
    rule_id: i32,
    expected_version: i32,
) -> Result<SearchRule> {
    let current = stored::find(transaction.connection(), rule_id)?.filter(|rule| rules.holds(rule.kind));
    let current = current.ok_or(Error::NotFound { what: rules.what() })?;
    Error::unless_version(current.version, expected_version)?;
    Ok(current)
}

/// The rule that there is under an id.
pub(super) fn standing(transaction: &mut WriteTransaction<'_>, rule_id: i32) -> Result<SearchRule> {
    let found = stored::find(transaction.connection(), rule_id)?;
    found.ok_or(Error::NotFound { what: "synonym" })
}

/// Lays an input over a rule.
pub(super) fn amend(
    transaction: &mut WriteTransaction<'_>,
    current: &SearchRule,
    input: &SearchRuleInput,
) -> Result<SearchRule> {
    let mut next = understood(input, Rules::of(current.kind), Some(current))?;
    if next == *current {
        return Ok(next);
    }
    is_free(transaction, &next)?;
    next.version += 1;
    let now = transaction.now();
    stored::update(transaction.connection(), &next, now)?;
    record(transaction, Action::Updated, Some(current), Some(&next))?;
    Ok(next)
}

pub(super) fn delete(transaction: &mut WriteTransaction<'_>, rule: &SearchRule) -> Result<()> {
    stored::delete(transaction.connection(), rule.rule_id)?;
    record(transaction, Action::Deleted, Some(rule), None)
}

/// Makes a deleted rule anew, with its id, so that its history goes on.
pub(super) fn restore(transaction: &mut WriteTransaction<'_>, deleted: &SearchRule) -> Result<SearchRule> {
    let mut rule = deleted.clone();
    rule.version += 1;
    is_free(transaction, &rule)?;
    let now = transaction.now();
    stored::insert(transaction.connection(), &mut rule, now)?;
    record(transaction, Action::Restored, None, Some(&rule))?;
    Ok(rule)
}

/// One query has one rule, of either family: a redirect would make its synonyms useless.
fn is_free(transaction: &mut WriteTransaction<'_>, rule: &SearchRule) -> Result<()> {
    match stored::of_query(transaction.connection(), &rule.key())? {
        Some(other) if other.rule_id != rule.rule_id => {
            let what = Rules::of(other.kind).what();
            let detail = format!("has a {what} already: change that one");
            Err(Error::field("/query", "taken", detail))
        }
        _ => Ok(()),
    }
}

fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&SearchRule>,
    after: Option<&SearchRule>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: subject.entity(),
        entity_id: subject.rule_id,
        version: subject.version,
        action,
        before: state(before)?,
        after: state(after)?,
    })
}

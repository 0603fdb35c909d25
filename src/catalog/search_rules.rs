//! The owner's words: synonyms and redirects of the search. They stand here, and not beside the search, because they are
//! data of the shop like attributes: logged, undone and shown in the history with the same rules. Must not know how
//! anything is searched, nor HTTP.

use super::model::{RuleKind, SearchRule};
use super::repo::search_rules as stored;
use super::write::state;
use super::{Catalog, dependence, text, values};
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Action, AnyConnection, Committed, NewChange, Origin, Seq, Snapshot, WriteTransaction};
use crate::error::{Error, FieldError, Result};

pub const QUERY_LENGTH: usize = 100;
pub const WORDS_LENGTH: usize = 60;
pub const MOST_WORDS: usize = 20;
pub const TARGET_LENGTH: usize = 500;

/// Every node holds all synonyms in memory, and no owner keeps more in order.
const MOST_RULES: i64 = 1_000;

/// Pages that no search leads to: another search would be looked up again, and the owner's are not for customers.
const NO_TARGETS: [&str; 6] = ["/search", "/admin", "/api", "/login", "/logout", "/static"];

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

fn understood(input: &SearchRuleInput, rules: Rules, base: Option<&SearchRule>) -> Result<SearchRule> {
    let mut faults = Vec::new();
    let query = query(&input.query, &mut faults);
    let kind = match (rules, input.kind.trim()) {
        (Rules::Redirects, _) => Some(RuleKind::Redirect),
        (Rules::Synonyms, "") => Some(RuleKind::TwoWay),
        (Rules::Synonyms, name) => RuleKind::parse(name).filter(|kind| rules.holds(*kind)),
    };
    if kind.is_none() {
        faults.push(FieldError::new("/kind", "format", "must be one_way or two_way"));
    }
    let (mut other_words, mut leads_to) = (Vec::new(), None);
    match rules {
        Rules::Synonyms => other_words = words(input, &mut faults),
        Rules::Redirects => leads_to = target(&input.target, &mut faults),
    }
    match (query, kind) {
        (Some(query), Some(kind)) if faults.is_empty() => Ok(SearchRule {
            rule_id: base.map_or(0, |base| base.rule_id),
            kind,
            query,
            words: other_words,
            target: leads_to,
            version: base.map_or(1, |base| base.version),
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

fn query(given: &str, faults: &mut Vec<FieldError>) -> Option<String> {
    let fault = match values::line(given, QUERY_LENGTH) {
        Ok(Some(line)) if text::fold(&line).chars().any(char::is_alphanumeric) => return Some(line),
        Ok(Some(_)) => ("format", "must hold a letter or a digit".to_owned()),
        Ok(None) => ("required", "is required".to_owned()),
        Err(fault) => fault,
    };
    faults.push(FieldError::new("/query", fault.0, fault.1));
    None
}

fn words(input: &SearchRuleInput, faults: &mut Vec<FieldError>) -> Vec<String> {
    let own = text::fold(&input.query);
    let mut found: Vec<String> = Vec::new();
    for line in input.words.lines() {
        match values::line(line, WORDS_LENGTH) {
            Ok(Some(line)) => {
                let key = text::fold(&line);
                if key != own && found.iter().all(|known| text::fold(known) != key) {
                    found.push(line);
                }
            }
            Ok(None) => {}
            Err((code, detail)) => faults.push(FieldError::new("/words", code, detail)),
        }
    }
    if found.is_empty() {
        let detail = "must name at least one other way to say it, each on its own line";
        faults.push(FieldError::new("/words", "required", detail));
    }
    if found.len() > MOST_WORDS {
        let detail = format!("must be at most {MOST_WORDS}");
        faults.push(FieldError::new("/words", "too_long", detail));
    }
    found
}

/// A path of this shop. `//host` and `/\host` are other sites, and browsers drop what is not visible before they look.
fn target(given: &str, faults: &mut Vec<FieldError>) -> Option<String> {
    let given = given.trim();
    let path = given.split(['?', '#']).next().unwrap_or_default();
    let below = |start: &&str| {
        path.strip_prefix(*start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let own = given.starts_with('/')
        && !given.starts_with("//")
        && given.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let fault = if given.is_empty() {
        ("required", "is required".to_owned())
    } else if !own {
        let detail =
            "must be the address of a page of this shop from its first / on, for example /categories/lamps";
        ("format", detail.to_owned())
    } else if given.len() > TARGET_LENGTH {
        (
            "too_long",
            format!("must have at most {TARGET_LENGTH} characters"),
        )
    } else if NO_TARGETS.iter().any(|start| below(&start)) {
        (
            "format",
            "must be a page that shows customers something other than a search".to_owned(),
        )
    } else {
        return Some(given.to_owned());
    };
    faults.push(FieldError::new("/target", fault.0, fault.1));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: Rules, input: &SearchRuleInput) -> Vec<String> {
        match understood(input, rules, None) {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_redirect_never_leaves_the_shop() {
        let to = |target: &str| SearchRuleInput {
            query: "sofa".to_owned(),
            target: target.to_owned(),
            ..SearchRuleInput::default()
        };
        for target in [
            "/",
            "/categories/lamps",
            "/products?tag=gift&sort=price",
            "/searching",
        ] {
            assert!(
                understood(&to(target), Rules::Redirects, None).is_ok(),
                "{target}"
            );
        }
        for target in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a b",
            "/a\r\nSet-Cookie: x",
            "/search?q=sofa",
            "/search",
            "/admin/products",
            "/api/v1/products",
        ] {
            assert_eq!(faults(Rules::Redirects, &to(target)), ["/target"], "{target}");
        }
    }

    #[test]
    fn all_faults_of_a_synonym_are_told_at_once_and_doubles_are_left_out() {
        let empty = SearchRuleInput {
            kind: "redirect".to_owned(),
            ..SearchRuleInput::default()
        };
        assert_eq!(faults(Rules::Synonyms, &empty), ["/query", "/kind", "/words"]);
        let input = SearchRuleInput {
            query: " Sofa ".to_owned(),
            words: "couch\r\nCouch\n\nsofa\nlounge  chair".to_owned(),
            ..SearchRuleInput::default()
        };
        let rule = understood(&input, Rules::Synonyms, None).unwrap();
        assert_eq!((rule.query.as_str(), rule.kind), ("Sofa", RuleKind::TwoWay));
        assert_eq!(rule.words, ["couch", "lounge chair"]);
    }
}

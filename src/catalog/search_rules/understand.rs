//! A rule as somebody typed it: every fault at once. Must not know storage.

use super::{Rules, SearchRuleInput};
use crate::catalog::model::{RuleKind, SearchRule};
use crate::catalog::{text, values};
use crate::error::{Error, FieldError, Result};

pub const QUERY_LENGTH: usize = 100;
pub const WORDS_LENGTH: usize = 60;
pub const MOST_WORDS: usize = 20;
pub const TARGET_LENGTH: usize = 500;

/// Pages that no search leads to: another search would be looked up again, and the owner's are not for customers.
const NO_TARGETS: [&str; 7] = [
    "/search", "/admin", "/account", "/api", "/login", "/logout", "/static",
];

/// The rule that an input comes to; an existing one keeps its id and version.
pub(super) fn understood(
    input: &SearchRuleInput,
    rules: Rules,
    base: Option<&SearchRule>,
) -> Result<SearchRule> {
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
    } else if NO_TARGETS.iter().any(below) {
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

//! The pages of the search: what customers looked for, and the owner's words for it, synonyms and redirects.

mod form;
mod insight;
mod list;

use crate::catalog::{RuleKind, SearchRule, SearchRules};

pub use form::{Form, Leads, Preview, Standing, delete, form};
pub use insight::{Overview, overview};
pub use list::list;

/// Where the overview is; everything else is below.
pub const ADDRESS: &str = "/admin/search";

/// Synonyms or redirects, with their words and where their pages are.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    pub rules: SearchRules,
    /// One of them, inside a sentence.
    pub one: &'static str,
    /// All of them, as a heading.
    pub all: &'static str,
    /// Where the list is; everything else is below.
    pub address: &'static str,
}

impl Family {
    pub const SYNONYMS: Family = Family {
        rules: SearchRules::Synonyms,
        one: "synonym",
        all: "Synonyms",
        address: "/admin/search/synonyms",
    };
    pub const REDIRECTS: Family = Family {
        rules: SearchRules::Redirects,
        one: "redirect",
        all: "Redirects",
        address: "/admin/search/redirects",
    };

    /// The family whose pages an address belongs to.
    pub fn at(path: &str) -> Option<&'static Family> {
        const { &[Family::SYNONYMS, Family::REDIRECTS] }
            .iter()
            .find(|family| path.starts_with(family.address))
    }

    pub fn of(rule: &SearchRule) -> &'static Family {
        match rule.kind {
            RuleKind::OneWay | RuleKind::TwoWay => &Family::SYNONYMS,
            RuleKind::Redirect => &Family::REDIRECTS,
        }
    }

    pub fn page_of(&self, rule_id: i32) -> String {
        format!("{}/{rule_id}", self.address)
    }

    /// The fields of the form by name and label.
    fn labels(&self) -> &'static [(&'static str, &'static str)] {
        match self.rules {
            SearchRules::Synonyms => &[("query", "Search for"), ("words", "Other words"), ("kind", "How")],
            SearchRules::Redirects => &[("query", "Search for"), ("target", "Leads to")],
        }
    }
}

/// What a kind of synonym does, in few words.
fn words(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::OneWay => "One way",
        RuleKind::TwoWay => "Both ways",
        RuleKind::Redirect => "Leads to",
    }
}

//! The owner's synonyms in the index of this process: read again whenever the change log tells of one. They take effect
//! with the next search; no document knows of them. Must not know how a synonym is looked up.

use super::answered::answered;
use super::{Index, blocking};
use crate::catalog::{RuleKind, SearchRule, SearchRules};
use crate::db::Seq;
use crate::error::Result;
use crate::search::engine::{Engine, Synonyms};

impl Index {
    /// Lets the engine know the synonyms as of a position or newer. Before the index says that it has come there, so that
    /// whoever waits for that finds by them.
    pub(super) async fn take_synonyms(&self, engine: &Engine, at_least: Seq) -> Result<()> {
        let read = || self.0.catalog.search_rules(SearchRules::Synonyms, at_least);
        let rules = answered(read).await.value;
        let engine = engine.clone();
        blocking(move || {
            engine.set_synonyms(synonyms(&rules));
            Ok(())
        })
        .await
    }
}

fn synonyms(rules: &[SearchRule]) -> Synonyms {
    let mut synonyms = Synonyms::default();
    for rule in rules {
        match rule.kind {
            RuleKind::OneWay => {
                for words in &rule.words {
                    synonyms.add_one_way(&rule.query, words);
                }
            }
            RuleKind::TwoWay => {
                let group = [&rule.query].into_iter().chain(&rule.words);
                synonyms.add_group(&group.map(String::as_str).collect::<Vec<_>>());
            }
            RuleKind::Redirect => {}
        }
    }
    synonyms
}

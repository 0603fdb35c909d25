//! What every public page links, kept until the change log moves on or a moment comes that changes a product, so that a
//! page which nobody has in memory does not pay for its menu as well. Must not know markup.

use std::sync::Arc;

use parking_lot::Mutex;

use super::model::{PageLink, TermTree};
use super::repo::{clock, terms, text_pages};
use super::{Catalog, dependence};
use crate::db::changes::{self, Head};
use crate::db::{AnyConnection, Moment, Seq, Snapshot};
use crate::error::Result;

/// What every public page links: the categories with something to show, and the pages of text that can be seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Navigation {
    pub categories: TermTree,
    pub pages: Vec<PageLink>,
}

/// How the shop stands at one position of the log.
#[derive(Clone)]
pub(super) struct Standing {
    pub navigation: Arc<Navigation>,
    /// When something customers see changes next although nobody changes it, if ever.
    pub until: Option<Moment>,
}

/// The last standing that was read. One is enough: replicas that differ in position differ for milliseconds. Cloning
/// shares it.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<Option<Kept>>>);

struct Kept {
    head: Head,
    since: Moment,
    standing: Standing,
}

impl Known {
    /// How the shop stands in the snapshot that this connection reads.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read(&self, connection: &mut AnyConnection) -> Result<Standing> {
        let head = changes::head(connection)?;
        let now = Moment::now();
        if let Some(standing) = self.get(&head, now) {
            return Ok(standing);
        }
        let standing = Standing {
            navigation: Arc::new(Navigation {
                categories: terms::visible_categories(connection, now)?,
                pages: text_pages::links(connection)?,
            }),
            until: clock::next(connection, now)?,
        };
        *self.0.lock() = Some(Kept {
            head,
            since: now,
            standing: standing.clone(),
        });
        Ok(standing)
    }

    /// What was read at this very position, unless a moment has come meanwhile or the clock was set back.
    fn get(&self, head: &Head, now: Moment) -> Option<Standing> {
        let known = self.0.lock();
        let kept = known.as_ref().filter(|kept| kept.head == *head)?;
        let holds = kept.since <= now && kept.standing.until.is_none_or(|until| now < until);
        holds.then(|| kept.standing.clone())
    }
}

impl Catalog {
    /// What every public page links.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn navigation(&self, at_least: Seq) -> Result<Snapshot<Arc<Navigation>>> {
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| Ok(known.read(connection)?.navigation);
        let depends = |_: &Arc<Navigation>| dependence::of_terms();
        self.shown("catalog.navigation", at_least, read, depends).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(epoch: &str, seq: i64) -> Head {
        Head {
            epoch: epoch.to_owned(),
            seq,
            hash: String::new(),
        }
    }

    #[test]
    fn what_is_known_holds_at_its_position_until_a_moment_comes() {
        let since = Moment::now();
        let until = since.plus_seconds(10);
        let known = Known::default();
        assert!(known.get(&head("a", 7), since).is_none());
        *known.0.lock() = Some(Kept {
            head: head("a", 7),
            since,
            standing: Standing {
                navigation: Arc::default(),
                until: Some(until),
            },
        });
        let holds = |head: Head, now: Moment| known.get(&head, now).is_some();
        assert!(holds(head("a", 7), since));
        assert!(holds(head("a", 7), since.plus_seconds(9)));
        assert!(!holds(head("a", 7), until), "the moment has come");
        assert!(
            !holds(head("a", 7), since.plus_seconds(-1)),
            "the clock was set back"
        );
        assert!(!holds(head("a", 8), since), "the log has moved on");
        assert!(!holds(head("a", 6), since), "a replica that is behind");
        assert!(!holds(head("b", 7), since), "another history");
    }
}

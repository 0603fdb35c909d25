//! Answers dropped because somebody said so: a change of the log like any other, so that every node which follows the log
//! drops them, wherever it keeps them, and everybody can read who said so. Must not know what a name stands for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::memory::everything;
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Action, Change, Committed, Entity, NewChange, Origin, Router, Tag, WriteTransaction};
use crate::error::Result;

/// What is dropped: all answers that bear the tag of this name, whether there are any or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    pub tag: String,
}

impl Purge {
    /// Writes it into the log. A request that was answered before is answered the same way again (the flag says so).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(
        self,
        db: &Router,
        origin: Origin,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(Purge, bool)>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            transaction.record(NewChange {
                entity: Entity::Cache,
                entity_id: 0,
                version: 0,
                action: Action::Purged,
                before: None,
                after: Some(json!({ "tag": self.tag })),
            })?;
            Ok(self.clone())
        };
        idempotency::once(db, "cache.purge", origin, request, work).await
    }
}

/// The tag of what a change of the log drops. One of a newer release that cannot be understood drops everything.
pub fn purged(change: &Change) -> Option<Tag> {
    if Entity::parse(&change.entity) != Some(Entity::Cache) {
        return None;
    }
    let state = change.state_after.as_deref().unwrap_or_default();
    let state: Value = serde_json::from_str(state).unwrap_or_default();
    let tag = state.get("tag").and_then(Value::as_str);
    Some(tag.map_or_else(everything, Tag::named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Moment;

    fn change(entity: &str, after: Option<&str>) -> Change {
        Change {
            seq: 1,
            at: Moment::now(),
            actor: "user:1".to_owned(),
            request_id: String::new(),
            entity: entity.to_owned(),
            entity_id: 0,
            version: 0,
            action: "purged".to_owned(),
            state_before: None,
            state_after: after.map(str::to_owned),
            batch: None,
            undo_of: None,
            prev_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn a_purge_names_its_tag_and_one_that_cannot_be_read_drops_everything() {
        let tag = r#"{"tag":"product:7"}"#;
        for (entity, after, dropped) in [
            ("cache", Some(tag), Some(Tag::of("product", 7))),
            ("cache", Some(r#"{"tags":["product:7"]}"#), Some(everything())),
            ("cache", Some("{"), Some(everything())),
            ("cache", None, Some(everything())),
            ("product", Some(tag), None),
            ("something-new", Some(tag), None),
        ] {
            assert_eq!(purged(&change(entity, after)), dropped, "{entity} {after:?}");
        }
    }
}

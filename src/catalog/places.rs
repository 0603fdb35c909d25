//! Where categories stand in the shop, compared with where files say they do. Must not know file formats.

use std::collections::HashMap;
use std::sync::Arc;

use super::Catalog;
use super::model::{Taxonomy, TermTree};
use super::repo::terms;
use super::text::fold;
use crate::db::{AnyConnection, Seq};
use crate::error::Result;

/// A category that a file puts below another one than the shop does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub category: String,
    /// The name that the file has above it.
    pub said: String,
    /// The category above it in the shop; `None` at the top.
    pub stands_below: Option<String>,
}

impl Catalog {
    /// The categories of these paths (the top first) that stand elsewhere in the shop, each once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn elsewhere(&self, paths: Arc<[Vec<String>]>) -> Result<Vec<Elsewhere>> {
        let read = move |connection: &mut AnyConnection| compare(connection, &paths);
        let found = self.db.read_at_least("catalog.elsewhere", Seq::MAX, read).await?;
        Ok(found.value)
    }
}

fn compare(connection: &mut AnyConnection, paths: &[Vec<String>]) -> Result<Vec<Elsewhere>> {
    let tree = terms::all(connection, Taxonomy::Category)?;
    let ids = meant(connection, &tree, paths)?;
    let mut found: Vec<Elsewhere> = Vec::new();
    let pairs = paths.iter().flat_map(|path| path.iter().zip(path.iter().skip(1)));
    for (above, name) in pairs {
        // A rehearsal makes none that stay.
        let Some(category) = ids.get(&fold(name)).and_then(|id| tree.find(*id)) else {
            continue;
        };
        let is_news = found.iter().all(|known| known.category != category.name);
        let stands_there = category
            .parent_id
            .is_some_and(|id| ids.get(&fold(above)) == Some(&id));
        if is_news && !stands_there {
            found.push(Elsewhere {
                category: category.name.clone(),
                said: above.clone(),
                stands_below: category
                    .parent_id
                    .and_then(|parent| tree.find(parent))
                    .map(|parent| parent.name.clone()),
            });
        }
    }
    Ok(found)
}

/// The ids of the categories that the names mean, present and former ones, by folded name.
fn meant(
    connection: &mut AnyConnection,
    tree: &TermTree,
    paths: &[Vec<String>],
) -> Result<HashMap<String, i32>> {
    let known = tree.terms().iter();
    let mut ids: HashMap<String, i32> = known.map(|term| (fold(&term.name), term.term_id)).collect();
    for key in paths.iter().flatten().map(|name| fold(name)) {
        if !ids.contains_key(&key)
            && let Some(term) = terms::find_by_alias(connection, Taxonomy::Category, &key)?
        {
            ids.insert(key, term.term_id);
        }
    }
    Ok(ids)
}

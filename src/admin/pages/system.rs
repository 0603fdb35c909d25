//! How the shop's servers are, how many connections this process keeps to them, and what is kept of their answers. Must
//! not know queries.

use actix_web::{HttpRequest, web};

use super::{Editing, shown};
use crate::admin::api::cache::tag;
use crate::admin::views::Notice;
use crate::admin::views::system::{self, Refused, Shown};
use crate::cache::{Cache, Purge};
use crate::db::changes::{self, AUDIT_FOLLOWER};
use crate::db::{AnyConnection, LARGEST_POOL};
use crate::error::{Error, FieldError, Result};
use crate::search::keep::Index;
use crate::web::extract::{FormBody, Params};
use crate::web::respond::{self, Reply};

const ADDRESS: &str = "/admin/system";

/// What the page shows beside the databases; the index of a process that searches.
type Shelves = (web::Data<Cache>, web::Data<Option<Index>>);

/// `GET /admin/system`
pub async fn index(request: HttpRequest, editing: Editing, shelves: Shelves) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    Ok(shown(editing.system(&shelves, &params, None).await?))
}

/// `POST /admin/system/pools`: until this process ends; `database.pool_size` is what it starts with.
pub async fn resize(
    request: HttpRequest,
    editing: Editing,
    shelves: Shelves,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let typed = sent.one("size")?.unwrap_or_default();
    let size = typed.trim().parse::<u32>().ok();
    let Some(size) = size.filter(|size| (1..=LARGEST_POOL).contains(size)) else {
        return editing.refused(&request, &shelves, Refused::Pools(typed)).await;
    };
    editing.db.resize_pools(size);
    tracing::info!(event = "pools_resized", size, actor = %editing.principal.actor(), "connections per database node");
    let notice = Notice::Resized.name();
    Ok(respond::see_other(&format!("{ADDRESS}?notice={notice}")))
}

/// `POST /admin/system/cache`: drops kept answers, here and in every other process of the shop.
pub async fn purge(
    request: HttpRequest,
    editing: Editing,
    shelves: Shelves,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let what = sent.one("what")?.unwrap_or_default();
    let typed = sent.one("tag")?.unwrap_or_default();
    let tag = match chosen(what, typed.trim()) {
        Ok(tag) => tag,
        Err(fault) => {
            let fault = &fault;
            let refused = Refused::Purge {
                what,
                tag: typed,
                fault,
            };
            return editing.refused(&request, &shelves, refused).await;
        }
    };
    let written = Purge { tag }.write(&editing.db, editing.origin(), None).await?;
    Ok(editing.written(ADDRESS, Notice::Purged, written.seq))
}

/// The tag of what was chosen and typed. Two answers to one question are none: whoever types a product does not mean to
/// drop everything.
fn chosen(what: &str, typed: &str) -> Result<String, FieldError> {
    use system::cache::{CHOICES, NAMED};
    if what == NAMED {
        let is_number = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
        return if is_number {
            tag(&format!("product:{typed}"))
        } else {
            tag(typed)
        };
    }
    if CHOICES.iter().all(|(name, _)| *name != what) {
        return Err(FieldError::new("/what", "format", "must be one of these"));
    }
    if !typed.is_empty() {
        let detail = "must be empty unless you choose “One product or tag” above";
        return Err(FieldError::new("/tag", "not_allowed", detail));
    }
    tag(what)
}

impl Editing {
    async fn system(
        &self,
        (cache, index): &Shelves,
        params: &Params,
        refused: Option<Refused<'_>>,
    ) -> Result<maud::Markup> {
        let look = |connection: &mut AnyConnection| {
            let checked = changes::position_of(connection, AUDIT_FOLLOWER)?;
            let checked = checked.map_or(0, |position| position.seq);
            Ok((changes::head(connection)?.seq, checked))
        };
        // The page is for when databases are in trouble, so it does without them.
        let log = self.db.read_at_least("system.log", self.at_least, look).await;
        let index = index.as_ref().as_ref().map(Index::status);
        let shown = Shown {
            nodes: &self.db.nodes(),
            is_on_sqlite: self.db.is_on_sqlite(),
            log: log.ok().map(|log| log.value),
            index: index.as_ref(),
            cache: &cache.report(),
            refused,
        };
        Ok(system::system(&self.desk(params)?, &shown))
    }

    /// The page again, with what was typed and what is wrong with it.
    async fn refused(&self, request: &HttpRequest, shelves: &Shelves, refused: Refused<'_>) -> Result<Reply> {
        let params = Params::parse(request, &[])?;
        let page = self.system(shelves, &params, Some(refused)).await?;
        Ok(shown(page).status(Error::Invalid(Vec::new()).status()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_and_what_is_typed_name_one_tag_or_a_fault_of_one_field() {
        for (what, typed, expected) in [
            ("all", "", Ok("all")),
            ("list", "", Ok("list")),
            ("tag", "7", Ok("product:7")),
            ("tag", "007", Ok("product:7")),
            ("tag", "product:7", Ok("product:7")),
            ("tag", "category:Desk lamps", Ok("category:Desk lamps")),
            ("tag", "all", Ok("all")),
            ("tag", "", Err("/tag")),
            ("tag", "0", Err("/tag")),
            ("tag", "lamp", Err("/tag")),
            ("all", "7", Err("/tag")),
            ("list", "product:7", Err("/tag")),
            ("", "7", Err("/what")),
            ("navigation", "", Err("/what")),
        ] {
            let found = chosen(what, typed).map_err(|fault| fault.pointer);
            assert_eq!(
                found,
                expected.map(str::to_owned).map_err(str::to_owned),
                "{what} {typed}"
            );
        }
    }
}

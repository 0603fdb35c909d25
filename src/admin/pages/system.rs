//! How the shop's servers are, and how many connections this process keeps to them. Must not know queries.

use actix_web::HttpRequest;

use super::{Editing, shown};
use crate::accounts::Scope as KeyScope;
use crate::admin::views::Notice;
use crate::admin::views::system::{self, Shown};
use crate::db::changes::{self, AUDIT_FOLLOWER};
use crate::db::{AnyConnection, LARGEST_POOL};
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params};
use crate::web::respond::{self, Reply};

const ADDRESS: &str = "/admin/system";

/// `GET /admin/system`
pub async fn index(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    Ok(shown(editing.system(&params, None).await?))
}

/// `POST /admin/system/pools`: until this process ends; `database.pool_size` is what it starts with.
pub async fn resize(request: HttpRequest, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    editing.principal.require(KeyScope::Admin)?;
    let typed = sent.one("size")?.unwrap_or_default();
    let size = typed.trim().parse::<u32>().ok();
    let Some(size) = size.filter(|size| (1..=LARGEST_POOL).contains(size)) else {
        let params = Params::parse(&request, &[])?;
        return Ok(
            shown(editing.system(&params, Some(typed)).await?).status(Error::Invalid(Vec::new()).status())
        );
    };
    editing.db.resize_pools(size);
    tracing::info!(event = "pools_resized", size, actor = %editing.principal.actor(), "connections per database node");
    let notice = Notice::Resized.name();
    Ok(respond::see_other(&format!("{ADDRESS}?notice={notice}")))
}

impl Editing {
    async fn system(&self, params: &Params, refused: Option<&str>) -> Result<maud::Markup> {
        let look = |connection: &mut AnyConnection| {
            let checked = changes::position_of(connection, AUDIT_FOLLOWER)?;
            let checked = checked.map_or(0, |position| position.seq);
            Ok((changes::head(connection)?.seq, checked))
        };
        // The page is for when databases are in trouble, so it does without them.
        let log = self.db.read_at_least("system.log", self.at_least, look).await;
        let shown = Shown {
            nodes: &self.db.nodes(),
            is_on_sqlite: self.db.is_on_sqlite(),
            log: log.ok().map(|log| log.value),
            refused,
        };
        Ok(system::system(&self.desk(params)?, &shown))
    }
}

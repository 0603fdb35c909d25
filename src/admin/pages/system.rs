//! How the shop's servers are, and how many connections this process keeps to them. Must not know queries.

use actix_web::HttpRequest;

use super::{Editing, shown};
use crate::accounts::Scope as KeyScope;
use crate::admin::views::{Notice, system};
use crate::db::LARGEST_POOL;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params};
use crate::web::respond::{self, Reply};

const ADDRESS: &str = "/admin/system";

/// `GET /admin/system`
pub async fn index(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    Ok(shown(editing.system(&params, None)?))
}

/// `POST /admin/system/pools`: until this process ends; `database.pool_size` is what it starts with.
pub async fn resize(request: HttpRequest, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    editing.principal.require(KeyScope::Admin)?;
    let typed = sent.one("size")?.unwrap_or_default();
    let size = typed.trim().parse::<u32>().ok();
    let Some(size) = size.filter(|size| (1..=LARGEST_POOL).contains(size)) else {
        let params = Params::parse(&request, &[])?;
        return Ok(shown(editing.system(&params, Some(typed))?).status(Error::Invalid(Vec::new()).status()));
    };
    editing.db.resize_pools(size);
    tracing::info!(event = "pools_resized", size, actor = %editing.principal.actor(), "connections per database node");
    let notice = Notice::Resized.name();
    Ok(respond::see_other(&format!("{ADDRESS}?notice={notice}")))
}

impl Editing {
    fn system(&self, params: &Params, refused: Option<&str>) -> Result<maud::Markup> {
        let nodes = self.db.nodes();
        Ok(system::system(
            &self.desk(params)?,
            &nodes,
            self.db.is_on_sqlite(),
            refused,
        ))
    }
}

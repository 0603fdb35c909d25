//! What the person who is signed in is told. Must not know why.

use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::notices as views;
use crate::db::Actor;
use crate::error::{Error, Result};
use crate::notices::Notices;
use crate::web::extract::{FormBody, Params};
use crate::web::respond::{self, Reply};

/// `GET /admin/notices`
pub async fn index(request: HttpRequest, editing: Editing, notices: web::Data<Notices>) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let inbox = notices.inbox(editing.user_id()?).await?;
    Ok(shown(views::inbox(&editing.desk(&params)?, &inbox)))
}

/// `POST /admin/notices`: all are read, up to the newest that was shown.
pub async fn mark_read(
    editing: Editing,
    notices: web::Data<Notices>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let up_to = typed(&sent, "up_to")?.parse().unwrap_or(0);
    notices.mark_read(editing.user_id()?, up_to).await?;
    Ok(respond::see_other(views::ADDRESS))
}

impl Editing {
    fn user_id(&self) -> Result<i32> {
        match self.principal.actor() {
            Actor::User(user_id) => Ok(user_id),
            _ => Err(Error::NotFound { what: "account" }),
        }
    }
}

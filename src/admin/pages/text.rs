//! The shop's pages of text, edited. Must not know what makes one valid or how its marks are shown.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::text::{self as views, ADDRESS, Form, Standing};
use crate::catalog::{TextPage, TextPageInput};
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::respond::Reply;

/// `GET /admin/pages`
pub async fn index(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let pages = editing.catalog.text_pages(editing.at_least).await?.value;
    Ok(shown(views::list(&editing.desk(&params)?, &pages)))
}

/// `GET /admin/pages/new`
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let values = TextPageInput {
        is_published: true,
        ..TextPageInput::default()
    };
    editing.text_form(None, &values, &Params::default())
}

/// `POST /admin/pages`: a new page, or a look at it.
pub async fn create(editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let values = input(&sent)?;
    if is_look(&sent)? {
        return editing.text_look(None, &values);
    }
    let created = editing
        .catalog
        .create_text_page(editing.origin(), values.clone(), None)
        .await;
    match created {
        Ok(created) => Ok(editing.written(ADDRESS, Notice::PageSaved, created.seq)),
        Err(error) => editing.text_refused(None, &values, error),
    }
}

/// `GET /admin/pages/{id}`
pub async fn edit(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let stored = editing.text_page(&path, editing.at_least).await?;
    let standing = standing(&stored, stored.version);
    editing.text_form(Some(standing), &TextPageInput::of(&stored), &params)
}

/// `POST /admin/pages/{id}`: a change, or a look at it.
pub async fn save(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (page_id, values, version) = (path_id(&path, "page")?, input(&sent)?, sent.version()?);
    if is_look(&sent)? {
        let stored = editing.text_page(&path, editing.at_least).await?;
        return editing.text_look(Some(standing(&stored, version)), &values);
    }
    let saved = editing
        .catalog
        .save_text_page(editing.origin(), (page_id, version), values.clone())
        .await;
    match saved {
        Ok(saved) => {
            let notice = match Notice::of_save(version, saved.value.version) {
                Notice::Saved => Notice::PageSaved,
                notice => notice,
            };
            Ok(editing.written(&format!("{ADDRESS}/{page_id}"), notice, saved.seq))
        }
        Err(error @ (Error::Invalid(_) | Error::VersionMismatch { .. })) => {
            let newest = editing.text_page(&path, Seq::MAX).await?;
            editing.text_refused(Some(standing(&newest, version)), &values, error)
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/pages/{id}/delete`
pub async fn ask(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let page = editing.text_page(&path, editing.at_least).await?;
    let desk = editing.desk(&Params::default())?;
    Ok(shown(views::delete(&desk, &page, false)))
}

/// `POST /admin/pages/{id}/delete`
pub async fn delete(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let standing = (path_id(&path, "page")?, sent.version()?);
    match editing.catalog.delete_text_page(editing.origin(), standing).await {
        Ok(deleted) => Ok(editing.written(ADDRESS, Notice::PageRemoved, deleted.seq)),
        Err(Error::VersionMismatch { .. }) => {
            let page = editing.text_page(&path, Seq::MAX).await?;
            let desk = editing.desk(&Params::default())?;
            Ok(shown(views::delete(&desk, &page, true)).status(StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

impl Editing {
    async fn text_page(&self, path: &str, at_least: Seq) -> Result<TextPage> {
        Ok(self
            .catalog
            .text_page(path_id(path, "page")?, at_least)
            .await?
            .value)
    }

    fn text_form(
        &self,
        standing: Option<Standing<'_>>,
        values: &TextPageInput,
        params: &Params,
    ) -> Result<Reply> {
        let form = Form {
            standing,
            values,
            faults: &[],
            preview: None,
        };
        Ok(shown(views::form(&self.desk(params)?, &form)))
    }

    /// The form with the page as it would be, or with what is wrong with it.
    fn text_look(&self, standing: Option<Standing<'_>>, values: &TextPageInput) -> Result<Reply> {
        let page = match self.catalog.understood_text_page(values) {
            Ok(page) => page,
            Err(error) => return self.text_refused(standing, values, error),
        };
        let form = Form {
            standing,
            values,
            faults: &[],
            preview: Some(&page),
        };
        Ok(shown(views::form(&self.desk(&Params::default())?, &form)))
    }

    /// The form as it was sent with why it was not taken, if that can be mended there.
    fn text_refused(
        &self,
        standing: Option<Standing<'_>>,
        values: &TextPageInput,
        error: Error,
    ) -> Result<Reply> {
        let (faults, status) = match error {
            Error::Invalid(faults) => (faults, StatusCode::UNPROCESSABLE_ENTITY),
            Error::VersionMismatch { .. } => (Vec::new(), StatusCode::CONFLICT),
            error => return Err(error),
        };
        let overtaken = status == StatusCode::CONFLICT;
        let standing = standing.map(|standing| Standing {
            version: if overtaken {
                standing.stored.version
            } else {
                standing.version
            },
            overtaken,
            ..standing
        });
        let form = Form {
            standing,
            values,
            faults: &faults,
            preview: None,
        };
        Ok(shown(views::form(&self.desk(&Params::default())?, &form)).status(status))
    }
}

fn standing(stored: &TextPage, version: i32) -> Standing<'_> {
    Standing {
        stored,
        version,
        overtaken: false,
    }
}

/// Whether somebody wants to see the page, and not to save it.
fn is_look(sent: &Params) -> Result<bool> {
    Ok(sent.one("intent")? == Some("preview"))
}

fn input(sent: &Params) -> Result<TextPageInput> {
    Ok(TextPageInput {
        title: typed(sent, "title")?,
        slug: typed(sent, "slug")?,
        body: typed(sent, "body")?,
        position: typed(sent, "position")?,
        is_published: sent.one("is_published")?.is_some(),
    })
}

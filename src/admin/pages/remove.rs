//! How a category, brand, tag or attribute goes: first the question, with what depends on it. Must not know what makes
//! one deletable.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::attribute::{self, ADDRESS};
use crate::admin::views::term::{self, Deleting, Kind};
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::respond::Reply;

/// `GET /admin/categories/{id}/delete`, likewise brands and tags
pub async fn ask_term(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let kind = Kind::of(&request)?;
    editing.term_question(kind, &path, editing.at_least, false).await
}

/// `POST /admin/categories/{id}/delete`, likewise brands and tags
pub async fn delete_term(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (kind, version) = (Kind::of(&request)?, sent.version()?);
    let (term, _) = editing.term(kind, &path, editing.at_least).await?;
    let deleted = editing
        .catalog
        .delete_term(editing.origin(), term.term_id, version)
        .await;
    let overtaken = match deleted {
        Ok(deleted) => return Ok(editing.written(kind.address, Notice::Removed, deleted.seq)),
        Err(Error::VersionMismatch { .. }) => true,
        // The question now shows why.
        Err(Error::Conflict { .. }) => false,
        Err(error) => return Err(error),
    };
    let question = editing.term_question(kind, &path, Seq::MAX, overtaken).await?;
    Ok(question.status(StatusCode::CONFLICT))
}

/// `GET /admin/attributes/{id}/delete`
pub async fn ask_attribute(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    editing.attribute_question(&path, editing.at_least, false).await
}

/// `POST /admin/attributes/{id}/delete`
pub async fn delete_attribute(
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (attribute_id, version) = (path_id(&path, "attribute")?, sent.version()?);
    // A form without it knows of none.
    let products = typed(&sent, "products")?.parse().unwrap_or_default();
    let deleted = editing
        .catalog
        .delete_attribute(editing.origin(), attribute_id, version, products)
        .await;
    match deleted {
        Ok(deleted) => Ok(editing.written(ADDRESS, Notice::Removed, deleted.seq)),
        Err(Error::VersionMismatch { .. } | Error::Conflict { .. }) => {
            let question = editing.attribute_question(&path, Seq::MAX, true).await?;
            Ok(question.status(StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

impl Editing {
    async fn term_question(&self, kind: &Kind, path: &str, at_least: Seq, overtaken: bool) -> Result<Reply> {
        let (term, tree) = self.term(kind, path, at_least).await?;
        let terms = vec![term.clone()];
        let uses = self.catalog.term_uses(kind.taxonomy, terms, at_least).await?;
        let deleting = Deleting {
            kind,
            term: &term,
            tree: &tree,
            products: uses.get(&term.term_id).copied().unwrap_or_default(),
            overtaken,
        };
        Ok(shown(term::delete(&self.desk(&Params::default())?, &deleting)))
    }

    async fn attribute_question(&self, path: &str, at_least: Seq, overtaken: bool) -> Result<Reply> {
        let attribute = self.attribute(path, at_least).await?;
        let products = self
            .catalog
            .attribute_uses(attribute.attribute_id, at_least)
            .await?;
        Ok(shown(attribute::delete(
            &self.desk(&Params::default())?,
            &attribute,
            products,
            overtaken,
        )))
    }
}

//! The pages of categories, brands and tags: one set of handlers, which tells by the address what it is about.
//! Must not know what makes a value valid.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::term::{self as views, Form, Found, Kind, Merging, Standing};
use crate::catalog::{Term, TermInput, TermTree};
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::respond::Reply;

/// `GET /admin/categories`, likewise brands and tags
pub async fn index(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["q", "page", "notice"])?;
    let kind = Kind::of(&request)?;
    let tree = editing.tree(kind, editing.at_least).await?;
    let found = Found::new(tree, params.one("q")?.unwrap_or_default().trim(), page(&params)?);
    let terms = found.page().map(|(term, _)| term.clone()).collect();
    let uses = editing
        .catalog
        .term_uses(kind.taxonomy, terms, editing.at_least)
        .await?;
    Ok(shown(views::list(&editing.desk(&params)?, kind, &found, &uses)))
}

/// `GET /admin/categories/new`
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let tree = editing.tree(Kind::of(&request)?, editing.at_least).await?;
    let form = Form {
        kind: Kind::of(&request)?,
        standing: None,
        values: &TermInput::default(),
        faults: &[],
        tree: &tree,
    };
    editing.term_form(&Params::default(), &form, StatusCode::OK)
}

/// `POST /admin/categories`
pub async fn create(request: HttpRequest, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (kind, values) = (Kind::of(&request)?, input(&sent)?);
    let created = editing
        .catalog
        .create_term(editing.origin(), kind.taxonomy, values.clone())
        .await;
    match created {
        Ok(created) => {
            let page = kind.page_of(created.value.term_id);
            Ok(editing.written(&page, Notice::Added, created.seq))
        }
        Err(Error::Invalid(faults)) => {
            let tree = editing.tree(kind, editing.at_least).await?;
            let form = Form {
                kind,
                standing: None,
                values: &values,
                faults: &faults,
                tree: &tree,
            };
            editing.term_form(&Params::default(), &form, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/categories/{id}`
pub async fn edit(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let kind = Kind::of(&request)?;
    let (stored, tree) = editing.term(kind, &path, editing.at_least).await?;
    let form = Form {
        kind,
        standing: Some(Standing {
            stored: &stored,
            version: stored.version,
            overtaken: false,
        }),
        values: &views::typed(&stored),
        faults: &[],
        tree: &tree,
    };
    editing.term_form(&params, &form, StatusCode::OK)
}

/// `POST /admin/categories/{id}`
pub async fn save(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (kind, values, version) = (Kind::of(&request)?, input(&sent)?, sent.version()?);
    let (stored, _) = editing.term(kind, &path, editing.at_least).await?;
    let saved = editing
        .catalog
        .save_term(editing.origin(), stored.term_id, version, values.clone())
        .await;
    let (faults, status) = match saved {
        Ok(saved) => {
            let notice = Notice::of_save(version, saved.value.version);
            return Ok(editing.written(&kind.page_of(stored.term_id), notice, saved.seq));
        }
        Err(Error::Invalid(faults)) => (faults, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::VersionMismatch { .. }) => (Vec::new(), StatusCode::CONFLICT),
        Err(error) => return Err(error),
    };
    let (newest, tree) = editing.term(kind, &path, Seq::MAX).await?;
    let overtaken = status == StatusCode::CONFLICT;
    let form = Form {
        kind,
        standing: Some(Standing {
            stored: &newest,
            version: if overtaken { newest.version } else { version },
            overtaken,
        }),
        values: &values,
        faults: &faults,
        tree: &tree,
    };
    editing.term_form(&Params::default(), &form, status)
}

/// `GET /admin/categories/{id}/merge`
pub async fn ask_merge(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let kind = Kind::of(&request)?;
    let (term, tree) = editing.term(kind, &path, editing.at_least).await?;
    let merging = Merging {
        kind,
        term: &term,
        tree: &tree,
        into: "",
        faults: &[],
        overtaken: false,
    };
    Ok(shown(views::merge(&editing.desk(&Params::default())?, &merging)))
}

/// `POST /admin/categories/{id}/merge`
pub async fn merge(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (kind, into, version) = (Kind::of(&request)?, typed(&sent, "into")?, sent.version()?);
    let (term, _) = editing.term(kind, &path, editing.at_least).await?;
    let merged = match into.parse() {
        Ok(heir) => {
            editing
                .catalog
                .merge_term(editing.origin(), term.term_id, version, heir)
                .await
        }
        Err(_) => Err(Error::field("/into", "required", "must be chosen")),
    };
    let (faults, status) = match merged {
        Ok(merged) => {
            let page = kind.page_of(merged.value.term_id);
            return Ok(editing.written(&page, Notice::Merged, merged.seq));
        }
        Err(Error::Invalid(faults)) => (faults, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::VersionMismatch { .. }) => (Vec::new(), StatusCode::CONFLICT),
        Err(error) => return Err(error),
    };
    let (term, tree) = editing.term(kind, &path, Seq::MAX).await?;
    let merging = Merging {
        kind,
        term: &term,
        tree: &tree,
        into: &into,
        faults: &faults,
        overtaken: status == StatusCode::CONFLICT,
    };
    let page = views::merge(&editing.desk(&Params::default())?, &merging);
    Ok(shown(page).status(status))
}

impl Kind {
    /// The kind whose pages were asked for.
    pub(super) fn of(request: &HttpRequest) -> Result<&'static Kind> {
        Kind::at(request.path()).ok_or(Error::NotFound { what: "page" })
    }
}

impl Editing {
    async fn tree(&self, kind: &Kind, at_least: Seq) -> Result<TermTree> {
        Ok(self.catalog.terms(kind.taxonomy, at_least).await?.value)
    }

    /// The term in an address among all of its kind: the id of a brand names no category.
    pub(super) async fn term(&self, kind: &Kind, path: &str, at_least: Seq) -> Result<(Term, TermTree)> {
        let tree = self.tree(kind, at_least).await?;
        let term = tree.find(path_id(path, kind.one)?).cloned();
        Ok((term.ok_or(Error::NotFound { what: kind.one })?, tree))
    }

    fn term_form(&self, params: &Params, form: &Form<'_>, status: StatusCode) -> Result<Reply> {
        Ok(shown(views::form(&self.desk(params)?, form)).status(status))
    }
}

/// The number of a page, from 1.
fn page(params: &Params) -> Result<usize> {
    let page = params.one("page")?.map_or(Some(1), |page| page.parse().ok());
    page.filter(|page| *page >= 1)
        .ok_or_else(|| Error::bad_request("invalid_page", "`page` must be a whole number from 1."))
}

fn input(sent: &Params) -> Result<TermInput> {
    Ok(TermInput {
        name: typed(sent, "name")?,
        slug: typed(sent, "slug")?,
        parent: typed(sent, "parent")?,
        position: typed(sent, "position")?,
        description: typed(sent, "description")?,
        image_url: typed(sent, "image_url")?,
    })
}

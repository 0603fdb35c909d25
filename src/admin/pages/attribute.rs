//! The pages of the shop's own attributes: the list and the form. Must not know what makes a value valid.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::attribute::{self as views, ADDRESS, Form, Standing};
use crate::catalog::{Attribute, AttributeInput};
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::respond::Reply;

/// `GET /admin/attributes`
pub async fn index(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let attributes = editing.catalog.attributes(editing.at_least).await?.value;
    Ok(shown(views::list(&editing.desk(&params)?, &attributes)))
}

/// `GET /admin/attributes/new`
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &[])?;
    let form = Form {
        standing: None,
        values: &AttributeInput::default(),
        faults: &[],
    };
    editing.attribute_form(&params, &form, StatusCode::OK)
}

/// `POST /admin/attributes`
pub async fn create(editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let values = input(&sent)?;
    let created = editing
        .catalog
        .create_attribute(editing.origin(), values.clone())
        .await;
    match created {
        Ok(created) => {
            let page = format!("{ADDRESS}/{}", created.value.attribute_id);
            Ok(editing.written(&page, Notice::Added, created.seq))
        }
        Err(Error::Invalid(faults)) => {
            let form = Form {
                standing: None,
                values: &values,
                faults: &faults,
            };
            editing.attribute_form(&Params::default(), &form, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/attributes/{id}`
pub async fn edit(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let stored = editing.attribute(&path, editing.at_least).await?;
    let form = Form {
        standing: Some(Standing {
            stored: &stored,
            version: stored.version,
            overtaken: false,
        }),
        values: &views::typed(&stored),
        faults: &[],
    };
    editing.attribute_form(&params, &form, StatusCode::OK)
}

/// `POST /admin/attributes/{id}`
pub async fn save(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (attribute_id, version) = (path_id(&path, "attribute")?, sent.version()?);
    let values = input(&sent)?;
    let saved = editing
        .catalog
        .save_attribute(editing.origin(), attribute_id, version, values.clone())
        .await;
    let (faults, status) = match saved {
        Ok(saved) => {
            let notice = Notice::of_save(version, saved.value.version);
            return Ok(editing.written(&format!("{ADDRESS}/{attribute_id}"), notice, saved.seq));
        }
        Err(Error::Invalid(faults)) => (faults, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::VersionMismatch { .. }) => (Vec::new(), StatusCode::CONFLICT),
        Err(error) => return Err(error),
    };
    let newest = editing.attribute(&path, Seq::MAX).await?;
    let overtaken = status == StatusCode::CONFLICT;
    let form = Form {
        standing: Some(Standing {
            stored: &newest,
            version: if overtaken { newest.version } else { version },
            overtaken,
        }),
        values: &values,
        faults: &faults,
    };
    editing.attribute_form(&Params::default(), &form, status)
}

impl Editing {
    pub(super) async fn attribute(&self, path: &str, at_least: Seq) -> Result<Attribute> {
        let attribute_id = path_id(path, "attribute")?;
        let mut all = self.catalog.attributes(at_least).await?.value.into_iter();
        let found = all.find(|attribute| attribute.attribute_id == attribute_id);
        found.ok_or(Error::NotFound { what: "attribute" })
    }

    fn attribute_form(&self, params: &Params, form: &Form<'_>, status: StatusCode) -> Result<Reply> {
        Ok(shown(views::form(&self.desk(params)?, form)).status(status))
    }
}

fn input(sent: &Params) -> Result<AttributeInput> {
    Ok(AttributeInput {
        key: typed(sent, "key")?,
        name: typed(sent, "name")?,
        kind: typed(sent, "kind")?,
        unit: typed(sent, "unit")?,
        choices: typed(sent, "choices")?,
        position: typed(sent, "position")?,
    })
}

//! The form of a product, delete and restore. What was typed is never lost: a refused form comes back with it, a version
//! conflict shows both sides. Must not know what makes a value valid.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, TABLE, shown};
use crate::admin::views::{self, Conflict, Existing, Form, FormValues, Notice, Offered};
use crate::catalog::routes::api::product_id;
use crate::catalog::{Extent, Product, ProductEdit, ProductInput, SaveMode, Saved, Taxonomy, flat_name};
use crate::db::Seq;
use crate::error::{Error, FieldError, Result};
use crate::web::extract::{FormBody, Params};
use crate::web::respond::Reply;

/// `GET /admin/products/new`
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &[])?;
    let offered = editing.offered().await?;
    let values = FormValues::new_product(&offered.attributes);
    editing.form(&params, None, &values, &[], &offered, StatusCode::OK)
}

/// `POST /admin/products`
pub async fn create(editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let offered = editing.offered().await?;
    let values = FormValues::read(&pairs(&sent), &offered.attributes);
    let created = match understood(&values) {
        Ok(edit) => editing.catalog.create(editing.origin(), edit, None).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match created {
        Ok(created) => Ok(editing.done(created.value.product.product_id, Notice::Created, created.seq)),
        Err(Error::Invalid(faults)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            editing.form(&Params::default(), None, &values, &faults, &offered, status)
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/products/{id}`
pub async fn edit(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let product = editing.product(&path).await?;
    let existing = Existing {
        stored: &product,
        version: product.version,
    };
    let offered = editing.offered().await?;
    let values = FormValues::of(&product, &offered.attributes);
    editing.form(&params, Some(existing), &values, &[], &offered, StatusCode::OK)
}

/// `POST /admin/products/{id}`
pub async fn save(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (product_id, version) = (product_id(&path)?, sent.version()?);
    let sent = pairs(&sent);
    let offered = editing.offered().await?;
    let values = FormValues::read(&sent, &offered.attributes);
    let saved = match understood(&values) {
        Ok(edit) => {
            editing
                .catalog
                .save(editing.origin(), product_id, version, SaveMode::Amend, edit)
                .await
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match saved {
        Ok(saved) => {
            let notice = if matches!(saved.value, Saved::Changed(_)) {
                Notice::Saved
            } else {
                Notice::Unchanged
            };
            Ok(editing.done(product_id, notice, saved.seq))
        }
        Err(Error::Invalid(faults)) => {
            let stored = editing.product(&path).await?;
            let existing = Existing {
                stored: &stored,
                version,
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            editing.form(
                &Params::default(),
                Some(existing),
                &values,
                &faults,
                &offered,
                status,
            )
        }
        Err(Error::VersionMismatch { .. }) => {
            let theirs = editing.newest(product_id).await?;
            let conflict = Conflict {
                theirs: &theirs,
                attributes: &offered.attributes,
                mine: &values,
                sent: &sent,
            };
            let page = views::conflict(&editing.desk(&Params::default())?, &conflict);
            Ok(shown(page).status(StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/products/{id}/delete`
pub async fn confirm_delete(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
) -> Result<Reply> {
    let params = Params::parse(&request, &[])?;
    let product = editing.product(&path).await?;
    Ok(shown(views::confirm_delete(&editing.desk(&params)?, &product)))
}

/// `POST /admin/products/{id}/delete`
pub async fn delete(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (product_id, version) = (product_id(&path)?, sent.version()?);
    match editing
        .catalog
        .delete(editing.origin(), product_id, version)
        .await
    {
        Ok(deleted) => Ok(editing.done(product_id, Notice::Deleted, deleted.seq)),
        Err(Error::VersionMismatch { .. }) => editing.ask_again(product_id).await,
        Err(error) => Err(error),
    }
}

/// `POST /admin/products/{id}/restore`
pub async fn restore(path: web::Path<String>, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (product_id, version) = (product_id(&path)?, sent.version()?);
    let restored = editing
        .catalog
        .restore(editing.origin(), product_id, version)
        .await?;
    Ok(editing.done(product_id, Notice::Restored, restored.seq))
}

impl Editing {
    /// The product in an address, deleted or not.
    async fn product(&self, path: &str) -> Result<Product> {
        Ok(self
            .catalog
            .any_product(product_id(path)?, self.at_least)
            .await?
            .value)
    }

    /// The product as the primary has it: what a conflict is with.
    async fn newest(&self, product_id: i32) -> Result<Product> {
        Ok(self.catalog.any_product(product_id, Seq::MAX).await?.value)
    }

    /// What a product's form offers to choose from.
    async fn offered(&self) -> Result<Offered> {
        let terms = async |taxonomy| Ok::<_, Error>(self.catalog.terms(taxonomy, self.at_least).await?.value);
        Ok(Offered {
            categories: terms(Taxonomy::Category).await?,
            brands: terms(Taxonomy::Brand).await?,
            attributes: self.catalog.attributes(self.at_least).await?.value,
        })
    }

    fn form(
        &self,
        params: &Params,
        product: Option<Existing<'_>>,
        values: &FormValues,
        faults: &[FieldError],
        offered: &Offered,
        status: StatusCode,
    ) -> Result<Reply> {
        let faults: Vec<FieldError> = faults.iter().map(in_form).collect();
        let form = Form {
            product,
            values,
            faults: &faults,
            offered,
        };
        Ok(shown(views::form(&self.desk(params)?, &form)).status(status))
    }

    /// The question before deleting once more, about the product as it is now.
    async fn ask_again(&self, product_id: i32) -> Result<Reply> {
        let product = self.newest(product_id).await?;
        let page = views::confirm_delete(&self.desk(&Params::default())?, &product);
        Ok(shown(page).status(StatusCode::CONFLICT))
    }

    /// Back to the product, which the browser shall see as it was just written.
    fn done(&self, product_id: i32, notice: Notice, seq: Seq) -> Reply {
        self.written(&format!("{TABLE}/{product_id}"), notice, seq)
    }
}

fn pairs(sent: &Params) -> Vec<(String, String)> {
    sent.iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A fault under the name of the form's field: the form has pictures, not their first address.
fn in_form(fault: &FieldError) -> FieldError {
    let name = match flat_name(&fault.pointer) {
        name if name == "image_url" => "images".to_owned(),
        name => name,
    };
    FieldError {
        pointer: format!("/{name}"),
        ..fault.clone()
    }
}

/// The form's values as an edit. An emptied address keeps the present one: a page cannot be without.
fn understood(values: &FormValues) -> Result<ProductEdit, Vec<FieldError>> {
    let mut input = ProductInput::default();
    for (field, value) in values.pairs() {
        input.set(field, value);
    }
    ProductEdit::parse(input, Extent::Whole)
}

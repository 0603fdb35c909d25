//! The pages of webhooks. Must not know what makes one valid or how anything is sent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::webhooks::{self as views, ADDRESS, page_of};
use crate::db::Seq;
use crate::error::{Error, FieldError, Result};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::respond::{self, Reply};
use crate::webhooks::{State, Webhook, WebhookInput, Webhooks};

/// Deliveries on the page of one.
const SHOWN: i64 = 50;

/// What a form was refused for, and what stood in it.
#[derive(Default)]
struct Refused {
    values: Option<WebhookInput>,
    version: Option<i32>,
    since: String,
    faults: Vec<FieldError>,
    overtaken: bool,
}

/// `GET /admin/webhooks`
pub async fn index(request: HttpRequest, editing: Editing, webhooks: web::Data<Webhooks>) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let all = webhooks.all(editing.at_least).await?.value;
    Ok(shown(views::list(&editing.desk(&params)?, &all)))
}

/// `GET /admin/webhooks/new`
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &[])?;
    let values = WebhookInput {
        is_active: true,
        ..WebhookInput::default()
    };
    Ok(shown(views::new(&editing.desk(&params)?, &values, &[])))
}

/// `POST /admin/webhooks`: the answer shows the secret, so it is no redirect.
pub async fn create(
    editing: Editing,
    webhooks: web::Data<Webhooks>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let values = input(&sent)?;
    let desk = editing.desk(&Params::default())?;
    match webhooks.create(editing.origin(), &values).await {
        Ok(made) => Ok(shown(views::made(&desk, &made.value))
            .status(StatusCode::CREATED)
            .cookie(editing.seen(made.seq))),
        Err(Error::Invalid(faults)) => {
            Ok(shown(views::new(&desk, &values, &faults)).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

/// `GET /admin/webhooks/{id}`
pub async fn edit(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    let params = Params::parse(&request, &["notice", "state"])?;
    let webhook = webhooks.one(of_path(&path)?, editing.at_least).await?.value;
    editing
        .webhook(&webhooks, &params, &webhook, Refused::default())
        .await
}

/// `POST /admin/webhooks/{id}`
pub async fn save(
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (webhook_id, version, values) = (of_path(&path)?, sent.version()?, input(&sent)?);
    let saved = webhooks
        .save(editing.origin(), (webhook_id, version), &values)
        .await;
    let refused = Refused {
        values: Some(values),
        version: Some(version),
        ..Refused::default()
    };
    let (refused, status) = match saved {
        Ok(saved) => {
            let notice = match Notice::of_save(version, saved.value.version) {
                Notice::Saved => Notice::WebhookSaved,
                notice => notice,
            };
            return Ok(editing.written(&page_of(webhook_id), notice, saved.seq));
        }
        Err(Error::Invalid(faults)) => (Refused { faults, ..refused }, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::VersionMismatch { .. }) => {
            let refused = Refused {
                version: None,
                overtaken: true,
                ..refused
            };
            (refused, StatusCode::CONFLICT)
        }
        Err(error) => return Err(error),
    };
    let newest = webhooks.one(webhook_id, Seq::MAX).await?.value;
    let page = editing
        .webhook(&webhooks, &Params::default(), &newest, refused)
        .await?;
    Ok(page.status(status))
}

/// `POST /admin/webhooks/{id}/secret`: the answer shows the secret, so it is no redirect.
pub async fn renew(
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let at = (of_path(&path)?, sent.version()?);
    let hours = typed(&sent, "former_hours")?.parse().unwrap_or(-1);
    let desk = editing.desk(&Params::default())?;
    match webhooks.renew(editing.origin(), at, hours, None).await {
        Ok(renewed) => Ok(shown(views::renewed(&desk, &renewed.value.0)).cookie(editing.seen(renewed.seq))),
        // Somebody else changed it meanwhile, perhaps its secret: they see that first.
        Err(Error::VersionMismatch { .. }) => {
            let webhook = webhooks.one(at.0, Seq::MAX).await?.value;
            let refused = Refused {
                overtaken: true,
                ..Refused::default()
            };
            let page = editing
                .webhook(&webhooks, &Params::default(), &webhook, refused)
                .await?;
            Ok(page.status(StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

/// `POST /admin/webhooks/{id}/ping`
pub async fn ping(path: web::Path<String>, webhooks: web::Data<Webhooks>) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    webhooks.ping(webhook_id).await?;
    Ok(queued(webhook_id))
}

/// `POST /admin/webhooks/{id}/again`: a delivery that was given up.
pub async fn again(
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let delivery_id = path_id(&typed(&sent, "delivery")?, "delivery")?;
    webhooks.send_again(webhook_id, delivery_id).await?;
    Ok(queued(webhook_id))
}

/// `POST /admin/webhooks/{id}/replay`
pub async fn replay(
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let since = typed(&sent, "since")?;
    let fault = match since.trim().parse::<i64>() {
        Ok(position) => match webhooks.replay(webhook_id, Seq(position)).await {
            Ok(_) => return Ok(queued(webhook_id)),
            Err(Error::BadRequest { detail, .. }) => detail,
            Err(error) => return Err(error),
        },
        Err(_) => "must be a number".to_owned(),
    };
    let refused = Refused {
        since,
        faults: vec![FieldError::new("/since", "format", fault)],
        ..Refused::default()
    };
    let webhook = webhooks.one(webhook_id, editing.at_least).await?.value;
    let page = editing
        .webhook(&webhooks, &Params::default(), &webhook, refused)
        .await?;
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// `GET /admin/webhooks/{id}/delete`
pub async fn ask(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    let params = Params::parse(&request, &[])?;
    let webhook = webhooks.one(of_path(&path)?, editing.at_least).await?.value;
    Ok(shown(views::delete(&editing.desk(&params)?, &webhook)))
}

/// `POST /admin/webhooks/{id}/delete`
pub async fn delete(
    path: web::Path<String>,
    editing: Editing,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    let removed = webhooks.remove(editing.origin(), of_path(&path)?, None).await?;
    Ok(editing.written(ADDRESS, Notice::WebhookRemoved, removed.seq))
}

impl Editing {
    async fn webhook(
        &self,
        webhooks: &Webhooks,
        params: &Params,
        webhook: &Webhook,
        refused: Refused,
    ) -> Result<Reply> {
        let state = params.one("state")?.and_then(State::parse);
        let (deliveries, open, dead) = webhooks.deliveries(webhook.webhook_id, state, SHOWN).await?;
        let values = refused.values.unwrap_or_else(|| WebhookInput::of(webhook));
        let page = views::Shown {
            webhook,
            values: &values,
            version: refused.version.unwrap_or(webhook.version),
            overtaken: refused.overtaken,
            faults: &refused.faults,
            since: &refused.since,
            deliveries: &deliveries,
            state,
            open,
            dead,
        };
        Ok(shown(views::one(&self.desk(params)?, &page)))
    }
}

fn of_path(path: &str) -> Result<i32> {
    path_id(path, "webhook")
}

/// Back to the page that shows what comes of it.
fn queued(webhook_id: i32) -> Reply {
    let notice = Notice::Queued.name();
    respond::see_other(&format!("{}?notice={notice}#deliveries", page_of(webhook_id)))
}

fn input(sent: &Params) -> Result<WebhookInput> {
    Ok(WebhookInput {
        url: typed(sent, "url")?,
        types: sent.all("types").map(str::to_owned).collect(),
        is_active: sent.one("is_active")? == Some("true"),
    })
}

//! Proposals for programs, and for scripts of people who are signed in. Must not know pages.

mod asked;
mod shown;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use asked::{content, in_body, in_content, input, known, text, whole};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use shown::{answer, confirmed, picture, row};

use super::review::side;
use super::{Visit, id};
use crate::error::{Error, Result};
use crate::history::Sides;
use crate::submissions::{Decision, Listed, Message, State, Step};
use crate::web::extract::{IfMatch, JsonObject, MinSeq, Params, UploadObject};
use crate::web::listing::{Body, Links};
use crate::web::paging::{Cursor, Page, PageRequest, Position};
use crate::web::permission::Permission;
use crate::web::repeat::{flagged, repeatable};
use crate::web::respond::{self, CachePolicy, Reply};

/// The one order of lists: the newest first.
const ORDER: &str = "-submission_id";

/// `GET /api/v1/submissions`: one's own.
pub async fn own(request: HttpRequest, visit: Visit) -> Result<Reply> {
    let params = Params::parse(&request, &["limit", "after"])?;
    let listed = Listed::Of(visit.principal.actor().to_string());
    visit.rows(&request, &params, listed, "own").await
}

/// `GET /api/admin/submissions`: all that were handed in, or those in one state.
pub async fn index(request: HttpRequest, visit: Visit) -> Result<Reply> {
    let params = Params::parse(&request, &["state", "limit", "after"])?;
    let handed_in = || State::ALL.into_iter().filter(|state| *state != State::Draft);
    let word = params.one("state")?;
    let states: Vec<State> = match word {
        None => handed_in().collect(),
        Some(name) => handed_in().filter(|state| state.name() == name).collect(),
    };
    if states.is_empty() {
        let names: Vec<&str> = handed_in().map(State::name).collect();
        let detail = format!("`state` must be one of {}.", names.join(", "));
        return Err(Error::bad_request("invalid_parameter", detail));
    }
    visit
        .rows(&request, &params, Listed::In(states), word.unwrap_or("all"))
        .await
}

/// `GET /api/v1/submissions/{id}`: one's own, and for those who decide any that was handed in.
pub async fn show(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let (fresh, id) = (MinSeq::of(&request)?, id(&path)?);
    let author = visit.principal.actor();
    let found = match visit.submissions.own(author, id).await {
        Err(Error::NotFound { .. }) if visit.principal.may(Permission::Review) => {
            visit.submissions.handed_in(id, fresh.at_least()).await
        }
        found => found,
    };
    confirmed(fresh, found?)
}

/// `GET /api/admin/submissions/{id}`
pub async fn case(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let found = visit.submissions.handed_in(id(&path)?, fresh.at_least()).await?;
    confirmed(fresh, found)
}

/// `POST /api/v1/submissions`
pub async fn create(request: HttpRequest, visit: Visit, body: JsonObject) -> Result<Reply> {
    let repeatable = repeatable(&request, &body)?;
    known(
        &body,
        &["product_id", "product_version", "product", "message", "draft"],
    )?;
    let product_id = whole(&body, "product_id")?;
    let version = whole(&body, "product_version")?;
    let target = product_id.map(|product_id| (product_id, version));
    let input = input(&body)?;
    let begun = visit
        .submissions
        .begin(visit.origin(), target, input, repeatable)
        .await
        .map_err(in_body)?;
    let (submission, replayed) = begun.value;
    let location = format!("/api/v1/submissions/{}", submission.submission_id);
    let reply = answer(&submission)?.seq(begun.seq);
    Ok(flagged(reply, replayed)
        .status(StatusCode::CREATED)
        .header(LOCATION, location))
}

/// `PUT /api/v1/submissions/{id}`: what is proposed, as a whole.
pub async fn replace(
    request: HttpRequest,
    visit: Visit,
    path: web::Path<String>,
    body: JsonObject,
) -> Result<Reply> {
    let IfMatch(version) = IfMatch::of(request.headers())?;
    known(&body, &["product", "message", "draft"])?;
    let saved = visit
        .submissions
        .save(visit.origin(), (id(&path)?, version), input(&body)?)
        .await
        .map_err(in_body)?;
    Ok(answer(&saved.value)?.seq(saved.seq))
}

/// `POST /api/v1/submissions/{id}/withdraw`: a draft is gone then, anything else is withdrawn.
pub async fn withdraw(
    request: HttpRequest,
    visit: Visit,
    path: web::Path<String>,
    body: JsonObject,
) -> Result<Reply> {
    let IfMatch(version) = IfMatch::of(request.headers())?;
    known(&body, &["message"])?;
    let withdrawn = visit
        .submissions
        .withdraw(
            visit.origin(),
            (id(&path)?, version),
            Message::parse(text(&body)?)?,
        )
        .await?;
    match &withdrawn.value {
        Some(submission) => Ok(answer(submission)?.seq(withdrawn.seq)),
        None => Ok(respond::no_content().seq(withdrawn.seq)),
    }
}

/// `POST /api/v1/submissions/{id}/pictures`
pub async fn attach(
    visit: Visit,
    path: web::Path<String>,
    UploadObject(body): UploadObject,
) -> Result<Reply> {
    known(&body, &["content"])?;
    let sent = vec![(String::new(), content(&body)?)];
    let attached = visit.submissions.attach(visit.origin(), id(&path)?, sent).await;
    let attached = attached.map_err(in_content)?;
    let upload = attached
        .value
        .first()
        .ok_or_else(|| Error::internal("a picture was not kept"))?;
    let location = format!("/api/v1/submissions/pictures/{}", upload.picture_id);
    let reply = respond::json(&picture(upload), CachePolicy::PrivateNoStore)?;
    Ok(reply
        .seq(attached.seq)
        .status(StatusCode::CREATED)
        .header(LOCATION, location))
}

/// `GET /api/v1/submissions/pictures/{id}`
pub async fn read_picture(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let (upload, content) = visit.picture(&path).await?;
    let mut shown = picture(&upload);
    shown.insert("content".to_owned(), BASE64_STANDARD.encode(content).into());
    respond::json(&shown, CachePolicy::PrivateNoStore)
}

/// `POST /api/admin/submissions/{id}/approve`
pub async fn approve(
    request: HttpRequest,
    visit: Visit,
    path: web::Path<String>,
    body: JsonObject,
) -> Result<Reply> {
    known(&body, &["message", "product_version", "fields"])?;
    let mut sides = Sides::new();
    for (field, word) in body
        .fields
        .get("fields")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        sides.insert(field.clone(), side(word.as_str().unwrap_or_default())?);
    }
    let decision = Decision {
        step: Step::Approved,
        message: Message::parse(text(&body)?)?,
        product_version: whole(&body, "product_version")?,
        sides,
        may_write: visit.principal.may(Permission::WriteCatalog),
    };
    visit.decide(&request, &path, &body, decision).await
}

/// `POST /api/admin/submissions/{id}/request-changes`
pub async fn ask(
    request: HttpRequest,
    visit: Visit,
    path: web::Path<String>,
    body: JsonObject,
) -> Result<Reply> {
    visit.answer(&request, &path, &body, Step::ChangesRequested).await
}

/// `POST /api/admin/submissions/{id}/refuse`
pub async fn refuse(
    request: HttpRequest,
    visit: Visit,
    path: web::Path<String>,
    body: JsonObject,
) -> Result<Reply> {
    visit.answer(&request, &path, &body, Step::Refused).await
}

impl Visit {
    async fn answer(
        &self,
        request: &HttpRequest,
        path: &str,
        body: &JsonObject,
        step: Step,
    ) -> Result<Reply> {
        known(body, &["message"])?;
        let decision = Decision {
            step,
            message: Message::reason(text(body)?)?,
            product_version: None,
            sides: Sides::new(),
            may_write: self.principal.may(Permission::WriteCatalog),
        };
        self.decide(request, path, body, decision).await
    }

    async fn decide(
        &self,
        request: &HttpRequest,
        path: &str,
        body: &JsonObject,
        decision: Decision,
    ) -> Result<Reply> {
        let IfMatch(version) = IfMatch::of(request.headers())?;
        let repeatable = repeatable(request, body)?;
        let decided = self
            .submissions
            .decide(self.origin(), (id(path)?, version), decision, repeatable)
            .await
            .map_err(in_body)?;
        let (submission, replayed) = decided.value;
        Ok(flagged(answer(&submission)?.seq(decided.seq), replayed))
    }

    async fn rows(
        &self,
        request: &HttpRequest,
        params: &Params,
        listed: Listed,
        filter: &str,
    ) -> Result<Reply> {
        let asked = PageRequest::parse(params.one("limit")?, params.one("after")?, None)?;
        let before = match &asked.position {
            Position::Cursor(cursor) if cursor.sort == ORDER && cursor.filter == filter => Some(cursor.id),
            Position::Cursor(_) => return Err(Cursor::refused()),
            Position::Start | Position::Offset(_) => None,
        };
        let fresh = MinSeq::of(request)?;
        let limit = i64::from(asked.limit) + 1;
        let found = self
            .submissions
            .list(listed, before, limit, fresh.at_least())
            .await?;
        let mut rows = fresh.confirm(found)?.value;
        let has_more = rows.len() > asked.limit as usize;
        rows.truncate(asked.limit as usize);
        let next = rows.last().filter(|_| has_more).map(|last| Cursor {
            sort: ORDER.to_owned(),
            filter: filter.to_owned(),
            keys: Vec::new(),
            id: last.submission_id,
            backward: false,
        });
        let page = Page {
            next,
            limit: asked.limit,
            items: rows,
            ..Page::empty()
        };
        let links = Links::new(request, params, &page);
        let data: Vec<Value> = page.items.iter().map(row).collect();
        let reply = respond::json(&Body::of(data, &page, &links), CachePolicy::PrivateNoStore)?;
        Ok(links
            .headers()
            .fold(reply, |reply, (relation, target)| reply.link(relation, target)))
    }
}

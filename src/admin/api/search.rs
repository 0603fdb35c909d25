//! Synonyms and redirects of the search for programs: one set of handlers, which tells by the address what it is about.
//! Must not know pages.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::strays::strays;
use super::{flagged, repeatable};
use crate::accounts::Principal;
use crate::catalog::{Catalog, SearchRule, SearchRuleInput, SearchRules};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::extract::{IfMatch, JsonObject, MinSeq, Params, path_id};
use crate::web::respond::{self, CachePolicy, Reply};

/// What an address is about.
struct Family {
    rules: SearchRules,
    address: &'static str,
    /// What the id is called.
    id: &'static str,
    /// What is sent; the id and the version may be sent back as they were.
    fields: &'static [&'static str],
}

const SYNONYMS: Family = Family {
    rules: SearchRules::Synonyms,
    address: "/api/admin/search/synonyms",
    id: "synonym_id",
    fields: &["query", "words", "kind"],
};

const REDIRECTS: Family = Family {
    rules: SearchRules::Redirects,
    address: "/api/admin/search/redirects",
    id: "redirect_id",
    fields: &["query", "target"],
};

impl Family {
    fn of(request: &HttpRequest) -> &'static Family {
        if request.path().starts_with(REDIRECTS.address) {
            &REDIRECTS
        } else {
            &SYNONYMS
        }
    }

    fn resource(&self, rule: &SearchRule) -> Value {
        match self.rules {
            SearchRules::Synonyms => json!({
                self.id: rule.rule_id,
                "query": rule.query,
                "words": rule.words,
                "kind": rule.kind,
                "version": rule.version,
            }),
            SearchRules::Redirects => json!({
                self.id: rule.rule_id,
                "query": rule.query,
                "target": rule.target,
                "version": rule.version,
            }),
        }
    }

    fn answer(&self, rule: &SearchRule) -> Result<Reply> {
        Ok(respond::json(&self.resource(rule), CachePolicy::PrivateNoStore)?.version(rule.version))
    }
}

/// `GET /api/admin/search/synonyms`, likewise redirects
pub async fn index(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let (family, fresh) = (Family::of(&request), MinSeq::of(&request)?);
    let found = fresh.confirm(catalog.search_rules(family.rules, fresh.at_least()).await?)?;
    let data: Vec<Value> = found.value.iter().map(|rule| family.resource(rule)).collect();
    respond::json(&json!({ "data": data }), CachePolicy::PrivateNoStore)
}

/// `GET /api/admin/search/synonyms/{id}`
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let (family, fresh) = (Family::of(&request), MinSeq::of(&request)?);
    let found = catalog
        .search_rule(family.rules, rule_id(&path)?, fresh.at_least())
        .await?;
    family.answer(&fresh.confirm(found)?.value)
}

/// `POST /api/admin/search/synonyms`
pub async fn create(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let family = Family::of(&request);
    let repeatable = repeatable(&request, &body)?;
    let input = input(family, &body.fields, None)?;
    let created = catalog
        .create_search_rule(principal.origin(&request_id), family.rules, input, repeatable)
        .await?;
    let (rule, replayed) = created.value;
    let location = format!("{}/{}", family.address, rule.rule_id);
    let reply = family.answer(&rule)?.seq(created.seq);
    Ok(flagged(reply, replayed)
        .status(StatusCode::CREATED)
        .header(LOCATION, location))
}

/// `PUT /api/admin/search/synonyms/{id}`
pub async fn replace(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let (family, rule_id) = (Family::of(&request), rule_id(&path)?);
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let input = input(family, &body.fields, Some((rule_id, version)))?;
    let origin = principal.origin(&request_id);
    let saved = catalog
        .save_search_rule(origin, family.rules, (rule_id, version), input)
        .await?;
    Ok(family.answer(&saved.value)?.seq(saved.seq))
}

/// `DELETE /api/admin/search/synonyms/{id}`
pub async fn delete(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let (family, rule_id) = (Family::of(&request), rule_id(&path)?);
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let origin = principal.origin(&request_id);
    let deleted = catalog
        .delete_search_rule(origin, family.rules, (rule_id, version))
        .await?;
    Ok(respond::no_content().seq(deleted.seq))
}

fn rule_id(path: &str) -> Result<i32> {
    path_id(path, "synonym or redirect")
}

/// The rule as it was sent. `standing` has its id and version, which may be sent back.
fn input(
    family: &Family,
    body: &Map<String, Value>,
    standing: Option<(i32, i32)>,
) -> Result<SearchRuleInput> {
    let mut faults = strays(body, family.fields, family.id, standing, &[]);
    let mut text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            faults.push(FieldError::new(
                format!("/{name}"),
                "format",
                "must be text in quotes",
            ));
            String::new()
        }
    };
    let (query, kind, target) = (text("query"), text("kind"), text("target"));
    let words = match body.get("words") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(words) => words
            .as_array()
            .and_then(|words| words.iter().map(|word| word.as_str().map(one_line)).collect()),
    };
    if words.is_none() {
        faults.push(FieldError::new(
            "/words",
            "format",
            "must be a list of texts in quotes",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(SearchRuleInput {
        kind,
        query,
        words: words.unwrap_or_default().join("\n"),
        target,
    })
}

/// An entry of a list stays one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

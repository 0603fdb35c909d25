//! The pages of the search: what customers looked for, synonyms, redirects. One set of handlers for both kinds of rules,
//! which tells by the address what it is about. Must not know what makes a rule valid or how anything is searched.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{Editing, shown, typed};
use crate::admin::views::Notice;
use crate::admin::views::search::{self as views, Family, Form, Leads, Overview, Preview, Standing};
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::{AtAddress, SearchRule, SearchRuleInput, SearchRules};
use crate::db::Seq;
use crate::error::{Error, FieldError, Result};
use crate::search::{Insight, Period};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::paging::PageRequest;
use crate::web::respond::Reply;

/// Products of a preview, of each of its words.
const MOST_SHOWN: u32 = 4;

/// `GET /admin/search`
pub async fn index(request: HttpRequest, editing: Editing, insight: web::Data<Insight>) -> Result<Reply> {
    let params = Params::parse(&request, &["days", "notice"])?;
    let period = match params.one("days")? {
        None => Period::default(),
        Some(days) => Period::parse(days)
            .ok_or_else(|| Error::bad_request("invalid_parameter", "`days` must be 7, 30 or 90."))?,
    };
    let report = insight.report(period).await?;
    let mut rules = Vec::new();
    for family in [SearchRules::Synonyms, SearchRules::Redirects] {
        rules.extend(
            editing
                .catalog
                .search_rules(family, editing.at_least)
                .await?
                .value,
        );
    }
    let overview = Overview {
        period,
        report: &report,
        rules: &rules,
    };
    Ok(shown(views::overview(&editing.desk(&params)?, &overview)))
}

/// `GET /admin/search/synonyms`, likewise redirects
pub async fn rules(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let family = Family::of_request(&request)?;
    let rules = editing
        .catalog
        .search_rules(family.rules, editing.at_least)
        .await?
        .value;
    Ok(shown(views::list(&editing.desk(&params)?, family, &rules)))
}

/// `GET /admin/search/synonyms/new`, with what stands in the form already: a search that found nothing.
pub async fn new(request: HttpRequest, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["query", "words", "target"])?;
    let values = SearchRuleInput {
        kind: String::new(),
        ..input(&params)?
    };
    let form = Form {
        family: Family::of_request(&request)?,
        standing: None,
        values: &values,
        faults: &[],
        preview: None,
    };
    editing.rule_form(&Params::default(), &form, StatusCode::OK)
}

/// `POST /admin/search/synonyms`: a new rule, or a look at what it would do.
pub async fn create(request: HttpRequest, editing: Editing, FormBody(sent): FormBody) -> Result<Reply> {
    let (family, values) = (Family::of_request(&request)?, input(&sent)?);
    let mut form = Form {
        family,
        standing: None,
        values: &values,
        faults: &[],
        preview: None,
    };
    let faults = if is_look(&sent)? {
        match editing.preview(family, &values).await? {
            Ok(preview) => {
                form.preview = Some(preview);
                return editing.rule_form(&Params::default(), &form, StatusCode::OK);
            }
            Err(faults) => faults,
        }
    } else {
        let created = editing
            .catalog
            .create_search_rule(editing.origin(), family.rules, values.clone(), None)
            .await;
        match created {
            Ok(created) => return Ok(editing.written(family.address, Notice::RuleSaved, created.seq)),
            Err(Error::Invalid(faults)) => faults,
            Err(error) => return Err(error),
        }
    };
    form.faults = &faults;
    editing.rule_form(&Params::default(), &form, StatusCode::UNPROCESSABLE_ENTITY)
}

/// `GET /admin/search/synonyms/{id}`
pub async fn edit(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    let params = Params::parse(&request, &["notice"])?;
    let family = Family::of_request(&request)?;
    let stored = editing.rule(family, &path, editing.at_least).await?;
    let form = Form {
        family,
        standing: Some(standing(&stored, stored.version, false)),
        values: &SearchRuleInput::of(&stored),
        faults: &[],
        preview: None,
    };
    editing.rule_form(&params, &form, StatusCode::OK)
}

/// `POST /admin/search/synonyms/{id}`: a change, or a look at what it would do.
pub async fn save(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (family, values, version) = (Family::of_request(&request)?, input(&sent)?, sent.version()?);
    let rule_id = path_id(&path, family.one)?;
    if is_look(&sent)? {
        return editing.look(family, &path, version, &values).await;
    }
    let saved = editing
        .catalog
        .save_search_rule(editing.origin(), family.rules, (rule_id, version), values.clone())
        .await;
    let (faults, status) = match saved {
        Ok(saved) => {
            let notice = match Notice::of_save(version, saved.value.version) {
                Notice::Saved => Notice::RuleSaved,
                notice => notice,
            };
            return Ok(editing.written(&family.page_of(rule_id), notice, saved.seq));
        }
        Err(Error::Invalid(faults)) => (faults, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::VersionMismatch { .. }) => (Vec::new(), StatusCode::CONFLICT),
        Err(error) => return Err(error),
    };
    let newest = editing.rule(family, &path, Seq::MAX).await?;
    let overtaken = status == StatusCode::CONFLICT;
    let form = Form {
        family,
        standing: Some(standing(
            &newest,
            if overtaken { newest.version } else { version },
            overtaken,
        )),
        values: &values,
        faults: &faults,
        preview: None,
    };
    editing.rule_form(&Params::default(), &form, status)
}

/// `GET /admin/search/synonyms/{id}/delete`
pub async fn ask(request: HttpRequest, path: web::Path<String>, editing: Editing) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let family = Family::of_request(&request)?;
    let rule = editing.rule(family, &path, editing.at_least).await?;
    let desk = editing.desk(&Params::default())?;
    Ok(shown(views::delete(&desk, family, &rule, false)))
}

/// `POST /admin/search/synonyms/{id}/delete`
pub async fn delete(
    request: HttpRequest,
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let (family, version) = (Family::of_request(&request)?, sent.version()?);
    let rule_id = path_id(&path, family.one)?;
    let deleted = editing
        .catalog
        .delete_search_rule(editing.origin(), family.rules, (rule_id, version))
        .await;
    match deleted {
        Ok(deleted) => Ok(editing.written(family.address, Notice::RuleRemoved, deleted.seq)),
        Err(Error::VersionMismatch { .. }) => {
            let rule = editing.rule(family, &path, Seq::MAX).await?;
            let desk = editing.desk(&Params::default())?;
            Ok(shown(views::delete(&desk, family, &rule, true)).status(StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

impl Family {
    fn of_request(request: &HttpRequest) -> Result<&'static Family> {
        Family::at(request.path()).ok_or(Error::NotFound { what: "page" })
    }
}

impl Editing {
    async fn rule(&self, family: &Family, path: &str, at_least: Seq) -> Result<SearchRule> {
        let rule_id = path_id(path, family.one)?;
        Ok(self
            .catalog
            .search_rule(family.rules, rule_id, at_least)
            .await?
            .value)
    }

    fn rule_form(&self, params: &Params, form: &Form<'_>, status: StatusCode) -> Result<Reply> {
        Ok(shown(views::form(&self.desk(params)?, form)).status(status))
    }

    /// The form of an existing rule with what its change would do.
    async fn look(
        &self,
        family: &Family,
        path: &str,
        version: i32,
        values: &SearchRuleInput,
    ) -> Result<Reply> {
        let stored = self.rule(family, path, self.at_least).await?;
        let preview = self.preview(family, values).await?;
        let (preview, faults, status) = match preview {
            Ok(preview) => (Some(preview), Vec::new(), StatusCode::OK),
            Err(faults) => (None, faults, StatusCode::UNPROCESSABLE_ENTITY),
        };
        let form = Form {
            family,
            standing: Some(standing(&stored, version, false)),
            values,
            faults: &faults,
            preview,
        };
        self.rule_form(&Params::default(), &form, status)
    }

    /// What a rule would do, or what is wrong with it.
    async fn preview(
        &self,
        family: &Family,
        values: &SearchRuleInput,
    ) -> Result<Result<Preview, Vec<FieldError>>> {
        let rule = match self.catalog.understood_search_rule(family.rules, values) {
            Ok(rule) => rule,
            Err(Error::Invalid(faults)) => return Ok(Err(faults)),
            Err(error) => return Err(error),
        };
        Ok(Ok(match &rule.target {
            Some(target) => Preview::Leads(self.leads(target).await?),
            None => self.finds(&rule).await?,
        }))
    }

    async fn finds(&self, rule: &SearchRule) -> Result<Preview> {
        let (mut counts, mut products) = (Vec::new(), Vec::new());
        for words in [&rule.query].into_iter().chain(&rule.words) {
            let filter = ProductFilter::of_text(Scope::Visible, words)?;
            let page = PageRequest {
                limit: MOST_SHOWN,
                with_total: true,
                ..PageRequest::default()
            };
            let found = self
                .catalog
                .cards(filter, Sort::default(), page, self.at_least)
                .await?
                .value;
            counts.push((words.clone(), found.total.unwrap_or_default()));
            products.extend(found.items);
        }
        let mut seen = std::collections::HashSet::new();
        products.retain(|product| seen.insert(product.product_id));
        Ok(Preview::Finds { counts, products })
    }

    /// What customers see at an address of the shop.
    async fn leads(&self, target: &str) -> Result<Leads> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let found = if let Some(slug) = path.strip_prefix("/categories/") {
            let category = self.catalog.category(slug.to_owned(), self.at_least).await;
            category.map(|found| match found.value {
                AtAddress::Here(category) => Leads::Page(category.name),
                AtAddress::MovedTo(_) => Leads::Unknown,
            })
        } else if let Some(slug) = path.strip_prefix("/products/") {
            let product = self.catalog.display(slug.to_owned(), self.at_least).await;
            product.map(|found| match found.value {
                AtAddress::Here(display) => Leads::Page(display.product.name),
                AtAddress::MovedTo(_) => Leads::Unknown,
            })
        } else {
            return Ok(Leads::Unknown);
        };
        match found {
            Err(Error::NotFound { .. }) => Ok(Leads::Nothing),
            found => found,
        }
    }
}

fn standing(stored: &SearchRule, version: i32, overtaken: bool) -> Standing<'_> {
    Standing {
        stored,
        version,
        overtaken,
    }
}

/// Whether somebody wants to see what a rule would do, and not to save it.
fn is_look(sent: &Params) -> Result<bool> {
    Ok(sent.one("intent")? == Some("preview"))
}

fn input(sent: &Params) -> Result<SearchRuleInput> {
    Ok(SearchRuleInput {
        kind: typed(sent, "kind")?,
        query: typed(sent, "query")?,
        words: typed(sent, "words")?,
        target: typed(sent, "target")?,
    })
}

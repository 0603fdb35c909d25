//! The form of a synonym or redirect with a look at what it would do, and the question before one goes.

use maud::{Markup, html};

use super::{Family, words};
use crate::admin::views::{Desk, crumbs, desk_page, overtaken};
use crate::catalog::{ProductCard, RuleKind, SearchRule, SearchRuleInput, SearchRules};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, hidden, label_of, select_field, text_field};
use crate::web::format;

/// What the form shows.
pub struct Form<'a> {
    pub family: &'a Family,
    /// `None` for one that does not exist yet.
    pub standing: Option<Standing<'a>>,
    /// What stands in the fields.
    pub values: &'a SearchRuleInput,
    pub faults: &'a [FieldError],
    /// What it would do, if somebody asked.
    pub preview: Option<Preview>,
}

/// The rule that is edited.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    pub stored: &'a SearchRule,
    /// The version that the next save must meet; a refused form keeps the one it was opened with.
    pub version: i32,
    /// Somebody else changed it while this form was open.
    pub overtaken: bool,
}

/// What a rule would do.
pub enum Preview {
    /// What the query finds by itself and what each other word finds, in this order, with the first products of all.
    Finds {
        counts: Vec<(String, i64)>,
        products: Vec<ProductCard>,
    },
    Leads(Leads),
}

/// What is at the address that a redirect names.
pub enum Leads {
    /// A page with this name.
    Page(String),
    /// No page that customers see right now.
    Nothing,
    /// Some page; what it is about was not looked up.
    Unknown,
}

pub fn form(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let family = form.family;
    let title = form.standing.map_or_else(
        || format!("New {}", family.one),
        |standing| format!("“{}”", standing.stored.query),
    );
    let action = form.standing.map_or_else(
        || family.address.to_owned(),
        |standing| family.page_of(standing.stored.rule_id),
    );
    let main = html! {
        (crumbs((family.address, family.all), &title))
        div .page-head { h1 { (title) } }
        @if let Some(standing) = form.standing && standing.overtaken {
            (overtaken(&standing.stored.query, &differences(form, standing.stored)))
        }
        (fault_summary(form.faults, family.labels()))
        form .term-form action=(action) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            @if let Some(standing) = form.standing { (hidden("version", &standing.version.to_string())) }
            (fields(form))
            @if let Some(preview) = &form.preview { (shown(desk, form, preview)) }
            div .form-end {
                button .button type="submit" { "Save" }
                button .button.quiet type="submit" name="intent" value="preview" { "See what it would do" }
                a .button.quiet href=(family.address) { "Cancel" }
            }
        }
        @if form.standing.is_some() {
            div .delete-form { a .button.danger href={ (action) "/delete" } { "Delete" } }
        }
    };
    desk_page(desk, &title, &main)
}

fn fields(form: &Form<'_>) -> Markup {
    let labels = form.family.labels();
    let field = |name| TextField {
        faults: form.faults,
        ..TextField::new(name, label_of(labels, name), value(form.values, name))
    };
    let query = "What customers type; case and accents make no difference.";
    html! {
        div .sheet {
            (text_field(&TextField { required: true, hint: Some(query), ..field("query") }))
            @match form.family.rules {
                SearchRules::Synonyms => {
                    (text_field(&TextField { kind: "textarea", required: true, hint: Some("What finds the right products, one on each line."), ..field("words") }))
                    (select_field(&TextField { hint: Some("One way: a search for the other words stays as it is."), ..field("kind") }, &kinds()))
                }
                SearchRules::Redirects => {
                    (text_field(&TextField { required: true, hint: Some("The address of a page of this shop from its first / on, for example /categories/lamps."), ..field("target") }))
                }
            }
        }
    }
}

fn kinds() -> Vec<(String, String)> {
    [
        (RuleKind::TwoWay, "Both ways: each finds what the others find"),
        (RuleKind::OneWay, "One way: only the search above finds more"),
    ]
    .map(|(kind, words)| (kind.name().to_owned(), words.to_owned()))
    .to_vec()
}

fn shown(desk: &Desk<'_>, form: &Form<'_>, preview: &Preview) -> Markup {
    let query = &form.values.query;
    html! {
        section .preview-of #preview role="status" {
            h2 { "What it would do" }
            @match preview {
                Preview::Leads(leads) => {
                    p {
                        "A search for “" (query) "” opens "
                        @match leads {
                            Leads::Page(name) => { a href=(form.values.target) { "“" (name) "”" } "." }
                            Leads::Unknown => { a href=(form.values.target) { (form.values.target) } "." }
                            Leads::Nothing => { (form.values.target) ". " strong { "There is no such page at the moment." } }
                        }
                    }
                }
                Preview::Finds { counts, products } => {
                    ul {
                        @for (words, count) in counts {
                            li { "“" (words) "” alone finds " (format::count(*count, "product", "products")) }
                        }
                    }
                    @if products.is_empty() {
                        p { strong { "Even so nothing would be found." } " Try other words." }
                    } @else {
                        p { "A search for “" (query) "” then shows among others:" }
                        ul .found-products { @for product in products { li { (product.name) " " span .aside { (format::price(product.offer.price, &desk.site.shop.currency)) } } } }
                    }
                }
            }
        }
    }
}

/// The question before a rule goes.
pub fn delete(desk: &Desk<'_>, family: &Family, rule: &SearchRule, overtaken: bool) -> Markup {
    let own = family.page_of(rule.rule_id);
    let title = format!("Delete the {} “{}”?", family.one, rule.query);
    let main = html! {
        (crumbs((family.address, family.all), "Delete"))
        div .narrow {
            h1 { (title) }
            @if overtaken {
                p .notice role="alert" { "It was changed while you were here. Nothing is deleted yet: look once more, then decide." }
            }
            p { (words(rule.kind)) ": " @match &rule.target { Some(target) => (target), None => (rule.words.join(", ")) } }
            p { "From then on the search finds what it finds without it. The history can bring it back." }
            form .ways action={ (own) "/delete" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("version", &rule.version.to_string()))
                button .button.danger type="submit" { "Delete" }
                a .button.quiet href=(own) { "Keep it" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

fn value<'a>(values: &'a SearchRuleInput, name: &str) -> &'a str {
    match name {
        "query" => &values.query,
        "words" => &values.words,
        "kind" => &values.kind,
        _ => &values.target,
    }
}

/// What the shop has by now where it is not what was typed.
fn differences(form: &Form<'_>, stored: &SearchRule) -> Vec<(&'static str, String)> {
    let theirs = SearchRuleInput::of(stored);
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(", ");
    let now = |(name, label): &(&'static str, &'static str)| {
        let now = match *name {
            "kind" => words(stored.kind).to_owned(),
            name => lines(value(&theirs, name)),
        };
        let same = lines(value(&theirs, name)) == lines(value(form.values, name));
        (!same).then_some((*label, now))
    };
    form.family.labels().iter().filter_map(now).collect()
}

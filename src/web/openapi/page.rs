//! The document as a page for people. Everything on it comes from the document, so nothing can be forgotten here.

use maud::{Markup, html};
use serde_json::Value;

use super::shapes::{self, at, entries, prose, text};
use crate::web::layout::{self, Head, Shell};

/// The order in which the methods of an address are told.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A method of an address.
struct Told<'a> {
    method: &'static str,
    path: &'a str,
    operation: &'a Value,
}

impl Told<'_> {
    fn id(&self) -> &str {
        text(&self.operation["operationId"])
    }

    fn is_of(&self, tag: &Value) -> bool {
        self.operation["tags"]
            .as_array()
            .is_some_and(|tags| tags.contains(&tag["name"]))
    }

    fn endpoint(&self) -> Markup {
        html! { span .method { (self.method.to_uppercase()) } " " code { (self.path) } }
    }
}

/// The whole page; `origin` is where the examples go.
pub fn page(shell: &Shell<'_>, document: &Value, origin: &str) -> Markup {
    let title = text(at(document, "/info/title"));
    let head = Head {
        title,
        description: "Addresses, parameters, answers and examples of the API.",
        canonical: Some("/docs"),
        picture: None,
        ..Head::default()
    };
    let told = operations(document);
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    let main = html! {
        div .wrap.docs {
            div .page-head { h1 { (title) } }
            p { "Version " (text(at(document, "/info/version"))) ", as a document for programs: " a href="/openapi.json" { "openapi.json" } " (OpenAPI " (text(&document["openapi"])) ")." }
            (contents(&tags, &told))
            (beginning(document, origin))
            @for tag in &tags {
                section aria-labelledby=(text(&tag["name"])) {
                    h2 id=(text(&tag["name"])) { (text(&tag["name"])) }
                    p { (text(&tag["description"])) }
                    @for told in told.iter().filter(|told| told.is_of(tag)) { (operation(document, told)) }
                }
            }
            (all_shapes(document))
        }
    };
    layout::page(shell, &head, main)
}

fn operations(document: &Value) -> Vec<Told<'_>> {
    entries(&document["paths"])
        .flat_map(|(path, methods)| at_address(path, methods))
        .collect()
}

fn at_address<'a>(path: &'a str, methods: &'a Value) -> impl Iterator<Item = Told<'a>> {
    METHODS.into_iter().filter_map(move |method| {
        let operation = methods.get(method)?;
        Some(Told {
            method,
            path,
            operation,
        })
    })
}

fn contents(tags: &[&Value], told: &[Told<'_>]) -> Markup {
    html! {
        nav .docs-contents aria-label="Operations" {
            @for tag in tags {
                p { a href={ "#" (text(&tag["name"])) } { (text(&tag["name"])) } }
                ul role="list" {
                    @for told in told.iter().filter(|told| told.is_of(tag)) {
                        li { a href={ "#" (told.id()) } { (text(&told.operation["summary"])) } }
                    }
                }
            }
            p { a href="#shapes" { "Shapes" } }
        }
    }
}

fn beginning(document: &Value, origin: &str) -> Markup {
    let needs_key = entries(at(document, "/components/securitySchemes"))
        .next()
        .is_some();
    html! {
        section aria-labelledby="conventions" {
            h2 id="conventions" { "What holds everywhere" }
            @for paragraph in text(at(document, "/info/description")).split("\n\n") { p { (prose(paragraph)) } }
            p { "The examples run as they stand once these are set:" }
            pre { code {
                "SHOP=" (origin)
                @if needs_key { "\nKEY=$(vitrine key create --name docs --scope admin --quiet)" }
            } }
        }
    }
}

fn operation(document: &Value, told: &Told<'_>) -> Markup {
    let operation = told.operation;
    let scopes = operation["security"].as_array().into_iter().flatten();
    let mut scopes = scopes.filter_map(|way| way["key"].as_array()?.first()?.as_str());
    let body = at(operation, "/requestBody/content/application~1json/schema");
    html! {
        article .operation id=(told.id()) aria-labelledby={ (told.id()) "-name" } {
            h3 id={ (told.id()) "-name" } { (text(&operation["summary"])) }
            p .endpoint { (told.endpoint()) }
            p { (prose(text(&operation["description"]))) }
            @if let Some(scope) = scopes.next() { p { "Needs a key with the scope " code { (scope) } "." } }
            @if operation["parameters"].as_array().is_some_and(|all| !all.is_empty()) {
                h4 { "Parameters" }
                dl { @for parameter in operation["parameters"].as_array().into_iter().flatten() { (self::parameter(parameter)) } }
            }
            @if !body.is_null() { h4 { "Body" } p { (shapes::kind(body)) } }
            h4 { "Answers" }
            dl { @for (status, answer) in entries(&operation["responses"]) { (self::answer(status, resolved(document, answer))) } }
            @for sample in operation["x-codeSamples"].as_array().into_iter().flatten() {
                h4 { "Example" }
                pre { code { (text(&sample["source"])) } }
            }
        }
    }
}

fn parameter(parameter: &Value) -> Markup {
    let required = parameter["required"].as_bool().unwrap_or_default();
    let place = match text(&parameter["in"]) {
        "query" => "",
        "path" => "in the path",
        _ => "header",
    };
    html! {
        dt { code { (text(&parameter["name"])) } @if !place.is_empty() { " " span .note { (place) } } @if required { " " span .note.needed { "required" } } }
        dd { p { (prose(text(&parameter["description"]))) } p .note { (shapes::kind(&parameter["schema"])) } }
    }
}

fn answer(status: &str, answer: &Value) -> Markup {
    html! {
        dt { code { (status) } }
        dd {
            p {
                (prose(text(&answer["description"])))
                @for (_, content) in entries(&answer["content"]) { " " span .note { (shapes::kind(&content["schema"])) } }
            }
            @for (name, header) in entries(&answer["headers"]) {
                p .note { code { (name) } ": " (prose(text(&header["description"]))) }
            }
        }
    }
}

fn all_shapes(document: &Value) -> Markup {
    html! {
        section aria-labelledby="shapes" {
            h2 id="shapes" { "Shapes" }
            @for (name, shape) in entries(at(document, "/components/schemas")) {
                article .operation id={ "shape-" (name) } aria-labelledby={ "shape-" (name) "-name" } {
                    h3 id={ "shape-" (name) "-name" } { (name) }
                    (shapes::fields(shape))
                }
            }
        }
    }
}

/// What a reference leads to; anything else is itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

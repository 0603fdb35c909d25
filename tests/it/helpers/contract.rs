//! The API keeps its word: every answer below `/api/` is one that the document describes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use awc::http::Method;
use jsonschema::Validator;
use serde_json::Value;
use vitrine::config::{Features, Settings};
use vitrine::startup::{api_document, endpoints};
use vitrine::web::site::Site;

use super::Answer;

/// What stands before an address, whatever its method: the head of the request, the guard.
const BEFORE_ANY: [u16; 9] = [400, 401, 403, 404, 405, 414, 415, 500, 503];

/// The whole document, its shapes compiled.
struct Contract {
    operations: BTreeMap<(String, String), Described>,
    problem: Validator,
}

struct Described {
    body: Option<Validator>,
    answers: BTreeMap<u16, Promise>,
}

struct Promise {
    content: Option<(String, Validator)>,
    headers: Vec<String>,
}

/// Panics, readably, at an answer that the document does not describe, and at an accepted body that it forbids.
pub fn check(features: &Features, method: &Method, path: &str, body: Option<&str>, answer: &Answer) {
    if !path.starts_with("/api/") {
        return;
    }
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    let contract = CONTRACT.get_or_init(Contract::of_everything);
    let described = contract.described(features, method, path);
    let fault = match described {
        Some(described) => described.fault(method, body, answer),
        None => contract.fault_of_nothing(method, answer),
    };
    if let Some(fault) = fault {
        panic!(
            "{method} {path} answered {}, which /openapi.json does not describe: {fault}\n{}",
            answer.status, answer.text
        );
    }
}

impl Contract {
    fn of_everything() -> Contract {
        let settings = Settings::load(None).unwrap();
        let document = api_document(&Site::new(&settings)).unwrap();
        let document = document.value();
        let compile = |schema: &Value| {
            let mut schema = schema.clone();
            schema["components"] = document["components"].clone();
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            options.build(&schema).unwrap()
        };
        let mut operations = BTreeMap::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let key = (path.clone(), method.to_uppercase());
                operations.insert(key, Described::read(document, operation, &compile));
            }
        }
        let problem = serde_json::json!({ "$ref": "#/components/schemas/Problem" });
        Contract {
            operations,
            problem: compile(&problem),
        }
    }

    /// What a shop with these features promises here; nothing where it has no such address or method.
    fn described(&self, features: &Features, method: &Method, path: &str) -> Option<&Described> {
        let endpoints = endpoints();
        let endpoint = endpoints
            .iter()
            .find(|endpoint| endpoint.is_on(features) && matches(endpoint.pattern, path))?;
        let method = if *method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        self.operations
            .get(&(endpoint.pattern.to_owned(), method.to_owned()))
    }

    fn fault_of_nothing(&self, method: &Method, answer: &Answer) -> Option<String> {
        if *method == Method::OPTIONS && answer.status == 204 {
            return (!answer.text.is_empty()).then(|| "204 has no body".to_owned());
        }
        if !BEFORE_ANY.contains(&answer.status) {
            return Some("there is no such operation".to_owned());
        }
        fault_of_body("application/problem+json", &self.problem, method, answer)
    }
}

impl Described {
    fn read(document: &Value, operation: &Value, compile: &impl Fn(&Value) -> Validator) -> Described {
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        let answers = operation["responses"].as_object().unwrap().iter();
        Described {
            body: body.map(compile),
            answers: answers
                .map(|(status, answer)| {
                    let reference = answer["$ref"]
                        .as_str()
                        .and_then(|reference| reference.strip_prefix('#'));
                    let answer = reference.map_or(answer, |pointer| document.pointer(pointer).unwrap());
                    (status.parse().unwrap(), Promise::read(answer, compile))
                })
                .collect(),
        }
    }

    fn fault(&self, method: &Method, body: Option<&str>, answer: &Answer) -> Option<String> {
        let Some(promise) = self.answers.get(&answer.status) else {
            return Some(format!("known are {:?}", self.answers.keys()));
        };
        if let Some(missing) = promise
            .headers
            .iter()
            .find(|name| !answer.headers.contains_key(name.as_str()))
        {
            return Some(format!("{missing} is missing"));
        }
        if let (Some(shape), Some(body), true) = (&self.body, body, answer.status < 300) {
            let sent: Value = serde_json::from_str(body).unwrap();
            if let Err(fault) = shape.validate(&sent) {
                return Some(format!(
                    "it was sent {sent}, where {} {fault}",
                    fault.instance_path()
                ));
            }
        }
        match &promise.content {
            Some((media_type, shape)) => fault_of_body(media_type, shape, method, answer),
            None => (!answer.text.is_empty()).then(|| "it has no body".to_owned()),
        }
    }
}

impl Promise {
    fn read(answer: &Value, compile: &impl Fn(&Value) -> Validator) -> Promise {
        let content = answer["content"]
            .as_object()
            .and_then(|content| content.iter().next());
        let headers = answer["headers"].as_object().into_iter().flatten();
        Promise {
            content: content.map(|(media_type, content)| (media_type.clone(), compile(&content["schema"]))),
            headers: headers
                .filter(|(_, header)| header["required"] == true)
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }
}

fn fault_of_body(media_type: &str, shape: &Validator, method: &Method, answer: &Answer) -> Option<String> {
    let sent = answer.header("content-type").split(';').next().unwrap();
    if sent != media_type {
        return Some(format!("its type is {sent}, not {media_type}"));
    }
    if *method == Method::HEAD {
        return (!answer.text.is_empty()).then(|| "HEAD has no body".to_owned());
    }
    let body: Value = match serde_json::from_str(&answer.text) {
        Ok(body) => body,
        Err(error) => return Some(error.to_string()),
    };
    shape
        .iter_errors(&body)
        .next()
        .map(|fault| format!("at {}: {fault}", fault.instance_path()))
}

/// Whether a pattern such as `/api/v1/products/{id}` is this path's.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(expected, found)| expected == found || (expected.starts_with('{') && !found.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(method: Method, path: &str, status: u16, media_type: &str, text: &str) -> Option<String> {
        let mut headers = awc::http::header::HeaderMap::new();
        headers.insert(awc::http::header::CONTENT_TYPE, media_type.parse().unwrap());
        headers.insert(awc::http::header::ETAG, "\"1\"".parse().unwrap());
        let answer = Answer {
            status,
            headers,
            text: text.to_owned(),
        };
        let features = Settings::load(None).unwrap().features;
        let checked = std::panic::catch_unwind(|| check(&features, &method, path, None, &answer));
        checked
            .err()
            .map(|panic| panic.downcast_ref::<String>().unwrap().clone())
    }

    #[test]
    fn what_the_document_does_not_describe_fails_a_test() {
        let (json, list) = ("application/json", "/api/v1/categories");
        let lamps = r#"{"data": [{"category_id": 1, "name": "Lamps", "slug": "lamps", "parent_id": null,
            "depth": 0, "description": null, "image_url": null, "version": 1}]}"#;
        assert_eq!(fault_of(Method::GET, list, 200, json, lamps), None);
        for (path, status, media_type, text, fault) in [
            (
                list,
                200,
                json,
                &*lamps.replace("\"version\": 1", "\"version\": \"1\""),
                "integer",
            ),
            (list, 200, json, &*lamps.replace("\"slug\"", "\"x\""), "slug"),
            (
                list,
                200,
                json,
                &*lamps.replace("\"version\": 1", "\"version\": 1, \"x\": 1"),
                "'x'",
            ),
            (list, 200, "text/html", lamps, "text/html"),
            (list, 200, json, "", "EOF"),
            (list, 404, json, lamps, "known are"),
            ("/api/v1/lamps", 200, json, lamps, "no such operation"),
            ("/api/v1/lamps", 404, json, lamps, "application/problem+json"),
        ] {
            let found = fault_of(Method::GET, path, status, media_type, text).unwrap_or_default();
            assert!(found.contains(fault), "{text}: {found}");
        }
    }
}

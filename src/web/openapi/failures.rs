//! How failures are described: one shape for all (RFC 9457), one sentence for each status.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::schema::{Object, Schema};

/// The body of every failure, as `error::Problem` is written.
pub fn problem() -> Schema {
    let fault = Object::new()
        .with(
            "pointer",
            Schema::text()
                .describe("JSON pointer to the field.")
                .example("/price"),
        )
        .with(
            "code",
            Schema::text()
                .describe("Stable name of the fault, for programs.")
                .example("required"),
        )
        .with("detail", Schema::text().describe("A sentence for people."));
    let problem = Object::new()
        .with("type", Schema::text().describe("Always `about:blank`."))
        .with("title", Schema::text().describe("The phrase of the status."))
        .with("status", Schema::integer().between(400, 599))
        .with("detail", Schema::text().describe("A sentence for people."))
        .with(
            "instance",
            Schema::text().describe("The path that was asked for."),
        )
        .with(
            "code",
            Schema::text()
                .describe("Stable name of the fault, for programs.")
                .example("not_found"),
        )
        .with(
            "request_id",
            Schema::text().describe("Names the request in the shop's log."),
        )
        .maybe(
            "errors",
            Schema::list(Schema::named("FieldError", fault.closed()))
                .describe("Every fault of the body at once."),
        )
        .maybe(
            "merge",
            merge().describe("What an undo finds changed since, to be decided field by field."),
        );
    Schema::named("Problem", problem.closed())
}

/// The three values of each field that an undo would put back; null is an empty field.
fn merge() -> Schema {
    let any = || Schema::any_of(&["string", "number", "boolean", "array", "object", "null"]);
    let field = Object::new()
        .with("field", Schema::text().example("price"))
        .with("was", any().describe("Before the change."))
        .with("became", any().describe("After it."))
        .with(
            "now",
            any().describe("As it is; another value than `became` needs a decision."),
        );
    let version = Schema::integer().describe("Send it with the decisions.");
    let merge = Object::new()
        .with("version", version)
        .with("fields", Schema::list(Schema::named("ThreeWay", field.closed())));
    Schema::named("Merge", merge.closed())
}

/// The answer with this status, as it stands among the document's components.
pub fn response(status: u16) -> Value {
    json!({
        "description": meaning(status),
        "headers": headers(status),
        "content": { "application/problem+json": { "schema": problem().to_value() } },
    })
}

fn meaning(status: u16) -> String {
    let sentence = match status {
        400 => "A parameter or header cannot be understood; the answer names it and what is known.",
        401 => "No key, or one that does not count (any more).",
        403 => "The key is not allowed to do this.",
        404 => "There is no such thing.",
        408 => "The body took too long to arrive.",
        409 => "It contradicts what is there now.",
        412 => "Somebody changed it meanwhile; the answer carries the current ETag.",
        413 => "The body is too large.",
        414 => "The address is too long.",
        415 => "The body is of another type than is understood here, or compressed.",
        421 => "`Host` is none of the shop's names.",
        422 => "Fields cannot be accepted; every fault is named at once.",
        428 => "`If-Match` is missing.",
        429 => "Too many requests of one address or key.",
        500 => "Something went wrong in the shop.",
        503 => "The database does not answer right now, or more is asked for than can be done.",
        _ => "",
    };
    let phrase = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let sentence = Some(sentence).filter(|sentence| !sentence.is_empty());
    sentence.or(phrase).unwrap_or_default().to_owned()
}

fn headers(status: u16) -> Value {
    let text = Schema::text().to_value();
    let header = |about: &str| json!({ "description": about, "required": true, "schema": text });
    match status {
        401 => json!({ "WWW-Authenticate": header("`Bearer`") }),
        412 => json!({ "ETag": header("The version there is now.") }),
        429 | 503 => json!({ "Retry-After": header("Seconds to wait.") }),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Problem, ThreeWay};

    #[test]
    fn the_shape_names_what_a_problem_holds() {
        let sent =
            serde_json::to_value(Problem::from(&Error::field("/price", "required", "Give one."))).unwrap();
        let shapes: std::collections::BTreeMap<_, _> = {
            let problem = problem();
            let named = problem.components();
            named
                .map(|(name, shape)| (name, shape["properties"].clone()))
                .collect()
        };
        let merge = Error::MovedOn {
            version: 2,
            fields: vec![ThreeWay {
                field: "price".to_owned(),
                was: json!("1.00"),
                became: json!("2.00"),
                now: Value::Null,
            }],
        };
        let mut sent = sent;
        let moved = serde_json::to_value(Problem::from(&merge)).unwrap();
        sent["merge"] = moved["merge"].clone();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&shapes["Problem"]), keys(&sent));
        assert_eq!(keys(&shapes["FieldError"]), keys(&sent["errors"][0]));
        assert_eq!(keys(&shapes["Merge"]), keys(&sent["merge"]));
        assert_eq!(keys(&shapes["ThreeWay"]), keys(&sent["merge"]["fields"][0]));
    }
}

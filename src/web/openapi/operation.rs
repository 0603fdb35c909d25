//! What one method of an address takes and answers. Must not know how it is done.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::example::Example;
use super::schema::Schema;
use crate::web::extract::{IDEMPOTENCY_KEY, MIN_CHANGE_SEQ};
use crate::web::respond::CHANGE_SEQ;

/// What every request can meet: a fault in its head, a fault of ours, a database that does not answer.
const ALWAYS: [u16; 7] = [400, 414, 415, 421, 429, 500, 503];
const WITH_KEY: [u16; 2] = [401, 403];
const WITH_BODY: [u16; 3] = [408, 413, 422];
const WITH_VERSION: [u16; 2] = [412, 428];

/// Operations that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: &'static str,
    pub about: &'static str,
}

/// A value that a request carries in its path, query or headers.
#[derive(Clone, Debug)]
pub struct Parameter {
    name: &'static str,
    place: &'static str,
    required: bool,
    about: String,
    shape: Schema,
}

impl Parameter {
    /// A list stands for a parameter that may be repeated.
    pub fn query(name: &'static str, shape: Schema, about: impl Into<String>) -> Self {
        Self {
            name,
            place: "query",
            required: false,
            about: about.into(),
            shape,
        }
    }

    pub fn header(name: &'static str, shape: Schema, about: impl Into<String>) -> Self {
        Self {
            place: "header",
            ..Self::query(name, shape, about)
        }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn about(&self) -> &str {
        &self.about
    }

    pub fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    fn to_value(&self) -> Value {
        json!({
            "name": self.name, "in": self.place, "required": self.required, "description": self.about,
            "schema": self.shape.to_value(),
        })
    }
}

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    about: &'static str,
    shape: Option<Schema>,
    headers: Map<String, Value>,
}

/// A method of an address, described; [`Operation::new`] knows what all have in common.
#[derive(Clone, Debug)]
pub struct Operation {
    pub group: Group,
    id: &'static str,
    summary: &'static str,
    about: String,
    parameters: Vec<Parameter>,
    body: Option<Schema>,
    answers: Vec<Answer>,
    failures: BTreeSet<u16>,
    /// What a key must be allowed to; `None` where none is needed.
    scope: Option<&'static str>,
    examples: Vec<Example>,
}

impl Operation {
    /// `id` names it in generated programs.
    pub fn new(group: Group, id: &'static str, summary: &'static str) -> Self {
        Self {
            group,
            id,
            summary,
            about: String::new(),
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            failures: ALWAYS.into(),
            scope: None,
            examples: Vec::new(),
        }
    }

    pub fn about(self, sentences: impl Into<String>) -> Self {
        let about = sentences.into();
        Self { about, ..self }
    }

    /// Names a thing in its path, which may not exist.
    pub fn path(mut self, name: &'static str, shape: Schema, about: &'static str) -> Self {
        self.parameters.push(Parameter {
            place: "path",
            ..Parameter::query(name, shape, about).required()
        });
        self.fails_with([404])
    }

    pub fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// One of its parameters may not be missing.
    pub fn requires(mut self, name: &str) -> Self {
        let mut named = self.parameters.iter_mut();
        if let Some(parameter) = named.find(|parameter| parameter.name == name) {
            parameter.required = true;
        }
        self
    }

    /// A read that can be asked to have seen a write.
    pub fn fresh(self) -> Self {
        self.takes([Parameter::header(
            MIN_CHANGE_SEQ,
            Schema::integer().between(0, i64::MAX),
            format!(
                "Answer only from data that has seen this position of the change log: the `{CHANGE_SEQ}` of a write."
            ),
        )])
    }

    /// A JSON object in the body.
    pub fn body(self, shape: Schema) -> Self {
        let body = Some(shape);
        Self { body, ..self }.fails_with(WITH_BODY)
    }

    /// A change of the version that the request names.
    pub fn if_match(self) -> Self {
        let about = "ETag of the version that you mean to change.";
        let tag = Schema::text().example("\"v1\"");
        self.takes([Parameter::header("If-Match", tag, about).required()])
            .fails_with(WITH_VERSION)
    }

    /// A request that can be repeated without being done twice.
    pub fn idempotent(self) -> Self {
        let about = "Marks the repeats of one request: within 24 hours they get the first answer, flagged \
                     `Idempotent-Replayed: true`. With another body it is refused.";
        let key = Schema::text().at_most(255).example("lamp-1");
        self.takes([Parameter::header(IDEMPOTENCY_KEY, key, about)])
    }

    /// The latest answer tells whether it repeats an earlier one.
    pub fn with_replay(self) -> Self {
        let about = "`true` when this repeats an earlier answer.";
        self.with_header("Idempotent-Replayed", about, false)
    }

    pub fn needs_key(self, scope: &'static str) -> Self {
        let scope = Some(scope);
        Self { scope, ..self }.fails_with(WITH_KEY)
    }

    /// An answer that says yes; the first one is what the examples get.
    pub fn answers(mut self, status: u16, about: &'static str, shape: Option<Schema>) -> Self {
        self.answers.push(Answer {
            status,
            about,
            shape,
            headers: Map::new(),
        });
        self
    }

    /// A header of the latest answer.
    pub fn with_header(mut self, name: &str, about: &str, always: bool) -> Self {
        let header = json!({ "description": about, "required": always, "schema": Schema::text().to_value() });
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.insert(name.to_owned(), header);
        }
        self
    }

    /// The latest answer has an ETag of its bytes.
    pub fn with_etag(self) -> Self {
        self.with_header(
            "ETag",
            "Names this answer; send it back as `If-None-Match`.",
            true,
        )
    }

    /// The latest answer names the version there is now.
    pub fn with_version(self) -> Self {
        self.with_header("ETag", "The version; send it back as `If-Match`.", true)
    }

    /// Whoever has the answer already is told so.
    pub fn revalidates(self) -> Self {
        let about = "ETag of the answer that you have.";
        self.takes([Parameter::header("If-None-Match", Schema::text(), about)])
            .answers(304, "You have it already.", None)
            .with_etag()
    }

    /// The latest answer tells where in the change log the write stands.
    pub fn with_change_seq(self) -> Self {
        let about = format!("Position of the write in the change log; for `{MIN_CHANGE_SEQ}`.");
        self.with_header(CHANGE_SEQ, &about, true)
    }

    pub fn fails_with(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.failures.extend(statuses);
        self
    }

    pub fn example(mut self, example: Example) -> Self {
        self.examples.push(example);
        self
    }

    pub fn scope(&self) -> Option<&'static str> {
        self.scope
    }

    pub fn failures(&self) -> impl Iterator<Item = u16> {
        self.failures.iter().copied()
    }

    /// The shapes that it refers to, by name.
    pub fn components(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let answered = self.answers.iter().filter_map(|answer| answer.shape.as_ref());
        let taken = self.parameters.iter().map(|parameter| &parameter.shape);
        self.body
            .iter()
            .chain(answered)
            .chain(taken)
            .flat_map(Schema::components)
    }

    /// As it stands in the document, for this method; failures are referred to.
    pub fn to_value(&self, method: &actix_web::http::Method) -> Value {
        let answers = self.answers.iter().map(answer);
        let failures = self.failures.iter().map(|status| {
            let reference = format!("#/components/responses/{status}");
            (status.to_string(), json!({ "$ref": reference }))
        });
        let samples = self.examples.iter();
        let samples = samples.map(|example| example.curl(method, self.scope.is_some()));
        let mut value = json!({
            "operationId": self.id,
            "tags": [self.group.name],
            "summary": self.summary,
            "description": self.about,
            "parameters": self.parameters.iter().map(Parameter::to_value).collect::<Vec<_>>(),
            "responses": answers.chain(failures).collect::<Map<_, _>>(),
            "security": self.scope.iter().map(|scope| json!({ "key": [scope] })).collect::<Vec<_>>(),
            "x-codeSamples": samples.map(|source| json!({ "lang": "curl", "source": source })).collect::<Vec<_>>(),
        });
        if let (Some(body), Some(fields)) = (&self.body, value.as_object_mut()) {
            let content = json!({ "application/json": { "schema": body.to_value() } });
            let body = json!({ "required": true, "content": content });
            fields.insert("requestBody".to_owned(), body);
        }
        value
    }
}

fn answer(answer: &Answer) -> (String, Value) {
    let mut value = json!({ "description": answer.about, "headers": answer.headers });
    if let (Some(shape), Some(fields)) = (&answer.shape, value.as_object_mut()) {
        let content = json!({ "application/json": { "schema": shape.to_value() } });
        fields.insert("content".to_owned(), content);
    }
    (answer.status.to_string(), value)
}

//! Who comes how far (OWASP API5): every method of every address asked by everybody. The table is written by hand and
//! not made from what the addresses say they ask, so that either can be wrong and the other tells.

use std::collections::BTreeSet;

use awc::http::Method;
use vitrine::accounts::Role;
use vitrine::startup::endpoints;

use crate::features::{fill, sample};
use crate::helpers::{Answer, Browser, Shop, make_key};
use crate::on_both_databases;

on_both_databases!(api5_every_method_of_every_address_answers_each_caller_as_the_table_says);

/// What becomes of a request: it comes through to the handler, it is asked to sign in (401, or 303 to the sign-in page), or
/// it is refused for lack of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Through,
    SignIn,
    Refused,
}

use Fate::{Refused, SignIn, Through};

/// Anonymous, submitter, reviewer, editor, owner, a key that reads, a key that writes.
type Row = [Fate; 7];

const OPEN: Row = [Through; 7];
/// Pages. A key opens none of them.
const ANYBODY: Row = [SignIn, Through, Through, Through, Through, SignIn, SignIn];
const READERS: Row = [SignIn, Refused, Through, Through, Through, SignIn, SignIn];
const WRITERS: Row = [SignIn, Refused, Refused, Through, Through, SignIn, SignIn];
const OWNERS: Row = [SignIn, Refused, Refused, Refused, Through, SignIn, SignIn];
const API_READERS: Row = [SignIn, Refused, Through, Through, Through, Through, Through];
const API_WRITERS: Row = [SignIn, Refused, Refused, Through, Through, Refused, Through];
const API_OWNERS: Row = [SignIn, Refused, Refused, Refused, Through, Refused, Refused];

const API_PROPOSERS: Row = [SignIn, Through, Through, Through, Through, Refused, Refused];
const API_REVIEWERS: Row = [SignIn, Refused, Through, Through, Through, Refused, Refused];

/// HEAD is as GET.
const TABLE: &[(&str, &str, Row)] = &[
    ("GET", "/static/{fingerprint}/{path:.*}", OPEN),
    ("GET", "/media/{hash}/{file}", OPEN),
    ("GET", "/", OPEN),
    ("GET", "/products", OPEN),
    ("GET", "/products/{slug}", OPEN),
    ("GET", "/categories/{slug}", OPEN),
    ("GET", "/pages", OPEN),
    ("GET", "/pages/{slug}", OPEN),
    ("GET", "/search", OPEN),
    ("GET", "/search/suggestions", OPEN),
    ("POST", "/search/clicks", OPEN),
    ("GET", "/api/v1/products", OPEN),
    ("GET", "/api/v1/products/{id}", OPEN),
    ("GET", "/api/v1/categories", OPEN),
    ("GET", "/api/v1/brands", OPEN),
    ("GET", "/api/v1/tags", OPEN),
    ("GET", "/api/v1/attributes", OPEN),
    ("GET", "/api/v1/search", OPEN),
    ("GET", "/api/v1/suggest", OPEN),
    ("GET", "/robots.txt", OPEN),
    ("GET", "/sitemap.xml", OPEN),
    ("GET", "/sitemaps/{number}.xml", OPEN),
    ("GET", "/feed.atom", OPEN),
    ("GET", "/feeds/google.xml", OPEN),
    ("GET", "/opensearch.xml", OPEN),
    ("GET", "/openapi.json", OPEN),
    ("GET", "/docs", OPEN),
    ("GET", "/asyncapi.json", OPEN),
    ("GET", "/ws", OPEN),
    ("GET", "/events", OPEN),
    ("GET", "/admin/setup", OPEN),
    ("POST", "/admin/setup", OPEN),
    ("GET", "/login", OPEN),
    ("POST", "/login", OPEN),
    ("GET", "/login/code", OPEN),
    ("POST", "/login/code", OPEN),
    ("GET", "/login/passkey", OPEN),
    ("POST", "/login/passkey", OPEN),
    ("POST", "/login/passkey/question", OPEN),
    ("GET", "/login/forgotten", OPEN),
    ("POST", "/login/forgotten", OPEN),
    ("POST", "/logout", OPEN),
    ("GET", "/register", OPEN),
    ("POST", "/register", OPEN),
    ("GET", "/submit", ANYBODY),
    ("POST", "/submit", ANYBODY),
    ("GET", "/submit/{id}", ANYBODY),
    ("POST", "/submit/{id}", ANYBODY),
    ("GET", "/account/proposals", ANYBODY),
    // Who decides may read the catalog.
    ("GET", "/submit/pictures/{id}", ANYBODY),
    ("GET", "/admin/submissions", READERS),
    ("GET", "/admin/submissions/{id}", READERS),
    ("POST", "/admin/submissions/{id}", READERS),
    ("POST", "/admin/submissions/{id}/trust", OWNERS),
    ("GET", "/api/v1/submissions", API_PROPOSERS),
    ("POST", "/api/v1/submissions", API_PROPOSERS),
    ("GET", "/api/v1/submissions/{id}", API_PROPOSERS),
    ("PUT", "/api/v1/submissions/{id}", API_PROPOSERS),
    ("POST", "/api/v1/submissions/{id}/withdraw", API_PROPOSERS),
    ("POST", "/api/v1/submissions/{id}/pictures", API_PROPOSERS),
    ("GET", "/api/v1/submissions/pictures/{id}", API_PROPOSERS),
    ("GET", "/api/admin/submissions", API_REVIEWERS),
    ("GET", "/api/admin/submissions/{id}", API_REVIEWERS),
    ("POST", "/api/admin/submissions/{id}/approve", API_REVIEWERS),
    (
        "POST",
        "/api/admin/submissions/{id}/request-changes",
        API_REVIEWERS,
    ),
    ("POST", "/api/admin/submissions/{id}/refuse", API_REVIEWERS),
    ("GET", "/account", ANYBODY),
    ("GET", "/account/notices", ANYBODY),
    ("POST", "/account/notices", ANYBODY),
    ("GET", "/admin", ANYBODY),
    ("GET", "/admin/products", READERS),
    ("POST", "/admin/products", WRITERS),
    ("GET", "/admin/products/new", WRITERS),
    ("GET", "/admin/products/{id}", WRITERS),
    ("POST", "/admin/products/{id}", WRITERS),
    ("GET", "/admin/products/{id}/delete", WRITERS),
    ("POST", "/admin/products/{id}/delete", WRITERS),
    ("POST", "/admin/products/{id}/restore", WRITERS),
    ("POST", "/admin/products/{id}/stock", WRITERS),
    ("GET", "/admin/categories", WRITERS),
    ("POST", "/admin/categories", WRITERS),
    ("GET", "/admin/categories/new", WRITERS),
    ("GET", "/admin/categories/{id}", WRITERS),
    ("POST", "/admin/categories/{id}", WRITERS),
    ("GET", "/admin/categories/{id}/merge", WRITERS),
    ("POST", "/admin/categories/{id}/merge", WRITERS),
    ("GET", "/admin/categories/{id}/delete", WRITERS),
    ("POST", "/admin/categories/{id}/delete", WRITERS),
    ("GET", "/admin/brands", WRITERS),
    ("POST", "/admin/brands", WRITERS),
    ("GET", "/admin/brands/new", WRITERS),
    ("GET", "/admin/brands/{id}", WRITERS),
    ("POST", "/admin/brands/{id}", WRITERS),
    ("GET", "/admin/brands/{id}/merge", WRITERS),
    ("POST", "/admin/brands/{id}/merge", WRITERS),
    ("GET", "/admin/brands/{id}/delete", WRITERS),
    ("POST", "/admin/brands/{id}/delete", WRITERS),
    ("GET", "/admin/tags", WRITERS),
    ("POST", "/admin/tags", WRITERS),
    ("GET", "/admin/tags/new", WRITERS),
    ("GET", "/admin/tags/{id}", WRITERS),
    ("POST", "/admin/tags/{id}", WRITERS),
    ("GET", "/admin/tags/{id}/merge", WRITERS),
    ("POST", "/admin/tags/{id}/merge", WRITERS),
    ("GET", "/admin/tags/{id}/delete", WRITERS),
    ("POST", "/admin/tags/{id}/delete", WRITERS),
    ("GET", "/admin/attributes", WRITERS),
    ("POST", "/admin/attributes", WRITERS),
    ("GET", "/admin/attributes/new", WRITERS),
    ("GET", "/admin/attributes/{id}", WRITERS),
    ("POST", "/admin/attributes/{id}", WRITERS),
    ("GET", "/admin/attributes/{id}/delete", WRITERS),
    ("POST", "/admin/attributes/{id}/delete", WRITERS),
    ("GET", "/admin/pages", WRITERS),
    ("POST", "/admin/pages", WRITERS),
    ("GET", "/admin/pages/new", WRITERS),
    ("GET", "/admin/pages/{id}", WRITERS),
    ("POST", "/admin/pages/{id}", WRITERS),
    ("GET", "/admin/pages/{id}/delete", WRITERS),
    ("POST", "/admin/pages/{id}/delete", WRITERS),
    ("GET", "/admin/search", WRITERS),
    ("GET", "/admin/search/synonyms", WRITERS),
    ("POST", "/admin/search/synonyms", WRITERS),
    ("GET", "/admin/search/synonyms/new", WRITERS),
    ("GET", "/admin/search/synonyms/{id}", WRITERS),
    ("POST", "/admin/search/synonyms/{id}", WRITERS),
    ("GET", "/admin/search/redirects", WRITERS),
    ("POST", "/admin/search/redirects", WRITERS),
    ("GET", "/admin/search/redirects/new", WRITERS),
    ("GET", "/admin/search/redirects/{id}", WRITERS),
    ("POST", "/admin/search/redirects/{id}", WRITERS),
    ("GET", "/admin/history", WRITERS),
    ("GET", "/admin/history/{seq}/undo", WRITERS),
    ("POST", "/admin/history/{seq}/undo", WRITERS),
    ("GET", "/admin/batches/{id}/undo", WRITERS),
    ("POST", "/admin/batches/{id}/undo", WRITERS),
    ("GET", "/admin/system", OWNERS),
    ("POST", "/admin/system/pools", OWNERS),
    ("POST", "/admin/system/cache", OWNERS),
    ("GET", "/api/admin/system/database", API_OWNERS),
    ("GET", "/api/admin/cache", API_OWNERS),
    ("POST", "/api/admin/cache/purge", API_OWNERS),
    ("GET", "/api/admin/products", API_READERS),
    ("POST", "/api/admin/products", API_WRITERS),
    ("POST", "/api/admin/products/{id}/restore", API_WRITERS),
    ("POST", "/api/admin/products/{id}/stock", API_WRITERS),
    ("GET", "/api/admin/pages", API_READERS),
    ("POST", "/api/admin/pages", API_WRITERS),
    ("GET", "/api/admin/pages/{id}", API_READERS),
    ("PUT", "/api/admin/pages/{id}", API_WRITERS),
    ("DELETE", "/api/admin/pages/{id}", API_WRITERS),
    ("GET", "/api/admin/search/synonyms", API_READERS),
    ("POST", "/api/admin/search/synonyms", API_WRITERS),
    ("GET", "/api/admin/changes", API_OWNERS),
    ("POST", "/api/admin/changes/{seq}/undo", API_WRITERS),
    ("POST", "/api/admin/batches/{id}/undo", API_WRITERS),
    ("GET", "/account/link", OPEN),
    ("POST", "/account/link", OPEN),
    ("POST", "/account/password", ANYBODY),
    ("POST", "/account/sessions/end", ANYBODY),
    ("POST", "/account/sessions/end-others", ANYBODY),
    ("GET", "/account/export", ANYBODY),
    ("GET", "/account/second-factor", ANYBODY),
    ("POST", "/account/second-factor", ANYBODY),
    ("POST", "/account/second-factor/confirm", ANYBODY),
    ("POST", "/account/second-factor/codes", ANYBODY),
    ("POST", "/account/second-factor/off", ANYBODY),
    ("GET", "/account/passkeys", ANYBODY),
    ("POST", "/account/passkeys", ANYBODY),
    ("POST", "/account/passkeys/question", ANYBODY),
    ("POST", "/account/passkeys/remove", ANYBODY),
    ("GET", "/admin/people", OWNERS),
    ("POST", "/admin/people", OWNERS),
    ("GET", "/admin/people/{id}", OWNERS),
    ("POST", "/admin/people/{id}/role", OWNERS),
    ("POST", "/admin/people/{id}/link", OWNERS),
    ("POST", "/admin/people/{id}/sign-out", OWNERS),
    ("POST", "/admin/people/{id}/disable", OWNERS),
    ("POST", "/admin/people/{id}/enable", OWNERS),
    ("GET", "/admin/people/{id}/erase", OWNERS),
    ("POST", "/admin/people/{id}/erase", OWNERS),
    ("GET", "/admin/keys", OWNERS),
    ("POST", "/admin/keys", OWNERS),
    ("POST", "/admin/keys/{id}/revoke", OWNERS),
    ("GET", "/admin/webhooks", OWNERS),
    ("POST", "/admin/webhooks", OWNERS),
    ("GET", "/admin/webhooks/new", OWNERS),
    ("GET", "/admin/webhooks/{id}", OWNERS),
    ("POST", "/admin/webhooks/{id}", OWNERS),
    ("POST", "/admin/webhooks/{id}/secret", OWNERS),
    ("POST", "/admin/webhooks/{id}/ping", OWNERS),
    ("POST", "/admin/webhooks/{id}/again", OWNERS),
    ("POST", "/admin/webhooks/{id}/replay", OWNERS),
    ("GET", "/admin/webhooks/{id}/delete", OWNERS),
    ("POST", "/admin/webhooks/{id}/delete", OWNERS),
    ("GET", "/api/admin/webhooks", API_OWNERS),
    ("POST", "/api/admin/webhooks", API_OWNERS),
    ("GET", "/api/admin/webhooks/{id}", API_OWNERS),
    ("PUT", "/api/admin/webhooks/{id}", API_OWNERS),
    ("DELETE", "/api/admin/webhooks/{id}", API_OWNERS),
    ("POST", "/api/admin/webhooks/{id}/secret", API_OWNERS),
    ("POST", "/api/admin/webhooks/{id}/replay", API_OWNERS),
    ("GET", "/api/admin/webhooks/{id}/deliveries", API_OWNERS),
    ("GET", "/admin/search/synonyms/{id}/delete", WRITERS),
    ("POST", "/admin/search/synonyms/{id}/delete", WRITERS),
    ("GET", "/admin/search/redirects/{id}/delete", WRITERS),
    ("POST", "/admin/search/redirects/{id}/delete", WRITERS),
    ("GET", "/api/admin/products/{id}", API_READERS),
    ("PUT", "/api/admin/products/{id}", API_WRITERS),
    ("PATCH", "/api/admin/products/{id}", API_WRITERS),
    ("DELETE", "/api/admin/products/{id}", API_WRITERS),
    ("GET", "/api/admin/search/synonyms/{id}", API_READERS),
    ("PUT", "/api/admin/search/synonyms/{id}", API_WRITERS),
    ("DELETE", "/api/admin/search/synonyms/{id}", API_WRITERS),
    ("GET", "/api/admin/search/redirects", API_READERS),
    ("POST", "/api/admin/search/redirects", API_WRITERS),
    ("GET", "/api/admin/search/redirects/{id}", API_READERS),
    ("PUT", "/api/admin/search/redirects/{id}", API_WRITERS),
    ("DELETE", "/api/admin/search/redirects/{id}", API_WRITERS),
];

#[test]
fn api5_each_method_of_each_address_has_its_row() {
    let mut served = BTreeSet::new();
    for endpoint in endpoints() {
        for method in endpoint.methods().filter(|method| **method != Method::HEAD) {
            served.insert(format!("{method} {}", endpoint.pattern));
        }
    }
    let mut written = BTreeSet::new();
    for (method, pattern, _) in TABLE {
        assert!(
            written.insert(format!("{method} {pattern}")),
            "{method} {pattern} twice"
        );
    }
    assert_eq!(
        served, written,
        "left: what is served, right: what the table of this test knows"
    );
}

/// The headers by which a caller is known.
type Proof = Vec<(&'static str, String)>;

/// In the order of a row.
async fn callers(shop: &Shop) -> [(&'static str, Proof); 7] {
    // The addresses of this test name person 1: nobody who asks, since what comes through shuts them out.
    Browser::of_owner(shop).await;
    let submitter = person(shop, Role::Submitter).await;
    let reviewer = person(shop, Role::Reviewer).await;
    let editor = person(shop, Role::Editor).await;
    let owner = person(shop, Role::Owner).await;
    [
        ("anonymous", Vec::new()),
        ("submitter", submitter),
        ("reviewer", reviewer),
        ("editor", editor),
        ("owner", owner),
        ("read key", key(shop, "catalog:read").await),
        ("write key", key(shop, "catalog:write").await),
    ]
}

async fn person(shop: &Shop, role: Role) -> Proof {
    let mut browser = Browser::of_role(shop, role).await;
    let token = browser.csrf_token().await;
    vec![
        ("cookie", format!("vitrine_sid={}", browser.cookie("vitrine_sid"))),
        ("x-csrf-token", token),
    ]
}

async fn key(shop: &Shop, scope: &str) -> Proof {
    let key = make_key(&shop.parts, scope).await;
    vec![("authorization", format!("Bearer {key}"))]
}

async fn ask(shop: &Shop, method: &Method, pattern: &str, proof: &Proof) -> Answer {
    let is_program = pattern.starts_with("/api/");
    let (kind, body) = if is_program {
        ("application/json", "{}")
    } else {
        ("application/x-www-form-urlencoded", "")
    };
    // What is sent is well formed and from our own pages, so that only who sends it can be the reason to refuse it.
    let mut headers = vec![
        ("content-type", kind),
        ("accept", "application/json"),
        ("sec-fetch-site", "same-origin"),
    ];
    headers.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    let writes = !matches!(*method, Method::GET | Method::HEAD);
    let body = writes.then(|| body.to_owned());
    shop.ask(method.clone(), &sample(pattern), &headers, body).await
}

/// By the words of the guard: a form of an open address may answer 401 or 403 as well, for reasons of its own.
fn fate(answer: &Answer) -> Fate {
    let code = || answer.json()["code"].as_str().unwrap_or_default().to_owned();
    match answer.status {
        303 if answer.header("location").starts_with("/login?") => SignIn,
        // The form of the sign-in page itself is open, and says so when what was typed is wrong.
        401 if answer.text.contains("wrong") => Through,
        401 => SignIn,
        403 if ["permission_missing", "scope_missing"].contains(&code().as_str()) => Refused,
        _ => Through,
    }
}

async fn api5_every_method_of_every_address_answers_each_caller_as_the_table_says(shop: Shop) {
    fill(&shop).await;
    let callers = callers(&shop).await;
    let mut gaps = Vec::new();
    for (method, pattern, row) in TABLE {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for ((name, proof), expected) in callers.iter().zip(row) {
            let answer = ask(&shop, &method, pattern, proof).await;
            let found = fate(&answer);
            if found != *expected || answer.status >= 500 {
                gaps.push(format!(
                    "{method} {pattern} by {name}: {found:?} ({}), expected {expected:?}",
                    answer.status
                ));
            }
            if method == Method::GET {
                let head = ask(&shop, &Method::HEAD, pattern, proof).await.status;
                if head != answer.status {
                    gaps.push(format!(
                        "HEAD {pattern} by {name}: {head}, GET says {}",
                        answer.status
                    ));
                }
            }
        }
    }
    assert!(gaps.is_empty(), "{} gaps\n{}", gaps.len(), gaps.join("\n"));
}

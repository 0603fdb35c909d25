use actix_web::App;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service, try_call_service};

use super::*;
use crate::accounts::Scope;
use crate::config::{Role, Settings};
use crate::metrics::Metrics;
use crate::web::desk::doors;

const NONE: Features = Features {
    catalog: false,
    admin: false,
    search: false,
    api: false,
    feeds: false,
    cache: false,
    realtime: false,
    submissions: false,
    metrics: false,
};

fn only(feature: Feature) -> Features {
    let mut features = NONE;
    match feature {
        Feature::Catalog => features.catalog = true,
        Feature::Admin => features.admin = true,
        Feature::Search => features.search = true,
        Feature::Api => features.api = true,
        Feature::Feeds => features.feeds = true,
        Feature::Cache => features.cache = true,
        Feature::Realtime => features.realtime = true,
        Feature::Submissions => features.submissions = true,
        Feature::Metrics => features.metrics = true,
    }
    features
}

/// Asks with OPTIONS, which needs no handler. A guard that finds no accounts to ask is there as well.
async fn exists(features: Features, pattern: &str) -> bool {
    let app = App::new().app_data(actix_web::web::Data::new(Metrics::new()));
    let app = init_service(app.configure(|config| mount(config, &features))).await;
    let path = pattern.replace(":.*", "").replace(['{', '}'], "x");
    let request = TestRequest::with_uri(&path).method(Method::OPTIONS).to_request();
    let answer = try_call_service(&app, request).await;
    answer.is_err() || answer.is_ok_and(|answer| answer.status() != StatusCode::NOT_FOUND)
}

#[actix_web::test]
async fn each_address_exists_exactly_when_all_its_features_are_on() {
    let all = Settings::load(None).unwrap().features;
    let sets = Feature::ALL.map(only).into_iter().chain([NONE, all]);
    let roles = [Role::Catalog, Role::Admin, Role::Realtime].map(|role| all.narrowed_to(role));
    for features in sets.chain(roles) {
        for endpoint in endpoints() {
            let found = exists(features, endpoint.pattern).await;
            assert_eq!(
                found,
                endpoint.is_on(&features),
                "{} with {features:?}",
                endpoint.pattern
            );
        }
    }
}

#[test]
fn a_node_for_customers_has_no_address_of_the_owner() {
    let features = Settings::load(None).unwrap().features.narrowed_to(Role::Catalog);
    let on = endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.is_on(&features));
    let owners: Vec<_> = on
        .filter(|endpoint| endpoint.needs.contains(&Feature::Admin))
        .map(|e| e.pattern)
        .collect();
    assert!(owners.is_empty(), "{owners:?}");
}

#[test]
fn the_owners_side_is_never_open_to_everybody() {
    let open = [
        "/admin/setup",
        "/login",
        "/login/code",
        "/login/forgotten",
        "/login/passkey",
        "/login/passkey/question",
        "/logout",
        "/account/link",
        "/register",
    ];
    for endpoint in endpoints() {
        let owners = endpoint.needs.contains(&Feature::Admin);
        let looks_owners = ["/admin", "/api/admin", "/account", "/login", "/logout"]
            .iter()
            // Proposals are made by people who are signed in.
            .chain(&["/submit", "/register", "/api/v1/submissions"])
            .any(|p| endpoint.pattern.starts_with(p));
        assert_eq!(owners, looks_owners, "{}", endpoint.pattern);
        let everybody = endpoint.access == Access::Everybody;
        assert_eq!(
            everybody,
            !owners || open.contains(&endpoint.pattern),
            "{}",
            endpoint.pattern
        );
    }
}

#[test]
fn every_method_behind_a_guard_says_what_it_asks() {
    for endpoint in endpoints() {
        let guarded = endpoint.access != Access::Everybody;
        for method in endpoint.methods() {
            assert_eq!(
                endpoint.asks(method).is_some(),
                guarded,
                "{method} {}",
                endpoint.pattern
            );
        }
    }
}

#[test]
fn every_method_of_the_api_is_described_and_names_the_scope_it_needs() {
    for endpoint in endpoints() {
        let described: Vec<_> = endpoint.operations().collect();
        let is_api = endpoint.pattern.starts_with("/api/");
        for method in endpoint.methods().filter(|method| **method != Method::HEAD) {
            let operation = described.iter().find(|(named, _)| *named == method);
            assert_eq!(operation.is_some(), is_api, "{method} {}", endpoint.pattern);
        }
        for (method, operation) in &described {
            let asked = endpoint.asks(method).and_then(|asked| asked.permission);
            let scope = asked.map(|permission| Scope::with(permission).as_str());
            assert_eq!(operation.scope(), scope, "{method} {}", endpoint.pattern);
        }
    }
}

#[test]
fn the_navigation_leads_to_pages_that_ask_what_it_takes_for_granted() {
    let all = endpoints();
    for (address, asks) in doors() {
        let endpoint = all.iter().find(|endpoint| endpoint.pattern == address);
        let asked = endpoint
            .unwrap_or_else(|| panic!("{address} is no page"))
            .asks(&Method::GET);
        assert_eq!(asked.and_then(|asked| asked.permission), asks, "{address}");
    }
}

#[test]
fn no_pattern_stands_twice_and_no_placeholder_hides_a_word() {
    let patterns: Vec<_> = endpoints().iter().map(|endpoint| endpoint.pattern).collect();
    for (position, pattern) in patterns.iter().enumerate() {
        let hides = |earlier: &&&str| actix_web::dev::ResourceDef::new(**earlier).is_match(pattern);
        let hidden_by = patterns[..position].iter().find(hides);
        assert_eq!(hidden_by, None, "{pattern}");
    }
}

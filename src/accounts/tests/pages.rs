use actix_web::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};

use super::http::{OWN, cookie, get, post, send};
use super::*;

#[actix_web::test]
async fn a_page_without_a_session_leads_to_the_sign_in_page_and_back() {
    let (shop, _) = Shop::with_owner().await;
    let answer = send(&shop, get("/admin/products?q=red%20lamp")).await;
    assert_eq!(
        (answer.status, answer.header(CACHE_CONTROL)),
        (303, "private, no-store")
    );
    assert_eq!(
        answer.header(LOCATION),
        "/login?next=%2Fadmin%2Fproducts%3Fq%3Dred%2520lamp"
    );

    let form = format!(
        "email={EMAIL}&password={}&next=/admin/products?q%3Dred%2520lamp",
        PASSWORD.replace(' ', "+")
    );
    let answer = send(&shop, post("/login", &form).insert_header(OWN)).await;
    assert_eq!(
        (answer.status, answer.header(LOCATION)),
        (303, "/admin/products?q=red%20lamp"),
        "{}",
        answer.body
    );
    let flags = answer.header(SET_COOKIE);
    assert!(
        ["HttpOnly", "SameSite=Strict", "Path=/"]
            .iter()
            .all(|flag| flags.contains(flag)),
        "{flags}"
    );
    let answer = send(&shop, get("/admin/products").insert_header(answer.cookie())).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "user:1 "));
    assert_eq!(answer.header(CACHE_CONTROL), "private, no-store");
}

#[actix_web::test]
async fn signing_in_never_leads_to_another_site() {
    let (shop, _) = Shop::with_owner().await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let form = format!(
            "email={EMAIL}&password={}&next={next}",
            PASSWORD.replace(' ', "+")
        );
        let answer = send(&shop, post("/login", &form).insert_header(OWN)).await;
        assert_eq!(
            (answer.status, answer.header(LOCATION)),
            (303, "/admin/products"),
            "{next}"
        );
    }
}

#[actix_web::test]
async fn a_form_passes_with_the_token_of_its_session_and_reaches_the_handler_whole() {
    let (shop, signed_in) = Shop::with_owner().await;
    let body = format!("name=Lamp+%26+more&csrf_token={}", signed_in.csrf_token.expose());
    let answer = send(
        &shop,
        post("/admin/products", &body)
            .insert_header(OWN)
            .insert_header(cookie(&signed_in)),
    )
    .await;
    assert_eq!((answer.status, answer.body), (200, format!("user:1 {body}")));
}

#[actix_web::test]
async fn a_form_of_an_earlier_session_comes_back_with_what_was_typed() {
    let (shop, signed_in) = Shop::with_owner().await;
    for token in ["", "csrf_token=stale&"] {
        let form = format!("{token}name=Lamp+%26+more");
        let request = post("/admin/products", &form)
            .insert_header(OWN)
            .insert_header(cookie(&signed_in));
        let answer = send(&shop, request).await;
        assert_eq!(answer.status, 403);
        assert!(answer.body.contains("Lamp &amp; more"), "{}", answer.body);
        assert!(
            answer.body.contains(signed_in.csrf_token.expose()),
            "{}",
            answer.body
        );
    }
}

#[actix_web::test]
async fn what_was_typed_survives_an_expired_session() {
    let (shop, _) = Shop::with_owner().await;
    let expired = ("cookie", "vitrine_sid=expired");
    let form = "name=Lamp+%26+more&csrf_token=old&price=19.99";
    let answer = send(
        &shop,
        post("/admin/products", form)
            .insert_header(OWN)
            .insert_header(expired),
    )
    .await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.body.contains("name=Lamp+%26amp;+more&amp;price=19.99")
            || answer.body.contains("name=Lamp+%26+more&amp;price=19.99"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("/admin/products"), "{}", answer.body);

    let carry = "name%3DLamp%2B%2526%2Bmore%26price%3D19.99";
    let wrong = format!("email={EMAIL}&password=wrong&next=/admin/products&carry={carry}");
    let answer = send(&shop, post("/login", &wrong).insert_header(OWN)).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.body.contains("price=19.99") && answer.body.contains(EMAIL),
        "{}",
        answer.body
    );

    let right = format!(
        "email={EMAIL}&password={}&next=/admin/products&carry={carry}",
        PASSWORD.replace(' ', "+")
    );
    let answer = send(&shop, post("/login", &right).insert_header(OWN)).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.body.contains("Lamp &amp; more") && answer.body.contains("19.99"),
        "{}",
        answer.body
    );
    assert!(answer.cookie().1.starts_with("vitrine_sid="));
}

#[actix_web::test]
async fn signing_out_needs_the_token_and_ends_the_session() {
    let (shop, signed_in) = Shop::with_owner().await;
    let request = |form: &str| {
        post("/logout", form)
            .insert_header(OWN)
            .insert_header(cookie(&signed_in))
    };
    assert_eq!(send(&shop, request("")).await.status, 403);
    let form = format!("csrf_token={}", signed_in.csrf_token.expose());
    let answer = send(&shop, request(&form)).await;
    assert_eq!((answer.status, answer.header(LOCATION)), (303, "/login"));
    assert!(
        answer.header(SET_COOKIE).contains("Max-Age=0"),
        "{}",
        answer.header(SET_COOKIE)
    );
    let answer = send(&shop, get("/admin/products").insert_header(cookie(&signed_in))).await;
    assert_eq!(answer.status, 303);
}

#[actix_web::test]
async fn the_set_up_form_keeps_what_was_typed_and_then_signs_in() {
    let shop = Shop::new();
    let token = shop.accounts.setup_link().await.unwrap().unwrap();
    let path = format!("/admin/setup?token={}", token.expose());
    assert_eq!(send(&shop, get(&path)).await.status, 200);
    for wrong in ["/admin/setup", "/admin/setup?token=", "/admin/setup?token=x"] {
        assert_eq!(send(&shop, get(wrong)).await.status, 403, "{wrong}");
    }
    let form = |password: &str| {
        format!(
            "token={}&name=Ann&email={EMAIL}&password={password}",
            token.expose()
        )
    };
    let answer = send(&shop, post("/admin/setup", &form("short")).insert_header(OWN)).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains(EMAIL) && !answer.body.contains("short"),
        "{}",
        answer.body
    );

    let right = form("green+lamp+over+the+sea");
    let answer = send(&shop, post("/admin/setup", &right).insert_header(OWN)).await;
    assert_eq!((answer.status, answer.header(LOCATION)), (303, "/admin/products"));
    let page = send(&shop, get("/admin/products").insert_header(answer.cookie())).await;
    assert_eq!(page.status, 200);
    assert_eq!(send(&shop, get(&path)).await.status, 409);
    assert_eq!(
        send(&shop, post("/admin/setup", &right).insert_header(OWN))
            .await
            .status,
        409
    );
}

//! Pictures by the API.

use awc::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use super::PIXEL;
use crate::helpers::{Shop, make_key};
use crate::on_both_databases;

on_both_databases!(programs_upload_and_read_pictures_of_their_own);

async fn programs_upload_and_read_pictures_of_their_own(shop: Shop) {
    let keys = [
        make_key(&shop.parts, "admin").await,
        make_key(&shop.parts, "admin").await,
    ];
    let as_key = async |key: &str, method: Method, path: &str, body: Option<Value>| {
        let bearer = format!("Bearer {key}");
        let mut headers = vec![("authorization", bearer.as_str())];
        if method == Method::PUT {
            headers.push(("if-match", "\"v1\""));
        }
        shop.send(method, path, &headers, body.as_ref()).await
    };
    let lamp = json!({"product": {"name": "Moon lamp", "price": "39.90"}, "draft": true});
    let made = as_key(&keys[0], Method::POST, "/api/v1/submissions", Some(lamp)).await;
    let own = format!("/api/v1/submissions/{}", made.json()["submission_id"]);
    let pictures = format!("{own}/pictures");
    for (content, status) in [
        (json!({"content": "%%%"}), 422),
        (json!({"content": BASE64_STANDARD.encode("<svg/>")}), 422),
        (json!({"content": PIXEL, "alt": "x"}), 422),
        (json!({}), 422),
    ] {
        let refused = as_key(&keys[0], Method::POST, &pictures, Some(content)).await;
        assert_eq!(refused.status, status, "{}", refused.text);
    }
    let content = json!({"content": PIXEL});
    let others = as_key(&keys[1], Method::POST, &pictures, Some(content.clone())).await;
    assert_eq!(others.status, 404, "another's proposal is none");
    let kept = as_key(&keys[0], Method::POST, &pictures, Some(content)).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let (address, place) = (kept.json()["url"].clone(), kept.header("location").to_owned());
    let back = as_key(&keys[0], Method::GET, &place, None).await.json();
    let bytes = BASE64_STANDARD.decode(back["content"].as_str().unwrap()).unwrap();
    assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Png);
    assert_eq!(
        as_key(&keys[1], Method::GET, &place, None).await.status,
        404,
        "a draft is its author's"
    );
    let lamp = json!({"product": {"name": "Moon lamp", "price": "39.90", "images": [{"url": address, "alt": null}]}});
    let sent = as_key(&keys[0], Method::PUT, &own, Some(lamp)).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let shown = as_key(&keys[0], Method::GET, &own, None).await.json();
    assert_eq!(shown["pictures"][0]["url"], address);
    assert_eq!(
        as_key(&keys[1], Method::GET, &place, None).await.status,
        200,
        "who decides sees it"
    );
}

//! Pictures of proposals: drawn anew, seen by whom they concern, public with the approval and gone with anything else.

use std::io::Cursor;

use awc::http::Method;
use awc::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use vitrine::accounts::Role;

use super::{QUEUE, decide, id_of, read, signed_in};
use crate::helpers::{Answer, Browser, Shop, changed, eventually, html, make_key};
use crate::on_both_databases;

on_both_databases!(
    a_picture_is_seen_by_whom_it_concerns_and_by_everybody_once_it_is_approved,
    what_is_no_picture_is_refused_by_its_name_and_nothing_typed_is_lost,
    pictures_outlive_what_is_wrong_with_the_rest_of_the_form,
    nobody_gets_a_picture_published_by_its_address_alone,
    what_came_to_nothing_leaves_no_picture_behind,
    as_many_pictures_as_a_day_and_a_proposal_have_room_for,
    programs_upload_and_read_pictures_of_their_own,
);

/// One pixel, as base64.
pub const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const LAMP: [(&str, &str); 2] = [("name", "Moon lamp"), ("price", "39.90")];

/// A photograph of this shade, and what its camera wrote behind it.
pub fn photograph(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    RgbImage::from_pixel(60, 40, Rgb([shade, 90, 30]))
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg)
        .unwrap();
    bytes.extend_from_slice(b"52.5200 N 13.4050 E");
    bytes
}

/// Sends a page's form with files, as browsers do.
pub async fn send_files(
    browser: &mut Browser<'_>,
    (page, action): (&str, &str),
    changes: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> Answer {
    browser.catch_up().await;
    let opened = browser.open(page).await;
    assert_eq!(opened.status, 200, "{page}: {}", opened.text);
    let mut body = Vec::new();
    for (name, value) in changed(html::form(&opened.text, action), changes) {
        if name != "pictures" {
            let head =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
    }
    for (name, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"{name}\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    let mut answer = request(browser, Method::POST, action)
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("accept", "text/html"))
        .send_body(body)
        .await
        .unwrap();
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        text: String::from_utf8(answer.body().await.unwrap().to_vec()).unwrap(),
    }
}

fn request(browser: &Browser<'_>, method: Method, path: &str) -> awc::ClientRequest {
    let client = awc::Client::builder().disable_redirects().finish();
    let cookies = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    client
        .request(method, format!("{}{path}", browser.shop.base))
        .insert_header(("cookie", cookies.collect::<Vec<_>>().join("; ")))
}

/// What is at an address of a picture, for this browser.
async fn look(browser: &Browser<'_>, path: &str) -> (u16, Vec<u8>) {
    let mut answer = request(browser, Method::GET, path).send().await.unwrap();
    (answer.status().as_u16(), answer.body().await.unwrap().to_vec())
}

/// The addresses of the pictures in a form: where they will be, and where they can be seen meanwhile.
fn pictures_of(page: &str, action: &str) -> (Vec<String>, Vec<String>) {
    let fields = html::form(page, action);
    let kept = fields
        .into_iter()
        .filter(|(name, _)| name.starts_with("picture."));
    let sources = html::tags(page)
        .into_iter()
        .filter_map(|tag| tag.attribute("src").map(str::to_owned));
    let seen = sources.filter(|source| source.starts_with("/submit/pictures/"));
    (kept.map(|(_, address)| address).collect(), seen.collect())
}

async fn content_kept(shop: &Shop) -> i64 {
    shop.count("SELECT COUNT(*) AS count FROM submission_pictures WHERE content IS NOT NULL")
        .await
}

/// A draft with a picture: its number, the address that the picture will have, and where it can be seen meanwhile.
async fn draft(author: &mut Browser<'_>, shade: u8) -> (i32, String, String) {
    let typed = [&LAMP[..], &[("action", "save")]].concat();
    let form = ("/submit", "/submit");
    let id = id_of(&send_files(author, form, &typed, &[("lamp.jpg", &photograph(shade))]).await);
    let own = format!("/submit/{id}");
    let page = author.open(&own).await;
    let (addresses, seen) = pictures_of(&page.text, &own);
    assert_eq!((addresses.len(), seen.len()), (1, 1), "{}", page.text);
    (id, addresses[0].clone(), seen[0].clone())
}

async fn a_picture_is_seen_by_whom_it_concerns_and_by_everybody_once_it_is_approved(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let guest = Browser::new(&shop);
    let (id, address, seen) = draft(&mut sam, 200).await;
    let (status, drawn) = look(&sam, &seen).await;
    assert_eq!(
        (status, image::guess_format(&drawn).unwrap()),
        (200, ImageFormat::Jpeg)
    );
    let camera = b"52.5200 N";
    assert!(!drawn.windows(camera.len()).any(|part| part == camera));
    for other in [&eve, &rita] {
        assert_eq!(look(other, &seen).await.0, 404, "a draft is its author's");
    }
    assert_eq!(
        look(&guest, &seen).await.0,
        303,
        "who is nobody is asked to sign in"
    );

    let own = format!("/submit/{id}");
    let sent = [("action", "send"), ("alt.0", "A lamp like the moon")];
    assert_eq!(sam.submit(&own, &own, &sent).await.status, 303);
    assert_eq!(
        (look(&rita, &seen).await.0, look(&eve, &seen).await.0),
        (200, 404)
    );
    rita.catch_up().await;
    let case = rita.open(&format!("{QUEUE}/{id}")).await;
    assert!(
        case.text.contains(&seen) && case.text.contains("A lamp like the moon"),
        "{}",
        case.text
    );
    assert_eq!(
        look(&guest, &address).await.0,
        404,
        "nothing is public before somebody has decided"
    );

    assert_eq!(decide(&mut rita, id, "approve", "").await.status, 303);
    assert_eq!(look(&guest, &address).await, (200, drawn));
    assert_eq!((look(&sam, &seen).await.0, content_kept(&shop).await), (404, 0));
    eventually("guests see it on the list", async || {
        shop.get("/products").await.text.contains(&address)
    })
    .await;
    assert!(read(&mut sam, &own).await.contains("A lamp like the moon"));
    let changes = shop.read("/api/admin/changes?sort=-seq&limit=10").await.json();
    let rows = changes["data"].as_array().unwrap();
    let made = rows.iter().find(|row| row["entity"] == "product").unwrap();
    assert_eq!(made["batch"], json!(format!("submission-{id}")));
    let undo = format!("/api/admin/changes/{}/undo", made["seq"]);
    assert_eq!(
        shop.admin(Method::POST, &undo, &[], Some(&json!({})))
            .await
            .status,
        200
    );
    eventually("it is gone again", async || {
        !shop.get("/products").await.text.contains(&address)
    })
    .await;
}

async fn what_is_no_picture_is_refused_by_its_name_and_nothing_typed_is_lost(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let typed = [
        &LAMP[..],
        &[
            ("description", "Of paper"),
            ("message", "We make it"),
            ("action", "send"),
        ],
    ]
    .concat();
    let files: [(&str, &[u8]); 2] = [
        ("good.jpg", &photograph(1)),
        ("evil.png", b"<svg onload=alert(1)>"),
    ];
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &files).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(
        answer.text.contains("href=\"#field-pictures\"") && answer.text.contains("evil.png"),
        "{}",
        answer.text
    );
    for words in ["Moon lamp", "39.90", "Of paper", "We make it"] {
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM submission_pictures")
            .await,
        0
    );
    assert!(
        read(&mut sam, "/account/proposals").await.contains("Draft"),
        "what was typed is kept as a draft"
    );
    // A stranger's form is refused before anything is looked at.
    let mut foreign = request(&sam, Method::POST, "/submit")
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .insert_header(("sec-fetch-site", "cross-site"))
        .send_body("--edge--\r\n")
        .await
        .unwrap();
    assert_eq!(foreign.status().as_u16(), 403, "{:?}", foreign.body().await);
    let tokenless = request(&sam, Method::POST, "/submit")
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .send_body("--edge\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nLamp\r\n--edge--\r\n")
        .await
        .unwrap();
    assert_eq!(tokenless.status().as_u16(), 403);
}

async fn pictures_outlive_what_is_wrong_with_the_rest_of_the_form(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let typed = [("name", "Moon lamp"), ("price", "a lot"), ("action", "send")];
    let wrong = send_files(
        &mut sam,
        ("/submit", "/submit"),
        &typed,
        &[("a.jpg", &photograph(7))],
    )
    .await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let list = sam.open("/account/proposals").await;
    let own = html::tags(&list.text)
        .into_iter()
        .filter_map(|tag| tag.attribute("href").map(str::to_owned))
        .find(|address| address.starts_with("/submit/"))
        .unwrap();
    let (addresses, seen) = pictures_of(&wrong.text, &own);
    assert_eq!(
        (addresses.len(), look(&sam, &seen[0]).await.0),
        (1, 200),
        "{}",
        wrong.text
    );
    let form = changed(
        html::form(&wrong.text, &own),
        &[("price", "39.90"), ("action", "send")],
    );
    assert_eq!(sam.post_fields(&own, &form).await.status, 303);
    assert!(read(&mut sam, &own).await.contains("Waiting for review"));
    // Left out, and so let go.
    let page = sam.open(&own).await;
    let form = changed(
        html::form(&page.text, &own),
        &[("drop.0", "yes"), ("action", "send")],
    );
    assert_eq!(sam.post_fields(&own, &form).await.status, 303);
    assert_eq!(
        (content_kept(&shop).await, look(&sam, &seen[0]).await.0),
        (0, 404)
    );
}

async fn nobody_gets_a_picture_published_by_its_address_alone(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let (_, address, _) = draft(&mut sam, 30).await;
    let stolen = [&LAMP[..], &[("images", address.as_str()), ("action", "send")]].concat();
    let answer = eve.submit("/submit", "/submit", &stolen).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("upload it again"), "{}", answer.text);
}

async fn what_came_to_nothing_leaves_no_picture_behind(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    for (place, end) in ["discarded", "withdrawn", "refused"].into_iter().enumerate() {
        let (id, address, seen) = draft(&mut sam, 60 + u8::try_from(place).unwrap()).await;
        let own = format!("/submit/{id}");
        if end != "discarded" {
            assert_eq!(sam.submit(&own, &own, &[("action", "send")]).await.status, 303);
        }
        rita.catch_up().await;
        let ended = match end {
            "refused" => decide(&mut rita, id, "refuse", "We have one").await,
            _ => sam.submit(&own, &own, &[("action", "withdraw")]).await,
        };
        assert_eq!(ended.status, 303, "{end}: {}", ended.text);
        for browser in [&sam, &rita] {
            assert_eq!(look(browser, &seen).await.0, 404, "{end}");
        }
        assert_eq!(
            (look(&sam, &address).await.0, content_kept(&shop).await),
            (404, 0),
            "{end}"
        );
        if end == "refused" {
            let page = read(&mut rita, &format!("{QUEUE}/{id}")).await;
            assert!(page.contains("not kept any more"), "{page}");
        }
    }
}

async fn as_many_pictures_as_a_day_and_a_proposal_have_room_for(shop: Shop) {
    let shop = shop
        .beside(|settings| settings.submissions.pictures_per_day = 2)
        .await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let (id, _, _) = draft(&mut sam, 1).await;
    let own = format!("/submit/{id}");
    let save = [("action", "save")];
    let (two, three) = (photograph(2), photograph(3));
    let both: [(&str, &[u8]); 2] = [("b.jpg", &two), ("c.jpg", &three)];
    let answer = send_files(&mut sam, (&own, &own), &save, &both).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("in a day"), "{}", answer.text);
    assert_eq!(
        send_files(&mut sam, (&own, &own), &save, &both[..1]).await.status,
        303
    );
    // Discarding a draft gives no room: the day's pictures were looked at all the same.
    assert_eq!(
        sam.submit(&own, &own, &[("action", "withdraw")]).await.status,
        303
    );
    let typed = [&LAMP[..], &save].concat();
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &both[1..]).await;
    assert_eq!(answer.status, 422, "{}", answer.text);

    let many: Vec<(String, Vec<u8>)> = (0..21)
        .map(|shade| (format!("{shade}.jpg"), photograph(shade)))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &many).await;
    assert!(answer.text.contains("at most 20"), "{}", answer.text);
}

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

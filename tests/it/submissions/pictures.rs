//! Pictures of proposals: drawn anew, seen by whom they concern, public with the approval and gone with anything else.

mod forms;
mod programs;
mod seen;

use std::io::Cursor;

use awc::http::Method;
use awc::http::header::CONTENT_TYPE;
use image::{ImageFormat, Rgb, RgbImage};

use super::id_of;
use crate::helpers::{Answer, Browser, Shop, changed, html};

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
pub async fn draft(author: &mut Browser<'_>, shade: u8) -> (i32, String, String) {
    let typed = [&LAMP[..], &[("action", "save")]].concat();
    let form = ("/submit", "/submit");
    let id = id_of(&send_files(author, form, &typed, &[("lamp.jpg", &photograph(shade))]).await);
    let own = format!("/submit/{id}");
    let page = author.open(&own).await;
    let (addresses, seen) = pictures_of(&page.text, &own);
    assert_eq!((addresses.len(), seen.len()), (1, 1), "{}", page.text);
    (id, addresses[0].clone(), seen[0].clone())
}

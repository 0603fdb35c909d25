//! The files of `static/`, built into the program: stylesheets, icons, and the demo shop.
//!
//! An address carries a fingerprint of the file's bytes, so browsers may keep what they have for ever and a new
//! release is seen at once. Must not know pages.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

/// Drawings and scripts from which the pictures were made stay in the repository.
#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "demo/source/*"]
#[exclude = "*.sh"]
struct Files;

/// Hexadecimal digits of a fingerprint.
const FINGERPRINT_LENGTH: usize = 12;

/// A file with the media type it is served with.
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    pub media_type: &'static str,
}

/// The address of a file of `static/`, such as `url("site.css")`. A name that does not exist gets an address that
/// answers 404.
pub fn url(path: &str) -> String {
    let fingerprint = Files::get(path)
        .map(|file| fingerprint(&file))
        .unwrap_or_default();
    format!("/static/{fingerprint}/{path}")
}

/// The file behind an address. `None` when there is none or its bytes have another fingerprint: an answer that may
/// be kept for ever must never be a newer file under an older name. The demo shop's files are not pages' files.
pub fn find(asked: &str, path: &str) -> Option<Asset> {
    let media_type = media_type(path)?;
    let file = Files::get(path).filter(|file| fingerprint(file) == asked)?;
    Some(Asset {
        bytes: file.data,
        media_type,
    })
}

/// The bytes of a file of the demo shop, `images/arc-floor-lamp.webp` or `products.jsonl`.
pub fn demo(path: &str) -> Option<Cow<'static, [u8]>> {
    Files::get(&format!("demo/{path}")).map(|file| file.data)
}

/// Computed at build time from all bytes; the first digits are enough to tell versions apart.
fn fingerprint(file: &EmbeddedFile) -> String {
    let mut digits = hex::encode(file.metadata.sha256_hash());
    digits.truncate(FINGERPRINT_LENGTH);
    digits
}

fn media_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn an_address_carries_the_fingerprint_of_the_file_and_leads_back_to_it() {
        let address = url("site.css");
        let (fingerprint, path) = address.strip_prefix("/static/").unwrap().split_once('/').unwrap();
        let asset = find(fingerprint, path).unwrap();
        assert_eq!(asset.media_type, "text/css; charset=utf-8");
        assert_eq!(
            fingerprint,
            &hex::encode(Sha256::digest(&asset.bytes))[..FINGERPRINT_LENGTH]
        );
    }

    #[test]
    fn another_fingerprint_or_path_finds_nothing() {
        for (fingerprint, path) in [
            ("000000000000", "site.css"),
            ("", "site.css"),
            ("", "no.css"),
            ("", "../Cargo.toml"),
            ("", "demo/products.jsonl"),
        ] {
            assert!(find(fingerprint, path).is_none(), "{fingerprint} {path}");
        }
    }

    #[test]
    fn the_demo_shop_is_complete_and_its_drawings_are_left_out() {
        let products = demo("products.jsonl").unwrap();
        let mut count = 0;
        for line in std::str::from_utf8(&products).unwrap().lines() {
            let product: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(demo(product["image_file"].as_str().unwrap()).is_some(), "{line}");
            count += 1;
        }
        assert!(count >= 24);
        assert!(Files::iter().all(|path| !path.contains("source/") && !path.ends_with(".sh")));
    }
}

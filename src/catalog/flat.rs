//! Lists as one text, as forms and files hold them: tags between bars, a picture per line, a category behind those
//! above it. Must not know JSON or rules of the shop.

use super::edit::{ALT_LENGTH, IMAGE_URL_LENGTH};
use super::model::Image;
use super::values::{Fault, image_url, line};

/// Most tags and pictures of a product.
pub(super) const MOST_TAGS: usize = 30;
pub(super) const MOST_IMAGES: usize = 20;

pub(super) const TAG_LENGTH: usize = 50;

/// Tags from a text: between bars, or between commas where there is no bar.
pub(super) fn split_tags(text: &str) -> Vec<&str> {
    let separator = if text.contains('|') { '|' } else { ',' };
    text.split([separator, '\n'])
        .filter(|tag| !tag.trim().is_empty())
        .collect()
}

/// The text from which reading makes these tags: between commas, or between bars where a tag holds a comma itself. A bar
/// at the end then says so of a single one.
pub fn join_tags(tags: &[String]) -> String {
    match tags {
        _ if tags.iter().all(|tag| !tag.contains(',')) => tags.join(", "),
        [single] => format!("{single}|"),
        several => several.join("|"),
    }
}

/// Clean tags, each once (case and accents aside), in their order.
pub(super) fn tags<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Fault> {
    let mut tags: Vec<String> = Vec::new();
    let mut keys = Vec::new();
    for tag in given {
        let Some(tag) = line(tag, TAG_LENGTH)? else {
            continue;
        };
        if tag.contains('|') {
            return Err((
                "format",
                "holds the sign |, which separates tags in files".to_owned(),
            ));
        }
        let key = super::text::fold(&tag);
        if !keys.contains(&key) {
            keys.push(key);
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(("too_long", format!("must be at most {MOST_TAGS} tags")));
    }
    Ok(tags)
}

/// The names of a path such as `Home > Lamps`, the top first. A sign that belongs to a name stands behind a `\`.
pub(super) fn split_path(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let literal = signs.next_if(|next| sign == '\\' && matches!(next, '>' | '\\'));
        match (literal.unwrap_or(sign), names.last_mut()) {
            ('>', _) if literal.is_none() => names.push(String::new()),
            (sign, Some(name)) => name.push(sign),
            (_, None) => {}
        }
    }
    names
}

/// The text from which reading makes these names.
pub fn join_path<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter();
    let plain: Vec<String> = names
        .map(|name| name.replace('\\', "\\\\").replace('>', "\\>"))
        .collect();
    plain.join(" > ")
}

/// Pictures from a text: one per line, its address, then what it shows.
pub(super) fn split_images(text: &str) -> Vec<(&str, &str)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(char::is_whitespace).unwrap_or((line, "")))
        .collect()
}

/// The text from which reading makes these pictures.
pub fn join_images(images: &[Image]) -> String {
    let line = |image: &Image| match &image.alt {
        Some(alt) => format!("{} {alt}", image.url),
        None => image.url.clone(),
    };
    images.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Clean pictures, each address once, in their order.
pub(super) fn images<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Image>, Fault> {
    let mut images: Vec<Image> = Vec::new();
    for (url, alt) in given {
        let Some(url) = image_url(url, IMAGE_URL_LENGTH)? else {
            return Err(("required", "names a picture without an address".to_owned()));
        };
        if images.iter().all(|image| image.url != url) {
            images.push(Image {
                url,
                alt: line(alt, ALT_LENGTH)?,
            });
        }
    }
    if images.len() > MOST_IMAGES {
        return Err(("too_long", format!("must be at most {MOST_IMAGES} pictures")));
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_stand_between_bars_or_commas() {
        for (text, expected) in [
            ("blue|footwear| pink ", &["blue", "footwear", "pink"][..]),
            ("gift, new", &["gift", "new"]),
            ("air & climate, home|", &["air & climate, home"]),
            ("Gift|gift|GÍFT", &["Gift"]),
            (" | ", &[]),
        ] {
            assert_eq!(tags(split_tags(text)).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_path_names_the_top_first() {
        for (text, expected) in [
            ("Home > Lamps", &["Home ", " Lamps"][..]),
            ("Home>Lamps", &["Home", "Lamps"]),
            ("a \\> b>c\\\\>\\d", &["a > b", "c\\", "\\d"]),
            ("Lamps\\", &["Lamps\\"]),
        ] {
            assert_eq!(split_path(text), expected, "{text}");
        }
    }

    #[test]
    fn a_picture_is_its_address_and_what_it_shows() {
        let first = format!("/media/{}/original.webp", "a".repeat(64));
        let text = format!("{first}  A green lamp \n\nhttps://images.example.com/b.png\n");
        let images = images(split_images(&text)).unwrap();
        assert_eq!(images[0].alt.as_deref(), Some("A green lamp"));
        assert_eq!((images.len(), &images[1].alt), (2, &None));
        assert!(super::images([("javascript:alert(1)", "")]).is_err());
    }

    proptest! {
        #[test]
        fn a_path_is_read_back_as_it_was_written(names in proptest::collection::vec("[a>\\\\ ]{1,6}", 1..4)) {
            let trimmed: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
            let written = join_path(trimmed.iter().map(String::as_str));
            let read: Vec<_> = split_path(&written).iter().map(|name| name.trim().to_owned()).collect();
            prop_assert_eq!(read, trimmed);
        }

        #[test]
        fn tags_are_read_back_as_they_were_written(given in proptest::collection::vec("[a-z,ä ]{0,6}", 0..4)) {
            let clean = tags(given.iter().map(String::as_str)).unwrap();
            prop_assert_eq!(tags(split_tags(&join_tags(&clean))).unwrap(), clean);
        }
    }
}

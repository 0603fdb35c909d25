//! What to write instead of a price that people read but the shop does not take. Must not guess for them: an amount
//! that can be read in two ways gets no advice, and no advice is ever taken over.

use crate::db::Money;

/// The plain form of prices such as `$12.50`, `1,299.00`, `1.299,00` or `12,50 €`.
pub fn plain(text: &str) -> Option<String> {
    let amount = text.trim_matches(|character: char| !character.is_ascii_digit());
    let is_number =
        |character: char| character.is_ascii_digit() || matches!(character, '.' | ',' | '\'' | ' ');
    let amount = amount.replace(['\u{A0}', '\u{202F}', '’'], " ");
    if amount.is_empty() || !amount.chars().all(is_number) || text.contains('-') {
        return None;
    }
    let (whole, cents) = split(&amount)?;
    if !is_grouped(whole) {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let plain = match cents {
        Some(cents) => format!("{digits}.{cents}"),
        None => digits,
    };
    Money::parse(&plain).is_ok().then_some(plain)
}

/// Whole units and cents. The last point or comma is the decimal one if one or two digits follow it; before three
/// digits it is only a thousands separator if another sign of grouping shows that.
fn split(amount: &str) -> Option<(&str, Option<&str>)> {
    let Some((whole, rest)) = amount.rsplit_once(['.', ',']) else {
        return Some((amount, None));
    };
    match rest.len() {
        1 | 2 => Some((whole, Some(rest))),
        3 if whole.contains([',', '.', '\'', ' ']) => Some((amount, None)),
        _ => None,
    }
}

/// Digits, or groups of three divided by one kind of sign.
fn is_grouped(whole: &str) -> bool {
    let signs: Vec<char> = whole
        .chars()
        .filter(|character| !character.is_ascii_digit())
        .collect();
    let Some(sign) = signs.first() else {
        return !whole.is_empty();
    };
    let mut groups = whole.split(*sign);
    let starts = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
    starts && signs.iter().all(|other| other == sign) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_that_people_write_have_one_plain_form_or_none() {
        for (written, expected) in [
            ("$12.50", Some("12.50")),
            ("12,50 €", Some("12.50")),
            ("12,5", Some("12.5")),
            ("EUR 12", Some("12")),
            ("1,299.00", Some("1299.00")),
            ("1.299,00 €", Some("1299.00")),
            ("1 299,00", Some("1299.00")),
            ("CHF 1'299.50", Some("1299.50")),
            ("1,234,567", Some("1234567")),
            ("1,299", None),
            ("1.299", None),
            ("1,2,3.00", None),
            ("12,99,000.00", None),
            ("100,000,000.00", None),
            ("-$4.99", None),
            ("12 or 13", None),
            ("1e3", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(plain(written).as_deref(), expected, "{written}");
        }
    }
}

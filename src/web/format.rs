//! How values are written for people. Programs get the exact forms of `Display` and JSON instead.

use crate::db::Money;

/// An amount with its currency: `€1,234.50`, or `1,234.50 CHF` where the sign is not known everywhere.
/// Digits are moved, never computed.
pub fn price(amount: Money, currency: &str) -> String {
    let digits = grouped(&amount.to_string());
    match currency {
        "EUR" => format!("€{digits}"),
        "USD" => format!("${digits}"),
        "GBP" => format!("£{digits}"),
        "INR" => format!("₹{digits}"),
        // A price must not break before its currency.
        other => format!("{digits}\u{a0}{other}"),
    }
}

/// A counted thing: `1 product`, `12,000 products`.
pub fn count(number: i64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        self::number(number),
        if number == 1 { one } else { many }
    )
}

/// A whole number: `12,000`.
pub fn number(number: i64) -> String {
    grouped(&number.to_string())
}

/// Memory as people say it: `3 KiB`, `1.5 MiB`. What is there is never shown as nothing.
pub fn bytes(count: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if count < MIB {
        return format!("{} KiB", count.div_ceil(1024));
    }
    let tenths = count.saturating_mul(10) / MIB;
    match tenths % 10 {
        0 => format!("{} MiB", tenths / 10),
        rest => format!("{}.{rest} MiB", tenths / 10),
    }
}

/// Commas between thousands of a decimal number without a sign.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::with_capacity(number.len() + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_exact_and_name_their_currency() {
        for (amount, currency, text) in [
            ("0", "EUR", "€0.00"),
            ("24.9", "EUR", "€24.90"),
            ("999.99", "USD", "$999.99"),
            ("1234.5", "GBP", "£1,234.50"),
            ("99999999.99", "INR", "₹99,999,999.99"),
            ("100000", "CHF", "100,000.00\u{a0}CHF"),
        ] {
            assert_eq!(price(Money::parse(amount).unwrap(), currency), text);
        }
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(0, "product", "products"), "0 products");
        assert_eq!(count(1, "product", "products"), "1 product");
        assert_eq!(count(10_000, "product", "products"), "10,000 products");
    }

    #[test]
    fn memory_is_told_in_few_digits() {
        for (count, text) in [
            (0, "0 KiB"),
            (1, "1 KiB"),
            (10 * 1024, "10 KiB"),
            (1024 * 1024, "1 MiB"),
            (1024 * 1536, "1.5 MiB"),
            (67_108_864, "64 MiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    proptest! {
        #[test]
        fn no_digit_of_a_price_is_lost(minor in 0..=Money::MAX.minor_units()) {
            let amount = Money::from_minor_units(minor).unwrap();
            let shown = price(amount, "EUR");
            prop_assert_eq!(shown.replace(['€', ','], ""), amount.to_string());
        }
    }
}

//! Texts that a spreadsheet would take for formulas: guarded with an apostrophe in files, and restored. Must not know
//! which columns there are.

use std::borrow::Cow;

/// A cell that begins so is a formula to some spreadsheet; the full-width ones in East Asian settings.
const SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The text as a cell that no spreadsheet runs. What looks guarded already is guarded once more, so that
/// every text comes back.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if needs_guard(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that was guarded; any other is left alone.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|text| needs_guard(text))
        .unwrap_or(cell)
}

fn needs_guard(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(SIGNS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_could_be_a_formula_is_guarded() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-10 %", "'-10 %"),
            ("＠sum", "'＠sum"),
            ("'=1", "''=1"),
            ("''+", "'''+"),
            ("Lamp", "Lamp"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("'", "'"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!((guarded(text).as_ref(), unguarded(cell)), (cell, text));
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_no_cell_is_a_formula(text in "['=+@\t\r－＝a-]{0,6}|.{0,20}") {
            let cell = guarded(&text);
            prop_assert!(!cell.starts_with(SIGNS));
            prop_assert_eq!(unguarded(&cell), text.as_str());
        }
    }
}

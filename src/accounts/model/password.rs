//! Which passwords are accepted.

use secrecy::{ExposeSecret, SecretString};

use super::secret::random_text;
use crate::error::{FieldError, Result};

const PASSWORD_MIN_CHARS: usize = 12;
/// Bounds the work of hashing; far above what a password manager makes.
const PASSWORD_MAX_CHARS: usize = 256;
const GENERATED_CHARS: usize = 20;

/// What lists of leaks hold most often, as [`password_core`] leaves it; a password is reduced the same way before it is looked
/// up, so that no decoration makes it another.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

/// A password that was accepted for an account. `Debug` shows nothing of it.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// `forbidden` are the words that an attacker would try first: the name of the shop, the e-mail address.
    pub fn parse(raw: &str, forbidden: &[&str]) -> Result<Self, FieldError> {
        let length = raw.chars().count();
        if length < PASSWORD_MIN_CHARS {
            let detail =
                format!("A password has at least {PASSWORD_MIN_CHARS} characters. Several words do well.");
            return Err(FieldError::new("/password", "too_short", detail));
        }
        if length > PASSWORD_MAX_CHARS {
            let detail = format!("A password has at most {PASSWORD_MAX_CHARS} characters.");
            return Err(FieldError::new("/password", "too_long", detail));
        }
        if is_guessable(raw, forbidden) {
            let detail =
                "This password is easy to guess: it is common, or the shop's name or e-mail address.";
            return Err(FieldError::new("/password", "too_common", detail));
        }
        Ok(Self(raw.into()))
    }

    /// For an account that somebody else makes: 120 random bits, to be handed over once.
    pub fn generate() -> Result<Self> {
        let text: String = random_text()?.chars().take(GENERATED_CHARS).collect();
        Ok(Self(text.into()))
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn is_guessable(raw: &str, forbidden: &[&str]) -> bool {
    let core = password_core(raw);
    let one_character = raw.chars().all(|c| raw.starts_with(c));
    one_character
        || core.is_empty()
        || COMMON_PASSWORDS.lines().any(|common| common == core)
        || forbidden.iter().any(|word| password_core(word) == core)
}

/// What is left of a password without the decoration that people add: case, signs, digits at the end.
fn password_core(raw: &str) -> String {
    let folded: String = raw
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    folded.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v6_2_short_long_and_guessable_passwords_are_refused() {
        let too_long = "ab".repeat(129);
        let refused = [
            ("hunter42", "too_short"),
            (too_long.as_str(), "too_long"),
            ("aaaaaaaaaaaaaa", "too_common"),
            ("123456789012", "too_common"),
            ("------------", "too_common"),
            ("Password123456", "too_common"),
            ("P-a-s-s-w-o-r-d!", "too_common"),
            ("qwertyuiopasdfghjkl", "too_common"),
            ("1qaz2wsx3edc4rfv", "too_common"),
            ("Sonyericsson", "too_common"),
            ("Dragon 1987 !!!", "too_common"),
            ("Lamps & More 2026", "too_common"),
            ("Ann@Example.com", "too_common"),
        ];
        for (raw, code) in refused {
            let fault = Password::parse(raw, &["Lamps & More", "ann@example.com"]).unwrap_err();
            assert_eq!(fault.code, code, "{raw}");
        }
    }

    #[test]
    fn v6_2_long_passwords_of_any_characters_are_accepted_unchanged() {
        for raw in [
            "green lamp over the sea",
            " leading and trailing ",
            "пароль из слов",
            "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🐻x",
        ] {
            assert_eq!(Password::parse(raw, &["Shop"]).unwrap().expose(), raw);
        }
    }

    #[test]
    fn v6_2_three_thousand_common_passwords_are_known_as_they_are_looked_up() {
        let known = || COMMON_PASSWORDS.lines().filter(|line| !line.starts_with('#'));
        // Of many of the 3,000 the digits at the end are all that differs.
        assert!(known().count() > 2_500);
        for common in known() {
            assert_eq!(password_core(common), common);
            let decorated = format!("{common}--2026-{}", "!".repeat(12));
            assert!(Password::parse(&decorated, &[]).is_err(), "{decorated}");
        }
    }

    #[test]
    fn a_generated_password_would_be_accepted() {
        let password = Password::generate().unwrap();
        assert!(Password::parse(password.expose(), &["Shop"]).is_ok());
    }

    #[test]
    fn a_password_does_not_show_itself() {
        let password = Password::parse("green lamp over the sea", &[]).unwrap();
        assert!(!format!("{password:?}").contains("lamp"));
    }
}

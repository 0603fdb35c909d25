//! Which passwords are accepted.

use secrecy::{ExposeSecret, SecretString};

use super::secret::random_text;
use crate::error::{FieldError, Result};

const PASSWORD_MIN_CHARS: usize = 12;
/// Bounds the work of hashing; far above what a password manager makes.
const PASSWORD_MAX_CHARS: usize = 256;
const GENERATED_CHARS: usize = 20;

/// Passwords of at least twelve characters that lists of leaks hold, without digits at the end and without
/// anything but letters and digits; a password is reduced the same way before it is looked up.
const COMMON_PASSWORDS: [&str; 27] = [
    "abcdefghijkl",
    "abcdefghijklm",
    "administrator",
    "changeme",
    "changemenow",
    "changemeplease",
    "iloveyou",
    "iloveyouiloveyou",
    "letmein",
    "letmeinletmein",
    "letmeinplease",
    "password",
    "passwordpassword",
    "passw0rd",
    "p4ssw0rd",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc4rfv",
    "qazwsxedcrfv",
    "qwerty",
    "qwertyuiop",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiop",
    "secret",
    "supersecret",
    "vitrine",
    "welcome",
];

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
        || COMMON_PASSWORDS
            .iter()
            .any(|common| password_core(common) == core)
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
    fn short_long_and_guessable_passwords_are_refused() {
        let too_long = "ab".repeat(129);
        let refused = [
            ("hunter42", "too_short"),
            (too_long.as_str(), "too_long"),
            ("aaaaaaaaaaaaaa", "too_common"),
            ("123456789012", "too_common"),
            ("------------", "too_common"),
            ("Password123456", "too_common"),
            ("P-a-s-s-w-o-r-d!", "too_common"),
            ("Lamps & More 2026", "too_common"),
            ("Ann@Example.com", "too_common"),
        ];
        for (raw, code) in refused {
            let fault = Password::parse(raw, &["Lamps & More", "ann@example.com"]).unwrap_err();
            assert_eq!(fault.code, code, "{raw}");
        }
    }

    #[test]
    fn long_passwords_of_any_characters_are_accepted_unchanged() {
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

//! The second factor: codes that an app makes from a secret and the time (RFC 6238), and recovery codes that stand in for them
//! once. Must not know which of them were used.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret};

use crate::db::Moment;
use crate::error::{Error, Result};

/// Seconds for which a code counts, one step of time; what every app assumes.
pub const STEP_S: i64 = 30;

/// Recovery codes that a person gets.
const RECOVERY_CODES: usize = 10;

/// 80 bits: nobody guesses one, so a plain hash keeps it.
const RECOVERY_BYTES: usize = 10;
/// The same in base32.
const RECOVERY_CHARS: usize = 16;
/// As the RFC recommends for HMAC-SHA1.
const SECRET_BYTES: usize = 20;
const CODE_DIGITS: usize = 6;

/// What a person's app makes codes from, in base32. It cannot be a hash: the shop has to make the same codes.
#[derive(Clone, Debug)]
pub struct TotpSecret(SecretString);

impl TotpSecret {
    pub fn generate() -> Result<Self> {
        Ok(Self(base32(random::<SECRET_BYTES>()?).into()))
    }

    pub fn from_stored(stored: String) -> Self {
        Self(stored.into())
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The address by which an app takes the secret over: `otpauth://totp/...`.
    pub fn address(&self, shop: &str, email: &str) -> Result<String> {
        // The colon divides the two there.
        let issuer = shop.replace(':', " ");
        let builder = Builder::new()
            .with_secret(self.secret()?)
            .with_issuer(Some(issuer))
            .with_account_name(email.replace(':', " "));
        builder
            .build()
            .and_then(|totp| totp.to_url())
            .map_err(|error| Error::internal(format!("no otpauth address: {error}")))
    }

    /// The step of time whose code this is: the present one, the one before or the one behind, for clocks that differ a little.
    pub fn step_of(&self, code: &str, now: Moment) -> Result<Option<i64>> {
        let seconds = now.unix_milliseconds().div_euclid(1000);
        let totp = Builder::new()
            .with_secret(self.secret()?)
            .build()
            .map_err(|error| Error::internal(format!("a stored second factor is none: {error}")))?;
        let found = totp.check(code, u64::try_from(seconds).map_err(Error::internal)?);
        found
            .map(|step| i64::try_from(step).map_err(Error::internal))
            .transpose()
    }

    fn secret(&self) -> Result<Secret> {
        Secret::try_from_base32(self.expose())
            .map_err(|_| Error::internal("a stored second factor is no base32"))
    }
}

/// A code that stands in for the second factor once. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// As many as a person gets.
    pub fn generate_all() -> Result<Vec<Self>> {
        let generate = |_| Ok(Self(base32(random::<RECOVERY_BYTES>()?)));
        (0..RECOVERY_CODES).map(generate).collect()
    }

    /// What the database holds.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// In groups, as people copy it.
    pub fn shown(&self) -> String {
        grouped(&self.0, "-")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([secret])")
    }
}

/// What somebody typed to prove the second factor.
#[derive(Debug)]
pub enum Proof {
    /// Six digits.
    Code(SecretString),
    Recovery(RecoveryCode),
}

impl Proof {
    /// Blanks, hyphens and small letters are how people copy. `None` for what can be neither.
    pub fn parse(raw: &str) -> Option<Self> {
        let is_filling = |c: char| c.is_whitespace() || c == '-';
        if raw.len() > 100 {
            return None;
        }
        let typed: String = raw.chars().filter(|c| !is_filling(*c)).collect();
        let typed = typed.to_ascii_uppercase();
        let all = |is_one: fn(&u8) -> bool| typed.bytes().all(|byte| is_one(&byte));
        if typed.len() == CODE_DIGITS && all(u8::is_ascii_digit) {
            return Some(Self::Code(typed.into()));
        }
        let is_base32 =
            typed.len() == RECOVERY_CHARS && all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
        is_base32.then(|| Self::Recovery(RecoveryCode(typed)))
    }
}

/// In groups of four.
pub fn grouped(text: &str, between: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(between)
}

fn base32<const N: usize>(bytes: [u8; N]) -> String {
    Secret::from(&bytes[..]).to_base32()
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238, Appendix B.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret::from_stored("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned())
    }

    fn at(seconds: i64) -> Moment {
        Moment::of_unix_milliseconds(seconds * 1000).unwrap()
    }

    #[test]
    fn the_codes_of_the_rfc_are_of_their_steps() {
        // The last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let step = of_the_rfc().step_of(code, at(seconds)).unwrap();
            assert_eq!(step, Some(seconds / STEP_S), "{seconds}");
        }
    }

    #[test]
    fn v6_3_3_a_code_counts_one_step_early_and_one_step_late_and_no_more() {
        // Of the step from 30 to 60.
        let code = "287082";
        for (seconds, counts) in [
            (0, true),
            (29, true),
            (30, true),
            (59, true),
            (89, true),
            (90, false),
        ] {
            let step = of_the_rfc().step_of(code, at(seconds)).unwrap();
            assert_eq!(step.is_some(), counts, "{seconds}");
        }
        for (now, early) in [(1_111_111_049, false), (1_111_111_050, true)] {
            // Of the step that begins at 1,111,111,080.
            assert_eq!(
                of_the_rfc().step_of("081804", at(now)).unwrap().is_some(),
                early,
                "{now}"
            );
        }
    }

    #[test]
    fn what_people_type_is_a_code_a_recovery_code_or_nothing() {
        assert!(matches!(Proof::parse(" 287 082 "), Some(Proof::Code(_))));
        let code = RecoveryCode("ABCDEFGH234567AB".to_owned());
        assert_eq!(code.shown(), "ABCD-EFGH-2345-67AB");
        for typed in ["ABCD-EFGH-2345-67AB", "abcd efgh 2345 67ab", "ABCDEFGH234567AB"] {
            let Some(Proof::Recovery(read)) = Proof::parse(typed) else {
                panic!("{typed}");
            };
            assert_eq!(read.hash(), code.hash());
        }
        for typed in [
            "",
            "28708",
            "2870822",
            "+28708",
            "٢٨٧٠٨٢",
            "ABCD-EFGH-2345-6718",
            &"1".repeat(10_000),
        ] {
            assert!(Proof::parse(typed).is_none(), "{typed:.30}");
        }
    }

    #[test]
    fn ten_recovery_codes_differ_and_nothing_shows_itself() {
        let codes = RecoveryCode::generate_all().unwrap();
        let hashes: std::collections::BTreeSet<String> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        let secret = TotpSecret::generate().unwrap();
        let shown = format!("{secret:?} {:?} {:?}", codes[0], Proof::parse("287082"));
        assert!(
            !shown.contains(secret.expose()) && !shown.contains(&codes[0].0) && !shown.contains("287082"),
            "{shown}"
        );
    }

    #[test]
    fn an_app_is_told_whose_codes_these_are() {
        let address = of_the_rfc().address("Lamps: & More", "ann@x.example").unwrap();
        assert_eq!(
            address,
            "otpauth://totp/Lamps%20%20%26%20More:ann%40x.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lamps%20%20%26%20More"
        );
    }
}

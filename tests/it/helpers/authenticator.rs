//! A device that keeps passkeys, and the browser in front of it: P-256, as WebAuthn has it. Both can be made to lie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const HAS_KEY: u8 = 64;

/// The fields of a form.
pub type Fields = Vec<(String, String)>;

/// What browser and device say of themselves.
#[derive(Clone)]
pub struct Says {
    pub origin: String,
    pub party: String,
    /// Whether the device has made sure who holds it.
    pub is_verified: bool,
}

impl Says {
    /// Of a shop at this address.
    pub fn truth(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            party: origin.split_once("://").unwrap().1.to_owned(),
            is_verified: true,
        }
    }
}

struct Kept {
    id: Vec<u8>,
    user_handle: String,
    pair: EcdsaKeyPair,
}

/// Answers with the passkey that it made last.
#[derive(Default)]
pub struct Authenticator {
    kept: Vec<Kept>,
    /// How often it has signed, as it says.
    pub count: u32,
}

impl Authenticator {
    /// One that counts; others say 0 each time.
    pub fn counting_from(count: u32) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }

    /// Makes a passkey as it is asked to.
    pub fn make(&mut self, asked: &Value, says: &Says) -> Fields {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap();
        let mut id = vec![0; 32];
        random.fill(&mut id).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let key = [
            &[0; 16][..],
            &[0, 32],
            &id,
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32],
            x,
            &[0x22, 0x58, 32],
            y,
        ]
        .concat();
        self.kept.push(Kept {
            id,
            user_handle: asked["user"]["id"].as_str().unwrap().to_owned(),
            pair,
        });
        fields([
            (
                "client_data",
                client_data("webauthn.create", asked, says).as_bytes(),
            ),
            ("authenticator_data", &self.seen(says, HAS_KEY, &key)),
        ])
    }

    /// Answers as it is asked to.
    pub fn answer(&mut self, asked: &Value, says: &Says) -> Fields {
        if self.count > 0 {
            self.count += 1;
        }
        let client_data = client_data("webauthn.get", asked, says);
        let seen = self.seen(says, 0, &[]);
        let signed = [&seen[..], Sha256::digest(&client_data).as_slice()].concat();
        let kept = self.kept.last().expect("it has no passkey");
        let signature = kept.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let mut fields = fields([
            ("credential", kept.id.as_slice()),
            ("client_data", client_data.as_bytes()),
            ("authenticator_data", &seen),
            ("signature", signature.as_ref()),
        ]);
        fields.push(("user_handle".to_owned(), kept.user_handle.clone()));
        fields
    }

    fn seen(&self, says: &Says, more: u8, key: &[u8]) -> Vec<u8> {
        let flags = PRESENT | more | if says.is_verified { VERIFIED } else { 0 };
        let party = Sha256::digest(&says.party);
        [party.as_slice(), &[flags], &self.count.to_be_bytes(), key].concat()
    }
}

fn client_data(kind: &str, asked: &Value, says: &Says) -> String {
    json!({"type": kind, "challenge": asked["challenge"], "origin": says.origin, "crossOrigin": false})
        .to_string()
}

fn fields<const N: usize>(parts: [(&str, &[u8]); N]) -> Fields {
    let encoded = |(name, bytes): (&str, &[u8])| (name.to_owned(), URL_SAFE_NO_PAD.encode(bytes));
    parts.into_iter().map(encoded).collect()
}

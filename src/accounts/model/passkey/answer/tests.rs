//! Answers that are right but for one thing. What devices send is made by hand here, as WebAuthn writes it down.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::accounts::model::OneTimeToken;

const OWN: i32 = 7;

fn party() -> Party {
    Party::of("https://shop.example").unwrap()
}

fn challenge() -> Challenge {
    Challenge::of(&OneTimeToken::generate().unwrap(), None)
}

fn client(kind: &str, challenge: &Challenge) -> Value {
    json!({
        "type": kind, "challenge": challenge.text(), "origin": "https://shop.example", "crossOrigin": false,
        "what later browsers add": [1],
    })
}

fn device(party_id: &str, flags: u8, rest: &[u8]) -> Vec<u8> {
    [
        Sha256::digest(party_id.as_bytes()).as_slice(),
        &[flags],
        &[0, 0, 0, 5],
        rest,
    ]
    .concat()
}

/// A key of a point that nobody knows the number of: enough for what is not signed.
fn attested(id: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    let x = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &[7; 32]].concat();
    [&[0; 16][..], &length, id, &x, &[0x22, 0x58, 32], &[9; 32]].concat()
}

fn registered(client: &Value, device: Vec<u8>, challenge: &Challenge) -> Result<Made, Refusal> {
    let (client, device) = (
        URL_SAFE_NO_PAD.encode(client.to_string()),
        URL_SAFE_NO_PAD.encode(device),
    );
    let sent = Sent {
        client_data: &client,
        authenticator_data: &device,
        ..Sent::default()
    };
    Registration::parse(&sent)?.judge(&party(), challenge)
}

const MADE: u8 = PRESENT | VERIFIED | HAS_KEY;

#[test]
fn a_new_passkey_is_taken_as_its_device_says_it() {
    let challenge = challenge();
    for (flags, more) in [
        (MADE, &b""[..]),
        (MADE | HAS_EXTENSIONS, b"\xa0"),
        (MADE | MAY_BE_COPIED | IS_COPIED, b""),
    ] {
        let rest = [&attested(&[3; 32]), more].concat();
        let made = registered(
            &client("webauthn.create", &challenge),
            device("shop.example", flags, &rest),
            &challenge,
        );
        let made = made.unwrap();
        assert_eq!(
            (made.counter, made.credential_id),
            (5, CredentialId::of(&[3; 32]).unwrap())
        );
    }
}

#[test]
fn a_new_passkey_is_refused_for_one_thing_that_is_wrong() {
    let challenge = challenge();
    let right = client("webauthn.create", &challenge);
    let changed = |name: &str, value: Value| {
        let mut client = right.clone();
        client[name] = value;
        client
    };
    let rest = attested(&[3; 32]);
    let good = device("shop.example", MADE, &rest);
    let cases = [
        (changed("type", json!("webauthn.get")), good.clone()),
        (changed("challenge", json!("AAAA")), good.clone()),
        (changed("origin", json!("https://evil.example")), good.clone()),
        (changed("origin", json!("http://shop.example")), good.clone()),
        (
            changed("origin", json!("https://shop.example.evil.example")),
            good.clone(),
        ),
        (changed("crossOrigin", json!(true)), good.clone()),
        (json!([]), good.clone()),
        (right.clone(), device("evil.example", MADE, &rest)),
        (right.clone(), device("shop.example", PRESENT | HAS_KEY, &rest)),
        (right.clone(), device("shop.example", VERIFIED | HAS_KEY, &rest)),
        (right.clone(), device("shop.example", PRESENT | VERIFIED, &rest)),
        (right.clone(), device("shop.example", MADE | IS_COPIED, &rest)),
        (
            right.clone(),
            device("shop.example", MADE | HAS_EXTENSIONS, &rest),
        ),
        (right.clone(), [&good[..], &[0]].concat()),
        (right.clone(), device("shop.example", MADE, &attested(&[3; 15]))),
        (right.clone(), device("shop.example", MADE, &attested(&[3; 1024]))),
        (right.clone(), Vec::new()),
    ];
    for (client, device) in cases {
        let refused = registered(&client, device.clone(), &challenge);
        assert!(refused.is_err(), "{client} {device:?}");
    }
    for length in 0..good.len() {
        assert!(
            registered(&right, good[..length].to_vec(), &challenge).is_err(),
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_break_what_reads_an_answer(text in "\\PC{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let challenge = challenge();
        let garbage = URL_SAFE_NO_PAD.encode(&bytes);
        for part in [text.as_str(), garbage.as_str()] {
            let sent = Sent { credential: part, client_data: part, authenticator_data: part, signature: part, user_handle: part };
            let new = Registration::parse(&sent).and_then(|sent| sent.judge(&party(), &challenge));
            prop_assert!(new.is_err());
            let (key, _) = PublicKey::read(&attested(&[3; 32])[50..]).unwrap();
            let old = Assertion::parse(&sent).and_then(|sent| sent.judge(&party(), &challenge, (&key, OWN)));
            prop_assert!(old.is_err());
        }
    }
}

#[test]
fn a_part_that_is_too_long_is_not_looked_at() {
    let long = "A".repeat(6_000);
    let sent = Sent {
        client_data: &long,
        ..Sent::default()
    };
    assert_eq!(
        Registration::parse(&sent).unwrap_err(),
        "a part of it is too long"
    );
}

#[cfg(feature = "passkeys")]
mod signed {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let made = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &SystemRandom::new()).unwrap())
        }

        fn key(&self) -> PublicKey {
            let point = self.0.public_key().as_ref();
            let x = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &point[1..33]].concat();
            let bytes = [&x[..], &[0x22, 0x58, 32], &point[33..]].concat();
            PublicKey::read(&bytes).unwrap().0
        }

        fn answer(&self, client: &Value, device: Vec<u8>) -> Assertion {
            let client = client.to_string().into_bytes();
            let signed = [&device[..], Sha256::digest(&client).as_slice()].concat();
            let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
            Assertion {
                credential_id: CredentialId::of(&[3; 32]).unwrap(),
                client_data: client,
                authenticator_data: device,
                signature: signature.as_ref().to_vec(),
                user_handle: owner_mark(OWN).to_vec(),
            }
        }
    }

    const USED: u8 = PRESENT | VERIFIED;

    #[test]
    fn an_answer_counts_once_signed_and_for_one_thing_that_is_wrong_not_at_all() {
        let (signer, challenge) = (Signer::new(), challenge());
        let right = client("webauthn.get", &challenge);
        let good = device("shop.example", USED, b"");
        let judge = |answer: &Assertion| answer.judge(&party(), &challenge, (&signer.key(), OWN));
        let answer = signer.answer(&right, good.clone());
        assert_eq!(judge(&answer), Ok(5));
        let extended = device("shop.example", USED | HAS_EXTENSIONS, b"\xa0");
        assert_eq!(judge(&signer.answer(&right, extended)), Ok(5));

        let changed = |name: &str, value: Value| {
            let mut client = right.clone();
            client[name] = value;
            signer.answer(&client, good.clone())
        };
        let other = |device: Vec<u8>| signer.answer(&right, device);
        let altered = |alter: fn(&mut Assertion)| {
            let mut answer = answer.clone();
            alter(&mut answer);
            answer
        };
        for wrong in [
            changed("type", json!("webauthn.create")),
            changed("challenge", json!("AAAA")),
            changed("origin", json!("https://evil.example")),
            changed("crossOrigin", json!(true)),
            other(device("evil.example", USED, b"")),
            other(device("shop.example", PRESENT, b"")),
            other(device("shop.example", VERIFIED, b"")),
            other(device("shop.example", USED | HAS_KEY, &attested(&[3; 32]))),
            other(device("shop.example", USED, b"more")),
            altered(|answer| answer.user_handle = owner_mark(OWN + 1).to_vec()),
            altered(|answer| answer.user_handle.clear()),
            altered(|answer| answer.signature[9] ^= 1),
            altered(|answer| answer.signature.clear()),
            altered(|answer| answer.authenticator_data[36] ^= 1),
            altered(|answer| answer.client_data.push(b' ')),
            Signer::new().answer(&right, good.clone()),
        ] {
            assert!(judge(&wrong).is_err(), "{wrong:?}");
        }
        let another = Challenge::of(&OneTimeToken::generate().unwrap(), None);
        assert!(answer.judge(&party(), &another, (&signer.key(), OWN)).is_err());
        let elsewhere = Party::of("https://www.shop.example").unwrap();
        assert!(
            answer
                .judge(&elsewhere, &challenge, (&signer.key(), OWN))
                .is_err()
        );
    }
}

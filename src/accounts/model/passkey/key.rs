//! The public key of a passkey. WebAuthn lets devices write it down in one way only (COSE in canonical CBOR, without optional
//! parameters), so each of the three kinds is a layout of bytes with the numbers in known places: what differs from it is no key,
//! and nothing has to be interpreted. Must not know what was signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// Whether this program was built to check signatures of passkeys.
pub const ARE_LINKED: bool = cfg!(feature = "passkeys");

/// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`, the head of x, then that of y.
const P256_X: &[u8] = &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
const P256_Y: &[u8] = &[0x22, 0x58, 32];
/// `{1: 1, 3: -8, -1: 6, -2: x}`
const ED25519_X: &[u8] = &[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32];
/// `{1: 3, 3: -257, -1: n, -2: 65537}`
const RSA_N: &[u8] = &[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59];
const RSA_E: &[u8] = &[0x21, 0x43, 1, 0, 1];
/// 2048 to 4096 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    /// As the device wrote it.
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Both coordinates of the point.
    P256([u8; 32], [u8; 32]),
    Ed25519([u8; 32]),
    /// The modulus; the exponent is 65537. Older Windows machines have no other kind.
    Rsa(Vec<u8>),
}

impl PublicKey {
    /// By their numbers in COSE, what we like best first.
    pub const ALGORITHMS: [i32; 3] = [-7, -8, -257];

    /// The key at the begin of some bytes, and what follows it; `None` for what is none of ours.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (kind, rest) = read_p256(bytes)
            .or_else(|| read_ed25519(bytes))
            .or_else(|| read_rsa(bytes))?;
        let (own, rest) = bytes.split_at_checked(bytes.len() - rest.len())?;
        let key = Self {
            kind,
            bytes: own.to_vec(),
        };
        Some((key, rest))
    }

    /// As the database has it.
    pub fn to_stored(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.bytes)
    }

    pub fn from_stored(stored: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(stored).ok();
        let key = bytes.as_deref().and_then(Self::read);
        key.filter(|(_, rest)| rest.is_empty())
            .map(|(key, _)| key)
            .ok_or_else(|| Error::internal("a stored passkey has no key"))
    }

    /// Whether whoever has the private key has signed this.
    #[cfg(feature = "passkeys")]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        use ring::signature::{
            ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
            UnparsedPublicKey,
        };
        let checked = match &self.kind {
            Kind::P256(x, y) => {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Kind::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Kind::Rsa(n) => {
                let key = RsaPublicKeyComponents {
                    n: n.as_slice(),
                    e: &[1, 0, 1][..],
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        checked.is_ok()
    }

    /// Nothing is signed for a program that cannot tell.
    #[cfg(not(feature = "passkeys"))]
    pub fn has_signed(&self, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

fn read_p256(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let (x, rest) = bytes.strip_prefix(P256_X)?.split_first_chunk()?;
    let (y, rest) = rest.strip_prefix(P256_Y)?.split_first_chunk()?;
    Some((Kind::P256(*x, *y), rest))
}

fn read_ed25519(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let (key, rest) = bytes.strip_prefix(ED25519_X)?.split_first_chunk()?;
    Some((Kind::Ed25519(*key), rest))
}

fn read_rsa(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let (length, rest) = bytes.strip_prefix(RSA_N)?.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (n, rest) = rest.split_at_checked(length)?;
    let is_ours = RSA_BYTES.contains(&length) && n.first() != Some(&0);
    let rest = rest.strip_prefix(RSA_E).filter(|_| is_ours)?;
    Some((Kind::Rsa(n.to_vec()), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p256() -> Vec<u8> {
        [P256_X, &[7; 32], P256_Y, &[9; 32]].concat()
    }

    fn ed25519() -> Vec<u8> {
        [ED25519_X, &[7; 32]].concat()
    }

    fn rsa(length: u16) -> Vec<u8> {
        let n = vec![7; usize::from(length)];
        [RSA_N, &length.to_be_bytes(), &n, RSA_E].concat()
    }

    #[test]
    fn each_kind_is_read_and_what_follows_is_left() {
        for bytes in [p256(), ed25519(), rsa(256), rsa(512)] {
            let followed = [&bytes[..], b"more"].concat();
            let (key, rest) = PublicKey::read(&followed).unwrap();
            assert_eq!(rest, b"more");
            assert_eq!(PublicKey::from_stored(&key.to_stored()).unwrap(), key);
            for short in 0..bytes.len() {
                assert!(PublicKey::read(&bytes[..short]).is_none(), "{short}");
            }
        }
    }

    #[test]
    fn what_is_laid_out_otherwise_is_no_key() {
        let mut small_rsa = rsa(255);
        let mut zero_first = rsa(256);
        zero_first[RSA_N.len() + 2] = 0;
        let mut other_curve = p256();
        other_curve[6] = 2;
        let mut five_of_four = ed25519();
        five_of_four[0] = 0xa5;
        small_rsa.extend([0; 8]);
        for bytes in [
            small_rsa,
            zero_first,
            other_curve,
            five_of_four,
            rsa(513),
            Vec::new(),
        ] {
            assert!(PublicKey::read(&bytes).is_none(), "{bytes:?}");
        }
        for stored in ["", "AAAA", "no base64!"] {
            assert!(PublicKey::from_stored(stored).is_err());
        }
        let trailing = URL_SAFE_NO_PAD.encode([&p256()[..], &[0]].concat());
        assert!(PublicKey::from_stored(&trailing).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader_and_none_is_signed(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let seen = PublicKey::read(&bytes).map(|(key, _)| key);
            prop_assert!(seen.is_none(), "garbage is no key: {bytes:?}");
            for key in [p256(), ed25519(), rsa(256)] {
                let (key, _) = PublicKey::read(&key).unwrap();
                prop_assert!(!key.has_signed(b"message", &bytes));
            }
        }
    }

    /// RFC 8032, 7.1, test 2: the one kind whose signatures need no randomness.
    #[cfg(feature = "passkeys")]
    #[test]
    fn a_signature_of_the_rfc_counts_for_its_message_alone() {
        let key = hex::decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        let signature = hex::decode(signature).unwrap();
        let bytes = [ED25519_X, &key].concat();
        let (key, _) = PublicKey::read(&bytes).unwrap();
        assert!(key.has_signed(&[0x72], &signature));
        assert!(!key.has_signed(&[0x73], &signature) && !key.has_signed(&[0x72], &signature[1..]));
    }
}

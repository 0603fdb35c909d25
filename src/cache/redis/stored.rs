//! A finished answer as the bytes that lie in Redis, and back. Must not trust what comes back: others may have written it.
//!
//! `VTR` and the version of this format, a CRC-32 over the key and everything behind the sum, two lengths, then what is
//! known of the answer (JSON), then its body. The key is part of the sum, so that a value under a wrong key is none.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Another form of what follows needs another version: nodes of two versions of the shop share one Redis.
const MAGIC: [u8; 4] = *b"VTR\x01";

/// Magic, sum, length of what is known of the answer, length of its body.
const HEAD: usize = 16;

/// Larger values are neither stored nor read.
pub const LARGEST: usize = 1024 * 1024;

/// A finished answer as it travels between nodes. The body is not compressed: each node does that once for its own memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The history of the change log in which `as_of` counts.
    pub epoch: String,
    /// The position of the log up to which every change was seen.
    pub as_of: i64,
    /// What it depends on.
    pub tags: Vec<u64>,
    /// When it becomes untrue by itself, in milliseconds since 1970.
    pub until_ms: Option<i64>,
    pub made_at_ms: i64,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    #[serde(skip)]
    pub body: Bytes,
}

impl Stored {
    /// `None` when it is too large.
    pub fn encode(&self, key: &str) -> Option<Vec<u8>> {
        let known = serde_json::to_vec(self).ok()?;
        let length = HEAD.checked_add(known.len())?.checked_add(self.body.len())?;
        if length > LARGEST {
            return None;
        }
        let known_length = u32::try_from(known.len()).ok()?.to_le_bytes();
        let body_length = u32::try_from(self.body.len()).ok()?.to_le_bytes();
        let sum = sum(key, &[&known_length, &body_length, &known, &self.body]);
        let mut value = Vec::with_capacity(length);
        for part in [&MAGIC[..], &sum.to_le_bytes(), &known_length, &body_length] {
            value.extend_from_slice(part);
        }
        value.extend_from_slice(&known);
        value.extend_from_slice(&self.body);
        Some(value)
    }

    /// `None` unless it is what was once encoded under this key.
    pub fn decode(key: &str, value: &Bytes) -> Option<Stored> {
        if value.len() > LARGEST {
            return None;
        }
        let (magic, rest) = value.split_first_chunk::<4>()?;
        let (stored_sum, summed) = rest.split_first_chunk::<4>()?;
        if *magic != MAGIC || u32::from_le_bytes(*stored_sum) != sum(key, &[summed]) {
            return None;
        }
        let (known_length, rest) = summed.split_first_chunk::<4>()?;
        let (body_length, rest) = rest.split_first_chunk::<4>()?;
        let known_length = u32::from_le_bytes(*known_length) as usize;
        let body_length = u32::from_le_bytes(*body_length) as usize;
        if known_length.checked_add(body_length)? != rest.len() {
            return None;
        }
        let mut stored: Stored = serde_json::from_slice(rest.get(..known_length)?).ok()?;
        stored.body = value.slice(HEAD + known_length..);
        Some(stored)
    }
}

fn sum(key: &str, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key.as_bytes());
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn answers() -> impl Strategy<Value = Stored> {
        (
            ("[0-9a-f]{0,32}", any::<i64>(), vec(any::<u64>(), 0..20)),
            (any::<Option<i64>>(), any::<i64>(), any::<u16>()),
            vec(("[a-z-]{1,12}", ".{0,30}"), 0..6),
            vec(any::<u8>(), 0..2000),
        )
            .prop_map(
                |((epoch, as_of, tags), (until_ms, made_at_ms, status), headers, body)| Stored {
                    epoch,
                    as_of,
                    tags,
                    until_ms,
                    made_at_ms,
                    status,
                    headers,
                    body: body.into(),
                },
            )
    }

    fn some_answer(body: Vec<u8>) -> Stored {
        Stored {
            epoch: "e".to_owned(),
            as_of: 7,
            tags: vec![1, u64::MAX],
            until_ms: None,
            made_at_ms: 1,
            status: 200,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: body.into(),
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(answer in answers(), key in ".{0,40}") {
            let value = answer.encode(&key).unwrap();
            prop_assert_eq!(Stored::decode(&key, &value.into()), Some(answer));
        }

        #[test]
        fn a_value_that_was_cut_off_is_none(answer in answers(), at in any::<prop::sample::Index>()) {
            let mut value = answer.encode("k").unwrap();
            value.truncate(at.index(value.len()));
            prop_assert_eq!(Stored::decode("k", &value.into()), None);
        }

        #[test]
        fn a_value_with_something_behind_it_is_none(answer in answers(), more in vec(any::<u8>(), 1..40)) {
            let mut value = answer.encode("k").unwrap();
            value.extend(more);
            prop_assert_eq!(Stored::decode("k", &value.into()), None);
        }

        #[test]
        fn a_value_with_a_flipped_bit_is_none(answer in answers(), at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut value = answer.encode("k").unwrap();
            let at = at.index(value.len());
            value[at] ^= 1_u8 << bit;
            prop_assert_eq!(Stored::decode("k", &value.into()), None);
        }

        #[test]
        fn a_value_under_another_key_is_none(answer in answers(), key in ".{0,40}") {
            let value = answer.encode(&format!("{key}x")).unwrap();
            prop_assert_eq!(Stored::decode(&key, &value.into()), None);
        }

        #[test]
        fn garbage_is_none(garbage in vec(any::<u8>(), 0..3000)) {
            prop_assert_eq!(Stored::decode("k", &garbage.into()), None);
        }

        /// Garbage that carries the right sum: from a program that speaks another form of version 1.
        #[test]
        fn garbage_with_a_right_sum_is_none(lengths in any::<[u32; 2]>(), garbage in vec(any::<u8>(), 0..3000)) {
            for lengths in [lengths, [garbage.len() as u32, 0]] {
                let lengths = lengths.map(u32::to_le_bytes).concat();
                let sum = sum("k", &[&lengths, &garbage]).to_le_bytes();
                let value = [&MAGIC[..], &sum, &lengths, &garbage].concat();
                prop_assert_eq!(Stored::decode("k", &value.into()), None);
            }
        }
    }

    #[test]
    fn another_version_of_the_format_is_none() {
        let mut value = some_answer(b"page".to_vec()).encode("k").unwrap();
        value[3] = 2;
        assert_eq!(Stored::decode("k", &value.into()), None);
    }

    #[test]
    fn what_is_too_large_is_neither_encoded_nor_decoded() {
        assert_eq!(some_answer(vec![0; LARGEST]).encode("k"), None);
        let mut largest = some_answer(Vec::new());
        let head = largest.encode("k").unwrap().len();
        largest.body = vec![0; LARGEST - head].into();
        let mut value = largest.encode("k").unwrap();
        assert_eq!(
            Stored::decode("k", &value.clone().into()).map(|found| found.body.len()),
            Some(LARGEST - head)
        );
        value.push(0);
        assert_eq!(Stored::decode("k", &value.into()), None);
    }
}

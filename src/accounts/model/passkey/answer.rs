//! What a browser answers when it is asked for a passkey, and whether it counts: the steps of WebAuthn level 3, 7.1 and 7.2, with
//! user verification required and no attestation. Nothing here asks who it is; a step that fails says why, for the log alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Challenge, CredentialId, Party, PublicKey, owner_mark};

/// Why an answer does not count.
pub type Refusal = &'static str;

/// Bytes of a part of an answer; longer ones are not looked at.
const PART_MAX: usize = 4096;

/// Bits of the authenticator's flags.
const PRESENT: u8 = 1 << 0;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_COPIED: u8 = 1 << 3;
const IS_COPIED: u8 = 1 << 4;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// The parts of an answer as the form holds them, in base64url; empty where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent<'a> {
    pub credential: &'a str,
    pub client_data: &'a str,
    pub authenticator_data: &'a str,
    pub signature: &'a str,
    pub user_handle: &'a str,
}

/// The answer to being asked for a new passkey.
#[derive(Clone, Debug)]
pub struct Registration {
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
}

/// A passkey that has just been made.
#[derive(Clone, Debug)]
pub struct Made {
    pub credential_id: CredentialId,
    pub key: PublicKey,
    pub counter: u32,
}

/// The answer to being asked for a passkey that is there.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub credential_id: CredentialId,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Vec<u8>,
}

impl Registration {
    pub fn parse(sent: &Sent<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            client_data: part(sent.client_data)?,
            authenticator_data: part(sent.authenticator_data)?,
        })
    }

    /// The passkey that was made for this shop, in answer to this challenge, by somebody whom the device knows.
    pub fn judge(&self, party: &Party, challenge: &Challenge) -> Result<Made, Refusal> {
        judge_client(&self.client_data, "webauthn.create", party, challenge)?;
        let (seen, rest) = Seen::read(&self.authenticator_data)?;
        seen.judge(party)?;
        if !seen.has(HAS_KEY) {
            return Err("it holds no key");
        }
        let (credential_id, rest) = read_id(rest).ok_or("it has no id")?;
        let (key, rest) = PublicKey::read(rest).ok_or("its key is of no kind that was asked for")?;
        seen.judge_end(rest)?;
        Ok(Made {
            credential_id,
            key,
            counter: seen.counter,
        })
    }
}

impl Assertion {
    pub fn parse(sent: &Sent<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            credential_id: CredentialId::of(&part(sent.credential)?).ok_or("it has no id")?,
            client_data: part(sent.client_data)?,
            authenticator_data: part(sent.authenticator_data)?,
            signature: part(sent.signature)?,
            user_handle: part(sent.user_handle)?,
        })
    }

    /// The signature count of a passkey with this key, which belongs to this person, when it answered this challenge for this
    /// shop after its device had made sure who holds it.
    pub fn judge(
        &self,
        party: &Party,
        challenge: &Challenge,
        (key, user_id): (&PublicKey, i32),
    ) -> Result<u32, Refusal> {
        judge_client(&self.client_data, "webauthn.get", party, challenge)?;
        if self.user_handle != owner_mark(user_id) {
            return Err("it says that it is somebody else's");
        }
        let (seen, rest) = Seen::read(&self.authenticator_data)?;
        seen.judge(party)?;
        if seen.has(HAS_KEY) {
            return Err("it holds a new key");
        }
        seen.judge_end(rest)?;
        let signed = [
            self.authenticator_data.as_slice(),
            Sha256::digest(&self.client_data).as_slice(),
        ]
        .concat();
        if !key.has_signed(&signed, &self.signature) {
            return Err("its signature is wrong");
        }
        Ok(seen.counter)
    }
}

/// A part of an answer.
fn part(text: &str) -> Result<Vec<u8>, Refusal> {
    if text.len() > PART_MAX * 4 / 3 + 3 {
        return Err("a part of it is too long");
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| "a part of it is no base64url")
}

/// What the browser says about who asked. It may say more: later versions of browsers do.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin")]
    is_framed: Option<bool>,
}

fn judge_client(bytes: &[u8], kind: &str, party: &Party, challenge: &Challenge) -> Result<(), Refusal> {
    let client: ClientData =
        serde_json::from_slice(bytes).map_err(|_| "the browser's part cannot be read")?;
    if client.kind != kind {
        return Err("it answers another question");
    }
    if client.challenge != challenge.text() {
        return Err("it answers another challenge");
    }
    if client.origin != party.origin {
        return Err("it was given to another site");
    }
    if client.is_framed == Some(true) {
        return Err("it was given to a page inside another one");
    }
    Ok(())
}

/// What the device says of itself.
struct Seen<'a> {
    party_hash: &'a [u8; 32],
    flags: u8,
    counter: u32,
}

impl<'a> Seen<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Refusal> {
        let read = || {
            let (party_hash, rest) = bytes.split_first_chunk()?;
            let (flags, rest) = rest.split_first()?;
            let (counter, rest) = rest.split_first_chunk()?;
            let seen = Self {
                party_hash,
                flags: *flags,
                counter: u32::from_be_bytes(*counter),
            };
            Some((seen, rest))
        };
        read().ok_or("the device's part is too short")
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn judge(&self, party: &Party) -> Result<(), Refusal> {
        if self.party_hash.as_slice() != Sha256::digest(party.id.as_bytes()).as_slice() {
            return Err("it is of another site");
        }
        if !(self.has(PRESENT) && self.has(VERIFIED)) {
            return Err("its device has not made sure who it is");
        }
        if self.has(IS_COPIED) && !self.has(MAY_BE_COPIED) {
            return Err("it is a copy of what cannot be copied");
        }
        Ok(())
    }

    /// Extensions were not asked for; devices may add some, which say nothing to us.
    fn judge_end(&self, rest: &[u8]) -> Result<(), Refusal> {
        if rest.is_empty() == self.has(HAS_EXTENSIONS) {
            return Err("it does not end where it should");
        }
        Ok(())
    }
}

/// Behind the kind of the device, which is nobody's business.
fn read_id(bytes: &[u8]) -> Option<(CredentialId, &[u8])> {
    let (_, rest) = bytes.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((CredentialId::of(id)?, rest))
}

#[cfg(test)]
mod tests;

//! How much one address may ask for, and how much is done at once.

use super::Layers;

/// Requests per minute of one address; 0 is no limit. How the classes are told apart is for `web::limits` to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    pub pages: u32,
    pub api: u32,
    pub search: u32,
    pub sign_in: u32,
    pub upload: u32,
    pub live: u32,
    pub owner: u32,
    /// The same of one API key, from wherever it is used.
    pub key: u32,
    /// Answers to guests that are made at the same time; 0 is no limit.
    pub at_once: usize,
    /// Longest time that making one of them may take.
    pub page_s: u64,
    /// A body may take so long, and longer only as it keeps coming at this rate.
    pub body_s: u64,
    pub body_bytes_per_s: u32,
}

impl LimitSettings {
    /// Nobody is told to come back later: for tests, which come from one address and share a machine.
    pub fn lift(&mut self) {
        *self = Self {
            pages: 0,
            api: 0,
            search: 0,
            sign_in: 0,
            upload: 0,
            live: 0,
            owner: 0,
            key: 0,
            at_once: 0,
            page_s: 600,
            ..*self
        };
    }
}

pub fn read(layers: &mut Layers) -> LimitSettings {
    LimitSettings {
        pages: layers.get("limits.pages"),
        api: layers.get("limits.api"),
        search: layers.get("limits.search"),
        sign_in: layers.get("limits.sign_in"),
        upload: layers.get("limits.upload"),
        live: layers.get("limits.live"),
        owner: layers.get("limits.owner"),
        key: layers.get("limits.key"),
        at_once: layers.get("limits.at_once"),
        page_s: layers.get("limits.page_s"),
        body_s: layers.get("limits.body_s"),
        body_bytes_per_s: layers.get("limits.body_bytes_per_s"),
    }
}

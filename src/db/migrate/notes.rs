//! What an operator wants to know of each migration before it runs: whether others wait, whether older programs go on
//! working, and what is lost when it is taken back. A test holds that each migration has its line here.

/// Whether the shop goes on while a migration runs on MySQL or MariaDB. (SQLite has one writer in any case.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Others read and write meanwhile; only its begin and end wait for running statements.
    Online,
    /// Writes to its tables wait until it is done: minutes on a large table.
    Blocking,
}

impl Pace {
    pub fn name(self) -> &'static str {
        match self {
            Pace::Online => "online",
            Pace::Blocking => "blocking",
        }
    }
}

/// Whether programs that do not know a migration can work on a database that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only adds: programs of before go on working.
    Expand,
    /// It takes something away or demands something new: programs work from this stamp on, the one of the migration that
    /// brought the replacement. It comes a release later than that.
    Contract { works_from: &'static str },
}

/// One migration, by its stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    pub stamp: &'static str,
    pub pace: Pace,
    pub effect: Effect,
    /// What is gone after `migrate --down`.
    pub lost: &'static str,
}

const fn expand(stamp: &'static str, pace: Pace, lost: &'static str) -> Note {
    Note {
        stamp,
        pace,
        effect: Effect::Expand,
        lost,
    }
}

const fn contract(stamp: &'static str, works_from: &'static str, pace: Pace, lost: &'static str) -> Note {
    Note {
        stamp,
        pace,
        effect: Effect::Contract { works_from },
        lost,
    }
}

use Pace::{Blocking, Online};

/// In the order in which they run.
pub const NOTES: &[Note] = &[
    expand(
        "20261122000100",
        Online,
        "where the change log stands, so its history",
    ),
    expand("20261122000200", Online, "the change log: all history"),
    expand("20261122000300", Online, "the old categories table"),
    expand("20261122000400", Online, "all products"),
    expand("20261122000500", Online, "former addresses of products"),
    expand("20261122000600", Online, "all accounts"),
    expand("20261122000700", Online, "sessions: everybody signs in again"),
    expand("20261122000800", Online, "the set-up link"),
    expand("20261122000900", Online, "all API keys"),
    expand("20261122001000", Online, "stored answers of repeatable requests"),
    expand("20261125000100", Online, "all categories, brands and tags"),
    expand("20261125000200", Blocking, "categories, in their new table"),
    // Programs before the first release kept categories there; none of them is in use.
    contract(
        "20261125000300",
        "20261125000300",
        Online,
        "nothing; the old categories table comes back empty",
    ),
    expand(
        "20261125000400",
        Online,
        "former names and addresses of categories, brands and tags",
    ),
    expand("20261125000500", Online, "the index of tags"),
    expand("20261125000600", Online, "all attributes"),
    expand("20261125000700", Online, "the index of attribute values"),
    // Older programs would leave current_price at 0. It copies the table for the collation of brand.
    contract(
        "20261125000800",
        "20261125000800",
        Blocking,
        "tags, attributes, further pictures, sales and times to appear of all products",
    ),
    expand("20261125000900", Blocking, "nothing"),
    expand("20261125001000", Online, "popularity of products"),
    expand("20261125001100", Blocking, "popularity of products"),
    expand(
        "20261125001200",
        Online,
        "the history of prices, which sales must tell",
    ),
    expand(
        "20261125001300",
        Blocking,
        "the history of prices, which sales must tell",
    ),
    expand("20261125001400", Online, "which moments of products were noted"),
    expand("20261125001500", Online, "nothing but the indexes of brands"),
    expand(
        "20261125001600",
        Online,
        "the heartbeat, which the primary writes anew",
    ),
    expand("20261125002000", Online, "nothing but two indexes of the history"),
    expand(
        "20261125002100",
        Online,
        "which programs are too old for this database",
    ),
    expand(
        "20261125002200",
        Online,
        "how far the change log has been checked: it is checked again",
    ),
    expand(
        "20261127000100",
        Online,
        "all synonyms and redirects of the search",
    ),
    expand("20261127000200", Online, "what was searched for"),
    expand("20261128000100", Online, "links of invitations and new passwords"),
    expand(
        "20261128000110",
        Online,
        "when keys expire: they count until they are revoked",
    ),
    expand("20261128000200", Online, "all proposals"),
    expand("20261128000210", Online, "what was said about proposals"),
    expand("20261128000220", Online, "what people were told of proposals"),
    expand("20261128000230", Online, "whose proposals are published at once"),
    expand(
        "20261128000300",
        Online,
        "how often somebody has tried to sign in, and from where somebody did",
    ),
    expand("20261128000400", Online, "all pages of text"),
    expand("20261128000401", Online, "where products are sold"),
    expand("20261128000500", Online, "all webhooks with their secrets"),
    expand(
        "20261128000501",
        Online,
        "what webhooks were told and are still to be told",
    ),
    expand("20261128000502", Online, "which process delivers: one takes over"),
    // Programs of before ask for the password alone.
    expand(
        "20261128000600",
        Online,
        "everybody's second factor: a password is enough again",
    ),
    expand("20261128000610", Online, "all recovery codes"),
    expand(
        "20261128000700",
        Online,
        "pictures of proposals that nobody has decided on",
    ),
    expand(
        "20261128000900",
        Online,
        "former secrets of webhooks: receivers that still check with one refuse what is sent",
    ),
    expand("20261128000910", Online, "who was told that a product runs out"),
    expand("20261128001000", Online, "mails that no server has taken yet"),
    expand(
        "20261128001050",
        Online,
        "everybody's passkeys: passwords are asked for again",
    ),
    // Programs of before tell and read in the two tables that came before it.
    expand(
        "20261128001100",
        Online,
        "what people were told since: a program of before shows what it told itself",
    ),
    expand("20261128001110", Online, "what people were told"),
    expand(
        "20261128001120",
        Online,
        "up to where people were told: they are told of what is new from now on",
    ),
    expand("20261128001150", Online, "nothing but an index of what runs out"),
];

/// The note of a stamp.
pub fn note(stamp: &str) -> Option<&'static Note> {
    NOTES.iter().find(|note| note.stamp == stamp)
}

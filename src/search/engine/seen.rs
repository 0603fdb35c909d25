//! Where and how the products of a segment hold a word, four bits for each place. Must not know how words are found.

use tantivy::DocId;

use super::part::Part;
use super::schema::Place;

/// How a word was found, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    TwoTypos = 1,
    Typo,
    /// As two words.
    Split,
    Synonym,
    Prefix,
    Stem,
    /// One for many or many for one.
    Plural,
    /// Together with its neighbour.
    Joined,
    Exact,
}

impl Way {
    pub const ALL: [Way; 9] = [
        Way::TwoTypos,
        Way::Typo,
        Way::Split,
        Way::Synonym,
        Way::Prefix,
        Way::Stem,
        Way::Plural,
        Way::Joined,
        Way::Exact,
    ];
}

/// Where and how one product holds a word: four bits for each place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Seen(pub u32);

impl Seen {
    pub fn at(self, place: Place) -> Option<Way> {
        Way::ALL.get(self.way_number(place).wrapping_sub(1)).copied()
    }

    /// The number of the way, 0 for none: an index of tables.
    pub fn way_number(self, place: Place) -> usize {
        ((self.0 >> shift(place)) & 15) as usize
    }

    /// How many letters are wrong where it was found best.
    pub fn typos(self) -> u8 {
        let best = Place::ALL.into_iter().map(|place| self.way_number(place)).max();
        match best {
            Some(way) if way == Way::Typo as usize => 1,
            Some(way) if way == Way::TwoTypos as usize => 2,
            _ => 0,
        }
    }

    /// How often it occurs in a name or a description; three is often.
    pub fn times(self, place: Place) -> u32 {
        match place {
            Place::Name => (self.0 >> NAME_TIMES) & 3,
            Place::Description => (self.0 >> DESCRIPTION_TIMES) & 3,
            _ => 1,
        }
    }
}

const NAME_TIMES: u32 = 24;
const DESCRIPTION_TIMES: u32 = 26;

fn shift(place: Place) -> u32 {
    4 * place as u32
}

/// The products of a part that hold a word, rising.
#[derive(Debug, Clone, Default)]
pub(super) struct Holders {
    pub documents: Vec<DocId>,
    pub seen: Vec<Seen>,
}

/// Room for one part's products, used again and again.
#[derive(Default)]
pub(super) struct Desk {
    seen: Vec<u32>,
    touched: Vec<u64>,
}

impl Desk {
    pub fn ready(&mut self, documents: u32) {
        let size = documents as usize;
        if self.seen.len() < size {
            self.seen.resize(size, 0);
            self.touched.resize(size.div_ceil(64), 0);
        }
    }

    /// `times` it occurs there, which counts in names and descriptions.
    pub fn note(&mut self, document: DocId, place: Place, way: Way, times: u32) {
        let at = document as usize;
        if let (Some(seen), Some(touched)) = (self.seen.get_mut(at), self.touched.get_mut(at / 64)) {
            let (mask, value) = (15 << shift(place), (way as u32) << shift(place));
            if *seen & mask < value {
                *seen = (*seen & !mask) | value;
            }
            let shift = match place {
                Place::Name => NAME_TIMES,
                Place::Description => DESCRIPTION_TIMES,
                _ => return *touched |= 1 << (at % 64),
            };
            let before = (*seen >> shift) & 3;
            *seen = (*seen & !(3 << shift)) | (before.max(times.min(3)) << shift);
            *touched |= 1 << (at % 64);
        }
    }

    /// Takes what was noted of products that are still there, and leaves the desk empty.
    pub fn take(&mut self, part: &Part) -> Holders {
        let mut holders = Holders::default();
        let has_deletes = part.reader.has_deletes();
        for (block, touched) in self.touched.iter_mut().enumerate() {
            while *touched != 0 {
                let at = block * 64 + touched.trailing_zeros() as usize;
                *touched &= *touched - 1;
                let Some(seen) = self.seen.get_mut(at) else {
                    continue;
                };
                let seen = Seen(std::mem::take(seen));
                let document = DocId::try_from(at).unwrap_or(DocId::MAX);
                if !has_deletes || part.is_alive(document) {
                    holders.documents.push(document);
                    holders.seen.push(seen);
                }
            }
        }
        holders
    }
}

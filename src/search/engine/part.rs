//! One generation of the index, opened for reading: its segments with their dictionaries and columns. Must not know
//! how anything is ranked.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use tantivy::columnar::{Column, ColumnValues, StrColumn};
use tantivy::index::InvertedIndexReader;
use tantivy::{DocId, Searcher, SegmentReader};

use super::found::Facets;
use super::rows::{Columns, Facetted, Rows};
use super::schema::{Fields, Place};
use super::tally::Tally;
use super::terms::Vocabulary;

/// What the last commit left. Readers keep theirs as long as they need it.
pub(super) struct Snapshot {
    pub searcher: Searcher,
    pub parts: Vec<Part>,
    /// What the whole shop can be narrowed to: asked for by every list without words, so counted once.
    pub all_facets: OnceLock<Facets>,
    bytes: OnceLock<u64>,
    vocabulary: OnceLock<Vocabulary>,
    /// Words by their first letters, most frequent first: of beginnings of a letter or two, which begin many.
    pub completions: Mutex<HashMap<String, Arc<Vec<String>>>>,
}

/// A segment.
#[derive(Clone)]
pub(super) struct Part {
    pub reader: SegmentReader,
    whole: OnceLock<Arc<Tally>>,
    /// By [`Place`].
    dictionaries: Vec<Arc<InvertedIndexReader>>,
    pub ids: Numbers,
    pub versions: Numbers,
    pub prices: Numbers,
    pub stock: Numbers,
    pub created: Numbers,
    pub on_sale: Arc<dyn ColumnValues<bool>>,
    pub popularity: Arc<dyn ColumnValues<f64>>,
    pub name_words: Column<u64>,
    /// How many words its texts have ([`super::schema::lengths_of`]).
    pub lengths: Arc<dyn ColumnValues<u64>>,
    /// Stands for the product's own category; 0 without one.
    pub kinds: Arc<dyn ColumnValues<u64>>,
    columns: Columns,
    pub rows: Arc<Rows>,
    /// `None` when no product of the segment has one.
    pub name_keys: Option<StrColumn>,
}

pub(super) type Numbers = Arc<dyn ColumnValues<i64>>;

impl Snapshot {
    /// What is known of the generation before holds for the segments that are still there: a commit costs by what it
    /// brings and not by how large the shop is.
    pub fn open(searcher: Searcher, fields: &Fields, before: Option<&Snapshot>) -> tantivy::Result<Snapshot> {
        let known = |reader: &SegmentReader| {
            let mut parts = before.iter().flat_map(|before| &before.parts);
            parts.find(|part| part.reader.segment_id() == reader.segment_id())
        };
        let readers = searcher.segment_readers().iter();
        let mut parts = readers
            .map(|reader| match known(reader) {
                Some(before) => before.renewed(reader),
                None => Part::open(reader, fields),
            })
            .collect::<tantivy::Result<Vec<Part>>>()?;
        // What was there before comes first, so that its terms keep their numbers.
        let place = |part: &Part| {
            let parts = before.map_or(&[][..], |before| before.parts.as_slice());
            let mut segments = parts.iter().map(|known| known.reader.segment_id());
            segments
                .position(|segment| segment == part.reader.segment_id())
                .unwrap_or(usize::MAX)
        };
        parts.sort_by_key(place);
        let vocabulary = match before.and_then(|before| before.vocabulary.get()) {
            Some(known) => known.extended(&parts)?,
            None => None,
        };
        Ok(Snapshot {
            parts,
            searcher,
            all_facets: OnceLock::new(),
            bytes: OnceLock::new(),
            vocabulary: vocabulary.map_or_else(OnceLock::new, OnceLock::from),
            completions: Mutex::default(),
        })
    }

    /// What its segments take, in bytes; 0 when nobody can say.
    pub fn bytes(&self) -> u64 {
        *self.bytes.get_or_init(|| {
            let usage = self.searcher.space_usage();
            usage.map_or(0, |usage| usage.total().get_bytes())
        })
    }

    pub fn vocabulary(&self) -> tantivy::Result<&Vocabulary> {
        if let Some(vocabulary) = self.vocabulary.get() {
            return Ok(vocabulary);
        }
        let vocabulary = Vocabulary::of(&self.parts)?;
        Ok(self.vocabulary.get_or_init(|| vocabulary))
    }
}

impl Part {
    fn open(reader: &SegmentReader, fields: &Fields) -> tantivy::Result<Part> {
        let columns = reader.fast_fields();
        let numbers = |name: &str| Ok::<_, tantivy::TantivyError>(columns.i64(name)?.first_or_default_col(0));
        let dictionaries = Place::ALL.iter();
        let facets: Columns = [
            columns.str("categories")?,
            columns.str("brands")?,
            columns.str("tags")?,
            columns.str("attributes")?,
        ];
        Ok(Part {
            dictionaries: dictionaries
                .map(|place| reader.inverted_index(fields.place(*place)))
                .collect::<tantivy::Result<_>>()?,
            ids: numbers("id")?,
            versions: numbers("version")?,
            prices: numbers("price")?,
            stock: numbers("stock")?,
            created: numbers("created_at")?,
            on_sale: columns.bool("on_sale")?.first_or_default_col(false),
            popularity: columns.f64("popularity")?.first_or_default_col(0.0),
            kinds: columns.u64("kind")?.first_or_default_col(0),
            name_words: columns.u64("name_words")?,
            lengths: columns.u64("lengths")?.first_or_default_col(0),
            rows: Arc::new(Rows::of(&facets, reader.max_doc())),
            columns: facets,
            name_keys: columns.str("name_key")?,
            reader: reader.clone(),
            whole: OnceLock::new(),
        })
    }

    /// The same segment after a commit, which may have taken products out of it.
    fn renewed(&self, reader: &SegmentReader) -> tantivy::Result<Part> {
        let mut part = self.clone();
        part.reader = reader.clone();
        if let Some(whole) = self.whole.get()
            && part.reader.num_docs() != self.reader.num_docs()
        {
            let gone = self.alive().filter(|document| reader.is_deleted(*document));
            part.whole = OnceLock::from(Arc::new(whole.without(&part, gone)?));
        }
        Ok(part)
    }

    /// What all its products can be narrowed to.
    pub fn whole(&self) -> tantivy::Result<&Tally> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let whole = Arc::new(Tally::whole(self)?);
        Ok(self.whole.get_or_init(|| whole))
    }

    /// Its texts; `None` when no product of the segment has one.
    pub fn column(&self, column: Facetted) -> Option<&StrColumn> {
        self.columns.get(column as usize)?.as_ref()
    }

    pub fn dictionary(&self, place: Place) -> Option<&InvertedIndexReader> {
        self.dictionaries.get(place as usize).map(Arc::as_ref)
    }

    pub fn is_alive(&self, document: DocId) -> bool {
        !self.reader.is_deleted(document)
    }

    pub fn alive(&self) -> impl Iterator<Item = DocId> + '_ {
        self.reader.doc_ids_alive()
    }

    pub fn id(&self, document: DocId) -> i32 {
        id_of(self.ids.get_val(document))
    }
}

/// Ids and versions are written from an i32.
pub(super) fn id_of(value: i64) -> i32 {
    i32::try_from(value).unwrap_or_default()
}

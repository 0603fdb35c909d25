//! What the databases of the simulated shop hold: a log on the primary, two replicas that lag, and every history that
//! there was. Must not know that anybody caches; the truth is asked here.

use fastrand::Rng;

use crate::db::Tag;

const PRODUCTS: usize = 3;
const SHELVES: usize = 2;
const LIST: Tag = Tag(1);

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The product at an address, if there is one.
    Address(usize),
    Shelf(usize),
    All,
}

impl Key {
    pub fn every() -> Vec<Key> {
        let addresses = (0..PRODUCTS).map(Key::Address);
        let shelves = (0..SHELVES).map(Key::Shelf);
        addresses.chain(shelves).chain([Key::All]).collect()
    }

    /// What is shown under it.
    fn shows(self, products: &Products) -> Vec<Product> {
        let every = products.iter().enumerate();
        every
            .filter_map(|(address, product)| Some((address, (*product)?)))
            .filter(|(address, product)| match self {
                Key::Address(wanted) => wanted == *address,
                Key::Shelf(shelf) => shelf == product.shelf,
                Key::All => true,
            })
            .map(|(_, product)| product)
            .collect()
    }

    fn tags(self, shown: &[Product]) -> Vec<Tag> {
        match self {
            Key::Address(address) => {
                let products = shown.iter().map(Product::tag);
                products.chain([address_tag(address)]).collect()
            }
            Key::Shelf(shelf) => vec![shelf_tag(shelf)],
            Key::All => vec![LIST],
        }
    }
}

fn address_tag(address: usize) -> Tag {
    Tag(100 + address as u64)
}

fn shelf_tag(shelf: usize) -> Tag {
    Tag(200 + shelf as u64)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    id: u64,
    /// The change that made it so; also tells changes of two histories apart.
    change: u64,
    shelf: usize,
    sale: Option<i64>,
}

impl Product {
    fn tag(&self) -> Tag {
        Tag(1_000 + self.id)
    }
}

type Products = [Option<Product>; PRODUCTS];

/// A row of the log, and the shop after it.
#[derive(Debug, Clone)]
pub struct Change {
    id: u64,
    address: usize,
    before: Option<Product>,
    after: Option<Product>,
    products: Products,
}

impl Change {
    /// The union of before and after.
    pub fn tags(&self) -> Vec<Tag> {
        let both = [self.before, self.after].into_iter().flatten();
        let mut tags: Vec<Tag> = both
            .flat_map(|product| [product.tag(), shelf_tag(product.shelf)])
            .collect();
        tags.extend([address_tag(self.address), LIST]);
        tags
    }

    /// Not by tags: they are what is tested.
    pub fn touches(&self, key: Key) -> bool {
        match key {
            Key::Address(address) => address == self.address,
            Key::Shelf(shelf) => [self.before, self.after]
                .iter()
                .flatten()
                .any(|product| product.shelf == shelf),
            Key::All => true,
        }
    }
}

/// What somebody sees: the change that made each product, and whether it is on sale.
pub type Content = Vec<(u64, bool)>;

/// What a database answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The name of the history, as the database has it.
    pub epoch: usize,
    pub as_of: i64,
    pub tags: Vec<Tag>,
    pub until: Option<i64>,
    pub content: Content,
    /// Which history it really was; only the judge looks at this.
    pub history: usize,
}

impl Answer {
    pub fn place(&self) -> Place {
        Place {
            history: self.history,
            position: self.as_of,
        }
    }
}

/// How far a database is, and in which history; in a later one nothing of an earlier one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub history: usize,
    pub position: i64,
}

pub struct Shop {
    histories: Vec<Vec<Change>>,
    /// What they are called; two that were not told apart yet bear one name.
    epochs: Vec<usize>,
    replicas: [Place; 2],
    pub now: i64,
    changes: u64,
}

impl Shop {
    pub fn new() -> Shop {
        let start = Place {
            history: 0,
            position: 0,
        };
        Shop {
            histories: vec![Vec::new()],
            epochs: vec![0],
            replicas: [start; 2],
            now: 0,
            changes: 0,
        }
    }

    pub fn primary(&self) -> Place {
        let history = self.histories.len() - 1;
        Place {
            history,
            position: self.histories[history].len() as i64,
        }
    }

    pub fn epoch_of(&self, history: usize) -> usize {
        self.epochs[history]
    }

    pub fn epoch(&self) -> usize {
        self.epochs[self.primary().history]
    }

    pub fn change(&self, history: usize, seq: i64) -> &Change {
        &self.histories[history][seq as usize - 1]
    }

    /// How far two histories are the same.
    pub fn in_common(&self, one: usize, other: usize) -> i64 {
        let pairs = self.histories[one].iter().zip(&self.histories[other]);
        pairs.take_while(|(one, other)| one.id == other.id).count() as i64
    }

    /// Creates, changes, moves or deletes a product; perhaps it will be on sale soon.
    pub fn write(&mut self, rng: &mut Rng) -> Change {
        self.changes += 1;
        let address = rng.usize(..PRODUCTS);
        let primary = self.primary();
        let mut products = self.products(primary);
        let before = products[address];
        let keeps = before.is_none() || rng.u8(..4) > 0;
        let after = keeps.then(|| Product {
            id: before.map_or(self.changes, |product| product.id),
            change: self.changes,
            shelf: rng.usize(..SHELVES),
            sale: rng.bool().then(|| self.now + rng.i64(1..6)),
        });
        products[address] = after;
        let change = Change {
            id: self.changes,
            address,
            before,
            after,
            products,
        };
        self.histories[primary.history].push(change.clone());
        change
    }

    fn products(&self, at: Place) -> Products {
        let log = &self.histories[at.history][..at.position as usize];
        log.last().map_or([None; PRODUCTS], |change| change.products)
    }

    /// A replica gets some changes, or is built anew if it has others than the primary.
    pub fn replicate(&mut self, rng: &mut Rng) {
        let (primary, replica) = (self.primary(), rng.usize(..self.replicas.len()));
        let at = self.replicas[replica];
        let from = at.position.min(self.in_common(at.history, primary.history));
        self.replicas[replica] = Place {
            history: primary.history,
            position: primary.position.min(from + rng.i64(1..4)),
        };
    }

    pub fn replicate_all(&mut self) {
        self.replicas = [self.primary(); 2];
    }

    /// A replica takes over, perhaps without the last changes; the other one may have had them and stay apart for a while.
    pub fn fail_over(&mut self, is_named: bool, rng: &mut Rng) {
        let at = self.replicas[rng.usize(..self.replicas.len())];
        if at.history != self.primary().history {
            return;
        }
        let log = self.histories[at.history][..at.position as usize].to_vec();
        self.histories.push(log);
        self.epochs.push(self.epochs[at.history]);
        if is_named {
            self.name_anew();
        }
    }

    /// From now on the history of the primary bears a name of its own.
    pub fn name_anew(&mut self) {
        let history = self.primary().history;
        self.epochs[history] += 1;
    }

    /// Some database that has at least this much, or the primary.
    pub fn some_place(&self, at_least: i64, rng: &mut Rng) -> Place {
        let everywhere = self.replicas.into_iter().chain([self.primary()]);
        let fresh: Vec<Place> = everywhere.filter(|place| place.position >= at_least).collect();
        rng.choice(fresh).unwrap_or(self.primary())
    }

    pub fn read(&self, key: Key, at: Place) -> Answer {
        let shown = key.shows(&self.products(at));
        let sales = shown.iter().filter_map(|product| product.sale);
        Answer {
            epoch: self.epochs[at.history],
            as_of: at.position,
            tags: key.tags(&shown),
            until: sales.filter(|sale| *sale > self.now).min(),
            content: self.content(key, at),
            history: at.history,
        }
    }

    /// What a key shows now, by the data of a place.
    pub fn content(&self, key: Key, at: Place) -> Content {
        let shown = key.shows(&self.products(at));
        let on_sale = |product: &Product| product.sale.is_some_and(|sale| sale <= self.now);
        shown
            .iter()
            .map(|product| (product.change, on_sale(product)))
            .collect()
    }

    /// The last change of what a key shows, up to a place.
    pub fn version(&self, key: Key, at: Place) -> Place {
        let log = &self.histories[at.history][..at.position as usize];
        let newest = log.iter().rposition(|change| change.touches(key));
        Place {
            position: newest.map_or(0, |index| index as i64 + 1),
            ..at
        }
    }
}

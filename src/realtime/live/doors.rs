//! How many may come in: of one address, and altogether. Must not know what for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::web::client::Household;

/// Counts who is inside.
pub struct Doors {
    most: usize,
    most_per_address: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    count: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why nobody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    Address,
    Node,
}

/// Somebody is inside, until it is dropped.
pub struct Ticket {
    doors: Arc<Doors>,
    household: Option<IpAddr>,
}

impl Doors {
    pub fn new(most: usize, most_per_address: usize) -> Arc<Doors> {
        Arc::new(Doors {
            most,
            most_per_address,
            inside: Mutex::default(),
        })
    }

    /// Lets one in. Where nobody knows whose connection it is, it counts for the node alone.
    pub fn enter(self: &Arc<Self>, Household(household): Household) -> Result<Ticket, Full> {
        let mut inside = self.inside.lock();
        let of_address = |address| inside.by_address.get(&address).copied().unwrap_or(0);
        if household.map_or(0, of_address) >= self.most_per_address {
            return Err(Full::Address);
        }
        if inside.count >= self.most {
            return Err(Full::Node);
        }
        inside.count += 1;
        if let Some(address) = household {
            *inside.by_address.entry(address).or_default() += 1;
        }
        Ok(Ticket {
            doors: Arc::clone(self),
            household,
        })
    }

    pub fn count(&self) -> usize {
        self.inside.lock().count
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.doors.inside.lock();
        inside.count = inside.count.saturating_sub(1);
        let Some(address) = self.household else {
            return;
        };
        if let Some(count) = inside.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inside.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_of_one_address_come_in_and_not_too_many_altogether() {
        let doors = Doors::new(3, 2);
        let enter = |text: &str| doors.enter(Household(Some(text.parse().unwrap())));
        let first = enter("10.0.0.1").ok().unwrap();
        let _second = enter("10.0.0.1").ok().unwrap();
        assert_eq!(enter("10.0.0.1").err(), Some(Full::Address));
        let third = enter("10.0.0.3").ok().unwrap();
        assert_eq!(enter("10.0.0.2").err(), Some(Full::Node));
        drop(first);
        drop(third);
        assert_eq!(doors.count(), 1);
        let unknown = || doors.enter(Household(None));
        let _others = [unknown().ok().unwrap(), unknown().ok().unwrap()];
        assert_eq!(unknown().err(), Some(Full::Node), "only the node is full");
        assert_eq!(doors.count(), 3);
    }
}

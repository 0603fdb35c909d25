//! How many may come in: of one address, and altogether. Must not know what for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::web::client::network_of;

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
    address: IpAddr,
}

impl Doors {
    pub fn new(most: usize, most_per_address: usize) -> Arc<Doors> {
        Arc::new(Doors {
            most,
            most_per_address,
            inside: Mutex::default(),
        })
    }

    /// Lets one in.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Ticket, Full> {
        let address = network_of(address);
        let mut inside = self.inside.lock();
        if inside.by_address.get(&address).copied().unwrap_or(0) >= self.most_per_address {
            return Err(Full::Address);
        }
        if inside.count >= self.most {
            return Err(Full::Node);
        }
        inside.count += 1;
        *inside.by_address.entry(address).or_default() += 1;
        Ok(Ticket {
            doors: Arc::clone(self),
            address,
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
        if let Some(count) = inside.by_address.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inside.by_address.remove(&self.address);
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
        let address = |text: &str| text.parse().unwrap();
        let enter = |text: &str| doors.enter(address(text));
        let first = enter("10.0.0.1").ok().unwrap();
        let _second = enter("10.0.0.1").ok().unwrap();
        assert_eq!(enter("10.0.0.1").err(), Some(Full::Address));
        let _third = enter("2001:db8::1").ok().unwrap();
        assert_eq!(enter("10.0.0.2").err(), Some(Full::Node));
        drop(first);
        let _fourth = enter("2001:db8::2").ok().unwrap();
        assert_eq!(enter("2001:db8::3").err(), Some(Full::Address), "one network");
        assert_eq!(doors.count(), 3);
    }
}

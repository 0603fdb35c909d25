//! Loopback addresses of the cluster's own: each node has one, so all use the same ports, as containers do.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::topology::{OPS_PORT, PORT};

/// `127.a.b.0/24`, somewhere nobody listens.
#[derive(Clone, Copy, Debug)]
pub struct Network([u8; 3]);

impl Network {
    pub fn free() -> Network {
        let found = std::iter::repeat_with(|| Network([127, fastrand::u8(16..240), fastrand::u8(..)]))
            .take(20)
            .find(|network| network.is_free(1));
        found.expect("a free network: this needs Linux, where all of 127.0.0.0/8 is this machine")
    }

    pub fn address(self, number: u8) -> Ipv4Addr {
        let Network([a, b, c]) = self;
        Ipv4Addr::new(a, b, c, number)
    }

    fn is_free(self, number: u8) -> bool {
        let address = self.address(number);
        [PORT, OPS_PORT]
            .iter()
            .all(|port| TcpListener::bind(SocketAddr::from((address, *port))).is_ok())
    }
}

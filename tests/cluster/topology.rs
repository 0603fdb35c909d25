//! Which parts the cluster has, how many of each and with which settings. `deploy/compose.yaml` must say the same
//! (tests/it/compose.rs). Must not know where anything runs.

use std::fmt::Display;

/// Nodes of the shop of one kind, under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name by which the load balancer finds them.
    pub name: &'static str,
    pub role: &'static str,
    pub nodes: usize,
}

pub const CATALOG: Part = Part {
    name: "catalog",
    role: "catalog",
    nodes: 3,
};
pub const ADMIN: Part = Part {
    name: "admin",
    role: "admin",
    nodes: 1,
};
pub const ADMIN_BACKUP: Part = Part {
    name: "admin-backup",
    role: "admin",
    nodes: 1,
};
pub const REALTIME: Part = Part {
    name: "realtime",
    role: "realtime",
    nodes: 2,
};

pub const PARTS: [Part; 4] = [CATALOG, ADMIN, ADMIN_BACKUP, REALTIME];

/// Servers that replicate the primary.
pub const REPLICAS: usize = 2;

/// The port of every node of the shop, and the one for probes.
pub const PORT: u16 = 8080;
pub const OPS_PORT: u16 = 9100;

impl Part {
    /// The name by which browsers reach it, below the domain.
    pub fn host(&self) -> &'static str {
        if self.role == "admin" { "admin" } else { "shop" }
    }
}

/// What nodes have to be told about where everything else is.
pub struct Surroundings<'a> {
    /// `localhost:8443`: what stands behind `https://shop.` in a browser.
    pub domain: &'a str,
    pub primary: &'a str,
    pub replicas: &'a str,
    pub redis: &'a str,
    /// The network of the load balancer.
    pub proxies: &'a str,
    pub media: &'a str,
    /// Longer than the load balancer takes to see that `/readyz` says no.
    pub drain_s: u8,
}

/// The settings of a node: key below `VITRINE__`, value.
pub fn settings(part: &Part, around: &Surroundings) -> Vec<(&'static str, String)> {
    let text = |value: &dyn Display| value.to_string();
    vec![
        (
            "SERVER__PUBLIC_URL",
            format!("https://{}.{}", part.host(), around.domain),
        ),
        ("SERVER__TRUSTED_PROXIES", text(&around.proxies)),
        ("SERVER__DRAIN_S", text(&around.drain_s)),
        ("DATABASE__PRIMARY", text(&around.primary)),
        ("DATABASE__REPLICAS", text(&around.replicas)),
        ("CACHE__BACKEND", text(&"redis")),
        ("CACHE__REDIS_URL", text(&around.redis)),
        ("REALTIME__BACKEND", text(&"redis")),
        ("REALTIME__REDIS_URL", text(&around.redis)),
        ("MEDIA__STORE", text(&around.media)),
        // Each node makes its own index, in memory.
        ("SEARCH__PATH", text(&"")),
        ("LOG__FORMAT", text(&"json")),
    ]
}

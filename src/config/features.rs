//! Which parts of the shop a process serves. One image plays several roles: many public nodes, one private admin node.

use clap::ValueEnum;
use serde::Serialize;

/// A part that can be switched off. Off means: its routes are absent and nothing links to it. The cache has no routes: off
/// means that each answer is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Feature {
    Catalog,
    Admin,
    Search,
    Api,
    Feeds,
    Cache,
    Realtime,
    Submissions,
    Metrics,
}

impl Feature {
    pub const ALL: [Feature; 9] = [
        Self::Catalog,
        Self::Admin,
        Self::Search,
        Self::Api,
        Self::Feeds,
        Self::Cache,
        Self::Realtime,
        Self::Submissions,
        Self::Metrics,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Admin => "admin",
            Self::Search => "search",
            Self::Api => "api",
            Self::Feeds => "feeds",
            Self::Cache => "cache",
            Self::Realtime => "realtime",
            Self::Submissions => "submissions",
            Self::Metrics => "metrics",
        }
    }
}

/// A named set of features, chosen with `--role`. It narrows what the configuration switches on, never widens it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Role {
    #[default]
    All,
    /// Pages and API for customers; needs no admin secrets.
    Catalog,
    /// The owner's pages and API.
    Admin,
    /// The change feed only.
    Realtime,
}

impl Role {
    fn has(self, feature: Feature) -> bool {
        match self {
            Self::All => true,
            // People sign in where they are looked after, and propose where they sign in.
            Self::Catalog => !matches!(feature, Feature::Admin | Feature::Submissions),
            Self::Admin => !matches!(feature, Feature::Catalog | Feature::Feeds),
            Self::Realtime => matches!(feature, Feature::Realtime | Feature::Metrics),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Features {
    pub catalog: bool,
    pub admin: bool,
    pub search: bool,
    pub api: bool,
    pub feeds: bool,
    pub cache: bool,
    pub realtime: bool,
    pub submissions: bool,
    pub metrics: bool,
}

impl Features {
    pub fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::Catalog => self.catalog,
            Feature::Admin => self.admin,
            Feature::Search => self.search,
            Feature::Api => self.api,
            Feature::Feeds => self.feeds,
            Feature::Cache => self.cache,
            Feature::Realtime => self.realtime,
            Feature::Submissions => self.submissions,
            Feature::Metrics => self.metrics,
        }
    }

    pub fn has_all(&self, features: &[Feature]) -> bool {
        features.iter().all(|feature| self.has(*feature))
    }

    /// What is left of these features in a role.
    pub fn narrowed_to(self, role: Role) -> Self {
        Self {
            catalog: self.catalog && role.has(Feature::Catalog),
            admin: self.admin && role.has(Feature::Admin),
            search: self.search && role.has(Feature::Search),
            api: self.api && role.has(Feature::Api),
            feeds: self.feeds && role.has(Feature::Feeds),
            cache: self.cache && role.has(Feature::Cache),
            realtime: self.realtime && role.has(Feature::Realtime),
            submissions: self.submissions && role.has(Feature::Submissions),
            metrics: self.metrics && role.has(Feature::Metrics),
        }
    }

    /// Every combination that cannot be meant.
    pub fn validate(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !(self.catalog || self.admin || self.realtime) {
            faults.push(
                "features: nothing to serve; switch on catalog, admin or realtime, or choose another --role"
                    .to_owned(),
            );
        }
        let shows_products = self.catalog || self.admin;
        for (on, name) in [(self.search, "search"), (self.api, "api")] {
            if on && !shows_products {
                faults.push(format!(
                    "features.{name} needs features.catalog or features.admin"
                ));
            }
        }
        if self.feeds && !self.catalog {
            faults.push("features.feeds needs features.catalog".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_ON: Features = Features {
        catalog: true,
        admin: true,
        search: true,
        api: true,
        feeds: true,
        cache: true,
        realtime: true,
        submissions: true,
        metrics: true,
    };

    #[test]
    fn each_role_is_a_valid_set() {
        for (role, on) in [
            (
                Role::All,
                "catalog admin search api feeds cache realtime submissions metrics",
            ),
            (Role::Catalog, "catalog search api feeds cache realtime metrics"),
            (Role::Admin, "admin search api cache realtime submissions metrics"),
            (Role::Realtime, "realtime metrics"),
        ] {
            let features = ALL_ON.narrowed_to(role);
            let names: Vec<_> = Feature::ALL
                .into_iter()
                .filter(|f| features.has(*f))
                .map(Feature::name)
                .collect();
            assert_eq!(names.join(" "), on, "{role:?}");
            assert!(features.validate().is_empty(), "{role:?}");
        }
    }

    #[test]
    fn a_role_never_switches_on_what_the_configuration_switched_off() {
        let features = Features {
            admin: false,
            ..ALL_ON
        }
        .narrowed_to(Role::Admin);
        assert!(!features.admin);
    }

    #[test]
    fn all_faults_are_listed() {
        let features = Features {
            catalog: false,
            admin: false,
            realtime: false,
            ..ALL_ON
        };
        assert_eq!(features.validate().len(), 4);
    }
}

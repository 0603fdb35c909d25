//! What a method can ask of whoever calls it. Who holds which permission is for the accounts to say.

use std::fmt;

use actix_web::http::Method;

/// A right to do a kind of thing. Roles of people and scopes of keys are sets of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Propose a product, and see to one's own proposals.
    Propose,
    /// Decide on what others propose.
    Review,
    /// See what the shop has, the parts that customers do not see included.
    ReadCatalog,
    WriteCatalog,
    /// People, keys, and the machine.
    Administer,
}

impl Permission {
    pub const ALL: [Self; 5] = [
        Self::Propose,
        Self::Review,
        Self::ReadCatalog,
        Self::WriteCatalog,
        Self::Administer,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Review => "review",
            Self::ReadCatalog => "read-catalog",
            Self::WriteCatalog => "write-catalog",
            Self::Administer => "administer",
        }
    }
}

impl Permission {
    /// For what could lock others out or let others in, and for what touches many products at once: besides, the password must
    /// have been typed a short while ago.
    pub fn freshly(self) -> Requirement {
        Requirement {
            permission: Some(self),
            is_fresh: true,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one method of a guarded address asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `None`: whoever is signed in may do this, it concerns only themselves.
    pub permission: Option<Permission>,
    /// A person's password must have been typed a short while ago.
    pub is_fresh: bool,
}

/// For what people do with their own account.
pub const SIGNED_IN: Requirement = Requirement {
    permission: None,
    is_fresh: false,
};

/// The same, for what nobody else may do with a browser that was left open.
pub const SIGNED_IN_FRESHLY: Requirement = Requirement {
    permission: None,
    is_fresh: true,
};

impl From<Permission> for Requirement {
    fn from(permission: Permission) -> Self {
        Self {
            permission: Some(permission),
            is_fresh: false,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.permission.map_or("signed-in", Permission::name))?;
        f.write_str(if self.is_fresh { "+fresh" } else { "" })
    }
}

/// What the methods of one guarded address ask, for the guard in front of it.
#[derive(Clone, Debug, Default)]
pub struct Requirements(Vec<(Method, Requirement)>);

impl Requirements {
    pub(super) fn add(&mut self, method: Method, requirement: Requirement) {
        self.0.push((method, requirement));
    }

    /// `None` for a method that nothing answers to.
    pub fn of(&self, method: &Method) -> Option<Requirement> {
        let (_, requirement) = self.0.iter().find(|(named, _)| named == method)?;
        Some(*requirement)
    }
}

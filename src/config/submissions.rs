//! Who may propose products, and how many.

use serde::Deserialize;

use super::Layers;

/// How strangers come to an account with which they can propose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Not at all.
    #[default]
    Off,
    /// The shop makes it for them.
    Invitation,
    /// They make it themselves.
    Open,
}

/// Whether anything can be proposed is for `features.submissions` to say.
#[derive(Clone, Debug)]
pub struct SubmissionSettings {
    pub registration: Registration,
    /// New accounts of the whole shop.
    pub registrations_per_day: u32,
    /// Proposals of one person.
    pub per_day: u32,
    /// Pictures that one person uploads.
    pub pictures_per_day: u32,
}

pub fn read(layers: &mut Layers) -> SubmissionSettings {
    SubmissionSettings {
        registration: layers.get("submissions.registration"),
        registrations_per_day: layers.get("submissions.registrations_per_day"),
        per_day: layers.get("submissions.per_day"),
        pictures_per_day: layers.get("submissions.pictures_per_day"),
    }
}

pub fn faults(submissions: &SubmissionSettings) -> Vec<String> {
    let limits = [
        ("per_day", submissions.per_day),
        ("pictures_per_day", submissions.pictures_per_day),
        ("registrations_per_day", submissions.registrations_per_day),
    ];
    let wrong = limits.iter().filter(|(_, limit)| !(1..=10_000).contains(limit));
    wrong
        .map(|(name, _)| format!("submissions.{name} must be 1 to 10000"))
        .collect()
}

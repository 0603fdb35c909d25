//! Puts the three layers over one another: built-in defaults, a file, the environment.
//!
//! The defaults name every key there is, so a key that they lack is a fault of the layer that brought it. Nothing here
//! knows what a key means; it only knows where its value came from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use config::{FileFormat, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::spelling::within_two_edits;

const PREFIX: &str = "VITRINE__";
const FILE_SUFFIX: &str = "_FILE";
const DEFAULTS: &str = "the defaults";

/// The value of every key by `section.key`, and the faults found so far.
pub struct Layers {
    values: BTreeMap<String, Value>,
    pub faults: Vec<String>,
    /// Keys whose value could not be read; a stand-in takes its place.
    unread: BTreeSet<String>,
}

impl Layers {
    pub fn new(defaults: &str) -> Self {
        let mut faults = Vec::new();
        let values = parse(defaults, DEFAULTS, &mut faults);
        Self {
            values,
            faults,
            unread: BTreeSet::new(),
        }
    }

    pub fn add_file(&mut self, name: &str, text: &str) {
        let mut faults = Vec::new();
        for (key, value) in parse(text, name, &mut faults) {
            self.set(key, value, name);
        }
        self.faults.append(&mut faults);
    }

    /// `VITRINE__SECTION__KEY=value`, or `..._FILE=path` of a file that holds the value.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort();
        for (variable, text) in variables {
            let Some(path) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            let key = path.to_lowercase().replace("__", ".");
            match path.strip_suffix(FILE_SUFFIX) {
                Some(path) if !self.values.contains_key(&key) => {
                    self.set_from_file(path.to_lowercase().replace("__", "."), &variable, &text);
                }
                _ => self.set_text(key, &variable, &text),
            }
        }
    }

    /// The value of a key as the type that the program wants; a misfit is noted as a fault.
    pub fn get<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        let Some(value) = self.values.get(key).cloned() else {
            self.faults
                .push(format!("{key} has no default; this is an error of the program"));
            return T::default();
        };
        let origin = value.origin().unwrap_or(DEFAULTS).to_owned();
        value.try_deserialize().unwrap_or_else(|error| {
            self.faults.push(format!("{key} in {origin}: {}", plain(&error)));
            self.unread.insert(key.to_owned());
            T::default()
        })
    }

    /// A text that is turned into something richer.
    pub fn parse<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text: String = self.get(key);
        self.note(key, parse(&text))
    }

    /// The same for each text of a list.
    pub fn parse_all<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let texts: Vec<String> = self.get(key);
        texts
            .iter()
            .filter_map(|text| self.note(key, parse(text)))
            .collect()
    }

    fn note<T>(&mut self, key: &str, parsed: Result<T, String>) -> Option<T> {
        parsed
            .map_err(|fault| {
                self.faults.push(format!("{key}: {fault}"));
                self.unread.insert(key.to_owned());
            })
            .ok()
    }

    /// Whether a fault is about a stand-in: then it says nothing that the fault of reading has not said.
    pub fn is_about_stand_in(&self, fault: &str) -> bool {
        self.unread.iter().any(|key| {
            let section = key.split_once('.').map_or("", |(section, _)| section);
            fault.starts_with(key) || (section == "features" && fault.starts_with(section))
        })
    }

    /// Every key in force as TOML, with a comment where it was set. `mask` hides what must not be shown.
    pub fn show(&self, mask: impl Fn(&str, &str) -> String) -> String {
        let mut text = String::new();
        let mut current = "";
        for (path, value) in &self.values {
            let Some((section, key)) = path.split_once('.') else {
                continue;
            };
            if section != current {
                let gap = if current.is_empty() { "" } else { "\n" };
                text.push_str(&format!("{gap}[{section}]\n"));
                current = section;
            }
            let shown = toml(value, &|string| mask(path, string));
            let origin = value.origin().filter(|origin| *origin != DEFAULTS);
            let comment = origin.map(|origin| format!("  # {origin}")).unwrap_or_default();
            text.push_str(&format!("{key} = {shown}{comment}\n"));
        }
        text
    }

    fn set_from_file(&mut self, key: String, variable: &str, path: &str) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.set_text(key, variable, text.trim_end_matches(['\r', '\n'])),
            Err(error) => self
                .faults
                .push(format!("{variable}: cannot read {path}: {error}")),
        }
    }

    fn set_text(&mut self, key: String, variable: &str, text: &str) {
        let is_list = self
            .values
            .get(&key)
            .is_some_and(|known| matches!(known.kind, ValueKind::Array(_)));
        let origin = variable.to_owned();
        let kind = if is_list {
            let items = text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|item| !item.is_empty());
            ValueKind::Array(items.map(|item| Value::new(Some(&origin), item)).collect())
        } else {
            ValueKind::from(text)
        };
        self.set(key, Value::new(Some(&origin), kind), variable);
    }

    fn set(&mut self, key: String, value: Value, origin: &str) {
        if let Some(present) = self.values.get_mut(&key) {
            *present = value;
        } else {
            let hint = self
                .nearest(&key)
                .map(|known| format!("; did you mean {known}?"))
                .unwrap_or_default();
            self.faults.push(format!("unknown key {key} in {origin}{hint}"));
        }
    }

    fn nearest(&self, key: &str) -> Option<&str> {
        let name = key.rsplit('.').next().unwrap_or(key);
        let by_name = |known: &&String| known.rsplit('.').next() == Some(name);
        let by_distance = |known: &&String| within_two_edits(known, key);
        let keys = || self.values.keys();
        keys()
            .find(by_distance)
            .or_else(|| keys().find(by_name))
            .map(String::as_str)
    }
}

fn parse(text: &str, name: &str, faults: &mut Vec<String>) -> BTreeMap<String, Value> {
    let sections: HashMap<String, Value> = match config::File::from_str(text, FileFormat::Toml).collect() {
        Ok(sections) => sections.into_iter().collect(),
        Err(error) => {
            faults.push(format!("{name} is not TOML: {error}"));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for (section, content) in sections {
        let ValueKind::Table(keys) = content.kind else {
            faults.push(format!("{section} in {name} must be a section: [{section}]"));
            continue;
        };
        for (key, value) in keys {
            values.insert(
                format!("{section}.{key}"),
                Value::new(Some(&name.to_owned()), value.kind),
            );
        }
    }
    values
}

/// The message without the repetition of key and origin, which the caller puts in front.
fn plain(error: &config::ConfigError) -> String {
    match error {
        // Not what was found instead: it may be a password in the wrong place.
        config::ConfigError::Type { expected, .. } => format!("expected {expected}"),
        config::ConfigError::At { error, .. } => plain(error),
        other => other.to_string(),
    }
}

fn toml(value: &Value, mask: &dyn Fn(&str) -> String) -> String {
    match &value.kind {
        ValueKind::String(text) => serde_json::Value::String(mask(text)).to_string(),
        ValueKind::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| toml(item, mask)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = "[server]\nport = 8080\nproxies = []\n[database]\nprimary = \"sqlite:x\"\n";

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let mut layers = Layers::new(BUILT_IN);
        layers.add_file(
            "shop.toml",
            "[server]\nport = 81\n[database]\nprimary = \"sqlite:y\"",
        );
        layers.add_environment(environment(&[("VITRINE__SERVER__PORT", "82"), ("PATH", "/bin")]));
        assert_eq!(layers.get::<u16>("server.port"), 82);
        assert_eq!(layers.get::<String>("database.primary"), "sqlite:y");
        assert_eq!(layers.faults, Vec::<String>::new());
    }

    #[test]
    fn lists_are_separated_by_commas() {
        let mut layers = Layers::new(BUILT_IN);
        layers.add_environment(environment(&[("VITRINE__SERVER__PROXIES", "10.0.0.0/8, ::1,")]));
        assert_eq!(layers.get::<Vec<String>>("server.proxies"), ["10.0.0.0/8", "::1"]);
    }

    #[test]
    fn every_fault_names_key_and_layer() {
        let mut layers = Layers::new(BUILT_IN);
        layers.add_file(
            "shop.toml",
            "stray = 1\n[server]\nprot = 81\n[other]\nprimary = 1",
        );
        layers.add_environment(environment(&[
            ("VITRINE__SERVER__PORT", "many"),
            ("VITRINE__DATABASE__PRIMARY_FILE", "/does/not/exist"),
        ]));
        layers.get::<u16>("server.port");
        let faults = layers.faults.join("\n");
        for part in [
            "stray in shop.toml must be a section",
            "unknown key server.prot in shop.toml; did you mean server.port?",
            "unknown key other.primary in shop.toml; did you mean database.primary?",
            "VITRINE__DATABASE__PRIMARY_FILE: cannot read /does/not/exist",
            "server.port in VITRINE__SERVER__PORT: ",
        ] {
            assert!(faults.contains(part), "{part} is missing in\n{faults}");
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_a_fault() {
        let mut layers = Layers::new(BUILT_IN);
        layers.add_environment(environment(&[("VITRINE__SERVER__PORT", "70000")]));
        assert_eq!(layers.get::<u16>("server.port"), 0);
        assert_eq!(layers.faults.len(), 1);
    }
}

//! The undoing of a change as a three-way merge of fields: before, after, now. A function of its arguments; must not know
//! what a field means.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{Fields, differences};
use crate::error::{Error, FieldError, Result, ThreeWay};

/// What somebody decided for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// As it is now.
    Keep,
    /// As it was before the change.
    PutBack,
}

/// Decisions by field.
pub type Sides = BTreeMap<String, Side>;

impl Side {
    pub const ALL: [Side; 2] = [Side::Keep, Side::PutBack];

    /// Its name in JSON and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::PutBack => "put_back",
        }
    }

    pub fn parse(name: &str) -> Option<Side> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }
}

/// The fields that a change changed and that are not back already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    pub fields: Vec<ThreeWay>,
}

impl Merge {
    pub fn of(before: &Fields, after: &Fields, now: &Fields) -> Merge {
        let changed = differences(before, after).into_iter();
        let fields = changed.map(|change| ThreeWay {
            now: now.get(&change.field).cloned().unwrap_or_default(),
            field: change.field,
            was: change.was,
            became: change.became,
        });
        Merge {
            fields: fields.filter(|field| field.now != field.was).collect(),
        }
    }

    /// What was changed since something was made: taking it away would take that away too.
    pub fn of_removal(made: &Fields, now: &Fields) -> Merge {
        let since = differences(made, now).into_iter();
        let fields = since.map(|change| ThreeWay {
            field: change.field,
            was: Value::Null,
            became: change.was,
            now: change.became,
        });
        Merge {
            fields: fields.collect(),
        }
    }

    /// The values to put back. A field that is as the change left it is put back unless somebody decided otherwise; one that
    /// moved on is put back only if somebody decided so. `None` while one of those is undecided.
    ///
    /// # Errors
    /// 422 for a decision on a field that is not among these.
    pub fn resolve(&self, sides: &Sides) -> Result<Option<BTreeMap<String, Value>>> {
        let known = |name: &str| self.fields.iter().any(|field| field.field == name);
        let strays = sides.keys().filter(|name| !known(name));
        let strays: Vec<_> = strays.map(|name| stray(name)).collect();
        if !strays.is_empty() {
            return Err(Error::Invalid(strays));
        }
        let mut values = BTreeMap::new();
        for field in &self.fields {
            match (sides.get(&field.field), field.moved_on()) {
                (Some(Side::PutBack), _) | (None, false) => {
                    values.insert(field.field.clone(), field.was.clone());
                }
                (Some(Side::Keep), _) => {}
                (None, true) => return Ok(None),
            }
        }
        Ok(Some(values))
    }
}

fn stray(name: &str) -> FieldError {
    let pointer = format!("/fields/{}", name.replace('~', "~0").replace('/', "~1"));
    FieldError::new(pointer, "unknown", "is no field that this would put back")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A few fields with a few values, so that fields often agree.
    fn state() -> impl Strategy<Value = Fields> {
        proptest::collection::btree_map("[a-e]", (0..4_i32).prop_map(|number| json!(number)), 0..5)
    }

    fn laid_over(now: &Fields, values: &BTreeMap<String, Value>) -> Fields {
        let mut next = now.clone();
        next.extend(values.clone());
        next.retain(|_, value| !value.is_null());
        next
    }

    fn get(fields: &Fields, name: &str) -> Value {
        fields.get(name).cloned().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn what_nobody_touched_since_is_put_back_exactly(before in state(), after in state()) {
            let values = Merge::of(&before, &after, &after).resolve(&Sides::new()).unwrap().unwrap();
            prop_assert_eq!(laid_over(&after, &values), before);
        }

        #[test]
        fn an_undo_that_is_undone_leaves_what_there_was(before in state(), after in state(), now in state()) {
            if let Some(values) = Merge::of(&before, &after, &now).resolve(&Sides::new()).unwrap() {
                let undone = laid_over(&now, &values);
                let again = Merge::of(&now, &undone, &undone).resolve(&Sides::new()).unwrap().unwrap();
                prop_assert_eq!(laid_over(&undone, &again), now);
            }
        }

        #[test]
        fn nothing_is_overwritten_that_nobody_decided_on(
            before in state(), after in state(), now in state(), decided in proptest::collection::btree_map("[a-e]", any::<bool>(), 0..5),
        ) {
            let merge = Merge::of(&before, &after, &now);
            let sides: Sides = decided.into_iter()
                .filter(|(name, _)| merge.fields.iter().any(|field| field.field == *name))
                .map(|(name, back)| (name, if back { Side::PutBack } else { Side::Keep }))
                .collect();
            let undecided = merge.fields.iter().any(|field| field.moved_on() && !sides.contains_key(&field.field));
            let values = merge.resolve(&sides).unwrap();
            prop_assert_eq!(values.is_none(), undecided);
            let next = laid_over(&now, &values.unwrap_or_default());
            for name in ["a", "b", "c", "d", "e"] {
                let (was, became, is, will) = (get(&before, name), get(&after, name), get(&now, name), get(&next, name));
                // Whatever is lost was left by the change, or given up by somebody.
                prop_assert!(will == is || (will == was && (is == became || sides.get(name) == Some(&Side::PutBack))));
                // What the change did not change is none of its business.
                prop_assert!(was != became || will == is);
            }
        }
    }

    #[test]
    fn a_decision_on_something_else_is_refused() {
        let merge = Merge::of(
            &Fields::new(),
            &[("a".to_owned(), json!(1))].into(),
            &Fields::new(),
        );
        assert_eq!(merge.fields, [], "it is back already");
        let sides = Sides::from([("a/b".to_owned(), Side::Keep)]);
        assert!(
            matches!(merge.resolve(&sides), Err(Error::Invalid(faults)) if faults[0].pointer == "/fields/a~1b")
        );
    }

    #[test]
    fn taking_away_what_was_worked_on_since_asks_first() {
        let (made, now) = (
            Fields::from([("name".to_owned(), json!("Lamp"))]),
            Fields::from([("name".to_owned(), json!("Moon lamp"))]),
        );
        let merge = Merge::of_removal(&made, &now);
        assert_eq!(merge.resolve(&Sides::new()).unwrap(), None);
        assert_eq!(Merge::of_removal(&made, &made), Merge::default());
    }
}

//! Where a product stands, when a file says it twice: by its category and by the path to it. Must not know the tree.

use super::{Reader, SHORT_LENGTH};
use crate::catalog::input::CATEGORY_PATH;
use crate::catalog::model::MOST_LEVELS;
use crate::catalog::text::fold;
use crate::catalog::values::{Fault, line};

/// What is said of a category.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// `None`: nothing; `Some(None)`: the product has none.
    pub category: Option<Option<String>>,
    /// The names of those above it, the top first; where it stands if it has to be made.
    pub above: Vec<String>,
}

impl Place {
    /// The category is the last of the path, unless its own field names another one there: many files sort products more
    /// finely than they group them.
    pub fn read(reader: &mut Reader) -> Place {
        let category = reader.optional("category", |text| line(text, SHORT_LENGTH));
        let mut path = reader.category_path();
        if let Some(Some(named)) = &category
            && !path.is_empty()
        {
            match path.iter().position(|name| fold(name) == fold(named)) {
                Some(place) => path.truncate(place + 1),
                None => {
                    let detail = format!("does not name “{named}”, which is the category of the row");
                    reader.fault(CATEGORY_PATH, "conflict", detail);
                }
            }
        }
        if let Err((code, detail)) = checked(&path) {
            reader.fault(CATEGORY_PATH, code, detail);
        }
        let last = path.pop();
        Place {
            category: category.or_else(|| last.map(Some)),
            above: path,
        }
    }
}

fn checked(path: &[String]) -> Result<(), Fault> {
    if path.len() > MOST_LEVELS {
        return Err(("too_long", format!("must have at most {MOST_LEVELS} levels")));
    }
    let is_known =
        |(place, name): &(usize, &String)| path.iter().take(*place).any(|known| fold(known) == fold(name));
    match path.iter().enumerate().find(is_known) {
        Some((_, twice)) => Err((
            "format",
            format!("names “{twice}” twice, and a category has one place"),
        )),
        None => Ok(()),
    }
}

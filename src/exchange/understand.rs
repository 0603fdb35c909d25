//! A row of cells becomes something to import, or all that is wrong with it. Must not know the database: what is
//! already in the shop is the catalog's business.

use super::prices;
use super::report::Refusal;
use super::rows::{Cell, Row};
use crate::catalog::{
    self, ATTRIBUTE_PREFIX, CATEGORY_PATH, Extent, FLAT, ImportRow, NESTED, ProductEdit, ProductInput,
    WRITABLE,
};
use crate::db::Moment;
use crate::error::FieldError;

/// Columns beside the fields of a product; `stock` is what many spreadsheets call `stock_quantity`.
const OTHER_COLUMNS: [&str; 4] = ["stock", "created_at", "currency", "image_file"];

/// Whether a column means anything.
pub fn is_known(column: &str) -> bool {
    WRITABLE.contains(&column)
        || FLAT.contains(&column)
        || OTHER_COLUMNS.contains(&column)
        || column == CATEGORY_PATH
        || column.starts_with(ATTRIBUTE_PREFIX)
}

/// What the shop expects of rows.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// ISO 4217 code of the shop's currency.
    pub currency: String,
    /// Take prices of rows in another currency as they are.
    pub assume_currency: bool,
}

/// An understood row.
#[derive(Debug)]
pub struct Understood {
    pub number: u64,
    pub row: ImportRow,
    /// The picture that comes with the file.
    pub picture: Option<String>,
    /// What no other row of the file may have as well.
    pub identities: Vec<Identity>,
    /// As they stand in the file, for what may still be wrong with them.
    pub cells: Vec<Cell>,
}

/// What a product is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    Sku(String),
    Slug(String),
    Name(String),
}

impl Identity {
    /// The column in which it stands.
    pub fn column(&self) -> &'static str {
        match self {
            Identity::Sku(_) => "sku",
            Identity::Slug(_) => "slug",
            Identity::Name(_) => "name",
        }
    }

    /// All by which a row is known. The catalog looks for a product by article number, else by address, else by name.
    fn all(edit: &ProductEdit) -> Vec<Identity> {
        let sku = edit.sku().map(|sku| Identity::Sku(catalog::text::sku_key(sku)));
        let slug = edit.slug().map(|slug| Identity::Slug(slug.to_owned()));
        let mut all: Vec<Identity> = sku.into_iter().chain(slug).collect();
        if all.is_empty() {
            all.extend(edit.name().map(|name| Identity::Name(catalog::text::fold(name))));
        }
        all
    }
}

impl Expectations {
    /// Understands a row.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn understand(&self, row: Row) -> Result<Understood, Vec<Refusal>> {
        let number = row.number;
        let cells = row
            .cells
            .map_err(|reason| vec![Refusal::of_row(number, reason)])?;
        let mut faults = self.cell_faults(number, &cells);
        let (edit, created_at) = match fields(&cells) {
            Ok(understood) => understood,
            Err(wrong) => {
                faults.extend(Refusal::of_fields(number, &cells, &advised(wrong, &cells)));
                (ProductEdit::default(), None)
            }
        };
        let identities = Identity::all(&edit);
        if faults.is_empty() && identities.is_empty() {
            let reason = "has neither name, sku nor slug, so no product is meant";
            faults.push(Refusal::of_row(number, reason.to_owned()));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Understood {
            number,
            row: ImportRow { edit, created_at },
            picture: text(&cells, "image_file").map(str::to_owned),
            identities,
            cells,
        })
    }

    /// What is wrong with cells before they are understood as fields.
    fn cell_faults(&self, number: u64, cells: &[Cell]) -> Vec<Refusal> {
        let mut faults = Vec::new();
        for cell in cells.iter().filter(|cell| is_known(&cell.column)) {
            let may_be_nested = NESTED.contains(&cell.column.as_str());
            let must_be_nested = ["sale", "attributes"].contains(&cell.column.as_str());
            let reason = match (cell.is_nested, may_be_nested, must_be_nested) {
                (true, false, _) => "must be one value, not a list or an object",
                (false, _, true) => {
                    "must be an object; in a table it has columns of its own (sale_price, attr.KEY)"
                }
                _ => continue,
            };
            faults.push(Refusal::of_cell(number, cells, &cell.column, reason.to_owned()));
        }
        let own = &self.currency;
        let is_foreign = |code: &str| !self.assume_currency && !code.eq_ignore_ascii_case(own);
        if text(cells, "currency").is_some_and(is_foreign) {
            let reason =
                format!("the shop's currency is {own}; --assume-currency takes the prices as they are");
            faults.push(Refusal::of_cell(number, cells, "currency", reason));
        }
        faults
    }
}

type Fields = (ProductEdit, Option<Moment>);

/// The fields of a product; a blank cell is none, so that it leaves alone what is in the shop.
fn fields(cells: &[Cell]) -> Result<Fields, Vec<FieldError>> {
    let mut input = ProductInput::default();
    let has_picture = text(cells, "image_file").is_some();
    for cell in cells {
        match cell.column.as_str() {
            column if cell.is_nested => {
                serde_json::from_str(&cell.text).is_ok_and(|value| input.set_nested(column, &value))
            }
            "stock" => input.set("stock_quantity", &cell.text),
            // The picture that comes with the file is the one that will be shown.
            "image_url" if has_picture => continue,
            // False for a column that means nothing, or nothing here.
            field => input.set(field, &cell.text),
        };
    }
    let edit = ProductEdit::parse(input, Extent::Partial);
    let created_at = text(cells, "created_at").map(catalog::created_at).transpose();
    match (edit, created_at) {
        (Ok(edit), Ok(created_at)) => Ok((edit, created_at)),
        (edit, created_at) => {
            let mut faults = edit.err().unwrap_or_default();
            faults.extend(created_at.err());
            Err(faults)
        }
    }
}

/// The same faults; that of a price says what to write instead.
fn advised(mut faults: Vec<FieldError>, cells: &[Cell]) -> Vec<FieldError> {
    let plain = text(cells, "price").and_then(prices::plain);
    let price = faults
        .iter_mut()
        .find(|fault| fault.pointer == "/price" && fault.code == "format");
    if let (Some(fault), Some(plain)) = (price, plain) {
        fault.detail = format!("{}: write {plain}", fault.detail);
    }
    faults
}

fn text<'a>(cells: &'a [Cell], column: &str) -> Option<&'a str> {
    cells
        .iter()
        .find(|cell| cell.column == column && !cell.is_nested)
        .map(|cell| cell.text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understand(pairs: &[(&str, &str)]) -> Result<Understood, Vec<(String, String)>> {
        let cells = pairs
            .iter()
            .map(|(column, text)| Cell {
                column: (*column).to_owned(),
                text: (*text).to_owned(),
                is_nested: text.starts_with('['),
            })
            .collect();
        let expectations = Expectations {
            currency: "EUR".to_owned(),
            assume_currency: false,
        };
        let row = Row {
            number: 2,
            cells: Ok(cells),
        };
        let told = |faults: Vec<Refusal>| faults.into_iter().map(|fault| (fault.column, fault.reason));
        expectations
            .understand(row)
            .map_err(|faults| told(faults).collect())
    }

    fn faulty_columns(pairs: &[(&str, &str)]) -> Vec<String> {
        let faults = understand(pairs).unwrap_err();
        faults.into_iter().map(|(column, _)| column).collect()
    }

    #[test]
    fn all_faults_of_a_row_are_told_at_once_under_the_names_of_its_own_columns() {
        let faulty = faulty_columns(&[
            ("name", "[\"a\"]"),
            ("rating", "[\"a\"]"),
            ("price", "9.999"),
            ("stock", "1.5"),
            ("currency", "USD"),
            ("created_at", "yesterday"),
        ]);
        assert_eq!(faulty, ["name", "currency", "price", "stock", "created_at"]);
    }

    #[test]
    fn a_price_that_people_read_is_refused_with_what_to_write() {
        let faults = understand(&[("name", "Lamp"), ("price", "12,50 €")]).unwrap_err();
        assert!(faults[0].1.ends_with(": write 12.50"), "{faults:?}");
    }

    #[test]
    fn the_picture_beside_the_file_replaces_the_address() {
        let row = understand(&[
            ("name", "Lamp"),
            ("image_url", "/old/lamp.jpg"),
            ("image_file", "lamp.jpg"),
        ]);
        assert_eq!(row.unwrap().picture.as_deref(), Some("lamp.jpg"));
        assert_eq!(
            faulty_columns(&[("name", "Lamp"), ("image_url", "/old/lamp.jpg")]),
            ["image_url"]
        );
    }

    #[test]
    fn a_row_is_known_by_number_and_address_else_by_name() {
        let identities = |pairs: &[(&str, &str)]| understand(pairs).unwrap().identities;
        assert_eq!(
            identities(&[("name", "Lamp"), ("sku", "xr-1"), ("slug", "lamp")]),
            [
                Identity::Sku("XR-1".to_owned()),
                Identity::Slug("lamp".to_owned())
            ]
        );
        assert_eq!(
            identities(&[("name", " LÄMP "), ("currency", "eur")]),
            [Identity::Name("lamp".to_owned())]
        );
        assert_eq!(faulty_columns(&[("price", "1.00")]), ["row"]);
    }
}

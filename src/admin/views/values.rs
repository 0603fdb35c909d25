//! What stands in the fields of a product's form, exactly as typed, valid or not.
//! Must not know what makes a value valid.

use sha2::{Digest, Sha256};

use crate::catalog::Product;
use crate::db::Money;

/// The fields of the form with their labels, in their order.
pub const FIELDS: [(&str, &str); 10] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("sku", "SKU"),
    ("brand", "Brand"),
    ("description", "Description"),
    ("price", "Price"),
    ("category", "Category"),
    ("stock_quantity", "Stock"),
    ("image_url", "Picture address"),
    ("is_active", "Visible in the shop"),
];

/// Hexadecimal digits that tell two values of one field apart.
const PRINT_LENGTH: usize = 12;

/// The values of the form by field; a field that was not sent is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormValues {
    values: [String; FIELDS.len()],
}

impl FormValues {
    /// The form of a new product.
    pub fn new_product() -> FormValues {
        let mut values = FormValues::default();
        values.set("stock_quantity", "0");
        values.set("is_active", "true");
        values
    }

    /// The form of a product as it is stored.
    pub fn of(product: &Product) -> FormValues {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        FormValues {
            values: [
                product.name.clone(),
                product.slug.clone(),
                text(&product.sku),
                text(&product.brand),
                text(&product.description),
                product.price.to_string(),
                text(&product.category),
                product.stock_quantity.to_string(),
                text(&product.image_url),
                flag(product.is_active),
            ],
        }
    }

    /// What a form sent. Of a conflict page each field comes as `mine.FIELD` and `theirs.FIELD` with the choice
    /// `keep.FIELD`; the one that was chosen counts.
    pub fn read(pairs: &[(String, String)]) -> FormValues {
        let sent = |name: &str| {
            pairs
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.as_str())
        };
        let mut values = FormValues::default();
        for (name, _) in FIELDS {
            let chosen = sent(&format!("keep.{name}")).and_then(|side| {
                sent(&format!(
                    "{}.{name}",
                    if side == "theirs" { side } else { "mine" }
                ))
            });
            // Browsers send line breaks as CR LF whatever stood in the page.
            let value = chosen
                .or_else(|| sent(name))
                .unwrap_or_default()
                .replace("\r\n", "\n");
            values.set(
                name,
                if name == "is_active" {
                    if value.is_empty() { "false" } else { &value }
                } else {
                    &value
                },
            );
        }
        values
    }

    /// The value of a field; empty for a name that is no field.
    pub fn get(&self, field: &str) -> &str {
        FIELDS
            .iter()
            .zip(&self.values)
            .find(|((name, _), _)| *name == field)
            .map_or("", |(_, value)| value)
    }

    /// All fields with their values, for the model to understand.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FIELDS
            .iter()
            .zip(&self.values)
            .map(|((name, _), value)| (*name, value.as_str()))
    }

    /// Whether two forms say the same in a field: 19.9 is 19.90, and space around a value does not count.
    pub fn agrees(&self, other: &FormValues, field: &str) -> bool {
        plain(field, self.get(field)) == plain(field, other.get(field))
    }

    /// A short print of a field's value. The form carries the prints of what was opened, so that a conflict page can
    /// tell who changed what without carrying every text twice.
    pub fn print(&self, field: &str) -> String {
        let mut digits = hex::encode(Sha256::digest(plain(field, self.get(field))));
        digits.truncate(PRINT_LENGTH);
        digits
    }

    fn set(&mut self, field: &str, value: &str) {
        if let Some((_, slot)) = FIELDS
            .iter()
            .zip(&mut self.values)
            .find(|((name, _), _)| *name == field)
        {
            value.clone_into(slot);
        }
    }
}

fn flag(value: bool) -> String {
    value.to_string()
}

fn plain(field: &str, value: &str) -> String {
    let value = value.trim();
    let amount = if field == "price" {
        Money::parse(value).ok()
    } else {
        None
    };
    amount.map_or_else(|| value.to_owned(), |amount| amount.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> FormValues {
        FormValues::read(
            &pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_box_that_is_not_ticked_says_no() {
        assert_eq!(sent(&[("name", "Lamp")]).get("is_active"), "false");
        assert_eq!(sent(&[("is_active", "true")]).get("is_active"), "true");
    }

    #[test]
    fn the_chosen_side_of_a_conflict_counts() {
        let values = sent(&[
            ("name", "Lamp"),
            ("keep.price", "theirs"),
            ("mine.price", "1"),
            ("theirs.price", "2"),
            ("keep.brand", "mine"),
            ("mine.brand", "a\r\nb"),
            ("theirs.brand", ""),
        ]);
        assert_eq!(
            (values.get("name"), values.get("price"), values.get("brand")),
            ("Lamp", "2", "a\nb")
        );
    }

    #[test]
    fn the_same_amount_written_otherwise_is_no_difference() {
        let (a, b) = (
            sent(&[("price", "19.9"), ("name", "a")]),
            sent(&[("price", " 19.90"), ("name", "b")]),
        );
        assert!(a.agrees(&b, "price") && a.print("price") == b.print("price"));
        assert!(!a.agrees(&b, "name") && a.print("name") != b.print("name"));
    }
}

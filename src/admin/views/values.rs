//! What stands in the fields of a product's form, exactly as typed, valid or not.
//! Must not know what makes a value valid.

use sha2::{Digest, Sha256};

use crate::catalog::{ATTRIBUTE_PREFIX, Attribute, Product, join_images, join_tags};
use crate::db::{Moment, Money};

/// The fields that every product's form has, with their labels, in their order; attributes come behind them.
const FIELDS: [(&str, &str); 16] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("sku", "SKU"),
    ("brand", "Brand"),
    ("description", "Description"),
    ("price", "Price"),
    ("sale_price", "Sale price"),
    ("sale_starts_at", "Sale starts"),
    ("sale_ends_at", "Sale ends"),
    ("category", "Category"),
    ("tags", "Tags"),
    ("stock_quantity", "Stock"),
    ("images", "Pictures"),
    ("buy_url", "Link to buy"),
    ("publish_at", "Visible from"),
    ("is_active", "Visible in the shop"),
];

/// Hexadecimal digits that tell two values of one field apart.
const PRINT_LENGTH: usize = 12;

/// A field of the form with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    name: String,
    label: String,
    value: String,
}

/// The values of the form by field; a field that was not sent is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormValues(Vec<Slot>);

impl FormValues {
    fn blank(attributes: &[Attribute]) -> FormValues {
        let slot = |name: String, label: String| Slot {
            name,
            label,
            value: String::new(),
        };
        let fields = FIELDS
            .iter()
            .map(|(name, label)| slot((*name).to_owned(), (*label).to_owned()));
        let own = attributes.iter().map(|attribute| {
            let unit = attribute.unit.as_ref().map(|unit| format!(" ({unit})"));
            let label = format!("{}{}", attribute.name, unit.unwrap_or_default());
            slot(format!("{ATTRIBUTE_PREFIX}{}", attribute.key), label)
        });
        FormValues(fields.chain(own).collect())
    }

    /// The form of a new product.
    pub fn new_product(attributes: &[Attribute]) -> FormValues {
        let mut values = FormValues::blank(attributes);
        values.set("stock_quantity", "0");
        values.set("is_active", "true");
        values
    }

    /// The form of a product as it is stored.
    pub fn of(product: &Product, attributes: &[Attribute]) -> FormValues {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let moment = |moment: Option<Moment>| moment.map(Moment::to_form).unwrap_or_default();
        let sale = product.sale.as_ref();
        let mut values = FormValues::blank(attributes);
        for (name, value) in [
            ("name", product.name.clone()),
            ("slug", product.slug.clone()),
            ("sku", text(&product.sku)),
            ("brand", text(&product.brand)),
            ("description", text(&product.description)),
            ("price", product.price.to_string()),
            (
                "sale_price",
                sale.map(|sale| sale.price.to_string()).unwrap_or_default(),
            ),
            ("sale_starts_at", moment(sale.and_then(|sale| sale.starts_at))),
            ("sale_ends_at", moment(sale.and_then(|sale| sale.ends_at))),
            ("category", text(&product.category)),
            ("tags", join_tags(&product.tags)),
            ("stock_quantity", product.stock_quantity.to_string()),
            ("images", join_images(&product.images)),
            ("buy_url", text(&product.buy_url)),
            ("publish_at", moment(product.publish_at)),
            ("is_active", product.is_active.to_string()),
        ] {
            values.set(name, &value);
        }
        for (key, value) in &product.attributes {
            values.set(&format!("{ATTRIBUTE_PREFIX}{key}"), &value.to_string());
        }
        values
    }

    /// What a form sent. Of a conflict page each field comes as `mine.FIELD` and `theirs.FIELD` with the choice
    /// `keep.FIELD`; the one that was chosen counts.
    pub fn read(pairs: &[(String, String)], attributes: &[Attribute]) -> FormValues {
        let sent = |name: &str| {
            pairs
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.as_str())
        };
        let mut values = FormValues::blank(attributes);
        for Slot { name, value, .. } in &mut values.0 {
            let chosen = sent(&format!("keep.{name}")).and_then(|side| {
                sent(&format!(
                    "{}.{name}",
                    if side == "theirs" { side } else { "mine" }
                ))
            });
            // Browsers send line breaks as CR LF whatever stood in the page.
            *value = chosen
                .or_else(|| sent(name))
                .unwrap_or_default()
                .replace("\r\n", "\n");
            if name == "is_active" && value.is_empty() {
                "false".clone_into(value);
            }
        }
        values
    }

    /// All fields with their labels, in their order.
    pub fn labels(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|slot| (slot.name.as_str(), slot.label.as_str()))
            .collect()
    }

    /// The value of a field; empty for a name that is no field.
    pub fn get(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|slot| slot.name == field)
            .map_or("", |slot| &slot.value)
    }

    /// All fields with their values, for the model to understand.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|slot| (slot.name.as_str(), slot.value.as_str()))
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
        if let Some(slot) = self.0.iter_mut().find(|slot| slot.name == field) {
            value.clone_into(&mut slot.value);
        }
    }
}

fn plain(field: &str, value: &str) -> String {
    let value = value.trim();
    let amount = if field == "price" || field == "sale_price" {
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
            &[],
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

//! A product as the index holds it. Must not know how it is read or found.

use crate::catalog::{AttributeValue as Value, Indexed, Term, text};
use crate::search::engine::{AttributeValue, Document, Entry, Facet};

pub(super) fn put(indexed: Indexed) -> Entry {
    Entry::Put(Box::new(document(indexed)))
}

fn document(indexed: Indexed) -> Document {
    let Indexed {
        product,
        categories,
        brand,
        tags,
        score,
        price,
        on_sale,
    } = indexed;
    let tags = product.tags.iter().zip(tags);
    let attributes = product.attributes.iter();
    Document {
        product_id: product.product_id,
        version: product.version,
        brand: product.brand.as_ref().map(|name| named(name, brand.as_ref())),
        categories: match (categories.as_slice(), &product.category) {
            // A name of which no category is known stands for itself.
            ([], Some(name)) => vec![named(name, None)],
            (path, _) => path.iter().map(of_term).collect(),
        },
        tags: tags.map(|(name, term)| named(name, term.as_ref())).collect(),
        attributes: attributes
            .map(|(key, value)| (key.clone(), self::value(value)))
            .collect(),
        price: price.minor_units(),
        on_sale,
        stock: product.stock_quantity,
        created_at: product.created_at.unix_microseconds(),
        popularity: score,
        name_key: text::fold(&product.name),
        name: product.name,
        sku: product.sku,
        description: product.description,
    }
}

fn named(name: &str, term: Option<&Term>) -> Facet {
    Facet {
        key: term.map_or_else(|| text::fold(name), |term| term.slug.clone()),
        label: name.to_owned(),
    }
}

fn of_term(term: &Term) -> Facet {
    Facet {
        key: term.slug.clone(),
        label: term.name.clone(),
    }
}

fn value(value: &Value) -> AttributeValue {
    match value {
        Value::Number(thousandths) => AttributeValue::Number(*thousandths),
        Value::Text(_) | Value::Flag(_) => AttributeValue::Text(Facet {
            key: value.key(),
            label: value.to_string(),
        }),
    }
}

//! What a filter narrows a list to by the keys that documents of an index have: of a term its slug, or where there is none
//! its folded name. Must not know what an index is.

use super::narrow::attribute_ids;
use crate::catalog::filter::{AttributeFilter, ProductFilter};
use crate::catalog::finder::{AttributeNarrow, Narrow};
use crate::catalog::model::Taxonomy;
use crate::catalog::repo::{attributes, terms};
use crate::catalog::{popularity, text};
use crate::db::{AnyConnection, Moment, Money};
use crate::error::Result;

/// The keys of everything that a filter narrows to. What is no name of a term has the key of nothing, so that it leaves
/// nothing.
///
/// # Errors
/// 400 for an attribute that the shop does not have, unless those are ignored.
pub fn keys(connection: &mut AnyConnection, filter: &ProductFilter, is_lenient: bool) -> Result<Narrow> {
    let mut attributes_of: Vec<_> = filter.attributes.iter().collect();
    if is_lenient {
        let defined = attributes::all(connection)?;
        attributes_of.retain(|(key, _)| defined.iter().any(|attribute| attribute.key == **key));
    } else {
        attribute_ids(connection, filter)?;
    }
    Ok(Narrow {
        categories: slugs(connection, Taxonomy::Category, &filter.categories)?,
        brands: slugs(connection, Taxonomy::Brand, &filter.brands)?,
        tags: slugs(connection, Taxonomy::Tag, &filter.tags)?,
        attributes: attributes_of
            .into_iter()
            .map(|(key, wanted)| (key.clone(), narrow(wanted)))
            .collect(),
        ..own_keys(filter)
    })
}

/// The part of it that names nothing.
pub fn own_keys(filter: &ProductFilter) -> Narrow {
    let micros = |moment: Moment| moment.unix_microseconds();
    let popular = filter.min_popularity.filter(|least| *least > 0.0);
    Narrow {
        min_price: filter.min_price.map(Money::minor_units),
        max_price: filter.max_price.map(Money::minor_units),
        in_stock: filter.in_stock,
        on_sale: filter.on_sale,
        created_since: filter.created_since.map(micros),
        created_until: filter.created_until.map(micros),
        min_popularity: popular.map(|least| popularity::score_of(least, Moment::now())),
        ..Narrow::default()
    }
}

fn narrow(wanted: &AttributeFilter) -> AttributeNarrow {
    AttributeNarrow {
        values: wanted.keys().unwrap_or_default(),
        min: wanted.min,
        max: wanted.max,
    }
}

fn slugs(connection: &mut AnyConnection, taxonomy: Taxonomy, wanted: &[String]) -> Result<Vec<String>> {
    let slug = |name: &String| {
        let term = terms::wanted(connection, taxonomy, name)?;
        Ok(term.map_or_else(|| text::fold(name), |term| term.slug))
    };
    wanted.iter().map(slug).collect()
}

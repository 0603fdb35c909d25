//! How the API describes the parameters of a list of products: a line for each. Must not know addresses.

use super::amount;
use crate::catalog::filter::{FILTER_PARAMETERS, LONGEST_QUERY, MOST_ALTERNATIVES, SORT_KEYS};
use crate::web::listing::{self, LIST_PARAMETERS};
use crate::web::openapi::{Parameter, Schema};

/// The parameters of a list of products: its filter, its order, its page.
pub fn list_parameters() -> impl Iterator<Item = Parameter> {
    let filter = FILTER_PARAMETERS.into_iter().map(filter_parameter);
    filter.chain(LIST_PARAMETERS.into_iter().map(list_parameter))
}

fn filter_parameter(name: &'static str) -> Parameter {
    let moment = || Schema::text().example("2026-11-22");
    let (shape, about) = match name {
        "category" => (
            Schema::list(Schema::text()).at_most(MOST_ALTERNATIVES),
            "Name or slug of a category, which stands for all below it too. Repeated: products of any of them.",
        ),
        "brand" => (
            Schema::list(Schema::text()).at_most(MOST_ALTERNATIVES),
            "Name or slug of a brand. Repeated: products of any of them.",
        ),
        "tag" => (
            Schema::list(Schema::text()).at_most(MOST_ALTERNATIVES),
            "Name or slug of a tag. Repeated: products with any of them.",
        ),
        "attr.*" => (
            Schema::text(),
            "Stands for attr.KEY (a value of that attribute; repeated: any of them), attr.KEY.min and attr.KEY.max (bounds of a number).",
        ),
        "on_sale" => (
            Schema::boolean(),
            "Only what is reduced now, or only what is not.",
        ),
        "min_popularity" => (
            Schema::text().pattern(r"^\d+(\.\d{1,3})?$").example("5"),
            "Views of a product at least; a view counts half after fourteen days.",
        ),
        "q" => (
            Schema::text().at_most(LONGEST_QUERY),
            "What is searched for: words, the last of which may be unfinished, “words in a row” in quotes, -words that must not occur, or an article number. Best matches come first unless `sort` says otherwise.",
        ),
        "min_price" => (amount(), "What a product costs at least."),
        "max_price" => (amount(), "What a product costs at most."),
        "in_stock" => (
            Schema::boolean(),
            "Only what is in stock, or only what is sold out.",
        ),
        "created_since" => (
            moment(),
            "Only products made at this date or time (RFC 3339) or later.",
        ),
        "created_until" => (
            moment(),
            "Only products made at this time (RFC 3339) or earlier; a date alone means the whole day.",
        ),
        _ => (Schema::text(), ""),
    };
    Parameter::query(name, shape, about)
}

fn list_parameter(name: &'static str) -> Parameter {
    if name != "sort" {
        return listing::parameter(name);
    }
    let about = format!(
        "Made of {}, separated by commas, each with - for descending (popular, popularity and relevance by themselves); the id breaks ties. Without it the best matches of a search come first, else the newest.",
        SORT_KEYS.join(", ")
    );
    Parameter::query(name, Schema::text().example("-price,name"), about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_a_list_is_described() {
        for parameter in list_parameters() {
            assert!(!parameter.about().is_empty(), "{}", parameter.name());
        }
    }
}

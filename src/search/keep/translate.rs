//! Between the words of the seam and those of the engine. Must not know what either does with them.

use crate::catalog::filter::SortKey as Key;
use crate::catalog::finder::{self, Found, Hit, Marks, Reason, Search, Suggested, Wanted};
use crate::db::Seq;
use crate::search::engine::{
    Asked, AttributeCounts, AttributeNarrow, Band, Count, Facets, Found as Answer, Hit as Answered, Narrow,
    SortKey, Step, Suggestions,
};

pub(super) fn asked(wanted: Wanted) -> Asked {
    let key = |key| match key {
        Key::CreatedAt => SortKey::CreatedAt,
        Key::Price => SortKey::Price,
        Key::Name => SortKey::Name,
        Key::Popularity => SortKey::Popularity,
    };
    let steps = wanted.sort.iter().map(|step| Step {
        key: key(step.key),
        descending: step.descending,
    });
    Asked {
        text: wanted.text,
        narrow: narrow(wanted.narrow),
        sort: steps.collect(),
        offset: wanted.offset,
        limit: wanted.limit,
        facets: wanted.facets,
        explain: wanted.explain,
        one_view: wanted.one_view,
        ..Asked::default()
    }
}

fn narrow(narrow: finder::Narrow) -> Narrow {
    let attribute = |(key, wanted): (String, finder::AttributeNarrow)| {
        let wanted = AttributeNarrow {
            values: wanted.values,
            min: wanted.min,
            max: wanted.max,
        };
        (key, wanted)
    };
    Narrow {
        categories: narrow.categories,
        brands: narrow.brands,
        tags: narrow.tags,
        attributes: narrow.attributes.into_iter().map(attribute).collect(),
        min_price: narrow.min_price,
        max_price: narrow.max_price,
        in_stock: narrow.in_stock,
        on_sale: narrow.on_sale,
        created_since: narrow.created_since,
        created_until: narrow.created_until,
        min_popularity: narrow.min_popularity,
    }
}

pub(super) fn found(answer: Answer, epoch: String, as_of: Seq, has_facets: bool) -> Found {
    let understood = answer.understood;
    let highlighter = answer.highlighter;
    Found {
        epoch,
        as_of,
        hits: answer.hits.into_iter().map(hit).collect(),
        total: answer.total,
        search: Search {
            is_degraded: false,
            understood: finder::Understood {
                words: understood.words,
                dropped: understood.dropped,
                did_you_mean: understood.did_you_mean,
                synonyms: understood.synonyms,
            },
            facets: has_facets.then(|| facets(answer.facets)),
            explanations: Vec::new(),
            marks: Marks::new(move |text| highlighter.ranges(text)),
        },
    }
}

pub(super) fn suggested(found: Suggestions, epoch: String, as_of: Seq) -> Suggested {
    Suggested {
        epoch,
        as_of,
        completions: found.completions,
        products: found.products,
        categories: found
            .categories
            .into_iter()
            .map(|category| category.key)
            .collect(),
    }
}

fn hit(hit: Answered) -> Hit {
    let parts = hit
        .explanation
        .map(|explanation| explanation.parts)
        .unwrap_or_default();
    let reason = parts.into_iter().map(|part| Reason {
        name: part.name,
        value: part.value,
        detail: part.detail,
    });
    Hit {
        product_id: hit.product_id,
        explanation: reason.collect(),
    }
}

fn facets(facets: Facets) -> finder::Facets {
    finder::Facets {
        categories: counts(facets.categories),
        brands: counts(facets.brands),
        tags: counts(facets.tags),
        attributes: facets.attributes.into_iter().map(attribute).collect(),
        price_range: facets.prices.range,
        price_bands: facets.prices.bands.into_iter().map(band).collect(),
        in_stock: facets.in_stock,
        on_sale: facets.on_sale,
    }
}

fn attribute(counted: AttributeCounts) -> finder::AttributeCounts {
    finder::AttributeCounts {
        key: counted.key,
        values: counts(counted.values),
        range: counted.range,
    }
}

fn band(band: Band) -> finder::Band {
    finder::Band {
        from: band.from,
        below: band.below,
        count: band.count,
    }
}

fn counts(counts: Vec<Count>) -> Vec<finder::Count> {
    let told = |count: Count| finder::Count {
        key: count.facet.key,
        label: count.facet.label,
        count: count.count,
    };
    counts.into_iter().map(told).collect()
}

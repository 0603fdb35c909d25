//! Between the words of the seam and those of the engine. Must not know what either does with them.

use crate::catalog::finder::{self, Found, Hit, Marks, Search, Suggested, Wanted};
use crate::db::Seq;
use crate::search::engine::{
    Asked, AttributeCounts, Count, Facets, Found as Answer, Hit as Answered, Suggestions,
};

pub(super) fn asked(wanted: Wanted) -> Asked {
    Asked {
        text: wanted.text,
        narrow: wanted.narrow,
        sort: wanted.sort,
        offset: wanted.offset,
        limit: wanted.limit,
        facets: wanted.facets,
        explain: wanted.explain,
        one_view: wanted.one_view,
        ..Asked::default()
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
    let parts = hit.explanation.map(|explanation| explanation.parts);
    Hit {
        product_id: hit.product_id,
        explanation: parts.unwrap_or_default(),
    }
}

fn facets(facets: Facets) -> finder::Facets {
    finder::Facets {
        categories: counts(facets.categories),
        brands: counts(facets.brands),
        tags: counts(facets.tags),
        attributes: facets.attributes.into_iter().map(attribute).collect(),
        price_range: facets.prices.range,
        price_bands: facets.prices.bands,
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

fn counts(counts: Vec<Count>) -> Vec<finder::Count> {
    let told = |count: Count| finder::Count {
        key: count.facet.key,
        label: count.facet.label,
        count: count.count,
    };
    counts.into_iter().map(told).collect()
}

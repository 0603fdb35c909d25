//! What a page or a piece of a file shows, read in one snapshot, so that its parts cannot contradict each other.
//! Must not know markup.

use std::sync::Arc;

use super::filter::{ProductFilter, Sort};
use super::model::{AtAddress, Attribute, Choices, Holding, Product, ProductCard, Taxonomy, Term, TermTree};
use super::{Catalog, dependence, repo, text};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::Result;
use crate::web::paging::{Page, PageRequest};

/// A list of products between the categories to choose from.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub categories: TermTree,
    pub products: Page<ProductCard>,
}

/// Whole products and every category there is.
#[derive(Debug, Clone)]
pub struct Inventory {
    pub categories: TermTree,
    pub products: Page<Product>,
}

/// A list of products with the choices by which it can be narrowed further.
#[derive(Debug, Clone)]
pub struct FilteredShelf {
    pub shelf: Shelf,
    /// Of its category or of the whole shop, whatever else the filter says.
    pub choices: Arc<Choices>,
    /// Of the products that are left, when all of them stand on this page.
    pub own: Option<Choices>,
}

/// One product with its surroundings.
#[derive(Debug, Clone)]
pub struct Display {
    pub categories: TermTree,
    pub product: Product,
    /// What its attributes are called.
    pub attributes: Vec<Attribute>,
    /// Others of the same category.
    pub more: Vec<ProductCard>,
}

/// How many others a product is shown with.
const MORE: u32 = 4;

impl Catalog {
    /// The products that a page lists.
    ///
    /// # Errors
    /// 400 for a cursor of another list; those of the database.
    pub async fn shelf(
        &self,
        filter: ProductFilter,
        sort: Sort,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<Shelf>> {
        let has_words = filter.text.is_some();
        let read = move |connection: &mut AnyConnection| {
            Ok(Shelf {
                categories: repo::terms::visible_categories(connection)?,
                products: repo::lists::cards(connection, &filter, &sort, &page)?,
            })
        };
        self.shown_list("catalog.shelf", at_least, has_words, read).await
    }

    /// A page of whole products with the tree in which their categories stand.
    ///
    /// # Errors
    /// 400 for a cursor of another list; those of the database.
    pub async fn inventory(
        &self,
        filter: ProductFilter,
        sort: Sort,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<Inventory>> {
        let read = move |connection: &mut AnyConnection| {
            Ok(Inventory {
                categories: repo::terms::all(connection, Taxonomy::Category)?,
                products: repo::lists::products(connection, &filter, &sort, &page)?,
            })
        };
        self.db.read_at_least("catalog.inventory", at_least, read).await
    }

    /// The products that a page with a filter lists. Attributes that the shop does not have are ignored, as pages do with
    /// whatever they do not know.
    ///
    /// # Errors
    /// As [`Catalog::shelf`].
    pub async fn filtered_shelf(
        &self,
        filter: ProductFilter,
        sort: Sort,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<FilteredShelf>> {
        let (wanted, has_words) = (filter.categories.clone(), filter.text.is_some());
        let read = move |connection: &mut AnyConnection| narrowed(connection, &filter, &sort, &page);
        let found = self
            .shown_list("catalog.shelf", at_least, has_words, read)
            .await?;
        let (shelf, holdings) = found.value;
        let category = only_category(&shelf.categories, &wanted);
        let choices = self
            .choices(category, at_least, (&found.epoch, found.as_of))
            .await?;
        let defined = choices.attributes.iter().map(|choices| choices.attribute.clone());
        let own = holdings.map(|holdings| Choices::of(&holdings, defined));
        Ok(Snapshot {
            value: FilteredShelf { shelf, choices, own },
            epoch: found.epoch,
            as_of: found.as_of,
        })
    }

    /// What a form offers for a filter that could not be understood: there is no list.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn empty_shelf(&self, category: &str, at_least: Seq) -> Result<FilteredShelf> {
        let found = self.categories(at_least).await?;
        let (categories, wanted) = (found.value, [category.to_owned()]);
        let choices = self
            .choices(
                only_category(&categories, &wanted),
                at_least,
                (&found.epoch, found.as_of),
            )
            .await?;
        Ok(FilteredShelf {
            shelf: Shelf {
                categories,
                products: Page::empty(),
            },
            choices,
            own: None,
        })
    }

    /// How many products each of these filters leaves.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counts(&self, filters: Vec<ProductFilter>, at_least: Seq) -> Result<Vec<i64>> {
        let has_words = filters.iter().any(|filter| filter.text.is_some());
        let read = move |connection: &mut AnyConnection| {
            let counts = filters
                .iter()
                .map(|filter| repo::lists::count(connection, filter));
            counts.collect::<Result<Vec<_>>>()
        };
        let counted = self.shown_list("catalog.counts", at_least, has_words, read);
        Ok(counted.await?.value)
    }

    /// The product at an address with its surroundings, or its present address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn display(&self, slug: String, at_least: Seq) -> Result<Snapshot<AtAddress<Display>>> {
        let asked = slug.clone();
        let read = move |connection: &mut AnyConnection| {
            if let Some(product) = repo::products::find_visible_by_slug(connection, &slug)? {
                return surrounded(connection, product).map(AtAddress::Here).map(Some);
            }
            let moved = repo::products::moved_to(connection, &slug)?;
            Ok(moved.map(AtAddress::MovedTo))
        };
        let depends =
            move |found: &Option<AtAddress<Display>>| dependence::of_address(&asked, found.as_ref());
        let found = self.shown("catalog.display", at_least, read, depends).await?;
        found.or_not_found("product")
    }
}

fn narrowed(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<(Shelf, Option<Vec<Holding>>)> {
    let mut filter = filter.clone();
    if !filter.attributes.is_empty() {
        let defined = repo::attributes::all(connection)?;
        filter
            .attributes
            .retain(|key, _| defined.iter().any(|attribute| attribute.key == *key));
    }
    let shelf = Shelf {
        categories: repo::terms::visible_categories(connection)?,
        products: repo::lists::cards(connection, &filter, sort, page)?,
    };
    let products = &shelf.products;
    let is_on_one_page = products.next.is_none() && products.prev.is_none() && !products.items.is_empty();
    // What a category alone has is known anyway.
    let category = ProductFilter {
        categories: filter.categories.iter().take(1).cloned().collect(),
        ..ProductFilter::default()
    };
    let ids = || products.items.iter().map(|product| product.product_id).collect();
    let holdings = (is_on_one_page && filter != category)
        .then(|| repo::lists::holdings_of(connection, ids()))
        .transpose()?;
    Ok((shelf, holdings))
}

/// The one category with something to show that a list is narrowed to, by name or slug.
fn only_category<'a>(categories: &'a TermTree, wanted: &[String]) -> Option<&'a Term> {
    let [wanted] = wanted else { return None };
    let mut known = categories.terms().iter();
    known.find(|term| term.slug == *wanted || text::fold(&term.name) == text::fold(wanted))
}

fn surrounded(connection: &mut AnyConnection, product: Product) -> Result<Display> {
    let categories = repo::terms::visible_categories(connection)?;
    let mut more = Vec::new();
    if let Some(category) = &product.category {
        let filter = ProductFilter {
            categories: vec![category.clone()],
            ..ProductFilter::default()
        };
        let page = PageRequest {
            limit: MORE + 1,
            ..PageRequest::default()
        };
        more = repo::lists::cards(connection, &filter, &Sort::default(), &page)?.items;
        more.retain(|other| other.product_id != product.product_id);
        more.truncate(MORE as usize);
    }
    let attributes = if product.attributes.is_empty() {
        Vec::new()
    } else {
        repo::attributes::all(connection)?
    };
    Ok(Display {
        categories,
        product,
        attributes,
        more,
    })
}

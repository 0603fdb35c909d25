//! What a page or a piece of a file shows, read in one snapshot, so that its parts cannot contradict each other.
//! Must not know markup.

use std::sync::Arc;

use super::filter::{ProductFilter, Sort};
use super::finder::Search;
use super::found::{ListQuery, Listed};
use super::model::{AtAddress, Attribute, Choices, Holding, Product, ProductCard, Taxonomy, Term, TermTree};
use super::navigation::{Known, Navigation};
use super::{Catalog, dependence, repo, text};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::Result;
use crate::web::paging::{Page, PageRequest};

/// A list of products between the categories to choose from.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub navigation: Arc<Navigation>,
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
    /// Of the products that are left, when all of them stand on this page or a search engine has counted them.
    pub own: Option<Arc<Choices>>,
    /// How it came about, if that was a search.
    pub search: Option<Search>,
}

/// One product with its surroundings.
#[derive(Debug, Clone)]
pub struct Display {
    pub navigation: Arc<Navigation>,
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
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| {
            Ok(Shelf {
                navigation: known.read(connection)?.navigation,
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
    pub async fn filtered_shelf(&self, query: ListQuery, at_least: Seq) -> Result<Snapshot<FilteredShelf>> {
        let wanted = query.filter.categories.clone();
        let way = self.way(&query, true, at_least).await?;
        let asked = query.clone();
        let filter = query.filter.clone();
        let known = self.known.clone();
        let ranked = move |connection: &mut AnyConnection, ids: &[i32]| {
            let cards = repo::lists::cards_of(connection, ids)?;
            let holdings = holdings(connection, &filter, &cards, true)?;
            Ok(((known.read(connection)?.navigation, holdings), cards))
        };
        let known = self.known.clone();
        let listed = move |connection: &mut AnyConnection, query: &ListQuery| {
            let (holdings, cards) = narrowed(connection, query)?;
            Ok(((known.read(connection)?.navigation, holdings), cards))
        };
        let found = self
            .listed("catalog.shelf", (query, way), at_least, ranked, listed)
            .await?;
        let ((navigation, holdings), Listed { page, search }) = found.value;
        // What all fits on one page is known as a whole.
        let holdings = holdings.filter(|_| page.next.is_none() && page.prev.is_none());
        let shelf = Shelf {
            navigation,
            products: page,
        };
        let category = only_category(&shelf.navigation.categories, &wanted);
        let choices = self
            .choices(category, at_least, (&found.epoch, found.as_of))
            .await?;
        // Not older than the rows: what is counted fits what is listed.
        let counted = self.counted(&asked, &choices, at_least.max(found.as_of)).await?;
        let (counted, counted_as_of) = counted.unzip();
        let own = counted.or_else(|| {
            let facets = search.as_ref().and_then(|search| search.facets.as_ref());
            let own = match (facets, holdings) {
                (Some(facets), _) => Choices::counted(facets, choices.defined()),
                (None, holdings) => Choices::of(&holdings?, choices.defined()),
            };
            Some(Arc::new(own))
        });
        Ok(Snapshot {
            value: FilteredShelf {
                shelf,
                choices,
                own,
                search,
            },
            epoch: found.epoch,
            as_of: counted_as_of.map_or(found.as_of, |counted| counted.min(found.as_of)),
        })
    }

    /// What a form offers for a filter that could not be understood: there is no list.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn empty_shelf(&self, category: &str, at_least: Seq) -> Result<FilteredShelf> {
        let found = self.navigation(at_least).await?;
        let (navigation, wanted) = (found.value, [category.to_owned()]);
        let choices = self
            .choices(
                only_category(&navigation.categories, &wanted),
                at_least,
                (&found.epoch, found.as_of),
            )
            .await?;
        Ok(FilteredShelf {
            shelf: Shelf {
                navigation,
                products: Page::empty(),
            },
            choices,
            own: None,
            search: None,
        })
    }

    /// How many products each of these filters leaves.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counts(&self, filters: Vec<ProductFilter>, at_least: Seq) -> Result<Vec<i64>> {
        let mut counts = Vec::with_capacity(filters.len());
        for filter in filters {
            counts.push(match self.count_found(&filter, at_least).await? {
                Some(count) => count,
                None => self.count(filter, at_least).await?,
            });
        }
        Ok(counts)
    }

    async fn count(&self, filter: ProductFilter, at_least: Seq) -> Result<i64> {
        let has_words = filter.text.is_some();
        let read = move |connection: &mut AnyConnection| repo::lists::count(connection, &filter);
        let counted = self.shown_list("catalog.counts", at_least, has_words, read);
        Ok(counted.await?.value)
    }

    /// The product at an address with its surroundings, or its present address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn display(&self, slug: String, at_least: Seq) -> Result<Snapshot<AtAddress<Display>>> {
        let asked = slug.clone();
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| {
            if let Some(product) = repo::products::find_visible_by_slug(connection, &slug)? {
                return surrounded(connection, &known, product)
                    .map(AtAddress::Here)
                    .map(Some);
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

/// What the products of a list hold, if they are the whole list.
type Holdings = Option<Vec<Holding>>;

fn narrowed(connection: &mut AnyConnection, query: &ListQuery) -> Result<(Holdings, Page<ProductCard>)> {
    let mut filter = query.filter.clone();
    if !filter.attributes.is_empty() {
        let defined = repo::attributes::all(connection)?;
        filter
            .attributes
            .retain(|key, _| defined.iter().any(|attribute| attribute.key == *key));
    }
    let products = repo::lists::cards(connection, &filter, &query.sort, &query.page)?;
    let is_whole = products.next.is_none() && products.prev.is_none();
    let holdings = holdings(connection, &filter, &products.items, is_whole)?;
    Ok((holdings, products))
}

fn holdings(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    products: &[ProductCard],
    is_whole: bool,
) -> Result<Holdings> {
    // What a category alone has is known anyway.
    let category = ProductFilter {
        categories: filter.categories.iter().take(1).cloned().collect(),
        ..ProductFilter::default()
    };
    let ids = || products.iter().map(|product| product.product_id).collect();
    (is_whole && !products.is_empty() && *filter != category)
        .then(|| repo::lists::holdings_of(connection, ids()))
        .transpose()
}

/// The one category with something to show that a list is narrowed to, by name or slug.
fn only_category<'a>(categories: &'a TermTree, wanted: &[String]) -> Option<&'a Term> {
    let [wanted] = wanted else { return None };
    let mut known = categories.terms().iter();
    known.find(|term| term.slug == *wanted || text::fold(&term.name) == text::fold(wanted))
}

fn surrounded(connection: &mut AnyConnection, known: &Known, product: Product) -> Result<Display> {
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
        navigation: known.read(connection)?.navigation,
        product,
        attributes,
        more,
    })
}

//! What a page or a piece of a file shows, read in one snapshot, so that its parts cannot contradict each other.
//! Must not know markup.

use super::filter::{ProductFilter, Sort};
use super::model::{AtAddress, Attribute, Product, ProductCard, Taxonomy, TermTree};
use super::{Catalog, repo};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::{Error, Result};
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
        let read = move |connection: &mut AnyConnection| {
            Ok(Shelf {
                categories: repo::terms::visible_categories(connection)?,
                products: repo::lists::cards(connection, &filter, &sort, &page)?,
            })
        };
        self.db.read_at_least("catalog.shelf", at_least, read).await
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

    /// The product at an address with its surroundings, or its present address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn display(&self, slug: String, at_least: Seq) -> Result<Snapshot<AtAddress<Display>>> {
        let read = move |connection: &mut AnyConnection| {
            if let Some(product) = repo::products::find_visible_by_slug(connection, &slug)? {
                return surrounded(connection, product).map(AtAddress::Here);
            }
            let moved = repo::products::moved_to(connection, &slug)?;
            moved
                .map(AtAddress::MovedTo)
                .ok_or(Error::NotFound { what: "product" })
        };
        self.db.read_at_least("catalog.display", at_least, read).await
    }
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

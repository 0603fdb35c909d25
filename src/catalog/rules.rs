//! The shop's settings that decide what a product may hold, and what they say of given content.
//! Must not know HTTP.

use super::edit::Content;
use super::model::{Product, Resource};
use super::repo::{products, slugs};
use super::values;
use crate::db::{Moment, WriteTransaction};
use crate::error::{FieldError, Result};

/// The shop's settings that decide what a product may hold.
#[derive(Debug, Clone)]
pub struct CatalogRules {
    /// ISO 4217 code of the one currency.
    pub currency: String,
    /// Hosts from which pictures may be shown besides our own.
    pub image_hosts: Vec<String>,
    /// A product with no more pieces than this is about to run out; 0 for never.
    pub low_stock: i32,
}

impl CatalogRules {
    /// A product as the API shows it right now.
    pub fn resource<'a>(&'a self, product: &'a Product) -> Resource<'a> {
        Resource::of(product, &self.currency, Moment::now())
    }

    pub(super) fn allows_image(&self, address: &str) -> bool {
        let host = url::Url::parse(address)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        values::is_own_media(address) || host.is_some_and(|host| self.image_hosts.contains(&host))
    }

    pub(super) fn image_advice(&self) -> String {
        match self.image_hosts.as_slice() {
            [] => "must be a picture of this shop (/media/...): no other host is allowed (shop.image_hosts)"
                .to_owned(),
            hosts => format!(
                "must be a picture of this shop (/media/...) or an https address on {}",
                hosts.join(", ")
            ),
        }
    }

    /// What only the database can tell to be wrong with the content.
    pub(super) fn content_faults(
        &self,
        transaction: &mut WriteTransaction<'_>,
        content: &Content,
        current: Option<&Product>,
    ) -> Result<Vec<FieldError>> {
        let mut faults = Vec::new();
        let own_id = current.map(|product| product.product_id);
        if let Some(sku) = &content.sku
            && let Some(other) = products::find_by_sku(transaction.connection(), sku)?
                .filter(|other| Some(other.product_id) != own_id)
        {
            faults.push(FieldError::new("/sku", "taken", taken("article number", &other)));
        }
        if let Some(slug) = &content.slug
            && current.is_none_or(|current| current.slug != *slug)
            && let Some(owner) =
                slugs::owner(transaction.connection(), slug)?.filter(|owner| Some(*owner) != own_id)
        {
            faults.push(FieldError::new(
                "/slug",
                "taken",
                format!("belongs to product {owner}, now or before; old addresses stay with their product"),
            ));
        }
        // A picture that the product has already stays, whatever hosts are allowed by now.
        let known = |url: &str| {
            let images = current.into_iter().flat_map(|current| &current.images);
            images.into_iter().any(|image| image.url == url)
        };
        for (place, image) in content.images.iter().enumerate() {
            if !known(&image.url) && !self.allows_image(&image.url) {
                let pointer = match place {
                    0 => "/image_url".to_owned(),
                    _ => format!("/images/{place}/url"),
                };
                faults.push(FieldError::new(pointer, "not_allowed", self.image_advice()));
            }
        }
        Ok(faults)
    }
}

fn taken(what: &str, other: &Product) -> String {
    if other.deleted_at.is_some() {
        format!(
            "is the {what} of a deleted product ({}): restore that one, or choose another {what}",
            other.name
        )
    } else {
        format!(
            "is the {what} of another product ({}, id {})",
            other.name, other.product_id
        )
    }
}

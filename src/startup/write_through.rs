//! Makes the answers about a product that was just changed here, and puts them where the other nodes look: when the first
//! of them is asked, it need not ask the database. Bulk work is left to those who ask.

use tokio::sync::mpsc;

use crate::cache::{Cache, Route};
use crate::catalog::Catalog;
use crate::catalog::routes::{api, pages};
use crate::db::changes::Written;
use crate::db::{Change, Entity, Seq};
use crate::web::site::Site;

/// Products of one write.
const MOST_PRODUCTS: usize = 4;

/// Products that wait; when more do, they are left out.
const LONGEST_QUEUE: usize = 64;

/// A product that has changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    product_id: i32,
    slug: String,
    seq: Seq,
}

/// Where writes are announced. Nothing ever waits for it.
#[derive(Clone)]
pub struct Announced(mpsc::Sender<Changed>);

pub fn queue() -> (Announced, mpsc::Receiver<Changed>) {
    let (sender, receiver) = mpsc::channel(LONGEST_QUEUE);
    (Announced(sender), receiver)
}

impl Announced {
    pub fn tell(&self, written: &Written) {
        let changed: Vec<Changed> = written.changes.iter().filter_map(changed).collect();
        if changed.len() > MOST_PRODUCTS {
            return;
        }
        for product in changed {
            // Full: whoever asks first makes them.
            let _ = self.0.try_send(product);
        }
    }
}

fn changed(change: &Change) -> Option<Changed> {
    let is_product = Entity::parse(&change.entity) == Some(Entity::Product);
    let state: serde_json::Value =
        serde_json::from_str(change.state_after.as_deref().filter(|_| is_product)?).ok()?;
    Some(Changed {
        product_id: change.entity_id,
        slug: state.get("slug")?.as_str()?.to_owned(),
        seq: Seq(change.seq),
    })
}

/// Works through what is announced until the process ends.
pub async fn run(cache: Cache, catalog: Catalog, site: Site, mut announced: mpsc::Receiver<Changed>) {
    while let Some(Changed {
        product_id,
        slug,
        seq,
    }) = announced.recv().await
    {
        let page = Route {
            path: format!("/products/{slug}"),
            pattern: "/products/{slug}".into(),
        };
        cache.put(&page, seq, pages::product(&site, &catalog, slug)).await;
        let resource = Route {
            path: format!("/api/v1/products/{product_id}"),
            pattern: "/api/v1/products/{id}".into(),
        };
        cache
            .put(&resource, seq, api::product(&catalog, product_id))
            .await;
    }
}

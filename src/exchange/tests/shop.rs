//! A shop that files are imported into, and what an import told.

use std::io::Cursor;

use tempfile::TempDir;

use crate::catalog::filter::{ProductFilter, Scope};
use crate::catalog::{Catalog, CatalogRules, Elsewhere, ImportMode, ListQuery, Product, Taxonomy, TermTree};
use crate::config::Settings;
use crate::db::{Actor, DatabaseUrl, Limits, Origin, Router, Seq, migrate};
use crate::error::Result;
use crate::exchange::{Format, Import, Observer, Pictures, Refusal, Summary};
use crate::media::MediaStore;
use crate::metrics::Metrics;
use crate::web::paging::{PageRequest, Position};

/// A fresh shop in a folder of its own; the folder is also where imported files would lie.
pub(super) struct Shop {
    pub catalog: Catalog,
    pub media: MediaStore,
    pub folder: TempDir,
}

/// What an import told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub unknown: Vec<String>,
    pub refused: Vec<(u64, String, String)>,
    pub rows: u64,
    pub elsewhere: Vec<Elsewhere>,
}

impl Observer for Told {
    fn unknown_columns(&mut self, names: &[String]) {
        self.unknown.extend_from_slice(names);
    }

    fn refused(&mut self, refusal: &Refusal) {
        self.refused
            .push((refusal.row, refusal.column.clone(), refusal.reason.clone()));
    }

    fn stands_elsewhere(&mut self, found: &Elsewhere) {
        self.elsewhere.push(found.clone());
    }

    fn progress(&mut self, rows: u64) {
        self.rows = rows;
    }
}

impl Shop {
    pub fn new() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let url = || DatabaseUrl::Sqlite(folder.path().join("shop.db"));
        migrate::migrate(&url()).unwrap();
        let router = Router::new(url(), Vec::new(), Limits::patient(), Metrics::new().database());
        let rules = CatalogRules {
            low_stock: 3,
            currency: "EUR".to_owned(),
            image_hosts: Vec::new(),
        };
        let mut settings = Settings::load(None).unwrap();
        settings.media.store = folder.path().join("media");
        Shop {
            catalog: Catalog::new(router, rules),
            media: MediaStore::new(&settings.media),
            folder,
        }
    }

    pub fn import_of(&self, mode: ImportMode) -> Import<'_> {
        Import {
            catalog: &self.catalog,
            media: &self.media,
            pictures: Pictures::Folder(self.folder.path().to_owned()),
            mode,
            assume_currency: false,
            origin: origin(),
        }
    }

    pub async fn try_import(&self, file: &[u8], mode: ImportMode) -> (Result<Summary>, Told) {
        let mut told = Told::default();
        let source = Cursor::new(file.to_owned());
        let summary = self.import_of(mode).run(source, None, &mut told).await;
        (summary, told)
    }

    /// As the command imports a file whose name tells its format.
    pub async fn import_as(&self, format: Format, file: &str) -> (String, Told) {
        let (mut told, source) = (Told::default(), Cursor::new(file.to_owned()));
        let import = self.import_of(ImportMode::Write);
        let summary = import.run(source, Some(format), &mut told).await;
        (summary.unwrap().to_string(), told)
    }

    pub async fn import(&self, file: &str) -> (String, Told) {
        let (summary, told) = self.try_import(file.as_bytes(), ImportMode::Write).await;
        (summary.unwrap().to_string(), told)
    }

    /// Every category behind those above it.
    pub async fn tree(&self) -> Vec<String> {
        paths(&self.categories().await)
    }

    pub async fn categories(&self) -> TermTree {
        self.catalog
            .terms(Taxonomy::Category, Seq::MAX)
            .await
            .unwrap()
            .value
    }

    pub async fn products(&self) -> Vec<Product> {
        self.all(Scope::Visible).await
    }

    /// Hidden ones as well.
    pub async fn kept(&self) -> Vec<Product> {
        self.all(Scope::Kept).await
    }

    async fn all(&self, scope: Scope) -> Vec<Product> {
        let filter = ProductFilter {
            scope,
            ..ProductFilter::default()
        };
        let (mut products, mut position) = (Vec::new(), Some(Position::Start));
        while let Some(start) = position {
            let page = PageRequest {
                limit: 100,
                position: start,
                with_total: false,
            };
            let query = ListQuery {
                filter: filter.clone(),
                ..ListQuery::page(page)
            };
            let read = self.catalog.products(query, Seq::MAX);
            let page = read.await.unwrap().value.page;
            products.extend(page.items);
            position = page.next.map(Position::Cursor);
        }
        products
    }
}

pub(super) fn origin() -> Origin {
    Origin {
        actor: Actor::Cli,
        request_id: "test".to_owned(),
        batch: Some("import-test".to_owned()),
    }
}

pub(super) fn paths(tree: &TermTree) -> Vec<String> {
    let path = |id| {
        tree.path(id)
            .iter()
            .map(|term| term.name.clone())
            .collect::<Vec<_>>()
    };
    tree.terms()
        .iter()
        .map(|term| path(term.term_id).join(" / "))
        .collect()
}

pub(super) fn columns(told: &Told) -> Vec<(u64, &str)> {
    told.refused
        .iter()
        .map(|(row, column, _)| (*row, column.as_str()))
        .collect()
}

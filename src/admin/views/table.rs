//! The table of products, and the question before one is deleted.

use maud::{Markup, html};

use super::{Desk, desk_page};
use crate::catalog::views::{paging, picture, price, stock};
use crate::catalog::{Product, ProductCard};
use crate::web::assets;
use crate::web::form::hidden;
use crate::web::format;
use crate::web::listing::{PageLinks, query_of};
use crate::web::paging::{Page, TOTAL_CAP};

const ACTION: &str = "/admin/products";

const SORTS: [(&str, &str); 4] = [
    ("newest", "Newest"),
    ("name", "Name"),
    ("price", "Price, low to high"),
    ("-price", "Price, high to low"),
];

/// Which products the table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Everything that is not deleted.
    #[default]
    All,
    Active,
    Hidden,
    /// Visible and about to run out (`shop.low_stock`).
    Low,
    Deleted,
}

impl Status {
    const ALL: [(Status, &'static str, &'static str); 5] = [
        (Status::All, "all", "All"),
        (Status::Active, "active", "Active"),
        (Status::Hidden, "hidden", "Hidden"),
        (Status::Low, "low", "Low stock"),
        (Status::Deleted, "deleted", "Deleted"),
    ];

    /// Reads the `status` of an address; empty is all.
    pub fn parse(name: &str) -> Option<Status> {
        if name.is_empty() {
            return Some(Status::All);
        }
        Status::ALL
            .into_iter()
            .find(|(_, known, _)| *known == name)
            .map(|(status, _, _)| status)
    }

    fn of(product: &ProductCard) -> Status {
        match (product.deleted_at, product.is_active) {
            (Some(_), _) => Status::Deleted,
            (None, true) => Status::Active,
            (None, false) => Status::Hidden,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        Status::ALL
            .into_iter()
            .find(|(status, _, _)| *status == self)
            .map_or(("", ""), |(_, name, label)| (name, label))
    }
}

/// What the table shows.
pub struct Table<'a> {
    pub q: &'a str,
    pub status: Status,
    /// As the address has it; empty is newest first.
    pub sort: &'a str,
    /// The address of this very page.
    pub own: &'a str,
    pub products: &'a Page<ProductCard>,
    pub links: PageLinks,
    /// Everybody who may change something, as the change log and as people call them; told to the script as JSON.
    pub people: &'a str,
}

pub fn table(desk: &Desk<'_>, table: &Table<'_>) -> Markup {
    let main = html! {
        div .page-head {
            h1 { "Products" @if let Some(total) = table.products.total { " " span .count { (total_words(total)) } } }
            @if desk.may_write() { a .button href="/admin/products/new" { "New product" } }
        }
        div .tools {
            (tabs(table))
            (search_form(table))
        }
        @if table.products.items.is_empty() { (nothing_here(table)) } @else { (rows(desk, table)) }
        (paging(&table.links))
        @if desk.site.features.realtime { script src=(assets::url("desk.js")) defer data-people=(table.people) {} }
    };
    desk_page(desk, "Products", &main)
}

fn total_words(total: i64) -> String {
    if total >= TOTAL_CAP {
        "more than 10,000".to_owned()
    } else {
        format::count(total, "product", "products")
    }
}

fn tabs(table: &Table<'_>) -> Markup {
    html! {
        nav .tabs aria-label="Status" {
            ul role="list" {
                @for (status, name, label) in Status::ALL {
                    @let pairs = [("q", table.q), ("status", if status == Status::All { "" } else { name }), ("sort", table.sort)];
                    li {
                        a href=(query_of(ACTION, pairs.into_iter().filter(|(_, value)| !value.is_empty())))
                            aria-current=[(status == table.status).then_some("page")] { (label) }
                    }
                }
            }
        }
    }
}

fn search_form(table: &Table<'_>) -> Markup {
    html! {
        form .table-search role="search" action=(ACTION) method="get" {
            @if table.status != Status::All { (hidden("status", table.status.words().0)) }
            input type="search" name="q" value=(table.q) aria-label="Search products" placeholder="Search products" maxlength="200" autocomplete="off";
            select name="sort" aria-label="Sort by" {
                @for (value, words) in SORTS { option value=(value) selected[value == table.sort] { (words) } }
            }
            button .button.quiet type="submit" { "Show" }
        }
    }
}

/// The roles are said aloud because a phone lays the table out as a list of cards.
fn rows(desk: &Desk<'_>, table: &Table<'_>) -> Markup {
    html! {
        table .products role="table" {
            caption .visually-hidden { "Products" }
            thead role="rowgroup" {
                tr role="row" {
                    @for heading in ["Picture", "Product", "Category", "Price", "Stock", "Status"] { th role="columnheader" scope="col" { (heading) } }
                    @if desk.may_write() && table.status == Status::Deleted { th role="columnheader" scope="col" { "Action" } }
                }
            }
            tbody role="rowgroup" { @for product in &table.products.items { (row(desk, table, product)) } }
        }
    }
}

fn row(desk: &Desk<'_>, table: &Table<'_>, product: &ProductCard) -> Markup {
    let (name, label) = Status::of(product).words();
    html! {
        tr role="row" data-row=(product.product_id) {
            td .thumb role="cell" { (picture(product, false)) }
            td .what role="cell" {
                @if desk.may_write() { a href={ (ACTION) "/" (product.product_id) } { (product.name) } } @else { (product.name) }
                @if let Some(sku) = &product.sku { span .sku { (sku) } }
            }
            td .kind role="cell" { (product.category.as_deref().unwrap_or("–")) }
            td .amount role="cell" { (price(&product.offer, &desk.site.shop.currency)) }
            td .amount.pieces role="cell" {
                @if product.stock_quantity <= 0 { (stock(product.stock_quantity, false)) } @else { (product.stock_quantity) span .unit { " in stock" } }
                @if desk.may_write() && product.deleted_at.is_none() { (stock_form(desk, table, product)) }
            }
            td .state role="cell" { span class={ "badge " (name) } { (label) } }
            @if desk.may_write() && table.status == Status::Deleted { td .act role="cell" { (restore_form(desk, product)) } }
        }
    }
}

/// One more or one less, without opening the product. The way back leads to the same page of the table.
fn stock_form(desk: &Desk<'_>, table: &Table<'_>, product: &ProductCard) -> Markup {
    html! {
        form .stepper action={ (ACTION) "/" (product.product_id) "/stock" } method="post" {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("back", table.own))
            button type="submit" name="delta" value="-1" disabled[product.stock_quantity <= 0] { "−" span .visually-hidden { "1 " (product.name) } }
            button type="submit" name="delta" value="1" { "+" span .visually-hidden { "1 " (product.name) } }
        }
    }
}

fn restore_form(desk: &Desk<'_>, product: &ProductCard) -> Markup {
    html! {
        form action={ (ACTION) "/" (product.product_id) "/restore" } method="post" {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("version", &product.version.to_string()))
            button .button.quiet type="submit" { "Restore" span .visually-hidden { " " (product.name) } }
        }
    }
}

fn nothing_here(table: &Table<'_>) -> Markup {
    html! {
        div .empty {
            @if !table.q.is_empty() {
                h2 { "Nothing fits “" (table.q) "”" }
                p { a href=(ACTION) { "Show all products" } }
            } @else if table.status == Status::Deleted {
                p { "Nothing was deleted. What you delete waits here and can be restored." }
            } @else if table.status == Status::Low {
                p { "No product that customers see is about to run out." }
            } @else if table.status == Status::All {
                h2 { "No products yet" }
                p { "Add the first one, or fill the shop from a file: " code { "vitrine import products.csv" } }
            } @else {
                p { "No product has this status." }
            }
        }
    }
}

/// The question before a product is deleted.
pub fn confirm_delete(desk: &Desk<'_>, product: &Product) -> Markup {
    let address = format!("{ACTION}/{}", product.product_id);
    let title = format!("Delete “{}”?", product.name);
    let main = html! {
        div .narrow {
            h1 { (title) }
            p { "Customers will no longer find it. You can restore it at any time, with everything as it is now." }
            form .ways action={ (address) "/delete" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("version", &product.version.to_string()))
                button .button.danger type="submit" { "Delete" }
                a .button.quiet href=(address) { "Keep it" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_by_its_name() {
        for (status, name, _) in Status::ALL {
            assert_eq!(Status::parse(name), Some(status));
        }
        assert_eq!(
            (Status::parse(""), Status::parse("gone")),
            (Some(Status::All), None)
        );
    }
}

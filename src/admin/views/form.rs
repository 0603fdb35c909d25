//! The form of one product, new or existing.

use maud::{Markup, html};

use super::values::FormValues;
use super::{Desk, crumbs, desk_page};
use crate::catalog::{ATTRIBUTE_PREFIX, Attribute, AttributeKind, Product, TermTree};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, form_end, hidden, label_of, text_field};

/// What the form shows.
pub struct Form<'a> {
    /// `None` for a product that does not exist yet.
    pub product: Option<Existing<'a>>,
    /// What stands in the fields.
    pub values: &'a FormValues,
    pub faults: &'a [FieldError],
    pub offered: &'a Offered,
}

/// What is offered while typing; a new name makes a new category, brand or tag.
#[derive(Debug, Default)]
pub struct Offered {
    pub categories: TermTree,
    pub brands: TermTree,
    pub attributes: Vec<Attribute>,
}

/// The product that is edited, as it was when the form was opened.
#[derive(Clone, Copy)]
pub struct Existing<'a> {
    pub stored: &'a Product,
    /// The version that the person saw, which a refused form keeps although the shop may be ahead by now.
    pub version: i32,
}

pub fn form(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let title = form
        .product
        .map_or("New product", |existing| existing.stored.name.as_str());
    let action = form.product.map_or("/admin/products".to_owned(), |existing| {
        format!("/admin/products/{}", existing.stored.product_id)
    });
    let main = html! {
        (crumbs(("/admin/products", "Products"), title))
        div .page-head {
            h1 { (title) }
            @if let Some(existing) = form.product { (state(desk, existing.stored)) }
        }
        (fault_summary(form.faults, &form.values.labels()))
        @if form.product.is_some_and(|existing| existing.stored.deleted_at.is_some()) {
            (deleted(desk, form))
        } @else {
            form .product-form action=(action) method="post" novalidate {
                (hidden("csrf_token", desk.csrf_token))
                @if let Some(existing) = form.product { (opened(&existing, &form.offered.attributes)) }
                (fields(desk, form))
                (form_end("/admin/products"))
            }
            @if form.product.is_some() {
                form .delete-form action={ (action) "/delete" } method="get" { button .button.danger type="submit" { "Delete" } }
            }
        }
    };
    desk_page(desk, title, &main)
}

/// What the form was opened with: the version that a save must meet, and a print of each value (`was.FIELD`), from
/// which a conflict page tells who changed what.
fn opened(existing: &Existing<'_>, attributes: &[Attribute]) -> Markup {
    let stored = FormValues::of(existing.stored, attributes);
    html! {
        (hidden("version", &existing.version.to_string()))
        @if existing.version == existing.stored.version {
            @for (name, _) in stored.labels() { (hidden(&format!("was.{name}"), &stored.print(name))) }
        }
    }
}

fn state(desk: &Desk<'_>, product: &Product) -> Markup {
    html! {
        p .count {
            "Changed " (product.updated_at.to_date()) ", version " (product.version)
            @if product.is_active && product.deleted_at.is_none() && desk.site.features.catalog {
                " · " a href={ "/products/" (product.slug) } { "See it in the shop" }
            }
            " · " a href={ "/admin/history?product=" (product.product_id) } { "History" }
        }
    }
}

fn deleted(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    html! {
        @if let Some(existing) = form.product {
            div .empty {
                p { "This product is deleted. Customers do not see it, and it cannot be changed until it is restored." }
                form action={ "/admin/products/" (existing.stored.product_id) "/restore" } method="post" {
                    (hidden("csrf_token", desk.csrf_token))
                    (hidden("version", &existing.stored.version.to_string()))
                    button .button type="submit" { "Restore" }
                }
            }
        }
    }
}

/// The field of this name as it was typed, with its faults.
fn field<'a>(form: &Form<'a>, labels: &[(&'a str, &'a str)], name: &'a str) -> TextField<'a> {
    let label = label_of(labels, name);
    TextField {
        faults: form.faults,
        ..TextField::new(name, label, form.values.get(name))
    }
}

fn fields(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let labels = form.values.labels();
    let field = |name| field(form, &labels, name);
    let currency = format!("In {}, such as 19.90", desk.site.shop.currency);
    let first = form
        .values
        .get("images")
        .split_whitespace()
        .next()
        .unwrap_or_default();
    html! {
        div .sheet {
            (text_field(&TextField { required: true, ..field("name") }))
            (text_field(&TextField { kind: "textarea", hint: Some("Plain text. An empty line starts a new paragraph."), ..field("description") }))
            (text_field(&TextField { kind: "textarea", hint: Some("One per line: its address (/media/… or https), a space, what it shows. The first one stands for the product."), ..field("images") }))
            @if first.starts_with("/media/") { img .preview src=(first) alt="The first picture as it is now" loading="lazy"; }
            (text_field(&TextField { hint: Some("The end of its address. Left empty, it is made from the name."), ..field("slug") }))
            @for attribute in &form.offered.attributes { (attribute_field(form, &labels, attribute)) }
        }
        div .sheet.side {
            (visibility(form))
            (text_field(&TextField { kind: "datetime-local", hint: Some("In UTC. Left empty: from the moment it is saved."), ..field("publish_at") }))
            (text_field(&TextField { required: true, inputmode: Some("decimal"), hint: Some(&currency), ..field("price") }))
            (text_field(&TextField { inputmode: Some("decimal"), hint: Some("Below the price. Left empty: no sale."), ..field("sale_price") }))
            (text_field(&TextField { kind: "datetime-local", hint: Some("In UTC. Left empty: at once."), ..field("sale_starts_at") }))
            (text_field(&TextField { kind: "datetime-local", hint: Some("In UTC. Left empty: without end."), ..field("sale_ends_at") }))
            (text_field(&TextField { inputmode: Some("numeric"), ..field("stock_quantity") }))
            (text_field(&TextField { list: Some("categories"), hint: Some("A new name makes a new category."), ..field("category") }))
            (suggestions("categories", form.offered.categories.terms().iter().map(|term| term.name.as_str())))
            (text_field(&TextField { list: Some("brands"), ..field("brand") }))
            (suggestions("brands", form.offered.brands.terms().iter().map(|term| term.name.as_str())))
            (text_field(&TextField { hint: Some("Between commas."), ..field("tags") }))
            (text_field(&TextField { hint: Some("Your article number."), ..field("sku") }))
            (text_field(&TextField { kind: "url", hint: Some(where_to_buy(desk)), ..field("buy_url") }))
        }
    }
}

/// What customers are offered without a link to buy.
fn where_to_buy(desk: &Desk<'_>) -> &'static str {
    if desk.site.shop.enquiry_email.is_some() {
        "Where it is sold: https://… Left empty, customers are offered to ask you by e-mail."
    } else {
        "Where it is sold: https://… Left empty, customers see no button."
    }
}

fn suggestions<'a>(id: &str, values: impl Iterator<Item = &'a str>) -> Markup {
    html! { datalist id=(id) { @for value in values { option value=(value) {} } } }
}

/// A field for one of the shop's own attributes.
fn attribute_field<'a>(form: &Form<'a>, labels: &[(&'a str, &'a str)], attribute: &Attribute) -> Markup {
    let name = format!("{ATTRIBUTE_PREFIX}{}", attribute.key);
    let Some((name, _)) = labels.iter().find(|(known, _)| *known == name) else {
        return html! {};
    };
    let plain = field(form, labels, name);
    let list = format!("choices-{}", attribute.key);
    let yes_no = ["yes".to_owned(), "no".to_owned()];
    let (choices, hint, inputmode) = match attribute.kind {
        AttributeKind::Text => (&[][..], None, None),
        AttributeKind::Number => (&[][..], None, Some("decimal")),
        AttributeKind::YesNo => (&yes_no[..], Some("yes or no"), None),
        AttributeKind::Choice => (&attribute.choices[..], Some("One of the choices."), None),
    };
    html! {
        (text_field(&TextField { hint, inputmode, list: (!choices.is_empty()).then_some(&*list), ..plain }))
        @if !choices.is_empty() { (suggestions(&list, choices.iter().map(String::as_str))) }
    }
}

fn visibility(form: &Form<'_>) -> Markup {
    html! {
        div .field {
            label .check {
                input #field-is_active type="checkbox" name="is_active" value="true" checked[form.values.get("is_active") == "true"];
                "Visible in the shop"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::permission::Permission;
    use crate::web::site::tests::site;

    #[test]
    fn a_refused_form_keeps_every_value_as_it_was_typed() {
        let site = site(None);
        let desk = Desk {
            site: &site,
            user_name: "<Olive>",
            csrf_token: "t0ken",
            permissions: &Permission::ALL,
            path: "",
            unread: 0,
            notice: None,
            is_read_only: false,
        };
        let blank = FormValues::new_product(&[]);
        let labels = blank.labels();
        let typed: Vec<(String, String)> = labels
            .iter()
            .map(|(name, _)| ((*name).to_owned(), format!("\"><script>{name}")))
            .collect();
        let faults = [
            FieldError::new("/name", "required", "is required"),
            FieldError::new("/price", "format", "is not a number"),
        ];
        let page = form(
            &desk,
            &Form {
                product: None,
                values: &FormValues::read(&typed, &[]),
                faults: &faults,
                offered: &Offered::default(),
            },
        )
        .into_string();
        for (name, _) in labels.iter().filter(|(name, _)| *name != "is_active") {
            assert!(
                page.contains(&format!("&quot;&gt;&lt;script&gt;{name}")),
                "{name}"
            );
        }
        assert!(!page.contains("<script>") && page.contains("2 things need your attention"));
        assert!(page.contains("action=\"/admin/products\"") && !page.contains("name=\"version\""));
    }
}

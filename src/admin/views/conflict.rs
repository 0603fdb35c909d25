//! Two people changed one product at once: both sides, field by field, and a choice for each.

use maud::{Markup, html};

use super::values::FormValues;
use super::{Desk, desk_page};
use crate::catalog::{Attribute, Product};
use crate::web::form::hidden;

/// Both sides of the conflict.
pub struct Conflict<'a> {
    /// The product as it is in the shop now.
    pub theirs: &'a Product,
    pub attributes: &'a [Attribute],
    /// What this person wanted to save.
    pub mine: &'a FormValues,
    /// The form as it was sent, with the prints of what it was opened with (`was.FIELD`).
    pub sent: &'a [(String, String)],
}

/// Where a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Mine,
    Theirs,
}

pub fn conflict(desk: &Desk<'_>, conflict: &Conflict<'_>) -> Markup {
    let theirs = FormValues::of(conflict.theirs, conflict.attributes);
    let fields = theirs.labels();
    let address = format!("/admin/products/{}", conflict.theirs.product_id);
    let (same, different): (Vec<_>, Vec<_>) = fields
        .iter()
        .copied()
        .partition(|(name, _)| conflict.mine.agrees(&theirs, name));
    let main = html! {
        div .page-head { h1 { "“" (conflict.theirs.name) "” was changed while you were editing" } }
        p .lead { "Nothing is lost. For each field that differs, choose what the shop shall have; what you alone changed is already chosen." }
        form .conflict action=(address) method="post" {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("version", &conflict.theirs.version.to_string()))
            @for (name, _) in &fields { (hidden(&format!("was.{name}"), &theirs.print(name))) }
            @for (name, _) in same { (hidden(name, theirs.get(name))) }
            div .versions {
                @for (name, label) in different { (choice(name, label, conflict, &theirs)) }
            }
            div .form-end {
                button .button type="submit" { "Save" }
                a .button.quiet href=(address) { "Drop my changes" }
            }
        }
    };
    desk_page(desk, "Changed while you were editing", &main)
}

/// One field: its name, your version, the shop's version.
fn choice(name: &str, label: &str, conflict: &Conflict<'_>, theirs: &FormValues) -> Markup {
    let preferred = preferred(name, conflict, theirs);
    let side = |side: Side, value: &str, words: &str, values: &FormValues| {
        html! {
            label .version {
                span .version-head {
                    input type="radio" name={ "keep." (name) } value=(value) checked[preferred == side];
                    (words)
                }
                span .version-text { (shown(name, values.get(name))) }
            }
        }
    };
    html! {
        fieldset .difference {
            legend { (label) }
            (hidden(&format!("mine.{name}"), conflict.mine.get(name)))
            (hidden(&format!("theirs.{name}"), theirs.get(name)))
            (side(Side::Mine, "mine", "Your version", conflict.mine))
            (side(Side::Theirs, "theirs", "In the shop now", theirs))
        }
    }
}

/// A field that this person left as it was takes the shop's value; what this person changed stays.
fn preferred(name: &str, conflict: &Conflict<'_>, theirs: &FormValues) -> Side {
    let was = format!("was.{name}");
    let opened_with = conflict
        .sent
        .iter()
        .find(|(field, _)| *field == was)
        .map(|(_, print)| print.as_str());
    let untouched =
        opened_with.is_some_and(|print| print == conflict.mine.print(name) && print != theirs.print(name));
    if untouched { Side::Theirs } else { Side::Mine }
}

fn shown(name: &str, value: &str) -> Markup {
    html! {
        @match (name, value) {
            ("is_active", "true") => { "Visible" }
            ("is_active", _) => { "Hidden" }
            (_, "") => { em { "empty" } }
            _ => { (value) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::product;
    use crate::web::permission::Permission;
    use crate::web::site::tests::site;

    fn stored(price: &str, brand: Option<&str>) -> Product {
        Product {
            brand: brand.map(str::to_owned),
            version: 2,
            ..product("<Kite>", price)
        }
    }

    #[test]
    fn what_i_did_not_touch_takes_the_shops_value_and_what_i_changed_stays() {
        let opened = FormValues::of(&stored("19.90", None), &[]);
        let mut sent: Vec<(String, String)> = opened
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        sent.extend(
            opened
                .labels()
                .iter()
                .map(|(name, _)| (format!("was.{name}"), opened.print(name))),
        );
        for (name, value) in &mut sent {
            if name == "brand" {
                "Windward".clone_into(value);
            }
        }
        let mine = FormValues::read(&sent, &[]);
        let site = site(None);
        let desk = Desk {
            site: &site,
            user_name: "Olive",
            csrf_token: "t0ken",
            permissions: &Permission::ALL,
            path: "",
            unread: 0,
            notice: None,
            is_read_only: false,
        };
        let page = conflict(
            &desk,
            &Conflict {
                theirs: &stored("21.50", None),
                attributes: &[],
                mine: &mine,
                sent: &sent,
            },
        )
        .into_string();
        assert!(page.contains("name=\"keep.brand\" value=\"mine\" checked"));
        assert!(page.contains("name=\"keep.price\" value=\"theirs\" checked"));
        assert!(
            page.contains("name=\"mine.price\" value=\"19.90\"")
                && page.contains("name=\"theirs.price\" value=\"21.50\"")
        );
        assert!(
            page.contains("name=\"version\" value=\"2\"")
                && page.contains("&lt;Kite&gt;")
                && !page.contains("keep.name")
        );
    }
}

//! The form of a category, brand or tag, new or existing.

use maud::{Markup, html};

use super::{Kind, choices, typed};
use crate::admin::views::{Desk, crumbs, desk_page, overtaken};
use crate::catalog::{Term, TermInput, TermTree};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, form_end, hidden, label_of, select_field, text_field};

/// What the form shows.
pub struct Form<'a> {
    pub kind: &'a Kind,
    /// `None` for one that does not exist yet.
    pub standing: Option<Standing<'a>>,
    /// What stands in the fields.
    pub values: &'a TermInput,
    pub faults: &'a [FieldError],
    /// All of its kind.
    pub tree: &'a TermTree,
}

/// The term that is edited.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    pub stored: &'a Term,
    /// The version that the next save must meet; a refused form keeps the one it was opened with.
    pub version: i32,
    /// Somebody else changed it while this form was open.
    pub overtaken: bool,
}

pub fn form(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let kind = form.kind;
    let title = form.standing.map_or_else(
        || format!("New {}", kind.one),
        |standing| standing.stored.name.clone(),
    );
    let action = form.standing.map_or_else(
        || kind.address.to_owned(),
        |standing| kind.page_of(standing.stored.term_id),
    );
    let main = html! {
        (crumbs((kind.address, kind.all), &title))
        div .page-head {
            h1 { (title) }
            @if let Some(standing) = form.standing && desk.site.features.catalog {
                p .count { a href=(kind.shown_at(standing.stored)) { "See it in the shop" } }
            }
        }
        @if let Some(standing) = form.standing && standing.overtaken {
            (overtaken(&standing.stored.name, &differences(form, standing.stored)))
        }
        (fault_summary(form.faults, &kind.labels()))
        form .term-form action=(action) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            @if let Some(standing) = form.standing { (hidden("version", &standing.version.to_string())) }
            (fields(form))
            (form_end(kind.address))
        }
        @if form.standing.is_some() {
            div .delete-form.ways {
                @if form.tree.terms().len() > 1 { a .button.quiet href={ (action) "/merge" } { "Merge into another " (kind.one) } }
                a .button.danger href={ (action) "/delete" } { "Delete" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

fn fields(form: &Form<'_>) -> Markup {
    let labels = form.kind.labels();
    let field = |name| {
        let label = label_of(&labels, name);
        TextField {
            faults: form.faults,
            ..TextField::new(name, label, value(form.values, name))
        }
    };
    let address = if form.standing.is_some() {
        "What stands in links and filters. The old one leads to the new one."
    } else {
        "What stands in links and filters. Left empty, it is made from the name."
    };
    html! {
        div .sheet {
            (text_field(&TextField { required: true, ..field("name") }))
            (text_field(&TextField { hint: Some(address), ..field("slug") }))
            @if form.kind.is_tree() {
                (select_field(&TextField { hint: Some("Its products are listed with those of the category above as well."), ..field("parent") }, &parents(form)))
                (text_field(&TextField { inputmode: Some("numeric"), hint: Some("A whole number; lower ones come first, equal ones by name."), ..field("position") }))
            }
            (text_field(&TextField { kind: "textarea", hint: Some("Plain text. An empty line starts a new paragraph."), ..field("description") }))
            (text_field(&TextField { hint: Some("Its address: /media/… or https."), ..field("image_url") }))
            @if form.values.image_url.starts_with("/media/") { img .preview src=(form.values.image_url) alt="The picture as it is now" loading="lazy"; }
        }
    }
}

/// What it can stand below: not below itself.
fn parents(form: &Form<'_>) -> Vec<(String, String)> {
    let own: Vec<i32> = form.standing.map_or_else(Vec::new, |standing| {
        let below = form.tree.subtree(standing.stored.term_id);
        below.iter().map(|term| term.term_id).collect()
    });
    let mut parents = vec![(String::new(), "Nothing: it is one of the top".to_owned())];
    parents.extend(choices(form.tree, |term| !own.contains(&term.term_id)));
    parents
}

fn value<'a>(values: &'a TermInput, name: &str) -> &'a str {
    match name {
        "name" => &values.name,
        "slug" => &values.slug,
        "parent" => &values.parent,
        "position" => &values.position,
        "description" => &values.description,
        _ => &values.image_url,
    }
}

/// What the shop has by now where it is not what was typed.
fn differences(form: &Form<'_>, stored: &Term) -> Vec<(&'static str, String)> {
    let theirs = typed(stored);
    // Browsers send the line breaks of a form with a carriage return.
    let plain = |values: &TermInput, name: &str| value(values, name).replace("\r\n", "\n").trim().to_owned();
    let labels = form.kind.labels().into_iter();
    let different = labels.filter(|(name, _)| plain(form.values, name) != plain(&theirs, name));
    different
        .map(|(name, label)| match (name, stored.parent_id) {
            ("parent", Some(id)) => (
                label,
                form.tree
                    .find(id)
                    .map(|term| term.name.clone())
                    .unwrap_or_default(),
            ),
            _ => (label, plain(&theirs, name)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::category;
    use crate::web::permission::Permission;
    use crate::web::site::tests::site;

    #[test]
    fn a_form_that_was_overtaken_keeps_what_was_typed_and_says_what_is_there() {
        let stored = Term {
            version: 4,
            ..category(2, "<Lamps>", Some(1))
        };
        let tree = TermTree::new(vec![category(1, "Home", None), stored.clone()]);
        let kind = Kind::at("/admin/categories").unwrap();
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
        let values = TermInput {
            name: "\"><script>".to_owned(),
            ..typed(&category(2, "<Lamps>", None))
        };
        let standing = Some(Standing {
            stored: &stored,
            version: 4,
            overtaken: true,
        });
        let shown = form(
            &desk,
            &Form {
                kind,
                standing,
                values: &values,
                faults: &[],
                tree: &tree,
            },
        )
        .into_string();
        assert!(shown.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !shown.contains("<script>"));
        assert!(shown.contains("Name is now “&lt;Lamps&gt;”") && shown.contains("Below is now “Home”"));
        assert!(!shown.contains("Place is now") && shown.contains("name=\"version\" value=\"4\""));
        // It can stand below the other one, not below itself.
        assert!(shown.contains("<option value=\"1\">") && !shown.contains("<option value=\"2\""));
    }
}

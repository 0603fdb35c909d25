//! The frame of the pages behind the counter: the rooms that a person may open, who is signed in, and the way out.
//! Must not know what stands in any room.

use maud::{Markup, html};

use super::form::hidden;
use super::layout::{mark, owner_page};
use super::permission::Permission;
use super::site::Site;
use crate::db::Moment;

/// The person whom a page is for.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    pub site: &'a Site,
    pub name: &'a str,
    pub csrf_token: &'a str,
    pub permissions: &'a [Permission],
}

impl Viewer<'_> {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// The rooms, with the permission that each asks at its door.
const ROOMS: [(&str, &str, Permission); 12] = [
    ("/admin/products", "Products", Permission::ReadCatalog),
    ("/admin/categories", "Categories", Permission::WriteCatalog),
    ("/admin/brands", "Brands", Permission::WriteCatalog),
    ("/admin/tags", "Tags", Permission::WriteCatalog),
    ("/admin/attributes", "Attributes", Permission::WriteCatalog),
    ("/admin/pages", "Pages", Permission::WriteCatalog),
    ("/admin/search", "Search", Permission::WriteCatalog),
    ("/admin/history", "History", Permission::WriteCatalog),
    ("/admin/people", "People", Permission::Administer),
    ("/admin/keys", "Keys", Permission::Administer),
    ("/admin/webhooks", "Webhooks", Permission::Administer),
    ("/admin/system", "System", Permission::Administer),
];

/// The addresses that the navigation offers to somebody.
pub fn rooms(permissions: &[Permission]) -> impl Iterator<Item = (&'static str, &'static str)> {
    ROOMS
        .into_iter()
        .filter(|(_, _, permission)| permissions.contains(permission))
        .map(|(address, words, _)| (address, words))
}

/// A page for somebody who is signed in.
pub fn page(viewer: &Viewer<'_>, title: &str, main: &Markup) -> Markup {
    let header = html! {
        header .desk-header {
            div .wrap {
                a .brand href="/admin" { (mark()) span { (viewer.site.shop.name) } }
                nav aria-label="Administration" {
                    ul role="list" {
                        @for (address, words) in rooms(viewer.permissions) { li { a href=(address) { (words) } } }
                        @if viewer.site.features.submissions { (proposals(viewer)) }
                        li { a href="/account" { "Account" } }
                        @if viewer.site.features.catalog { li { a href="/" { "See the shop" } } }
                    }
                }
                form .sign-out action="/logout" method="post" {
                    (hidden("csrf_token", viewer.csrf_token))
                    span .who { (viewer.name) }
                    button .button.quiet type="submit" { "Sign out" }
                }
            }
        }
    };
    owner_page(title, &header, &html! { div .wrap.desk { (main) } })
}

/// Where proposals are decided, for those who may; where they are made, for everybody else.
fn proposals(viewer: &Viewer<'_>) -> Markup {
    html! {
        @if viewer.may(Permission::Review) { li { a href="/admin/submissions" { "Proposals" } } }
        @else if viewer.may(Permission::Propose) {
            li { a href="/submit" { "Propose a product" } }
            li { a href="/account/proposals" { "My proposals" } }
        }
    }
}

/// A moment as people read it, with the exact one for programs.
pub fn moment(moment: Moment) -> Markup {
    html! { time datetime=(moment) { (minute(moment)) } }
}

/// To the minute: `2026-11-22 10:15 UTC`.
pub fn minute(moment: Moment) -> String {
    let text = moment.to_form().replace('T', " ");
    format!("{} UTC", text.get(..16).unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_offered_the_rooms_they_may_open_and_no_other() {
        let offered =
            |permissions: &[Permission]| rooms(permissions).map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(offered(&[Permission::Propose]), [""; 0]);
        assert!(offered(&[Permission::ReadCatalog]).contains(&"Products"));
        assert!(!offered(&[Permission::ReadCatalog, Permission::WriteCatalog]).contains(&"System"));
        assert_eq!(offered(&Permission::ALL).len(), ROOMS.len());
    }
}

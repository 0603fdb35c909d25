//! The frame of the pages behind the counter: the rooms that a person may open, who is signed in, and the way out.
//! Must not know what stands in any room.
//!
//! Rooms stand in groups, which open without scripts (`details`). A new room is one line in `GROUPS`.

use maud::{Markup, html};

use super::assets;
use super::form::hidden;
use super::layout::{mark, owner_page};
use super::permission::Permission::{self, Administer, Propose, ReadCatalog, Review, WriteCatalog};
use super::site::Site;
use crate::config::Feature;
use crate::db::Moment;

/// The person whom a page is for.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    pub site: &'a Site,
    pub name: &'a str,
    pub csrf_token: &'a str,
    pub permissions: &'a [Permission],
    /// The address of the page, whose room the navigation marks; empty where nobody says.
    pub path: &'a str,
    /// Notices that wait for them.
    pub unread: i64,
}

impl<'a> Viewer<'a> {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The same person in this room.
    pub fn at(self, path: &'a str) -> Self {
        Self { path, ..self }
    }
}

/// An entry of the navigation.
struct Room {
    address: &'static str,
    words: &'static str,
    /// What it asks at its door; `None` for what is open to everybody.
    asks: Option<Permission>,
    /// It is there while this is on.
    needs: Feature,
}

const fn room(address: &'static str, words: &'static str, asks: Permission) -> Room {
    Room {
        address,
        words,
        asks: Some(asks),
        needs: Feature::Admin,
    }
}

impl Room {
    const fn with(self, needs: Feature) -> Self {
        Self { needs, ..self }
    }

    fn is_offered_to(&self, viewer: &Viewer<'_>) -> bool {
        let may = match self.asks {
            // Whoever decides on proposals has the queue, and no need of proposing.
            Some(Propose) => viewer.may(Propose) && !viewer.may(Review),
            Some(permission) => viewer.may(permission),
            None => true,
        };
        may && viewer.site.features.has_all(&[self.needs])
    }

    /// As `aria-current` says it: this page, or one of those below it.
    fn mark(&self, path: &str) -> Option<&'static str> {
        let rest = path.strip_prefix(self.address)?;
        match rest.as_bytes() {
            [] => Some("page"),
            [b'/', ..] => Some("true"),
            _ => None,
        }
    }
}

/// All rooms, by what they are about.
const GROUPS: [(&str, &[Room]); 4] = [
    (
        "Catalog",
        &[
            room("/admin/products", "Products", ReadCatalog),
            room("/admin/categories", "Categories", WriteCatalog),
            room("/admin/brands", "Brands", WriteCatalog),
            room("/admin/tags", "Tags", WriteCatalog),
            room("/admin/attributes", "Attributes", WriteCatalog),
        ],
    ),
    (
        "Shop",
        &[
            SHOP,
            room("/admin/pages", "Pages", WriteCatalog),
            room("/admin/search", "Search", WriteCatalog),
        ],
    ),
    (
        "People",
        &[
            room("/submit", "Propose a product", Propose).with(Feature::Submissions),
            room("/account/proposals", "My proposals", Propose).with(Feature::Submissions),
            room("/admin/submissions", "Proposals", Review).with(Feature::Submissions),
            room("/admin/people", "People", Administer),
        ],
    ),
    (
        "System",
        &[
            room("/admin/history", "History", WriteCatalog),
            room("/admin/keys", "Keys", Administer),
            room("/admin/webhooks", "Webhooks", Administer),
            room("/admin/system", "System", Administer),
        ],
    ),
];

/// As customers see it.
const SHOP: Room = Room {
    address: "/",
    words: "See the shop",
    asks: None,
    needs: Feature::Catalog,
};

/// Where people read what they are told.
pub const NOTICES: &str = "/account/notices";

/// The addresses that the navigation leads to, with what it takes for granted that they ask.
pub fn doors() -> impl Iterator<Item = (&'static str, Option<Permission>)> {
    let rooms = GROUPS.iter().flat_map(|(_, rooms)| rooms.iter());
    rooms.map(|room| (room.address, room.asks))
}

/// A page for somebody who is signed in.
pub fn page(viewer: &Viewer<'_>, title: &str, main: &Markup) -> Markup {
    let header = html! {
        header .desk-header {
            div .wrap {
                a .brand href="/admin" { (mark()) span { (viewer.site.shop.name) } }
                nav .rooms aria-label="Administration" {
                    ul role="list" { @for (words, rooms) in GROUPS { (group(viewer, words, rooms)) } }
                }
                form .sign-out action="/logout" method="post" {
                    (hidden("csrf_token", viewer.csrf_token))
                    span .who { (viewer.name) }
                    a href=(NOTICES) aria-current=[(viewer.path == NOTICES).then_some("page")] { "Notices" (unread(viewer)) }
                    a href="/account" aria-current=[(viewer.path == "/account").then_some("page")] { "Account" }
                    button .button.quiet type="submit" { "Sign out" }
                }
            }
        }
    };
    let main = html! {
        div .wrap.desk { (main) }
        (live(viewer))
    };
    owner_page(title, &header, &main)
}

/// The scripts by which a page hears what concerns its person while it is open.
fn live(viewer: &Viewer<'_>) -> Markup {
    let features = &viewer.site.features;
    let topics: [(&str, Permission, Feature); 4] = [
        ("admin:changes", ReadCatalog, Feature::Admin),
        ("admin:stock", ReadCatalog, Feature::Admin),
        ("admin:submissions", Review, Feature::Submissions),
        ("submissions:mine", Propose, Feature::Submissions),
    ];
    let is_heard = |(_, asks, needs): &&(&str, Permission, Feature)| {
        viewer.may(*asks) && features.has_all(&[Feature::Realtime, *needs])
    };
    let heard: Vec<&str> = topics.iter().filter(is_heard).map(|(topic, ..)| *topic).collect();
    html! {
        @if !heard.is_empty() {
            script src=(assets::url("live.js")) defer data-topics=(heard.join(",")) {}
            script src=(assets::url("notices.js")) defer {}
        }
    }
}

/// The rooms of a group that somebody may open: several behind the name of the group, one as itself.
fn group(viewer: &Viewer<'_>, words: &str, rooms: &[Room]) -> Markup {
    let offered: Vec<&Room> = rooms.iter().filter(|room| room.is_offered_to(viewer)).collect();
    let is_here = offered.iter().any(|room| room.mark(viewer.path).is_some());
    html! {
        @match offered.as_slice() {
            [] => {}
            [only] => li { (entry(viewer, only)) }
            several => {
                li {
                    // Of the same name, so that browsers close one when another is opened.
                    details name="rooms" {
                        summary aria-current=[is_here.then_some("true")] { (words) }
                        ul role="list" { @for room in several { li { (entry(viewer, room)) } } }
                    }
                }
            }
        }
    }
}

fn entry(viewer: &Viewer<'_>, room: &Room) -> Markup {
    html! {
        a href=(room.address) aria-current=[room.mark(viewer.path)] { (room.words) }
    }
}

/// How many notices wait; nothing is seen where none does. `static/notices.js` puts it anew when that changes.
fn unread(viewer: &Viewer<'_>) -> Markup {
    html! {
        " "
        span .unread {
            @if viewer.unread > 0 {
                (viewer.unread)
                span .visually-hidden { (if viewer.unread == 1 { " new notice" } else { " new notices" }) }
            }
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

    fn page_of(permissions: &[Permission], path: &str) -> String {
        let site = crate::web::site::tests::site(None);
        let viewer = Viewer {
            site: &site,
            name: "Olive",
            csrf_token: "t",
            permissions,
            path,
            unread: 0,
        };
        page(&viewer, "A page", &html! {}).into_string()
    }

    #[test]
    fn everybody_is_offered_the_rooms_they_may_open_and_no_other() {
        let offered = |permissions: &[Permission]| {
            let page = page_of(permissions, "");
            let is_linked = |address: &&str| page.contains(&format!("href=\"{address}\""));
            doors()
                .map(|(address, _)| address)
                .filter(is_linked)
                .collect::<Vec<_>>()
        };
        assert_eq!(offered(&[Propose]), ["/", "/submit", "/account/proposals"]);
        assert_eq!(
            offered(&[Propose, Review, ReadCatalog]),
            ["/admin/products", "/", "/admin/submissions"]
        );
        assert!(!offered(&[ReadCatalog, WriteCatalog]).contains(&"/admin/system"));
        assert_eq!(
            offered(&Permission::ALL).len(),
            doors().count() - 2,
            "all but proposing"
        );
    }

    #[test]
    fn a_group_of_one_room_is_that_room() {
        let page = page_of(&[Propose, Review, ReadCatalog], "");
        assert!(!page.contains("<details"), "{page}");
        let page = page_of(&Permission::ALL, "");
        assert_eq!(page.matches("<details").count(), GROUPS.len());
    }

    #[test]
    fn the_room_of_a_page_is_marked_with_its_group() {
        for (path, entry) in [
            ("/admin/keys", "href=\"/admin/keys\" aria-current=\"page\""),
            (
                "/admin/keys/7/revoke",
                "href=\"/admin/keys\" aria-current=\"true\"",
            ),
        ] {
            let page = page_of(&Permission::ALL, path);
            assert!(page.contains(entry), "{page}");
            assert!(page.contains("<summary aria-current=\"true\">System"), "{page}");
            assert_eq!(page.matches("aria-current").count(), 2, "{page}");
        }
        for path in ["", "/admin/keys2", "/admin/batches/demo/undo"] {
            assert!(
                !page_of(&Permission::ALL, path).contains("aria-current"),
                "{path}"
            );
        }
    }
}

//! The owner's pages: the table of products, the form of one, what to do when two people changed it at once, and what
//! products are sorted and described by. Functions of data to markup. Must not know how anything is stored.

pub mod attribute;
mod conflict;
mod form;
pub mod history;
pub mod search;
pub mod system;
mod table;
pub mod term;
pub mod text;
mod values;
pub mod webhooks;

use maud::{Markup, html};

use crate::web::desk::{self, Viewer};
use crate::web::permission::Permission;
use crate::web::site::Site;

pub use conflict::{Conflict, conflict};
pub use form::{Existing, Form, Offered, form};
pub use table::{Status, Table, confirm_delete, table};
pub use values::FormValues;

/// What surrounds an owner's page.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub site: &'a Site,
    /// Who is signed in.
    pub user_name: &'a str,
    pub csrf_token: &'a str,
    pub permissions: &'a [Permission],
    /// The address of the page.
    pub path: &'a str,
    /// Notices that wait for them.
    pub unread: i64,
    /// What was just done.
    pub notice: Option<Notice>,
    /// The primary database is out of service.
    pub is_read_only: bool,
}

impl Desk<'_> {
    /// Whether the page offers to change anything.
    fn may_write(&self) -> bool {
        self.viewer().may(Permission::WriteCatalog)
    }

    fn viewer(&self) -> Viewer<'_> {
        Viewer {
            site: self.site,
            name: self.user_name,
            csrf_token: self.csrf_token,
            permissions: self.permissions,
            path: self.path,
            unread: self.unread,
        }
    }
}

/// What was just done, said on the page that follows; it travels there as `?notice=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Created,
    /// Something that products can be given.
    Added,
    Saved,
    Unchanged,
    Deleted,
    Restored,
    Merged,
    /// What products were given is no more.
    Removed,
    /// A synonym or redirect counts from now on.
    RuleSaved,
    RuleRemoved,
    WebhookSaved,
    WebhookRemoved,
    /// Something is sent to a webhook.
    Queued,
    /// A page of text.
    PageSaved,
    PageRemoved,
    /// The pools of connections.
    Resized,
    /// Kept answers.
    Purged,
    Undone,
    AlreadyUndone,
    /// Everything was decided to stay.
    Kept,
}

impl Notice {
    const ALL: [Notice; 20] = [
        Notice::Created,
        Notice::Added,
        Notice::Saved,
        Notice::Unchanged,
        Notice::Deleted,
        Notice::Restored,
        Notice::Merged,
        Notice::Removed,
        Notice::RuleSaved,
        Notice::RuleRemoved,
        Notice::WebhookSaved,
        Notice::WebhookRemoved,
        Notice::Queued,
        Notice::PageSaved,
        Notice::PageRemoved,
        Notice::Undone,
        Notice::AlreadyUndone,
        Notice::Kept,
        Notice::Resized,
        Notice::Purged,
    ];

    /// What happened to something that had `before` as its version and has `after` now.
    pub fn of_save(before: i32, after: i32) -> Notice {
        if before == after {
            Notice::Unchanged
        } else {
            Notice::Saved
        }
    }

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Notice::Created => "created",
            Notice::Added => "added",
            Notice::Saved => "saved",
            Notice::Unchanged => "unchanged",
            Notice::Deleted => "deleted",
            Notice::Restored => "restored",
            Notice::Merged => "merged",
            Notice::Removed => "removed",
            Notice::RuleSaved => "rule-saved",
            Notice::RuleRemoved => "rule-removed",
            Notice::WebhookSaved => "webhook-saved",
            Notice::WebhookRemoved => "webhook-removed",
            Notice::Queued => "queued",
            Notice::PageSaved => "page-saved",
            Notice::PageRemoved => "page-removed",
            Notice::Resized => "resized",
            Notice::Purged => "purged",
            Notice::Undone => "undone",
            Notice::AlreadyUndone => "already-undone",
            Notice::Kept => "kept",
        }
    }

    /// The notice of this name; anything else is none, so that an address cannot put words on the page.
    pub fn parse(name: &str) -> Option<Notice> {
        Notice::ALL.into_iter().find(|notice| notice.name() == name)
    }

    fn words(self) -> &'static str {
        match self {
            Notice::Created => "The product is in the shop.",
            Notice::Added => "Added. Products can be given it from now on.",
            Notice::Saved => "Saved. If it is visible, customers see it as it is now.",
            Notice::Unchanged => "Nothing was different, so nothing was saved.",
            Notice::Deleted => "The product is deleted. It can be restored from the deleted products.",
            Notice::Restored => "The product is back as it was.",
            Notice::Merged => "Merged. The products are here now, and the old name and address lead here.",
            Notice::Undone => "Undone. What was done stands here, and can be undone as well.",
            Notice::AlreadyUndone => "There was nothing left to undo.",
            Notice::Kept => "Everything stays as it is.",
            Notice::Removed => "Deleted. No product has it any more.",
            Notice::RuleSaved => "Saved. The search of customers goes by it within a moment.",
            Notice::RuleRemoved => {
                "Deleted. The search finds what it finds without it; the history can bring it back."
            }
            Notice::WebhookSaved => "Saved. What happens from now on is told as it says here.",
            Notice::WebhookRemoved => "Deleted. The program is told nothing more.",
            Notice::Queued => "It is sent within a moment. Load the page again to see below what came of it.",
            Notice::PageSaved => "Saved. If the page is visible, customers see it as it is now.",
            Notice::PageRemoved => "Deleted. The history can bring the page back.",
            Notice::Resized => "This process may open that many connections from now on.",
            Notice::Purged => "Dropped. What is asked for next is made anew.",
        }
    }
}

/// A page of somebody who works in the shop.
fn desk_page(desk: &Desk<'_>, title: &str, main: &Markup) -> Markup {
    let main = html! {
        @if desk.is_read_only { (read_only_banner()) }
        @if let Some(notice) = desk.notice { p .notice role="status" { (notice.words()) } }
        (main)
    };
    desk::page(&desk.viewer(), title, &main)
}

/// Why nothing can be saved right now.
fn read_only_banner() -> Markup {
    html! {
        div .alert role="alert" {
            h2 { "The shop can be read but not changed at the moment" }
            p { "Its main database does not answer, so nothing can be saved. Customers see the shop as it was. If you have just sent a form, "
                "go back in your browser: what you typed is still there. Send it again when this message is gone." }
        }
    }
}

/// The way from a page of one thing back to the list of all.
fn crumbs(list: (&str, &str), title: &str) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" { li { a href=(list.0) { (list.1) } } li { span aria-current="page" { (title) } } }
        }
    }
}

/// Somebody else was faster: what they made of each field that differs from what was typed.
fn overtaken(name: &str, now: &[(&str, String)]) -> Markup {
    html! {
        div .alert role="alert" {
            h2 { "“" (name) "” was changed while you were editing" }
            p { "What you typed is kept below and nothing of it is saved yet. Saving puts it in place of what is there now." }
            @if !now.is_empty() {
                ul { @for (label, value) in now { li { (label) " is now " @if value.is_empty() { "empty" } @else { "“" (value) "”" } "." } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_found_by_its_name_and_nothing_else_is() {
        for notice in Notice::ALL {
            assert_eq!(Notice::parse(notice.name()), Some(notice));
        }
        assert_eq!(Notice::parse("<b>"), None);
    }
}

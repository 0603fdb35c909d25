//! The page of one's own account.

use maud::{Markup, html};

use crate::accounts::{OwnAccount, Session, SessionHandle};
use crate::web::desk::{self, Viewer, moment};

/// `current` is the session that the page is seen in.
pub fn page(viewer: &Viewer<'_>, own: &OwnAccount, current: &SessionHandle) -> Markup {
    let user = &own.user;
    let main = html! {
        h1 { "Your account" }
        dl .facts {
            dt { "Name" } dd { (user.name) }
            dt { "E-mail" } dd { (user.email) }
            dt { "Role" } dd { (user.role) }
        }
        section aria-labelledby="sessions" {
            h2 #sessions { "Where you are signed in" }
            ul { @for session in &own.sessions { (line(session, session.handle == *current)) } }
        }
    };
    desk::page(viewer, "Your account", &main)
}

fn line(session: &Session, is_current: bool) -> Markup {
    html! {
        li {
            @if is_current { strong { "This browser" } } @else { "Another browser" }
            ", since " (moment(session.created_at)) ", last seen " (moment(session.last_seen_at))
            ", at most until " (moment(session.expires_at))
        }
    }
}

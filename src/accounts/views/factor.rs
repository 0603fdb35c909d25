//! The pages of one's own second factor: its part of the account's page, the secret before it counts, the recovery codes.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::accounts::model::{RecoveryCode, grouped};
use crate::accounts::second_factor::{SecondFactor, Unconfirmed};
use crate::error::FieldError;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::{TextField, fault_summary, hidden, text_field};
use crate::web::format;

/// White around a code, in squares, without which no camera finds it.
const MARGIN: i32 = 4;

/// On the page of the account.
pub fn section(viewer: &Viewer<'_>, factor: Option<&SecondFactor>) -> Markup {
    let deed = |what: &str, words: &str| {
        html! {
            form action={ "/account/second-factor" (what) } method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                button .button.quiet type="submit" { (words) }
            }
        }
    };
    html! {
        section aria-labelledby="second-factor" {
            h2 #second-factor { "Second factor" }
            @match factor {
                None => {
                    p { "Off: your password alone lets anybody in who has it. With a second factor, signing in also asks for a code from an "
                        "app on your phone." }
                    (deed("", "Set up a second factor"))
                }
                Some(factor) => {
                    p { "On since " (moment(factor.since)) ", " (format::count(factor.codes_left, "recovery code", "recovery codes")) " left." }
                    div .ways {
                        (deed("/codes", "Make new recovery codes"))
                        (deed("/off", "Switch it off"))
                    }
                }
            }
        }
    }
}

/// The secret, to be taken over by an app, and the field for its first code.
pub fn set_up(viewer: &Viewer<'_>, unconfirmed: &Unconfirmed, faults: &[FieldError]) -> Markup {
    let title = "Set up a second factor";
    let main = html! {
        (crumbs(title))
        div .narrow {
            h1 { (title) }
            (fault_summary(faults, &[("code", "Code")]))
            p { "Scan the picture with an app for codes, such as Aegis, 2FAS, Google Authenticator or your password manager." }
            @if let Some(picture) = picture(&unconfirmed.address) { (picture) }
            p { "Or type this key there: " code .secret { (grouped(unconfirmed.secret.expose(), " ")) } }
            p { "Or, if the app is on this device: " a href=(unconfirmed.address) { "open it there" } "." }
            form .stack action="/account/second-factor/confirm" method="post" novalidate {
                (hidden("csrf_token", viewer.csrf_token))
                (text_field(&TextField {
                    faults, required: true, autocomplete: Some("one-time-code"), inputmode: Some("numeric"),
                    hint: Some("The six digits that the app shows now. Everywhere else you will be signed out."),
                    ..TextField::new("code", "Code", "")
                }))
                div .form-end {
                    button .button type="submit" { "Switch it on" }
                    a .button.quiet href="/account" { "Cancel" }
                }
            }
        }
    };
    desk::page(viewer, title, &main)
}

/// The recovery codes, this once.
pub fn codes(viewer: &Viewer<'_>, codes: &[RecoveryCode]) -> Markup {
    let title = "Your recovery codes";
    let main = html! {
        (crumbs(title))
        div .narrow {
            h1 { (title) }
            p .notice role="status" { "Copy the codes now: they are shown this once." }
            p { "Each of them stands in for the code of your app once, should you lose it. Keep them where your phone is not: on paper, or in a "
                "password manager. Older ones do not count any more." }
            ul .recovery-codes role="list" {
                @for code in codes { li { code { (code.shown()) } } }
            }
            p { a .button href="/account" { "I have them" } }
        }
    };
    desk::page(viewer, title, &main)
}

fn crumbs(here: &str) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" { li { a href="/account" { "Account" } } li { span aria-current="page" { (here) } } }
        }
    }
}

/// The address as a QR code; `None` for one that is too long. Drawn in the page, so that nobody else is asked for it.
fn picture(address: &str) -> Option<Markup> {
    let code = QrCode::encode_text(address, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * MARGIN;
    Some(html! {
        svg .qr viewBox={ "0 0 " (size) " " (size) } role="img" aria-label="QR code of the key below" shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path d=(squares(&code)) fill="#000" {}
        }
    })
}

/// A path around every dark run of a row.
fn squares(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(1);
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN));
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_drawn_and_no_other() {
        let code = QrCode::encode_text("otpauth://totp/Shop:ann?secret=GEZD", QrCodeEcc::Medium).unwrap();
        let mut drawn = std::collections::BTreeSet::new();
        for run in squares(&code).split('M').skip(1) {
            let (at, run) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            let length: i32 = run.split_once('v').unwrap().0.parse().unwrap();
            drawn.extend((x..x + length).map(|x| (x - MARGIN, y - MARGIN)));
        }
        let size = code.size();
        let dark: std::collections::BTreeSet<(i32, i32)> = (0..size)
            .flat_map(|x| (0..size).map(move |y| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .collect();
        assert!(dark.len() > 100);
        assert_eq!(drawn, dark);
    }
}

//! What waits for a server: invitations and links of an owner, until they are taken, given up, or mean nothing any more.

use vitrine::accounts::Role;

use super::super::people::id_of;
use super::{ORIGIN, ask, await_end, counted, follow, mailing, waiting};
use crate::helpers::mail_server::{MailServer, Manner};
use crate::helpers::{Answer, Browser, PASSWORD, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    an_invitation_is_mailed_and_shown_and_the_first_link_used_ends_the_other,
    a_server_that_is_away_slow_or_talks_nonsense_holds_nobody_up_and_gets_the_mail_later,
    what_waits_ends_with_what_it_was_for,
);

/// The link that a page shows to be copied.
fn shown(page: &Answer) -> String {
    let tags = html::tags(&page.text);
    let field = tags.iter().find(|tag| tag.attribute("id") == Some("link"));
    let address = field.unwrap().attribute("value").unwrap();
    address
        .strip_prefix(ORIGIN)
        .expect("the public address")
        .to_owned()
}

async fn an_invitation_is_mailed_and_shown_and_the_first_link_used_ends_the_other(shop: Shop) {
    let server = MailServer::open().await;
    let post = mailing(&shop, &server, |_| {}).await;
    let mut olive = Browser::of_owner(&post).await;
    let fields = [("email", "rita@shop.example"), ("role", "reviewer")];
    let page = olive.submit("/admin/people", "/admin/people", &fields).await;
    assert_eq!(page.status, 200, "{}", page.text);
    html::assert_is_ours(&page.text, "an invitation");
    assert!(html::text(&page.text).contains("by mail"), "{}", page.text);
    let by_hand = shown(&page);
    let mail = server.await_mails(1).await.remove(0);
    assert_eq!(
        (&mail.to[..], mail.header("Subject").unwrap().as_str()),
        (&["rita@shop.example".to_owned()][..], "Vitrine: an invitation")
    );
    assert!(
        mail.body.contains("reviewer") && mail.body.contains("7 days"),
        "{}",
        mail.body
    );
    let mailed = mail.link(ORIGIN);
    assert_ne!(mailed, by_hand);
    for link in [&mailed, &by_hand] {
        assert_eq!(Browser::new(&post).open(link).await.status, 200, "{link}");
    }
    assert_eq!(follow(&post, &mailed, "Rita", PASSWORD).await.0.status, 303);
    assert_eq!(Browser::new(&post).open(&by_hand).await.status, 403);
    // A link for a new password goes the same way.
    let person = format!("/admin/people/{}", id_of(&shop, "rita@shop.example").await);
    let page = olive.submit(&person, &format!("{person}/link"), &[]).await;
    let by_hand = shown(&page);
    let mail = server.await_mails(2).await.remove(1);
    assert!(mail.body.contains("an owner of Vitrine"), "{}", mail.body);
    assert_eq!(follow(&post, &by_hand, "", super::NEW).await.0.status, 303);
    assert_eq!(Browser::new(&post).open(&mail.link(ORIGIN)).await.status, 403);
    await_end(&shop).await;
    assert_eq!(
        (counted(&post, "sent").await, counted(&post, "dead").await),
        (2, 0)
    );
}

async fn a_server_that_is_away_slow_or_talks_nonsense_holds_nobody_up_and_gets_the_mail_later(shop: Shop) {
    let server = MailServer::open().await;
    let post = mailing(&shop, &server, |settings| settings.mail.timeout_ms = 300).await;
    let mut olive = Browser::of_owner(&post).await;
    Browser::of_role(&shop, Role::Editor).await;
    let editor = id_of(&shop, "editor@shop.example").await;
    let person = format!("/admin/people/{editor}");
    let later = "451 4.7.1 editor@shop.example is grey";
    let manners = [
        Manner::Drops,
        Manner::Breaks,
        Manner::Hangs,
        Manner::Babbles,
        Manner::Refuses(later),
        Manner::Refuses("550 5.7.1 lamps@shop.example is not yours to send as"),
    ];
    for manner in manners {
        server.behave(manner);
        let (tried, failed) = (server.connections(), counted(&post, "retried").await);
        let page = olive.submit(&person, &format!("{person}/link"), &[]).await;
        assert_eq!(page.status, 200, "{manner:?}: {}", page.text);
        eventually("an attempt fails, and is told", async || {
            server.connections() > tried && counted(&post, "retried").await > failed
        })
        .await;
        assert_eq!(olive.open(&person).await.status, 200, "{manner:?}");
    }
    assert_eq!((server.mails().len(), counted(&post, "sent").await), (0, 0));
    server.behave(Manner::Takes);
    let mail = server.await_mails(1).await.remove(0);
    assert_eq!(Browser::new(&post).open(&mail.link(ORIGIN)).await.status, 200);
    await_end(&shop).await;
    assert_eq!(server.mails().len(), 1, "the newest one alone");
    // A mailbox that is not there is not tried again.
    server.behave(Manner::Refuses("550 5.1.1 there is no editor@shop.example"));
    olive.submit(&person, &format!("{person}/link"), &[]).await;
    eventually("it is given up", async || counted(&post, "dead").await == 1).await;
    await_end(&shop).await;
}

async fn what_waits_ends_with_what_it_was_for(shop: Shop) {
    let server = MailServer::open().await;
    server.behave(Manner::Drops);
    let post = mailing(&shop, &server, |settings| settings.mail.retry_first_ms = 600_000).await;
    let mut olive = Browser::of_owner(&post).await;
    Browser::of_role(&shop, Role::Editor).await;
    let editor = id_of(&shop, "editor@shop.example").await;
    let person = format!("/admin/people/{editor}");
    for deed in ["disable", "erase"] {
        if deed == "erase" {
            let token = olive.csrf_token().await;
            olive
                .post(&format!("{person}/enable"), &[("csrf_token", &token)])
                .await;
        }
        let failed = counted(&post, "retried").await;
        assert_eq!(ask(&post, "editor@shop.example").await.status, 303);
        eventually("it waits for the next attempt", async || {
            counted(&post, "retried").await > failed && waiting(&shop).await == 1
        })
        .await;
        let token = olive.csrf_token().await;
        let done = olive
            .post(&format!("{person}/{deed}"), &[("csrf_token", &token)])
            .await;
        assert_eq!(done.status, 303, "{deed}: {}", done.text);
        assert_eq!(waiting(&shop).await, 0, "{deed}");
    }
}

#[actix_web::test]
async fn a_mail_that_no_server_takes_is_given_up_when_its_time_is_over() {
    let shop = Shop::on_sqlite().await;
    let server = MailServer::open().await;
    server.behave(Manner::Drops);
    Browser::of_owner(&shop).await;
    let post = mailing(&shop, &server, |settings| settings.mail.retry_for_s = 1).await;
    assert_eq!(ask(&post, crate::helpers::EMAIL).await.status, 303);
    eventually("it is given up", async || counted(&post, "dead").await == 1).await;
    await_end(&shop).await;
    assert!(server.mails().is_empty());
}

//! The forms of categories and attributes lose no word, whatever is wrong with it and whoever was faster.

use super::{ATTRIBUTES, CATEGORIES, TAGS, id_of, make};
use crate::helpers::{Browser, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    a_refused_term_form_keeps_every_word_and_gives_advice,
    two_people_with_one_term_do_not_overwrite_each_other,
    a_refused_attribute_form_keeps_every_word,
);

async fn a_refused_term_form_keeps_every_word_and_gives_advice(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let home = make(&mut olive, CATEGORIES, &[("name", "Home")]).await;
    let typed = [
        ("name", "  "),
        ("slug", "Not A \"Slug\""),
        ("parent", id_of(&home)),
        ("position", "first"),
        ("description", "\n  <b>below</b>\n  & more"),
        ("image_url", "javascript:alert('x')"),
    ];
    let refused = olive
        .submit(&format!("{CATEGORIES}/new"), CATEGORIES, &typed)
        .await;
    assert_eq!(refused.status, 422);
    html::assert_is_ours(&refused.text, "refused");
    let kept = html::form(&refused.text, CATEGORIES);
    for (name, value) in typed {
        let field = (name.to_owned(), value.to_owned());
        assert!(kept.contains(&field), "{name} was lost: {kept:?}");
    }
    let said = html::text(&refused.text);
    assert!(said.contains("4 things need your attention"), "{said}");

    make(&mut olive, TAGS, &[("name", "New")]).await;
    let fresh = make(&mut olive, TAGS, &[("name", "Fresh")]).await;
    let taken = olive.submit(&fresh, &fresh, &[("name", "néw")]).await;
    assert_eq!(taken.status, 422);
    let said = html::text(&taken.text);
    assert!(
        said.contains("is taken by “New”: merge the two, or choose another name"),
        "{said}"
    );
    let kept = html::form(&taken.text, &fresh);
    assert!(kept.contains(&("name".to_owned(), "néw".to_owned())));
}

async fn two_people_with_one_term_do_not_overwrite_each_other(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let own = make(&mut olive, CATEGORIES, &[("name", "Lamps")]).await;
    make(&mut olive, CATEGORIES, &[("name", "Lights")]).await;
    let opened = html::form(&olive.open(&own).await.text, &own);
    let question = format!("{own}/merge");
    let asked = html::form(&olive.open(&question).await.text, &question);
    let first = changed(opened.clone(), &[("name", "Lanterns")]);
    assert_eq!(olive.post_fields(&own, &first).await.status, 303);

    let second = changed(opened, &[("description", "All that <glows>")]);
    let conflict = olive.post_fields(&own, &second).await;
    assert_eq!(conflict.status, 409);
    html::assert_is_ours(&conflict.text, "conflict");
    let said = html::text(&conflict.text);
    assert!(said.contains("was changed while you were editing"), "{said}");
    assert!(
        said.contains("Name is now “Lanterns”") && !said.contains("Place is now"),
        "{said}"
    );
    let kept = html::form(&conflict.text, &own);
    for (name, value) in [
        ("name", "Lamps"),
        ("description", "All that <glows>"),
        ("version", "2"),
    ] {
        assert!(
            kept.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {kept:?}"
        );
    }
    let again = olive
        .post_fields(&own, &changed(kept, &[("name", "Lanterns")]))
        .await;
    assert_eq!(again.status, 303);

    let asked = changed(asked, &[("into", "2")]);
    let late = olive.post_fields(&question, &asked).await;
    assert_eq!(late.status, 409);
    let kept = html::form(&late.text, &question);
    assert!(kept.contains(&("into".to_owned(), "2".to_owned())));
    assert_eq!(olive.post_fields(&question, &kept).await.status, 303);
}

async fn a_refused_attribute_form_keeps_every_word(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let own = make(&mut olive, ATTRIBUTES, &[("name", "Height"), ("kind", "number")]).await;
    let typed = [
        ("name", "Height \"of\" <all>"),
        ("key", "height"),
        ("kind", "choice"),
        ("unit", "cm"),
        ("choices", ""),
        ("position", "last"),
    ];
    let refused = olive
        .submit(&format!("{ATTRIBUTES}/new"), ATTRIBUTES, &typed)
        .await;
    assert_eq!(refused.status, 422);
    html::assert_is_ours(&refused.text, "refused");
    let kept = html::form(&refused.text, ATTRIBUTES);
    for (name, value) in typed {
        let field = (name.to_owned(), value.to_owned());
        assert!(kept.contains(&field), "{name} was lost: {kept:?}");
    }
    let mended = changed(kept, &[("choices", "low\nhigh"), ("position", "1")]);
    let taken = olive.post_fields(ATTRIBUTES, &mended).await;
    assert_eq!(taken.status, 422);
    assert!(html::text(&taken.text).contains("is the key of another attribute"));

    let opened = html::form(&olive.open(&own).await.text, &own);
    let first = changed(opened.clone(), &[("unit", "cm")]);
    assert_eq!(olive.post_fields(&own, &first).await.status, 303);
    let conflict = olive
        .post_fields(&own, &changed(opened, &[("name", "Tallness")]))
        .await;
    assert_eq!(conflict.status, 409);
    assert!(html::text(&conflict.text).contains("Unit is now “cm”"));
    let kept = html::form(&conflict.text, &own);
    assert!(kept.contains(&("name".to_owned(), "Tallness".to_owned())));
    assert_eq!(olive.post_fields(&own, &kept).await.status, 303);
}

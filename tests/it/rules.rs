//! Who gets in, and what they can do there: each rule has a test that is named after it, wherever that stands. A test may show
//! several rules; then it begins with the name of each. Here are those that no other subject has.

mod access;
mod bulk;
mod outage;
mod passwords;
mod sessions;

use std::collections::BTreeSet;
use std::path::Path;

/// How a rule is called, and what it asks. `v6_3_1` is 6.3.1 of OWASP's ASVS 5.0.0, `v6_2` a section of it; `api4` is the
/// fourth of its API Security Top 10 of 2023; what neither has as a number is called by words.
const RULES: &[(&str, &str)] = &[
    (
        "v11_4_2",
        "Passwords are hashed by Argon2id on threads of their own behind a short queue.",
    ),
    (
        "v6_2",
        "Passwords are long, of any characters, and nothing that is guessed first.",
    ),
    (
        "v6_3_1",
        "Who guesses is slowed down by account and by address, and nobody is shut out.",
    ),
    ("v6_3_2", "There is no account that nobody made."),
    ("v6_4_1", "Links that give a password work once and for a time."),
    (
        "v6_3_3",
        "Who wants a second factor is asked for it, and a code of it counts once.",
    ),
    (
        "passkeys",
        "A passkey answers for this shop alone, each question once, and only after its device has made sure who holds it.",
    ),
    (
        "user_enumeration",
        "Who has an account cannot be told from how a sign-in fails.",
    ),
    (
        "v7_2_3",
        "The id of a session is 256 random bits, of which only a hash is kept.",
    ),
    (
        "v7_2_4",
        "Each sign-in, proof and change of role gives a new id, and the old one counts for nothing.",
    ),
    (
        "v3_3",
        "Cookies are bound to the host, to https and to our own pages, and hidden from scripts.",
    ),
    ("v7_3_1", "A session ends when it was idle for too long."),
    ("v7_3_2", "A session ends at some time, whatever is done in it."),
    ("v7_4_1", "Signing out ends the session everywhere."),
    ("v7_4_2", "Disabling an account ends its sessions everywhere."),
    ("v7_4_3", "A new password ends the other sessions everywhere."),
    ("v7_5_2", "People see their sessions and end them."),
    (
        "sudo_mode",
        "What could do much harm asks for the password again.",
    ),
    ("v3_5_1", "No other site makes a browser do anything here."),
    (
        "api_keys",
        "Keys are random, shown once, kept as a hash, bounded by scope and time, and never beside a cookie.",
    ),
    (
        "v8_2_2",
        "What is another's or hidden is not there for whoever asks for it by its id.",
    ),
    ("api1", "The same, for programs."),
    ("api5", "Each method of each address asks what its table says."),
    (
        "api4",
        "How much, how often and how large is bounded for everybody.",
    ),
    ("api6", "What strangers may do in the shop is bounded by day."),
    (
        "api9",
        "Which addresses there are is printed and held against a table.",
    ),
    ("v13_4_5", "What is for operators is on a port of its own."),
    ("v16_5_1", "An error tells nothing of what lies behind it."),
    ("v16_5_2", "What is away takes with it only what needs it."),
    ("v16_5_3", "What cannot be decided is refused."),
];

/// The names of all tests: functions behind an attribute, and those that run on both databases.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src", "tests/it"] {
        collect(Path::new(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests_in(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn tests_in(text: &str) -> Vec<String> {
    let behind_attributes = text.split("test]\n").skip(1);
    let functions = behind_attributes.filter_map(|behind| {
        let (_, name) = behind.split_once("fn ")?;
        name.split_once('(').map(|(name, _)| name.to_owned())
    });
    let lists = text.split("\non_both_databases!(").skip(1);
    let on_both = lists.flat_map(|behind| {
        let (names, _) = behind.split_once(')').unwrap_or_default();
        names
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect::<Vec<_>>()
    });
    functions.chain(on_both).filter(|name| !name.is_empty()).collect()
}

/// The rules that a test is named after.
fn rules_of(test: &str) -> Vec<&'static str> {
    let mut rules = Vec::new();
    let mut rest = test;
    let next = |rest: &str| {
        let begins = |rule: &&str| rest.strip_prefix(*rule).is_some_and(|rest| rest.starts_with('_'));
        RULES.iter().map(|(rule, _)| *rule).find(begins)
    };
    while let Some(rule) = next(rest) {
        rules.push(rule);
        rest = rest.get(rule.len() + 1..).unwrap_or_default();
    }
    rules
}

#[test]
fn each_rule_has_a_test_that_is_named_after_it() {
    let tests = tests();
    let shown: BTreeSet<&str> = tests.iter().flat_map(|test| rules_of(test)).collect();
    let without: Vec<_> = RULES.iter().filter(|(rule, _)| !shown.contains(rule)).collect();
    assert!(without.is_empty(), "no test is named after {without:#?}");
}

#[test]
fn the_rules_of_a_test_are_read_from_its_name() {
    for (test, rules) in [
        ("v7_3_1_v7_3_2_a_session_ends", vec!["v7_3_1", "v7_3_2"]),
        ("api_keys_are_shown_once", vec!["api_keys"]),
        ("v6_2_any_password", vec!["v6_2"]),
        ("v6_21_no_rule", vec![]),
        ("nothing_of_v6_3_1_here", vec![]),
    ] {
        assert_eq!(rules_of(test), rules, "{test}");
    }
    let source = "#[test]\nfn one() {}\n#[actix_web::test]\n#[cfg(x)]\nasync fn two() {}\nfn three() {}\n\non_both_databases!(\n    four,\n    five\n);\n";
    assert_eq!(tests_in(source), ["one", "two", "four", "five"]);
}

//! The owner's browser: it keeps cookies and sends forms as pages hold them.

use crate::html;
use crate::https::{Answer, Client, Door};
use crate::shop::Place;
use crate::stage::ADMIN;

const EMAIL: &str = "olive@shop.example";

pub struct Browser {
    client: Client,
    cookies: Vec<(String, String)>,
}

/// What a person signs in with.
pub struct Account {
    pub email: &'static str,
    pub password: String,
}

impl Account {
    pub fn create(place: &Place) -> Account {
        let said = place.say(&["user", "create", "--email", EMAIL, "--name", "Olive"]);
        let password = said.lines().find_map(|line| line.strip_prefix("password: "));
        Account {
            email: EMAIL,
            password: password.unwrap().to_owned(),
        }
    }
}

impl Browser {
    pub fn signed_in(door: &Door, account: &Account) -> Browser {
        let mut browser = Browser {
            client: door.client(),
            cookies: Vec::new(),
        };
        let fields = [("email", account.email), ("password", account.password.as_str())];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = browser.post("/login", &fields);
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    pub fn open(&mut self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    pub fn post(&mut self, path: &str, fields: &[(String, String)]) -> Answer {
        self.send("POST", path, &serde_urlencoded::to_string(fields).unwrap())
    }

    /// The fields of a page's form, with one of them typed over.
    pub fn typed(page: &Answer, action: &str, name: &str, value: &str) -> Vec<(String, String)> {
        let mut fields = html::form(&page.text, action);
        let field = fields.iter_mut().find(|(found, _)| found == name);
        value.clone_into(&mut field.unwrap().1);
        fields
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let headers = [
            ("Accept", "text/html"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Cookie", cookies.as_str()),
        ];
        let answer = self.client.send(method, ADMIN, path, &headers, body).unwrap();
        for line in answer.all("set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(found, _)| found != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }
}

//! A person with a browser: cookies kept by hand, forms sent as pages hold them.

use awc::http::Method;
use awc::http::header::SET_COOKIE;

use vitrine::accounts::{NewUser, Role};
use vitrine::db::{Actor, Origin};

use super::{Answer, Shop, html};

/// The owner that tests set up.
pub const EMAIL: &str = "olive@shop.example";
pub const PASSWORD: &str = "green lamp over the sea";

pub struct Browser<'a> {
    pub shop: &'a Shop,
    pub cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    pub fn new(shop: &'a Shop) -> Self {
        Self {
            shop,
            cookies: Vec::new(),
        }
    }

    /// A browser in which the owner is signed in, through the one-time link.
    pub async fn of_owner(shop: &'a Shop) -> Self {
        let mut browser = Self::new(shop);
        let token = shop
            .parts
            .accounts
            .setup_link()
            .await
            .unwrap()
            .expect("the shop has no owner yet");
        let fields = [
            ("token", token.expose()),
            ("name", "Olive"),
            ("email", EMAIL),
            ("password", PASSWORD),
        ];
        let answer = browser.post("/admin/setup", &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/admin/products"),
            "{}",
            answer.text
        );
        // What the API wrote before, this browser has not seen; a replica might not have it yet.
        browser.catch_up().await;
        browser
    }

    /// A browser in which somebody with this role is signed in, with an account of their own.
    pub async fn of_role(shop: &'a Shop, role: Role) -> Self {
        let email = format!("{role}@shop.example");
        let person = NewUser {
            role,
            ..NewUser::owner("Robin", &email, PASSWORD, "Shop").unwrap()
        };
        let origin = Origin {
            actor: Actor::Cli,
            request_id: "test".to_owned(),
            batch: None,
        };
        shop.parts.accounts.create_user(origin, person).await.unwrap();
        let mut browser = Self::new(shop);
        let answer = browser.sign_in(&email, PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser.catch_up().await;
        browser
    }

    /// The token of this browser's session, as every page for people holds it.
    pub async fn csrf_token(&mut self) -> String {
        let page = self.open("/account").await;
        let fields = html::form(&page.text, "/logout");
        let token = fields.into_iter().find(|(name, _)| name == "csrf_token");
        token.expect("the page has no token").1
    }

    /// Lets this browser see what programs have written meanwhile.
    pub async fn catch_up(&mut self) {
        let head = self.shop.head().await;
        self.cookies.retain(|(name, _)| name != "vitrine_seq");
        self.cookies.push(("vitrine_seq".to_owned(), head));
    }

    pub async fn open(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("accept", "text/html")], None)
            .await
    }

    /// Sends a form the way a page of the shop would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")])
            .await
    }

    pub async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = vec![
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
        ];
        all.extend_from_slice(headers);
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(Method::POST, path, &all, Some(body)).await
    }

    /// Opens a page, changes some fields of its form and sends it.
    pub async fn submit(&mut self, page: &str, action: &str, changes: &[(&str, &str)]) -> Answer {
        let opened = self.open(page).await;
        assert_eq!(opened.status, 200, "{page}: {}", opened.text);
        let fields = changed(html::form(&opened.text, action), changes);
        self.post_fields(action, &fields).await
    }

    pub async fn post_fields(&mut self, action: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post(action, &fields).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password)])
            .await
    }

    pub async fn sign_out(&mut self) -> Answer {
        self.submit("/admin/products", "/logout", &[]).await
    }

    pub fn cookie(&self, name: &str) -> &str {
        self.cookies
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        // A shop with a public name is called by it.
        let name = self.shop.parts.settings.server.public_url.as_ref();
        if let Some(name) = name.filter(|_| headers.iter().all(|(header, _)| *header != "host")) {
            all.push(("host", name.authority()));
        }
        let answer = self.shop.ask(method, path, &all, body).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(found, _)| found != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

/// A form's fields with some of them typed over.
pub fn changed(mut fields: Vec<(String, String)>, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        fields.retain(|(found, _)| found != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

//! Text that people marked up by hand, as CommonMark, becomes part of a page: headings, lists, emphasis, quotes, code, links.
//!
//! With `structured` one of the two files that put text into a page unescaped. What keeps markup out is that every event of
//! the parser passes `Safe`: raw HTML is text, a picture is the words that stand for it, a link leads to a page of this
//! shop, to http, https or an e-mail address, or is no link; the writer of the library escapes what is left. Must not know
//! whose text it is.

#[expect(
    clippy::disallowed_types,
    reason = "an audited file: what it lets through was escaped by the library's writer, and raw HTML never reaches that"
)]
use maud::PreEscaped;
use maud::{Markup, html};
use pulldown_cmark::html::push_html;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};
use url::Url;

/// Quotes and lists inside each other; deeper ones stand with the last of these.
const MOST_LEVELS: usize = 8;

/// The text as markup. Its headings stand below one heading of the page.
pub fn markup(text: &str) -> Markup {
    let mut safe = Safe::default();
    let mut shown = String::with_capacity(text.len() * 5 / 4);
    push_html(&mut shown, parser(text).filter_map(|event| safe.pass(event)));
    html! { (PreEscaped(shown)) }
}

/// The text without its marks, on one line.
pub fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for event in parser(text) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            // What ends inside a line is no gap.
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image) => {}
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::empty())
}

/// What is open, and whether it is shown.
#[derive(Default)]
struct Safe {
    levels: Vec<bool>,
    links: Vec<bool>,
}

impl Safe {
    fn pass<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(tag) => self.open(tag).map(Event::Start),
            Event::End(tag) => self.close(tag).map(Event::End),
            Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::Rule => {
                Some(event)
            }
            // Of extensions, which are off.
            _ => None,
        }
    }

    fn open<'a>(&mut self, tag: Tag<'a>) -> Option<Tag<'a>> {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => Some(Tag::Paragraph),
            Tag::Heading { level, .. } => Some(Tag::Heading {
                level: below(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Tag::CodeBlock(_) => Some(Tag::CodeBlock(CodeBlockKind::Indented)),
            Tag::BlockQuote(_) | Tag::List(_) => {
                let is_shown = self.levels.len() < MOST_LEVELS;
                self.levels.push(is_shown);
                is_shown.then_some(tag)
            }
            Tag::Item => self.is_in_shown_level().then_some(tag),
            Tag::Emphasis | Tag::Strong => Some(tag),
            Tag::Link {
                link_type, dest_url, ..
            } => {
                let is_inside_another = self.links.contains(&true);
                let address = address(link_type, &dest_url).filter(|_| !is_inside_another);
                self.links.push(address.is_some());
                address.map(|address| Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url: CowStr::from(address),
                    title: CowStr::from(""),
                    id: CowStr::from(""),
                })
            }
            _ => None,
        }
    }

    fn close(&mut self, tag: TagEnd) -> Option<TagEnd> {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => Some(TagEnd::Paragraph),
            TagEnd::Heading(level) => Some(TagEnd::Heading(below(level))),
            TagEnd::BlockQuote(_) | TagEnd::List(_) => {
                self.levels.pop().and_then(|shown| shown.then_some(tag))
            }
            TagEnd::Item => self.is_in_shown_level().then_some(tag),
            TagEnd::Link => self.links.pop().and_then(|shown| shown.then_some(tag)),
            TagEnd::CodeBlock | TagEnd::Emphasis | TagEnd::Strong => Some(tag),
            _ => None,
        }
    }

    fn is_in_shown_level(&self) -> bool {
        self.levels.last().copied().unwrap_or_default()
    }
}

/// The page has its own first heading.
fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Where a link may lead, as browsers read it: they drop tabs and line ends before they look.
fn address(kind: LinkType, given: &str) -> Option<String> {
    if kind == LinkType::Email {
        return Some(format!("mailto:{given}"));
    }
    let own = given.starts_with('/')
        && !given.starts_with("//")
        && given
            .chars()
            .all(|character| !character.is_control() && character != '\\');
    if own {
        return Some(given.to_owned());
    }
    let parsed = Url::parse(given).ok()?;
    let is_plain = parsed.username().is_empty() && parsed.password().is_none();
    let is_allowed = match parsed.scheme() {
        "http" | "https" => parsed.has_host() && is_plain,
        "mailto" => true,
        _ => false,
    };
    is_allowed.then(|| parsed.into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shown(text: &str) -> String {
        markup(text).into_string()
    }

    #[test]
    fn marks_become_headings_lists_and_links_below_the_heading_of_the_page() {
        let text = "# Us\n\nWe are *two* people.\n\n- one\n- [lamps](/products?tag=lamp)\n\n<us@shop.example>, https://a.example";
        assert_eq!(
            shown(text),
            "<h2>Us</h2>\n<p>We are <em>two</em> people.</p>\n<ul>\n<li>one</li>\n<li><a href=\"/products?tag=lamp\">lamps</a></li>\n</ul>\n\
             <p><a href=\"mailto:us@shop.example\">us@shop.example</a>, https://a.example</p>\n"
        );
        assert_eq!(
            plain(text),
            "Us We are two people. one lamps us@shop.example, https://a.example"
        );
    }

    #[test]
    fn hostile_markup_is_text() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<svg><animate onbegin=alert(1)>",
            "<div style=\"x\">\n\n</div>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<!-- > --> <?php ?> <![CDATA[ <b> ]]>",
            "<annotation-xml encoding=\"text/html\"><style><img title=\"</style><img src onerror=alert(1)>\">",
            "```\"><script>\n</pre><script>alert(1)</script>\n```",
            "`<script>`",
            "# <script>",
            "![<script>](https://evil.example/x.png \"<b>\")",
            "> <iframe src=//evil.example>",
            "&lt;script&gt; &#60;script&#62;",
            "<https://a.example/\"onmouseover=\"alert(1)>",
        ] {
            let found = shown(text);
            let mut known = found.clone();
            for tag in ["p", "h2", "ul", "li", "pre", "code", "blockquote", "em", "strong"] {
                known = known
                    .replace(&format!("<{tag}>"), "")
                    .replace(&format!("</{tag}>"), "");
            }
            let links = known.matches("<a href=\"").count();
            assert_eq!(known.matches('<').count(), 2 * links, "{text}: {found}");
            for link in found.split("<a href=\"").skip(1) {
                let behind = link.split_once('"').map(|(_, behind)| behind);
                assert!(behind.is_some_and(|behind| behind.starts_with('>')), "{found}");
            }
        }
    }

    #[test]
    fn a_link_that_could_run_something_is_only_its_words() {
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java&#x09;script:alert(1)",
            "&#106;avascript:alert(1)",
            "data:text/html;base64,PHNjcmlwdD4=",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "https://shop.example@evil.example/",
            "intent://x",
            "blob:https://a.example/1",
        ] {
            let found = shown(&format!("[words]({address})"));
            assert!(
                !found.contains("<a ") && found.contains("words"),
                "{address}: {found}"
            );
        }
        let nested = shown("[a ![b [c](https://c.example)](https://b.example) d](https://a.example)");
        assert_eq!(nested.matches("<a ").count(), 1, "{nested}");
        assert_eq!(nested.matches("</a>").count(), 1, "{nested}");
    }

    #[test]
    fn nesting_without_end_costs_neither_time_nor_levels() {
        let longest = 16_000;
        for hostile in [
            "> ", "- ", "[", "![", "*", "_", "`", "<", "[a](", "1. ", "&", "\\",
        ] {
            let text: String = hostile.chars().cycle().take(longest).collect();
            let started = Instant::now();
            let found = shown(&format!("{text}x"));
            let took = started.elapsed();
            assert!(took < Duration::from_secs(2), "{hostile} took {took:?}");
            assert!(found.matches("<blockquote>").count() <= MOST_LEVELS, "{hostile}");
            assert!(found.matches("<ul>").count() <= MOST_LEVELS, "{hostile}");
        }
    }
}

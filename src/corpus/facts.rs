//! Facts: what a web page says of its article, in JSON-LD, Open Graph, other `meta` elements, and `time`.

use dom_query::{Document, NodeRef};
use serde_json::{Map, Value};

use super::select::select;

/// Objects within objects of JSON-LD that are looked through.
const MOST_DEPTH: usize = 6;

/// What a page says of its article. Where several places say it, the first of JSON-LD, Open Graph, other elements counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) title: Option<String>,
    /// As the page has it.
    pub(super) date: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) authors: Vec<String>,
    /// The canonical address.
    pub(super) url: Option<String>,
    pub(super) site: Option<String>,
    pub(super) language: Option<String>,
    /// The text, as JSON-LD has it for search engines.
    pub(super) body: Option<String>,
    /// Does the page say that the article must be paid for?
    pub(super) is_paid: bool,
    /// Does the page call itself an article?
    pub(super) is_article: bool,
    /// What stands in `title`, site and all.
    pub(super) window_title: Option<String>,
}

/// Gathers what a page says of itself.
pub(super) fn of(document: &Document) -> Facts {
    let mut facts = from_json_ld(document);
    let meta = Meta::of(document);
    let names = Names::of(document);
    let or = |held: &mut Option<String>, found: Option<String>| {
        if held.is_none() {
            *held = found;
        }
    };
    let text = |selector: &'static str| {
        select(document, selector).iter().map(|found| one_line(&found.text())).find(|text| !text.is_empty())
    };
    let attribute = |selector: &'static str, name: &str| {
        select(document, selector)
            .iter()
            .filter_map(|found| found.attr(name).map(|value| value.trim().to_owned()))
            .find(|value| !value.is_empty())
    };
    facts.window_title = text("head > title").or_else(|| text("title"));
    facts.is_article |= meta.get(&["og:type"]).is_some_and(|kind| kind == "article");
    or(&mut facts.title, meta.get(&["og:title", "twitter:title", "dc.title", "parsely-title"]));
    if facts.title.is_none() {
        facts.title = text("h1").or_else(|| facts.window_title.clone());
    }
    or(
        &mut facts.date,
        meta.get(&[
            "article:published_time", "article:published", "og:published_time", "datepublished",
            "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
            "publication_date", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "date",
            "cxenseparse:recs:publishtime", "article.published",
        ]),
    );
    if facts.date.is_none() && names.has_time {
        facts.date = attribute(
            "time[itemprop=datePublished], time[pubdate], [itemprop=datePublished][datetime]",
            "datetime",
        )
        .or_else(|| attribute("[itemprop=datePublished][content]", "content"))
        .or_else(|| {
            attribute("article time[datetime], main time[datetime], header time[datetime]", "datetime")
        })
        .or_else(|| attribute("time[datetime]", "datetime"));
    }
    or(
        &mut facts.modified,
        meta.get(&["article:modified_time", "og:updated_time", "datemodified", "dcterms.modified"]),
    );
    if facts.authors.is_empty() {
        let named =
            meta.get(&["author", "article:author", "parsely-author", "dc.creator", "sailthru.author"]);
        facts.authors.extend(named.filter(|name| !name.contains("://")));
    }
    if facts.authors.is_empty() && names.has_author {
        let named = text("[itemprop=author] [itemprop=name], [itemprop=author], [rel=author]");
        facts.authors.extend(named.filter(|name| name.len() < 100));
    }
    let absolute = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    let canonical = attribute("link[rel=canonical]", "href").filter(absolute);
    facts.url = canonical
        .or_else(|| meta.get(&["og:url"]).filter(absolute))
        .or(facts.url.filter(|url| absolute(url)));
    or(&mut facts.site, meta.get(&["og:site_name", "application-name", "dc.publisher", "publisher"]));
    if facts.language.is_none() {
        facts.language = attribute("html[lang]", "lang").or_else(|| attribute("html", "xml:lang"));
    }
    or(&mut facts.language, meta.get(&["og:locale", "content-language", "language", "dc.language"]));
    facts
}

/// Which of the elements that many a page lacks it has at all: one walk over the page spares it several with selectors.
struct Names {
    /// `time`, or one that says what it is with `itemprop`.
    has_time: bool,
    /// One that says what it is with `itemprop` or `rel`.
    has_author: bool,
}

impl Names {
    fn of(document: &Document) -> Self {
        let mut names = Self { has_time: false, has_author: false };
        for node in document.root().descendants_it().filter(NodeRef::is_element) {
            let has_property = node.has_attr("itemprop");
            names.has_time |= has_property || node.has_name("time");
            names.has_author |= has_property || node.has_attr("rel");
        }
        names
    }
}

/// `meta` elements by name, lower case; the first of a name that says something.
struct Meta(Vec<(String, String)>);

impl Meta {
    fn of(document: &Document) -> Self {
        let mut named = Vec::new();
        for meta in &select(document, "meta[content]") {
            let content = one_line(&meta.attr_or("content", ""));
            let name = ["property", "name", "itemprop", "http-equiv"].iter().find_map(|key| meta.attr(key));
            if let (Some(name), false) = (name, content.is_empty()) {
                named.push((name.trim().to_ascii_lowercase(), content));
            }
        }
        Self(named)
    }

    fn get(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|wanted| {
            self.0.iter().find(|(name, _)| name == wanted).map(|(_, content)| content.clone())
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn from_json_ld(document: &Document) -> Facts {
    let mut facts = Facts::default();
    for script in &select(document, "script[type='application/ld+json']") {
        let text = script.text();
        let json = text.trim().trim_start_matches("<!--").trim_end_matches("-->").trim();
        let json = json.strip_prefix("<![CDATA[").map_or(json, |json| json.trim_end_matches("]]>"));
        // Sites break lines within texts, which JSON does not allow.
        let value = serde_json::from_str(json)
            .or_else(|_| serde_json::from_str::<Value>(&json.replace(['\n', '\r', '\t'], " ")));
        if let Ok(value) = value {
            look_through(&value, 0, &mut facts);
        }
    }
    facts
}

fn look_through(value: &Value, depth: usize, facts: &mut Facts) {
    if depth > MOST_DEPTH {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| look_through(item, depth + 1, facts)),
        Value::Object(fields) => {
            if is_kind(fields, |kind| {
                kind.ends_with("Article") || kind.ends_with("Posting") || matches!(kind, "Report" | "Review")
            }) {
                take_article(fields, facts);
            }
            for key in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement"] {
                if let Some(inner) = fields.get(key) {
                    look_through(inner, depth + 1, facts);
                }
            }
        }
        _ => {}
    }
}

fn is_kind(fields: &Map<String, Value>, holds: impl Fn(&str) -> bool) -> bool {
    match fields.get("@type") {
        Some(Value::String(kind)) => holds(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(holds),
        _ => false,
    }
}

fn take_article(fields: &Map<String, Value>, facts: &mut Facts) {
    // A page's first article is its own; others are those it leads to.
    if std::mem::replace(&mut facts.is_article, true) {
        return;
    }
    let text = |key: &str| {
        let text = one_line(&html_escape::decode_html_entities(fields.get(key)?.as_str()?));
        (!text.is_empty()).then_some(text)
    };
    facts.title = text("headline").or_else(|| text("name"));
    facts.date = text("datePublished").or_else(|| text("dateCreated"));
    facts.modified = text("dateModified");
    facts.language = text("inLanguage");
    facts.url = text("url").or_else(|| match fields.get("mainEntityOfPage") {
        Some(Value::String(url)) => Some(url.clone()),
        Some(Value::Object(page)) => page.get("@id").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    });
    facts.site = fields.get("publisher").and_then(|publisher| names(publisher).into_iter().next());
    facts.authors = fields.get("author").map(names).unwrap_or_default();
    facts.is_paid = match fields.get("isAccessibleForFree") {
        Some(Value::Bool(free)) => !free,
        Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
        _ => false,
    };
    facts.body = fields
        .get("articleBody")
        .and_then(Value::as_str)
        .map(|body| super::page::fragment_text(&html_escape::decode_html_entities(body)))
        .filter(|body| !body.is_empty());
}

/// Names of persons or organizations, as text or as objects.
fn names(value: &Value) -> Vec<String> {
    let found = match value {
        Value::String(name) => vec![one_line(name)],
        Value::Object(fields) => fields.get("name").map(names).unwrap_or_default(),
        Value::Array(items) => items.iter().take(20).flat_map(names).collect(),
        _ => Vec::new(),
    };
    found.into_iter().filter(|name| !name.is_empty() && name.len() < 200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_ld_goes_before_open_graph_and_that_before_elements() {
        let html = r#"<html lang="fr-FR"><head><title>Tram - Le Site</title><link rel="canonical" href="https://a.b/c">
            <script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"S"},{"@type":["NewsArticle"],
              "headline":"Le tram","datePublished":"2020-05-03T10:00:00+02:00","author":[{"name":"Ann"},{"name":"Bob"}],
              "publisher":{"@type":"Organization","name":"Le Site"},"isAccessibleForFree":"False"}]}</script>
            <meta property="og:title" content="Other"><meta property="article:modified_time" content="2020-05-04">
            </head><body><time datetime="2019-01-01">x</time></body></html>"#;
        let facts = of(&Document::from(html));
        assert_eq!(facts.title.as_deref(), Some("Le tram"));
        assert_eq!(facts.date.as_deref(), Some("2020-05-03T10:00:00+02:00"));
        assert_eq!((facts.modified.as_deref(), facts.site.as_deref()), (Some("2020-05-04"), Some("Le Site")));
        assert_eq!(facts.authors, ["Ann", "Bob"]);
        assert_eq!((facts.url.as_deref(), facts.language.as_deref()), (Some("https://a.b/c"), Some("fr-FR")));
        assert!(facts.is_paid && facts.is_article);
    }

    #[test]
    fn elements_serve_where_nothing_else_does() {
        let html = "<html><head><meta name=author content='Ann Painter'></head><body><h1>Tram  agreed</h1>\
                    <article><time datetime='2020-05-03'>3 May</time></article></body></html>";
        let facts = of(&Document::from(html));
        assert_eq!(
            (facts.title.as_deref(), facts.date.as_deref()),
            (Some("Tram agreed"), Some("2020-05-03"))
        );
        assert_eq!(facts.authors, ["Ann Painter"]);
    }
}

//! Page: the main text of a web page, and what its head says of it.
//!
//! What is no article is taken out of the tree first: elements that say so by their name, their role or the words in their
//! class, lists of links, and cards that lead to other articles. What remains is the marked body of the article where the
//! page marks one, or what Readability finds.

use dom_query::{Document, NodeRef};
use dom_smoothie::{Config, Readability, TextMode};

use super::facts::{self, Facts};
use super::select::select;

/// Characters of text that make a page an article. The library's own 500 would refuse the briefs.
const LEAST_CHARACTERS: usize = 200;

/// A card that leads to another article has no more characters.
const LONGEST_CARD: usize = 500;

/// Share of a page's paragraphs that an element may hold and still be taken for furniture by the words in its class ...
const MOST_SHARE: f64 = 0.35;

/// ... or where these words leave no doubt: there may be more comments than article.
const MOST_SURE_SHARE: f64 = 0.9;

/// Elements that never hold an article.
const NO_ARTICLE: &str = "script, style, noscript, template, nav, aside, footer, form, button, iframe, svg, dialog, select, \
    menu, figcaption, object, video, audio, [hidden], [role=navigation], [role=contentinfo], [role=dialog], [role=alertdialog], \
    [role=complementary], [role=search], [role=menu], [aria-modal=true]";

/// Where pages say that the article stands.
const BODIES: &str = "[itemprop=articleBody], [property='schema:articleBody'], [data-testid=article-body], .article-body, \
    .articleBody, .article__body, .article-content, .article__content, .story-body, .story-content, .entry-content, \
    .post-content, .post-body, .post__content, .news-text, .article-text, .article__text, .c-article-body, #article-body, \
    #articleBody, #story-body";

/// Words of a class or id that leave no doubt.
const SURE_WORDS: [&str; 38] = [
    "nav", "navbar", "navigation", "menu", "breadcrumb", "breadcrumbs", "cookie", "cookies", "consent",
    "gdpr", "onetrust", "didomi", "newsletter", "related", "recommended", "recommendations", "recirculation",
    "teaser", "teasers", "outbrain", "taboola", "comment", "comments", "disqus", "sidebar", "footer",
    "copyright", "trending", "popular", "sponsored", "advert", "advertisement", "pagination", "mostread",
    "readmore", "kommentare", "comentarios", "commentaires",
];

/// Words of a class or id that are believed of small elements.
const LIKELY_WORDS: [&str; 42] = [
    "ad", "ads", "share", "sharing", "social", "subscribe", "subscription", "signup", "promo", "promoted",
    "widget", "tags", "taglist", "topics", "byline", "author", "dateline", "meta", "timestamp", "caption",
    "credit", "toolbar", "tools", "pager", "skip", "login", "account", "paywall", "modal", "popup",
    "overlay", "banner", "print", "rating", "reactions", "feedback", "poll", "masthead", "lang", "languages",
    "kicker", "donate",
];

/// Pairs of words that follow one another in a class.
const PAIRS: [(&str, &str); 8] = [
    ("read", "more"),
    ("most", "read"),
    ("also", "read"),
    ("read", "also"),
    ("up", "next"),
    ("more", "stories"),
    ("more", "news"),
    ("see", "also"),
];

/// What a page holds.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The article, or all words of the page where there is none.
    pub(super) text: String,
    pub(super) facts: Facts,
    /// Was an article found?
    pub(super) has_article: bool,
    /// Share of the page's letters that stand in links, 0..=1.
    pub(super) link_share: f64,
}

/// Takes a page apart.
pub(super) fn read(html: &str) -> Page {
    let document = Document::from(html);
    let mut facts = facts::of(&document);
    remove_unseen(&document);
    let link_share = link_share(&document);
    clean(&document);
    let (text, has_article) = match marked_body(&document) {
        Some(text) => (text, true),
        None => match main_text(document) {
            Some(text) => (text, true),
            // Few pages are none, so these are parsed once more, and the others cost no second text.
            None => (all_words(html), false),
        },
    };
    // Some pages hold their text for search engines only.
    let body = facts
        .body
        .take()
        .filter(|body| text.len() * 3 < body.len() * 2 || !has_article && body.len() >= LEAST_CHARACTERS);
    match body {
        Some(body) => Page { text: body, facts, has_article: true, link_share },
        None => Page { text, facts, has_article, link_share },
    }
}

/// The words of a piece of markup, paragraphs apart.
pub(super) fn fragment_text(markup: &str) -> String {
    if !markup.contains(['<', '&']) {
        return markup.trim().to_owned();
    }
    let document = Document::fragment(markup);
    document.select("script, style, noscript, template").remove();
    document.formatted_text().trim().to_owned()
}

/// What nobody sees goes.
fn remove_unseen(document: &Document) {
    let is_unseen = |node: &NodeRef<'_>| {
        ["script", "style", "noscript", "template"].iter().any(|name| node.has_name(name))
    };
    let unseen: Vec<NodeRef<'_>> = document.root().descendants_it().filter(is_unseen).collect();
    for node in unseen {
        node.remove_from_parent();
    }
}

fn all_words(html: &str) -> String {
    let document = Document::from(html);
    remove_unseen(&document);
    document.body().map(|body| body.formatted_text().trim().to_owned()).unwrap_or_default()
}

fn n_letters(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(u8::is_ascii_alphanumeric).count();
    }
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

fn link_share(document: &Document) -> f64 {
    let Some(body) = document.body() else { return 0.0 };
    let all = n_letters(&body.text());
    let linked: usize = select(document, "body a").iter().map(|link| n_letters(&link.text())).sum();
    linked as f64 / all.max(1) as f64
}

fn clean(document: &Document) {
    select(document, NO_ARTICLE).remove();
    let paragraphs = |node: &NodeRef<'_>| -> usize {
        node.descendants_it().filter(|inner| inner.has_name("p")).map(|inner| inner.text().len()).sum()
    };
    let Some(body) = document.body() else { return };
    let total = paragraphs(&body).max(1) as f64;
    let mut marked = Vec::new();
    for node in body.descendants_it() {
        if !node.is_element() {
            continue;
        }
        if let Some(sure) = judge_class(&node) {
            marked.push((node, sure));
        }
    }
    for (node, sure) in marked {
        // It may be gone with the one around it.
        if node.parent().is_none() || holds_article(&node) {
            continue;
        }
        let share = paragraphs(&node) as f64 / total;
        if share <= if sure { MOST_SURE_SHARE } else { MOST_SHARE } {
            node.remove_from_parent();
        }
    }
    remove_cards(document);
    remove_lists_of_links(document);
}

/// Do the words in its class or id say that an element is no article? If so, surely?
fn judge_class(node: &NodeRef<'_>) -> Option<bool> {
    if ["html", "body", "main", "article", "p", "h1", "a", "em", "strong", "b", "i"]
        .iter()
        .any(|name| node.has_name(name))
    {
        return None;
    }
    let class = node.class();
    let id = node.id_attr();
    let (class, id) = (class.as_deref().unwrap_or_default(), id.as_deref().unwrap_or_default());
    if class.is_empty() && id.is_empty() {
        return None;
    }
    let words = words_of(&format!("{class} {id}"));
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&SURE_WORDS) || words.windows(2).any(|pair| PAIRS.contains(&(pair[0].as_str(), pair[1].as_str())))
    {
        return Some(true);
    }
    has(&LIKELY_WORDS).then_some(false)
}

/// `article-relatedLinks` as `article`, `related`, `links`.
fn words_of(class: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for letter in class.chars() {
        let turns = letter.is_uppercase() && was_small;
        if (turns || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Does the page's own article stand in it?
fn holds_article(node: &NodeRef<'_>) -> bool {
    node.descendants_it().any(|inner| {
        inner.has_name("h1") || inner.attr("itemprop").is_some_and(|property| &*property == "articleBody")
    })
}

/// Cards that lead to other articles: a small element around a heading that is a link.
fn remove_cards(document: &Document) {
    for heading in &select(document, "h2, h3, h4, h5") {
        let Some(heading) = heading.nodes().first().copied() else { continue };
        let linked: usize = heading
            .descendants_it()
            .filter(|inner| inner.has_name("a"))
            .map(|link| n_letters(&link.text()))
            .sum();
        let in_link = heading.ancestors_it(Some(3)).any(|around| around.has_name("a"));
        if !in_link && linked * 10 < n_letters(&heading.text()) * 9 || n_letters(&heading.text()) == 0 {
            continue;
        }
        let mut card = heading;
        for around in heading.ancestors_it(Some(4)) {
            let is_whole = ["body", "main"].iter().any(|name| around.has_name(name));
            if is_whole || holds_article(&around) || around.text().len() > LONGEST_CARD {
                break;
            }
            card = around;
        }
        card.remove_from_parent();
    }
}

/// Lists and blocks of nothing but links.
fn remove_lists_of_links(document: &Document) {
    for list in &select(document, "ul, ol, dl, div, section, p") {
        let Some(list) = list.nodes().first().copied() else { continue };
        if list.parent().is_none() || holds_article(&list) {
            continue;
        }
        let links: Vec<usize> = list
            .descendants_it()
            .filter(|inner| inner.has_name("a"))
            .map(|link| n_letters(&link.text()))
            .collect();
        if links.len() < 2 {
            continue;
        }
        if links.iter().sum::<usize>() * 10 >= n_letters(&list.text()) * 7 {
            list.remove_from_parent();
        }
    }
}

/// The text of the element that the page marks as the article's body: the longest, where there are several.
fn marked_body(document: &Document) -> Option<String> {
    select(document, BODIES)
        .iter()
        .filter_map(|body| body.nodes().first().map(|body| body.formatted_text().trim().to_owned()))
        .max_by_key(String::len)
        .filter(|text| text.chars().count() >= LEAST_CHARACTERS)
}

fn main_text(document: Document) -> Option<String> {
    let config = Config {
        text_mode: TextMode::Formatted,
        char_threshold: LEAST_CHARACTERS,
        disable_json_ld: true,
        ..Config::default()
    };
    let article =
        Readability::with_document(document, None, Some(config)).and_then(|mut page| page.parse()).ok()?;
    let text = article.text_content.trim().to_owned();
    // A library that finds something everywhere finds buttons, too.
    (n_letters(&text) >= 40).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_ascii_count_as_any_others() {
        let slow = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).count();
        for text in ["The 2 trams, at 10:15!", "Straßenbahn Nr. 7 – fährt", "\u{1c}\t_x"] {
            assert_eq!(n_letters(text), slow(text));
        }
    }

    #[test]
    fn words_of_a_class_are_told_apart() {
        assert_eq!(words_of("c-article__relatedLinks js_x"), ["c", "article", "related", "links", "js", "x"]);
    }

    #[test]
    fn what_is_no_article_goes() {
        let sentence = "<p>The council met on Tuesday and agreed on the new tram line, which opens in the spring of next year.</p>";
        let html = format!(
            "<html><body class='has-cookie-banner'><nav><a href=/>Home</a></nav><div id=cookieConsent><p>We use cookies.</p></div>\
             <main><h1>Tram agreed</h1>{}<div class='related-stories'><h3><a href=x>Flood in the harbor</a></h3></div>\
             <div class=card><h3><a href=y>Bridge closed for a week</a></h3><p>Who pays?</p></div>\
             <ul><li><a href=a>One page</a></li><li><a href=b>Another page</a></li></ul></main>\
             <section class=comments>{}</section></body></html>",
            sentence.repeat(4),
            "<p>I never liked trams and I never will, whatever they say in the council about it, and so on.</p>".repeat(9),
        );
        let page = read(&html);
        assert!(page.has_article);
        for gone in ["Home", "cookies", "harbor", "Bridge", "Another", "never"] {
            assert!(!page.text.contains(gone), "{gone}: {}", page.text);
        }
        assert_eq!(page.text.matches("The council met").count(), 4);
    }

    #[test]
    fn markup_becomes_words() {
        assert_eq!(fragment_text("<p>A &amp; b</p><p>c</p><script>x</script>"), "A & b\n\nc");
        assert_eq!(fragment_text(" plain "), "plain");
    }
}

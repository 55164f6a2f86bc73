//! The page: what a person reads. It opens anywhere, offline, in light and dark and on paper; all of it is there without
//! scripts, and with them tables sort and search. A large drop has further pages for its duplicate sets.

mod writer;
mod evidence;
mod pair;
mod wording;
mod header;
mod duplicates;
mod margins;
mod stories;
mod timeline;
mod themes;
mod map;
mod picture;
mod borderline;
mod known;
mod quality;
mod sources;
mod documents;
mod method;
mod bench;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::WriteOptions;
use super::places::Places;
use crate::corpus::DocId;
use writer::Html;

pub(super) use bench::page as bench_page;
pub use bench::seconds;
pub(super) use borderline::borderline;
pub(super) use duplicates::closest_pairs;
pub(super) use header::{found, input_names};
pub(super) use method::command;

/// How it looks.
const STYLE: &str = include_str!("page.css");
/// What it can do beyond being read.
const SCRIPT: &str = include_str!("page.js");

/// Bytes of duplicate sets on the first page, and on each that follows.
const FIRST: usize = 3 << 20;
const FURTHER: usize = 6 << 20;

/// A page and what its file is called.
pub(super) struct Page {
    /// `report.html`, `report-2.html`, ...
    pub(super) name: String,
    pub(super) content: String,
}

/// What page number `page` (from 1) is called.
fn file_name(page: usize) -> String {
    if page == 1 { "report.html".to_owned() } else { format!("report-{page}.html") }
}

/// True for the names of further pages.
pub(super) fn is_further_page(name: &str) -> bool {
    let number = name.strip_prefix("report-").and_then(|rest| rest.strip_suffix(".html"));
    number.is_some_and(|n| n.parse().is_ok_and(|n: u32| n > 1 && file_name(n as usize) == name))
}

/// All pages, the first one first.
pub(super) fn pages(places: &Places<'_>, options: &WriteOptions) -> Vec<Page> {
    let cards = duplicates::cards(places);
    let page_of = paginate(&cards.iter().map(Html::len).collect::<Vec<_>>());
    let n_pages = page_of.last().copied().unwrap_or(1);
    (1..=n_pages)
        .map(|number| {
            let own: Vec<&Html> = cards
                .iter()
                .zip(&page_of)
                .filter(|(_, page)| **page == number)
                .map(|(card, _)| card)
                .collect();
            let mut page = Html::default();
            begin(&mut page, places, number);
            if number == 1 {
                header::write(&mut page, places, options);
                page.raw("<main id=\"main\">\n");
                first_page(&mut page, places, options, &own, &page_of);
            } else {
                header::write_further(&mut page, places, number, n_pages);
                page.raw("<main id=\"main\">\n");
                duplicates::write_further(&mut page, &own, number, n_pages);
            }
            end(&mut page);
            Page { name: file_name(number), content: page.into_string() }
        })
        .collect()
}

/// By card: the page it stands on, from 1.
fn paginate(lengths: &[usize]) -> Vec<usize> {
    let (mut page, mut filled) = (1, 0);
    lengths
        .iter()
        .map(|&length| {
            if filled > 0 && filled + length > if page == 1 { FIRST } else { FURTHER } {
                (page, filled) = (page + 1, 0);
            }
            filled += length;
            page
        })
        .collect()
}

fn first_page(
    page: &mut Html,
    places: &Places<'_>,
    options: &WriteOptions,
    cards: &[&Html],
    page_of: &[usize],
) {
    duplicates::write(page, places, cards, page_of);
    known::write(page, places);
    duplicates::write_reuse(page, places);
    duplicates::write_closest(page, places);
    stories::write(page, places);
    themes::write(page, places);
    map::write(page, places);
    picture::write(page, places);
    borderline::write(page, places);
    if let Some(quality) = &options.quality {
        quality::write(page, places, quality);
    }
    sources::write(page, places);
    documents::write_problems(page, places);
    documents::write_furniture(page, places);
    documents::write(page, places);
    method::write(page, places);
}

fn begin(page: &mut Html, places: &Places<'_>, number: usize) {
    let further = if number > 1 { format!(", page {number}") } else { String::new() };
    open(page, &format!("{}{further}", input_names(places)));
}

/// All of a page before its header; nothing may run or load but our own style and script.
fn open(page: &mut Html, title: &str) {
    page.raw(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ",
    );
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())));
    // The hashes are of our own files; base64 holds nothing that would need escaping, and the quotes may stand as text.
    page.text(&hash(STYLE)).raw("; script-src ").text(&hash(SCRIPT));
    page.raw(
        "; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>samestory: ",
    );
    page.text(title);
    page.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    page.raw("<a class=\"skip\" href=\"#main\">To the content</a>\n");
}

fn end(page: &mut Html) {
    page.raw("</main>\n<footer>Made by samestory ").raw(env!("CARGO_PKG_VERSION"));
    page.raw(". Everything here comes from the tables beside this file.</footer>\n<script>").raw(SCRIPT);
    page.raw("</script>\n</body>\n</html>\n");
}

/// A document as people know it: its headline (a link where it has an address), its id, its source and date.
fn document(page: &mut Html, places: &Places<'_>, id: DocId) {
    let document = places.document(id);
    let url = document.url.as_deref().unwrap_or_default();
    page.raw("<span class=\"doc\">");
    if let Some(title) = places.title(id) {
        page.raw("<span class=\"title\">").link(url, document.language, title);
        page.raw("</span> <span class=\"id\">").quoted(places.id(id), 80).raw("</span>");
    } else {
        page.raw("<span class=\"id only\">").link(
            url,
            crate::corpus::Language::from_code("en").unwrap_or(document.language),
            places.id(id),
        );
        page.raw("</span>");
        if let Some(opening) = places.opening(id) {
            page.raw(" <span class=\"opening\">“")
                .quoted_in(document.language, &opening, 200)
                .raw("”</span>");
        }
    }
    if let Some(source) = &document.source {
        page.raw(" <span class=\"by\">").quoted(source, 60).raw("</span>");
    }
    if let Some(date) = &document.date {
        page.raw(" <span class=\"by\">").quoted(date.get(..10).unwrap_or(date), 10).raw("</span>");
    }
    page.raw("</span>");
}

/// A document in a word or two, for a picture's edge.
fn short_name(places: &Places<'_>, id: DocId, max: usize) -> String {
    let name = places.title(id).unwrap_or_else(|| places.id(id));
    super::display::clip(&super::display::one_line(name), max).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_fill_a_page_and_then_the_next() {
        assert_eq!(paginate(&[]), [0_usize; 0]);
        assert_eq!(paginate(&[FIRST / 2, FIRST / 2, 1, FURTHER, 5]), [1, 1, 2, 3, 4]);
        assert_eq!(paginate(&[2 * FIRST, 3]), [1, 2]);
    }

    #[test]
    fn only_our_own_pages_are_taken_for_ours() {
        assert!(is_further_page("report-2.html") && is_further_page("report-31.html"));
        for name in [
            "report.html", "report-1.html", "report-02.html", "report-x.html", "report-2.html.bak",
            "my-report-2.html",
        ] {
            assert!(!is_further_page(name), "{name}");
        }
    }
}

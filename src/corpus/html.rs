//! One web page a file: its main text, and what its head says of it.

use dom_smoothie::{Config, Readability, TextMode};
use encoding_rs::Encoding;

use super::decode::{self, Charset};
use super::draft::Draft;
use super::open::Opened;
use super::read::{Harvest, Reading, whole_file};
use super::walk::Entry;
use super::{Action, Language, Status, dates};

/// Characters of text that make a page an article. The library's own 500 would refuse the briefs.
const LEAST_CHARACTERS: usize = 200;

/// Elements within elements beyond which a page is not parsed: its parser goes down with them.
const MOST_DEPTH: usize = 1_000;

/// Reads the one document of a page. A page without main text is kept as what it is.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let charset = charset(opened.head(), reading.settings.encoding.as_deref());
    let most = reading.settings.max_document_bytes;
    let Some(bytes) = whole_file(entry, opened, most.saturating_mul(4), harvest) else { return };
    let decoded = decode::decode(&bytes, charset);
    harvest.encoding = Some(decoded.encoding.to_owned());
    let mut repairs = Vec::new();
    if decoded.n_bad > 0 {
        repairs.push((
            "bad_encoding",
            format!("{} bad {} sequences became U+FFFD", decoded.n_bad, decoded.encoding),
        ));
    }
    if depth(&decoded.text) > MOST_DEPTH {
        let message = format!("elements nested more than {MOST_DEPTH} deep; give its text instead");
        harvest.note(entry, "too_deep", message, Action::Skipped);
        return;
    }
    let draft = page(&decoded.text, entry, &mut repairs);
    match draft.checked(most, &mut repairs) {
        Ok(mut draft) => {
            let status = draft.document.status;
            draft.finish(&reading.detector);
            if status == Status::NotAnArticle {
                draft.document.status = status;
            }
            harvest.drafts.push(draft.shelve(reading));
            for (code, message) in repairs {
                harvest.note(entry, code, message, Action::Repaired);
            }
        }
        Err(refused) => harvest.note(entry, refused.code, refused.message, Action::Skipped),
    }
}

fn page(html: &str, entry: &Entry, repairs: &mut Vec<(&'static str, String)>) -> Draft {
    let config =
        Config { text_mode: TextMode::Formatted, char_threshold: LEAST_CHARACTERS, ..Config::default() };
    let article = Readability::new(html, None, Some(config)).and_then(|mut page| page.parse());
    let new = |text: &str| Draft::new(text.trim().to_owned(), entry.relative.clone(), None);
    let Ok(article) = article else {
        let page = Readability::from(html);
        page.doc.select("script, style, noscript, template").remove();
        let text = page.doc.body().map(|body| body.formatted_text()).unwrap_or_default();
        let mut draft = new(&text);
        draft.document.title =
            Some(page.get_article_title().trim().to_owned()).filter(|title| !title.is_empty());
        draft.document.status = Status::NotAnArticle;
        return draft;
    };
    let mut draft = new(&article.text_content);
    if draft.text.chars().filter(|character| character.is_alphanumeric()).take(40).count() < 40 {
        draft.document.status = Status::NotAnArticle;
    }
    draft.document.title = Some(article.title.trim().to_owned()).filter(|title| !title.is_empty());
    draft.document.source = article.site_name.filter(|site| !site.trim().is_empty());
    draft.document.url = article.url;
    draft.document.language = article.lang.as_deref().and_then(Language::known).unwrap_or(Language::UNKNOWN);
    if let Some(said) = article.published_time {
        draft.document.date = dates::from_text(&said);
        if draft.document.date.is_none() {
            repairs.push(("bad_date", format!("the page says {said:.60?}, which is no date; left out")));
        }
    }
    draft.find_title_in_text();
    draft
}

/// A page may name its encoding itself; a mark and the settings go first.
fn charset(head: &[u8], label: Option<&str>) -> Charset {
    let told = decode::charset(head, label);
    if label.is_some() || told != Charset::Web(encoding_rs::UTF_8) || head.starts_with(b"\xef\xbb\xbf") {
        return told;
    }
    let start = String::from_utf8_lossy(&head[..head.len().min(2048)]).to_ascii_lowercase();
    start
        .find("charset=")
        .map(|at| start[at + 8..].trim_start_matches(['"', '\'', ' ']))
        .and_then(|name| name.split(['"', '\'', ' ', '>', ';', '/']).next())
        .and_then(|name| Encoding::for_label(name.as_bytes()))
        // A page that could be read so far is not in UTF-16, whatever it says.
        .filter(|encoding| encoding.is_ascii_compatible())
        .map_or(told, Charset::Web)
}

/// How deep elements nest at most, as far as tags tell.
fn depth(html: &str) -> usize {
    const NEVER_CLOSED: [&str; 16] = [
        "br", "img", "meta", "link", "input", "hr", "p", "li", "source", "wbr", "col", "td", "tr", "dt",
        "dd", "option",
    ];
    let (mut now, mut deepest) = (0_usize, 0);
    for tag in html.split('<').skip(1) {
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        if name.is_empty() || NEVER_CLOSED.iter().any(|never| name.eq_ignore_ascii_case(never)) {
            continue;
        }
        now = if closing { now.saturating_sub(1) } else { now + 1 };
        deepest = deepest.max(now);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_what_must_be_closed() {
        assert_eq!(depth("<html><body><div><p>a<br>b<p>c</div><div></div></body>"), 3);
        assert!(depth(&"<div>".repeat(5_000)) > MOST_DEPTH);
    }

    #[test]
    fn a_page_names_its_encoding() {
        let head = b"<html><head><meta charset=\"iso-8859-1\">";
        assert_eq!(charset(head, None), Charset::Web(encoding_rs::WINDOWS_1252));
        assert_eq!(charset(head, Some("utf-8")), Charset::Web(encoding_rs::UTF_8));
    }
}

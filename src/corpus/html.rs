//! One web page a file: its main text, what its head says of it, and whether it is an article at all.

use serde_json::Value;

use super::decode;
use super::draft::Draft;
use super::language::{Detector, Told};
use super::open::Opened;
use super::page::{self, Page};
use super::read::{Harvest, Met, Reading};
use super::record::{NoDocument, Repairs};
use super::refusal;
use super::walk::Entry;
use super::whole::{self, Most};
use super::{Language, Status, dates};

/// Elements within elements beyond which a page is not parsed: its parser goes down with them.
const MOST_DEPTH: usize = 1_000;

/// Characters from which a text tells its language better than the page does.
const TELLING: usize = 200;

/// Reads the one document of a page. A page without an article is kept as what it is.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let html = whole::text(entry, opened, Most::OneDocument, decode::named_in_markup, reading, harvest);
    let Some(html) = html else { return };
    let mut repairs = Vec::new();
    let draft = article(&html, &entry.relative, &reading.detector, &mut repairs);
    harvest.take(Met::alone(draft, repairs), entry, reading);
}

/// The article of a page.
pub(super) fn article(
    html: &str,
    path: &str,
    detector: &Detector,
    repairs: &mut Repairs,
) -> Result<Draft, NoDocument> {
    if depth(html) > MOST_DEPTH {
        let message = format!("elements nested more than {MOST_DEPTH} deep; give its text instead");
        return Err(NoDocument { code: "too_deep", message });
    }
    Ok(draft(page::read(html), path, detector, repairs))
}

fn draft(page: Page, path: &str, detector: &Detector, repairs: &mut Repairs) -> Draft {
    let refusal = refusal::reason(&page);
    let Page { text, facts, .. } = page;
    let mut draft = Draft::new(text, path.to_owned(), None);
    let document = &mut draft.document;
    document.title = facts.title;
    document.source = facts.site;
    document.url = facts.url;
    let told = language(&draft.text, facts.language.as_deref(), detector);
    document.language = told.main;
    if let Some(said) = facts.date {
        document.date = dates::from_text(&said);
        if document.date.is_none() {
            repairs.push((
                "bad_date",
                format!("the page says {said:.60?}, which is no date, or could be two; left out"),
            ));
        }
    }
    let mut more = |name: &str, value: Value| {
        document.extra.insert(name.to_owned(), value);
    };
    match facts.authors.as_slice() {
        [] => {}
        [one] => more("author", one.as_str().into()),
        several => more("author", several.to_vec().into()),
    }
    if let Some(modified) = facts.modified {
        more("modified", modified.into());
    }
    if let Some(reason) = refusal {
        more("not_an_article", reason.into());
        repairs.push(("not_an_article", format!("{reason}; it is compared with nothing")));
        document.status = Status::NotAnArticle;
    }
    draft.note_mix(told, repairs);
    draft.find_title_in_text();
    draft
}

/// What the text says of its language, where it is long enough and in one that can be told; else what the page says.
fn language(text: &str, said: Option<&str>, detector: &Detector) -> Told {
    let said = said.and_then(Language::known).unwrap_or(Language::UNKNOWN);
    let as_said = Told { main: said, beside: None };
    if said == Language::UNKNOWN || !detector.tells(said) || text.chars().nth(TELLING).is_none() {
        return as_said;
    }
    match detector.tell(text) {
        Told { main: Language::UNKNOWN, .. } => as_said,
        seen => seen,
    }
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
    fn a_text_that_is_not_in_the_language_its_page_says_is_in_its_own() {
        let detector = Detector::new(&[]);
        let german =
            "Der Rat der Stadt hat am Dienstag über die neue Straßenbahn beraten und sie beschlossen. "
                .repeat(4);
        assert_eq!(language(&german, Some("en-US"), &detector).main.code(), "de");
        assert_eq!(language("Der Rat", Some("en-US"), &detector).main.code(), "en");
        assert_eq!(language(&german, Some("yo"), &detector).main.code(), "yo", "Yoruba cannot be told");
    }
}

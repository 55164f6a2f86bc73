//! What pages and agencies put around a text, and what leaving a page leaves in it.

use super::chance::{Chance, Purpose};
use super::sources::SourceId;
use super::words::Words;
use super::workshop::Workshop;
use super::{prose, wording};
use crate::corpus::Language;

/// Sites that copies appear on: so many that each is met again now and then, as sites are.
const SITES: usize = 300;

/// A site's page: what it shows around every text.
#[derive(Debug)]
pub(super) struct Page<'a> {
    top: Vec<String>,
    between: Vec<String>,
    bottom: Vec<String>,
    /// Chance of a line between two paragraphs.
    interrupts: f64,
    /// Lines of `bottom` that vary by text are teasers out of these.
    headlines: &'a [String],
    is_heavy: bool,
}

fn is_english(language: Language) -> bool {
    language.code() == "en"
}

impl<'a> Page<'a> {
    /// The page of a site in a language; the same whenever asked.
    pub(super) fn of_site(shop: &'a Workshop<'_>, site: u32, language: Language) -> Self {
        let chance = &mut shop.chance(Purpose::Site, u64::from(site));
        let words = shop.words(language);
        let (name, _) = site_name(language, words, chance);
        let menu = menu(language, words, chance);
        let mut top = vec![name.clone(), menu];
        let mut bottom = Vec::new();
        let mut between = Vec::new();
        if is_english(language) {
            let notices = chance.some_of(wording::NOTICES.len(), 9);
            let mut notices: Vec<String> =
                notices.into_iter().map(|n| wording::NOTICES[n].to_owned()).collect();
            chance.shuffle(&mut notices);
            bottom.extend(notices.split_off(4));
            top.extend(notices);
            let some = chance.some_of(wording::BETWEEN.len(), 3);
            between.extend(some.into_iter().map(|n| wording::BETWEEN[n].to_owned()));
            let foot = chance.some_of(wording::FOOT.len(), 6);
            bottom.push(foot.into_iter().map(|n| wording::FOOT[n]).collect::<Vec<_>>().join(" | "));
        } else {
            between.extend((0..3).map(|_| capital(chance.word(&words.topics))));
            top.extend((0..3).map(|_| line_of(words, chance)));
            bottom.extend((0..5).map(|_| line_of(words, chance)));
        }
        bottom.extend((0..4).map(|_| chance.word(&words.headlines).to_owned()));
        bottom.push(format!("© {} {name}", chance.between(1998, 2026)));
        Self { top, between, bottom, interrupts: 0.12, headlines: &words.headlines, is_heavy: false }
    }

    /// With more of everything.
    pub(super) fn heavy(mut self) -> Self {
        self.is_heavy = true;
        self.interrupts = 0.3;
        self
    }

    /// A text in this page.
    pub(super) fn around(&self, text: &str, chance: &mut Chance) -> String {
        let mut lines = self.top.clone();
        lines.push(format!("{} | {} | {}", date(chance), chance.between(0, 400), chance.between(2, 12)));
        let paragraphs = prose::paragraphs(text);
        let n_paragraphs = paragraphs.len();
        for (place, paragraph) in paragraphs.into_iter().enumerate() {
            lines.push(paragraph);
            if place + 1 < n_paragraphs && chance.holds(self.interrupts) {
                lines.push(chance.word(&self.between).to_owned());
            }
        }
        let n_teasers = if self.is_heavy { 6 } else { chance.between(1, 3) };
        lines.extend((0..n_teasers).map(|_| chance.word(self.headlines).to_owned()));
        lines.extend(self.bottom.iter().cloned());
        lines.retain(|line| !line.is_empty());
        lines.join("\n\n")
    }
}

fn site_name(language: Language, words: &Words, chance: &mut Chance) -> (String, String) {
    let place = words.name(1, chance);
    let name = if is_english(language) {
        format!("{place} {}", chance.word(&wording::PAPERS))
    } else {
        format!("{place} {}", chance.between(1, 24))
    };
    let letters: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    (name, format!("{letters}.example"))
}

fn menu(language: Language, words: &Words, chance: &mut Chance) -> String {
    let n = chance.between(8, 16);
    let items: Vec<String> = if is_english(language) {
        chance
            .some_of(wording::MENU.len(), n)
            .into_iter()
            .map(|item| wording::MENU[item].to_owned())
            .collect()
    } else {
        (0..n).map(|_| capital(chance.word(&words.topics))).collect()
    };
    items.join(chance.word(&[" | ", "  ", " · ", "\n", " / "]))
}

/// A line of a page in a language whose notices we do not know: six to fourteen of its words.
fn line_of(words: &Words, chance: &mut Chance) -> String {
    let line: Vec<&str> = (0..chance.between(6, 14)).map(|_| chance.word(&words.topics)).collect();
    capital(&line.join(" "))
}

fn capital(line: &str) -> String {
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A date as pages write it everywhere.
fn date(chance: &mut Chance) -> String {
    let (year, month, day) = (chance.between(2001, 2026), chance.between(1, 12), chance.between(1, 28));
    let (hour, minute) = (chance.between(0, 23), chance.between(0, 59));
    match chance.below(3) {
        0 => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
        1 => format!("{day:02}.{month:02}.{year}"),
        _ => format!("{day}/{month}/{year} {hour}:{minute:02}"),
    }
}

/// The page of one of many sites around the text.
pub(super) fn furniture(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let site = chance.below(SITES) as u32;
    Page::of_site(shop, site, shop.sources.language(source)).around(text, chance)
}

/// A headline on top, the input's own or another of its words; the first sentence gone in half of the cases, as
/// where another desk writes its own lead.
pub(super) fn headline(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let mut sentences = prose::all_sentences(text);
    let headline = shop.sources.title(source).map_or_else(
        || {
            let sentence = chance.below(sentences.len().min(3));
            prose::first_words(sentences.get(sentence).map_or("", String::as_str), chance.between(5, 9))
                .to_owned()
        },
        str::to_owned,
    );
    let headline = if chance.holds(0.3) { headline.to_uppercase() } else { headline };
    if sentences.len() > 5 && chance.holds(0.5) {
        sentences.remove(0);
        return format!("{headline}\n\n{}", prose::set(&sentences));
    }
    format!("{headline}\n\n{text}")
}

/// An agency's line before the text and its notices after it.
pub(super) fn wire(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let language = shop.sources.language(source);
    let words = shop.words(language);
    let agency = chance.word(&wording::AGENCIES);
    let place = words.name(1, chance).to_uppercase();
    let dash = chance.word(&["-", "–", "—", "--"]);
    let head = match chance.below(3) {
        0 => format!("{place} ({agency}) {dash} "),
        1 => format!("{place}, {} ({agency}) {dash} ", date(chance)),
        _ => format!("{place} {dash} "),
    };
    let mut foot: Vec<String> = if is_english(language) {
        let notices = wording::AGENCY_NOTICES.len();
        let n = chance.between(1, 2);
        chance
            .some_of(notices, n)
            .into_iter()
            .map(|notice| wording::AGENCY_NOTICES[notice].to_owned())
            .collect()
    } else {
        vec!["({g}/{a}, {b})".to_owned(), "© {y} {g}".to_owned()]
    };
    for line in &mut foot {
        *line = filled_in(line, words, agency, chance);
    }
    format!("{head}{}\n\n{}", text.trim_start(), foot.join("\n\n"))
}

/// Author and date before the text, often a line on the author after it.
pub(super) fn byline(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let language = shop.sources.language(source);
    let words = shop.words(language);
    let (site, domain) = site_name(language, words, chance);
    let author = words.name(2, chance);
    let by = if is_english(language) { chance.word(&["By ", "BY ", "by "]) } else { "" };
    let mut lines =
        vec![format!("{by}{author}{}", chance.word(&["", ", ", " | "]).to_owned() + &site), date(chance)];
    lines.push(text.to_owned());
    if chance.holds(0.6) {
        let line =
            if is_english(language) { chance.word(&wording::AUTHOR_LINES) } else { "{a} ({p}), desk@{d}" };
        lines.push(filled_in(&line.replace("{a}", &author).replace("{d}", &domain), words, &site, chance));
    }
    lines.join("\n\n")
}

fn filled_in(line: &str, words: &Words, agency: &str, chance: &mut Chance) -> String {
    line.replace("{g}", agency)
        .replace("{a}", &words.name(2, chance))
        .replace("{b}", &words.name(2, chance))
        .replace("{c}", &words.name(2, chance))
        .replace("{p}", &words.name(1, chance))
        .replace("{y}", &chance.between(1998, 2026).to_string())
}

/// Entities throughout; tags around the paragraphs in half of the cases, within them now and then.
pub(super) fn html(text: &str, chance: &mut Chance) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '’' => escaped.push_str("&rsquo;"),
            '“' => escaped.push_str("&ldquo;"),
            '”' => escaped.push_str("&rdquo;"),
            '—' => escaped.push_str("&mdash;"),
            '\u{a0}' => escaped.push_str("&nbsp;"),
            '<' => escaped.push_str("&lt;"),
            other => escaped.push(other),
        }
    }
    if chance.holds(0.5) {
        return escaped;
    }
    let paragraphs = prose::paragraphs(&escaped).into_iter().map(|paragraph| match chance.below(6) {
        0 => format!("<p><strong>{paragraph}</strong></p>"),
        1 => format!("<p class=\"story-body\">{paragraph}<br/></p>"),
        2 => format!("<div><span style=\"font-size:14px\">{paragraph}</span></div>"),
        _ => format!("<p>{paragraph}</p>"),
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

/// Lines of 56 to 76 columns; one in four long words that do not fit is broken with a hyphen.
pub(super) fn wrapped(text: &str, chance: &mut Chance) -> String {
    let width = chance.between(56, 76);
    let mut lines = String::with_capacity(text.len() + text.len() / 20);
    for paragraph in prose::paragraphs(text) {
        if !lines.is_empty() {
            lines.push_str("\n\n");
        }
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                let fits = width.saturating_sub(column + 2);
                let breaks = (3..length.saturating_sub(3)).contains(&fits)
                    && word.chars().all(char::is_alphabetic)
                    && chance.holds(0.25);
                if breaks {
                    let split = word.char_indices().nth(fits).map_or(word.len(), |(at, _)| at);
                    lines.extend([" ", &word[..split], "-\n", &word[split..]]);
                    column = length - fits;
                    continue;
                }
                lines.push('\n');
                column = 0;
            } else if column > 0 {
                lines.push(' ');
                column += 1;
            }
            lines.push_str(word);
            column += length;
        }
    }
    lines
}

/// What a column shows each time: its author and where he writes.
pub(super) fn signature(shop: &Workshop<'_>, language: Language, family: &mut Chance) -> (String, String) {
    let words = shop.words(language);
    let author = words.name(2, family);
    let (site, domain) = site_name(language, words, family);
    let by = if is_english(language) { "By " } else { "" };
    (format!("{by}{author}, {site}"), format!("{author}, desk@{domain}"))
}

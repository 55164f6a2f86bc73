//! Page furniture: what a page shows around its article, told by the shape and the wording of single
//! short lines, with no other document at hand. A line within a paragraph is never touched, nor a
//! line that only mentions such words.

use std::cell::RefCell;
use std::ops::Range;

use super::SetAside;
use super::lexicon::{self, LEXICON, Leads, Mark, reason};

/// Longest line that may be furniture, bytes; most Cyrillic headlines fit.
const MOST_BYTES: usize = 320;

/// Longer lines are furniture only as legal notices.
const SHORT_BYTES: usize = 160;

/// A headline has at most so many words.
const HEADLINE_WORDS: usize = 20;

/// A list of other articles sets aside at most so many headlines.
const MOST_HEADLINES: usize = 12;

/// Finds the furniture of a text; `title` is never part of it.
pub(super) fn find(text: &str, title: Option<&Range<u32>>) -> Vec<SetAside> {
    let is_title = |line: &Line<'_>| title.is_some_and(|title| title.start as usize == line.start);
    // Most texts have no such line: no table of lines is made for them.
    let suspicious = |line: &Line<'_>| recognize(line.text).is_some() && !is_title(line);
    if !lines(text).any(|line| suspicious(&line)) {
        return Vec::new();
    }
    let lines: Vec<Line<'_>> = lines(text).collect();
    let mut marks: Vec<Option<Mark>> =
        lines.iter().map(|line| if is_title(line) { None } else { recognize(line.text) }).collect();
    let sure = |mark: &Option<Mark>| mark.is_some_and(|mark| mark.sure);
    let is_body: Vec<bool> =
        lines.iter().zip(&marks).map(|(line, mark)| mark.is_none() && is_body(line.text)).collect();
    // Without a paragraph there is no telling what stands above and below.
    let body = is_body.iter().position(|&body| body).zip(is_body.iter().rposition(|&body| body));
    let outside = |at: usize| body.is_some_and(|(first, last)| at < first || at > last);

    let mut found: Vec<Option<&'static str>> = vec![None; lines.len()];
    for at in 0..lines.len() {
        let Some(mark) = marks[at].filter(|mark| mark.sure) else { continue };
        found[at] = Some(mark.reason);
        let most = match mark.leads {
            Leads::Nowhere => 0,
            Leads::ToOne => 1,
            Leads::ToMany => MOST_HEADLINES,
        };
        for next in at + 1..lines.len().min(at + 1 + most) {
            let last_before_body = body.is_some_and(|(first, _)| next + 1 == first);
            // The last line above the article is its own headline, whatever stands above it.
            let another = outside(next)
                && !last_before_body
                && marks[next].is_none()
                && !is_title(&lines[next])
                && is_headline(lines[next].text, mark.leads);
            if !another {
                break;
            }
            if found[next].is_none() {
                found[next] = Some(reason::HEADLINE);
            }
        }
    }
    // A word such as `Menu` is believed beside furniture, from which belief spreads.
    let mut settle = |at: usize, neighbor: Option<usize>, found: &mut Vec<Option<&'static str>>| {
        let Some(mark) = marks[at].filter(|mark| !mark.sure) else { return };
        let beside = neighbor.is_some_and(|neighbor| found[neighbor].is_some());
        if found[at].is_none() && (beside || outside(at)) {
            found[at] = Some(mark.reason);
            marks[at] = Some(Mark { sure: true, ..mark });
        }
    };
    for at in 0..lines.len() {
        settle(at, at.checked_sub(1), &mut found);
    }
    for at in (0..lines.len()).rev() {
        settle(at, Some(at + 1).filter(|&next| next < lines.len()), &mut found);
    }
    debug_assert!(marks.iter().zip(&found).all(|(mark, found)| !sure(mark) || found.is_some()));
    join(text, &lines, &found)
}

/// Is this line navigation wherever it stands?
pub(super) fn is_navigation(line: &str) -> bool {
    recognize(line).is_some_and(|mark| mark.sure)
}

/// Lines of the same kind that follow one another make one range.
fn join(text: &str, lines: &[Line<'_>], found: &[Option<&'static str>]) -> Vec<SetAside> {
    let mut ranges: Vec<SetAside> = Vec::new();
    for (line, reason) in lines.iter().zip(found).filter_map(|(line, found)| Some((line, (*found)?))) {
        let end = (line.start + line.text.len()) as u32;
        if let Some(last) = ranges.last_mut()
            && last.reason == reason
            && text[last.bytes.end as usize..line.start].matches('\n').count() <= 1
            && text[last.bytes.end as usize..line.start].trim().is_empty()
        {
            last.bytes.end = end;
            continue;
        }
        ranges.push(SetAside { bytes: line.start as u32..end, reason });
    }
    ranges
}

/// A line without the white space around it.
struct Line<'a> {
    start: usize,
    text: &'a str,
}

/// The lines that are not blank.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut begin = 0;
    text.split('\n').filter_map(move |line| {
        let start = begin + (line.len() - line.trim_start().len());
        begin += line.len() + 1;
        let text = line.trim();
        (!text.is_empty()).then_some(Line { start, text })
    })
}

/// A line of the article itself: long, or a sentence.
fn is_body(line: &str) -> bool {
    let line = line.trim_end_matches(['"', '”', '’', '»', ')', ']']);
    let n_characters = if line.len() <= 45 { line.len() } else { line.chars().count() };
    let least = match line.chars().next_back() {
        Some('.' | '…' | '。' | '।' | '．') => {
            if line.is_ascii() {
                45
            } else {
                20
            }
        }
        Some('?' | '!' | '？' | '！') => 100,
        _ => 160,
    };
    n_characters >= least
}

/// Could this be the headline of another article? After a single pointer anything short is believed.
fn is_headline(line: &str, leads: Leads) -> bool {
    let n_words = line.split_whitespace().take(HEADLINE_WORDS + 1).count();
    let least = if leads == Leads::ToOne || !line.is_ascii() { 1 } else { 4 };
    (least..=HEADLINE_WORDS).contains(&n_words)
        && line.len() <= MOST_BYTES
        && !line.ends_with(['.', ',', ';', ':', '。'])
        && !is_body(line)
}

thread_local! {
    /// The folded line; kept, so that a line costs no allocation.
    static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a single line tells by itself.
fn recognize(line: &str) -> Option<Mark> {
    // Cheap first: nearly every line of an article is a long one.
    if line.len() > MOST_BYTES {
        return None;
    }
    let legal = ["ookie", "opyright", "eserv", "©"];
    if line.len() > SHORT_BYTES && !legal.iter().any(|word| line.contains(word)) {
        return None;
    }
    if line.len() <= 120
        && let Some(mark) = by_shape(line)
    {
        return Some(mark);
    }
    FOLDED.with_borrow_mut(|folded| {
        lexicon::fold(line, folded);
        by_words(line, folded)
    })
}

fn by_words(line: &str, folded: &str) -> Option<Mark> {
    if folded.is_empty() {
        return None;
    }
    let lexicon = &*LEXICON;
    if folded.len() <= lexicon.longest
        && let Some(mark) = lexicon.phrases.get(folded)
    {
        // `12 comments` is a button, `Comments` may be a heading.
        let counted = mark.reason == reason::COMMENTS && line.bytes().any(|byte| byte.is_ascii_digit());
        let said_in_full = line.len() <= folded.len() * 2 + 12;
        return said_in_full.then_some(Mark { sure: mark.sure || counted, ..*mark });
    }
    by_opening(line, folded).or_else(|| by_company(folded))
}

/// Lines that open with a phrase and go on: `Read more: ...`, `© 2020 ...`.
#[expect(clippy::too_many_lines, reason = "one list of openings after another")]
fn by_opening(line: &str, folded: &str) -> Option<Mark> {
    let n_words = folded.split(' ').count();
    let opens = |openings: &[&str]| {
        openings.iter().any(|opening| {
            folded.strip_prefix(opening).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    let says = |words: &[&str]| folded.split(' ').any(|word| words.contains(&word));
    let first = line.as_bytes()[0];
    let sign = matches!(first, 0xc2 | b'(') && (line.starts_with('©') || folded.starts_with("c "));
    // One test of the first letter spares nearly every line the rest.
    if !sign
        && !matches!(
            folded.as_bytes()[0],
            b'a' | b'b'
                | b'c'
                | b'd'
                | b'f'
                | b'g'
                | b'i'
                | b'j'
                | b'l'
                | b'm'
                | b'p'
                | b'r'
                | b's'
                | b't'
                | b'u'
                | b'v'
                | b'w'
                | b'e'
                | 0xc3..
        )
        && !folded.ends_with("rights reserved")
    {
        return None;
    }
    let has_year = line.as_bytes().windows(4).any(|four| {
        matches!(four, [b'1', b'9', ..] | [b'2', b'0', ..]) && four.iter().all(u8::is_ascii_digit)
    });
    let rights = [
        "rights reserved", "derechos reservados", "droits réservés", "rechte vorbehalten",
        "diritti riservati", "direitos reservados", "права защищены",
    ];
    if n_words <= 30
        && ((line.starts_with('©') && n_words <= 20)
            || (opens(&["copyright", "c"])
                && (has_year || line.contains('©'))
                && (has_year || n_words <= 12))
            || ((has_year || line.contains('©') || opens(&["copyright"]) || n_words <= 8)
                && rights.iter().any(|rights| folded.contains(rights))))
    {
        return Some(Mark::sure(reason::RIGHTS));
    }
    if n_words <= 45
        && opens(&[
            "we use cookies", "this site uses cookies", "this website uses cookies", "our site uses cookies",
            "we and our partners use cookies", "we and our partners store", "by continuing to browse",
            "by continuing to use", "by using this site", "by using our site", "we value your privacy",
            "utilizamos cookies", "usamos cookies", "este sitio utiliza cookies",
            "nous utilisons des cookies", "ce site utilise des cookies", "wir verwenden cookies",
            "diese website verwendet cookies", "questo sito utilizza", "questo sito usa",
            "este site utiliza cookies", "este site usa cookies", "wij gebruiken cookies",
            "мы используем файлы cookie", "мы используем cookie",
        ])
        && (says(&["cookies", "cookie", "privacy"]))
    {
        return Some(Mark::sure(reason::COOKIES));
    }
    if n_words > HEADLINE_WORDS {
        return None;
    }
    let sentence = line.ends_with('.') && n_words > 14;
    if sentence {
        return None;
    }
    if opens(&[
        "sign up", "subscribe", "get", "join", "register", "receive", "click here to", "want", "enter your",
    ]) && says(&["newsletter", "newsletters", "inbox"])
        || (opens(&["support"])
            && says(&["journalism"])
            && says(&["subscribe", "donate", "contribute", "our", "independent"]))
        || (n_words <= 7
            && opens(&[
                "get the", "download the", "click here to get the", "click here for the", "download our",
            ])
            && folded.ends_with(" app"))
        || (opens(&[
            "suscríbete a", "suscríbase a", "inscrivez vous à", "abonnez vous à", "abonnieren sie",
            "iscriviti a", "iscriviti alla", "abbonati a", "assine a", "assine o", "подпишитесь на",
            "подписывайтесь на",
        ]))
    {
        return Some(Mark::sure(reason::SIGN_UP));
    }
    if opens(&[
        "click here to", "click here for", "cliquez ici pour", "haga clic aquí para", "clicca qui per",
        "clique aqui para", "klicken sie hier",
    ]) || (n_words <= 8
        && opens(&[
            "continue reading at", "continue reading on", "read the full story at", "read the full story on",
            "read the full article at", "read the full article on", "continue reading", "watch the video",
        ])
        && !line.ends_with('.'))
    {
        return Some(Mark::sure(reason::NAVIGATION));
    }
    if n_words <= 10
        && (opens(&[
            "follow us on", "like us on", "join us on", "find us on", "síguenos en", "suivez nous sur",
            "folgen sie uns", "seguici su", "siga nos",
        ]) || (opens(&["follow"]) && line.contains('@')))
    {
        return Some(Mark::sure(reason::SHARE));
    }
    if is_stamp(line, folded) {
        return Some(Mark::sure(reason::STAMP));
    }
    if n_words <= 9
        && !line.ends_with('.')
        && (opens(&[
            "image copyright", "image credit", "image credits", "photo credit", "photo credits",
            "picture credit", "image source", "crédit photo", "bildquelle", "enlarge this image",
        ]) || opens(&["image", "photo", "picture", "foto", "bild", "photograph", "фото"])
            && separator_after_first_word(line))
    {
        return Some(Mark::sure(reason::CREDIT));
    }
    let loud = line
        .split([':', '|'])
        .next()
        .is_some_and(|start| !start.bytes().any(|byte| byte.is_ascii_lowercase()));
    let pointer = opens(&[
        "read more", "related", "also read", "read also", "see also", "recommended for you", "recommended",
        "more on this", "up next", "read next", "leer más", "lea también", "lee también", "lire aussi",
        "à lire aussi", "leggi anche", "lesen sie auch", "lees ook", "leia também", "leia mais",
        "читайте также", "czytaj także",
    ]) || (loud && opens(&["more", "watch", "listen", "exclusive"]));
    if pointer && !line.ends_with('.') && separator_after_opening(line) {
        return Some(Mark::sure(reason::POINTER));
    }
    if opens(&["tags", "filed under", "etiquetas", "mots clés", "schlagwörter", "schlagworte", "теги"])
        && separator_after_opening(line)
        && !line.ends_with('.')
    {
        return Some(Mark::sure(reason::NAVIGATION));
    }
    None
}

/// `Updated 3 May 2020 at 10:15`, `Published ... | Updated ...`: nothing but such words and digits.
fn is_stamp(line: &str, folded: &str) -> bool {
    const OPENING: [&str; 6] = ["published", "updated", "posted", "last", "first", "modified"];
    const REST: &str = " published updated posted last first modified on at am pm a p m et est edt pt gmt utc ist bst cet \
        january february march april may june july august september october november december jan feb mar apr jun jul \
        aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun t z \
        date time th st nd rd ";
    let mut words = folded.split(' ');
    line.len() <= 100
        && line.bytes().any(|byte| byte.is_ascii_digit())
        && words.next().is_some_and(|word| OPENING.contains(&word))
        && words.all(|word| REST.split(' ').any(|allowed| allowed == word))
}

fn separator_after_first_word(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| word.ends_with(':') || word.ends_with('|'))
        || line.split_whitespace().nth(1).is_some_and(|word| matches!(word, "|" | ":" | "/" | "-" | "–"))
}

/// A colon, bar or arrow within the first few words.
fn separator_after_opening(line: &str) -> bool {
    line.split_whitespace()
        .take(5)
        .any(|word| word.ends_with([':', '|', '»', '>', '›']) || matches!(word, "-" | "–" | "—"))
}

/// Lines made of nothing but the words on buttons.
fn by_company(folded: &str) -> Option<Mark> {
    let lexicon = &*LEXICON;
    let (mut n_words, mut n_actions, mut n_channels) = (0, 0, 0);
    for word in folded.split(' ') {
        n_words += 1;
        if lexicon.actions.contains(word) {
            n_actions += 1;
        } else if lexicon.channels.contains(word) {
            n_channels += 1;
        } else if n_words > 16 || !lexicon.company.contains(word) {
            return None;
        }
    }
    if n_words < 2 || (n_actions == 0 && n_channels < 2) {
        return None;
    }
    let reason = match () {
        () if folded.contains("advertisement") => reason::ADVERTISING,
        () if folded.contains("comment") => reason::COMMENTS,
        () if folded.contains("cookies") => reason::COOKIES,
        () if ["newsletter", "subscribe", "sign", "log"].iter().any(|word| folded.contains(word)) => {
            reason::SIGN_UP
        }
        () => reason::SHARE,
    };
    Some(Mark::sure(reason))
}

/// Switches and menus, told by their shape.
fn by_shape(line: &str) -> Option<Mark> {
    if is_language_switch(line) {
        return Some(Mark::sure(reason::LANGUAGES));
    }
    let separator = ['|', '•', '·', '»', '>', '/'].into_iter().find(|&separator| line.contains(separator))?;
    let mut folded = String::new();
    let (mut n_items, mut n_known) = (0, 0);
    let mut starts_at_home = false;
    for item in line.split(separator).map(str::trim).filter(|item| !item.is_empty()) {
        lexicon::fold(item, &mut folded);
        let known = LEXICON.menu_items.contains(folded.as_str());
        starts_at_home |= n_items == 0 && folded == "home";
        n_items += 1;
        n_known += usize::from(known);
        if folded.split(' ').count() > 4 {
            return None;
        }
    }
    let menu = n_items >= 3 && n_known >= 2 && n_known * 3 >= n_items;
    let trail = n_items >= 2 && starts_at_home && matches!(separator, '»' | '>' | '/');
    (menu || trail).then_some(Mark::sure(reason::NAVIGATION))
}

/// Nothing but codes of languages and regions (`en-US fr-FR`, `EN | RU | DE`), or languages by name.
fn is_language_switch(line: &str) -> bool {
    let is_separator = |character: char| {
        character.is_whitespace() || matches!(character, '|' | '/' | '•' | '·' | ',' | '»' | '>')
    };
    let mut items = line.split(is_separator).filter(|item| !item.is_empty());
    // Most lines fall at their first word.
    let Some(first) = items.next() else { return false };
    if locale(first).is_some() {
        let (mut n_codes, mut n_regions, mut n_small) = (0, 0, 0);
        for item in std::iter::once(first).chain(items) {
            let Some(code) = locale(item) else { return false };
            n_codes += 1;
            n_regions += usize::from(code == Code::WithRegion);
            n_small += usize::from(code == Code::Small);
        }
        // `no`, `is`, `to` and `so` are codes too, and words.
        let set_apart = line.contains(['|', '•', '·', '/']);
        return n_codes >= 2
            && (n_regions == n_codes
                || n_regions > 0 && set_apart
                || n_small == 0
                || set_apart && n_codes >= 3)
            && (n_regions > 0 || n_codes >= 3 || set_apart);
    }
    if line.len() > 80 || first.len() < 6 {
        return false;
    }
    let (mut n_names, mut folded) = (0, String::new());
    for item in line.split(is_separator).filter(|item| !item.is_empty()) {
        lexicon::fold(item, &mut folded);
        if !LEXICON.endonyms.contains(folded.as_str()) {
            return false;
        }
        n_names += 1;
    }
    n_names >= 2
}

#[derive(PartialEq, Eq)]
enum Code {
    WithRegion,
    Small,
    Capital,
}

/// `en`, `EN`, `en-US`, `pt_BR`, each with a count behind it at most.
fn locale(item: &str) -> Option<Code> {
    let item = item.trim_end_matches(|character: char| character.is_ascii_digit());
    let language = |code: &str| super::Language::known(code).is_some();
    match item.as_bytes() {
        [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase() => language(item).then_some(Code::Small),
        [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => language(item).then_some(Code::Capital),
        [a, b, b'-' | b'_', c, d]
            if a.is_ascii_lowercase()
                && b.is_ascii_lowercase()
                && c.is_ascii_alphabetic()
                && d.is_ascii_alphabetic() =>
        {
            language(&item[..2]).then_some(Code::WithRegion)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is set aside of `text`.
    fn aside(text: &str) -> Vec<&str> {
        find(text, None)
            .iter()
            .map(|aside| &text[aside.bytes.start as usize..aside.bytes.end as usize])
            .collect()
    }

    const BODY: &str =
        "The council met on Tuesday and agreed on the new tram line, which opens in the spring.";

    #[test]
    fn what_stands_alone_on_its_line_is_furniture() {
        for line in [
            "Skip to main content",
            "ADVERTISEMENT",
            "Share Tweet Email Print",
            "Read more: Trams return to the old town",
            "© 2020 The Daily Tram, Ltd. All rights reserved.",
            "Sign up for our weekly newsletter",
            "Lire aussi » Le retour du tramway",
            "Читайте также: Трамвай возвращается",
            "14 comments",
            "Home | World | Politics | Sport",
            "en-US | fr-FR",
            "DE EN FR",
            "English Français Русский",
            "Updated at 10:15 p.m. ET May 3, 2020",
            "We use cookies to give you the best experience of this site and to show you what you may like.",
            "4 min read",
            "Photo: A. Painter / City Press",
        ] {
            assert_eq!(aside(&format!("{BODY}\n\n{line}\n\n{BODY}")), [line]);
        }
    }

    #[test]
    fn what_only_mentions_such_words_stays() {
        for line in [
            "Copyright law must change, says minister",
            "He said the next article of the treaty was harder.",
            "Comments",
            "Search",
            "Is it so?",
            "To be or not to be",
            "Citation: City Press, 3 May",
            "Attribution: summarized from statements of the council",
            "Dear colleagues!",
            "The newsletter was sent to subscribers on Facebook.",
            "Updated rules on trams come into force",
            "Home at last",
            "News from the front",
            "Or | Not",
            "Related bills have failed before.",
            "Photos of the tram were sold for charity.",
        ] {
            assert_eq!(aside(&format!("{BODY}\n\n{line}\n\n{BODY}")), Vec::<&str>::new(), "{line}");
        }
    }

    #[test]
    fn headlines_of_other_articles_go_with_the_marker_before_them() {
        let page =
            format!("{BODY}\n\nPrevious Post\nFlood in the harbor\nNext Post\nWho pays for the bridge?\n");
        assert_eq!(
            aside(&page),
            ["Previous Post", "Flood in the harbor", "Next Post", "Who pays for the bridge?"]
        );
        let page = format!(
            "{BODY}\n\nMost read\nFlood in the old harbor\nWho pays for the bridge?\n\nBy Ann Painter\n"
        );
        assert_eq!(aside(&page), ["Most read", "Flood in the old harbor\nWho pays for the bridge?"]);
    }

    #[test]
    fn the_headline_of_the_article_itself_stays() {
        let page = format!("Previous Post\nNext Post\nCouncil agrees on tram\n\n{BODY}\n");
        assert_eq!(aside(&page), ["Previous Post\nNext Post"]);
        let within = format!("{BODY}\n\nRead more\nThe second day of the talks\n\n{BODY}\n");
        assert_eq!(aside(&within), ["Read more"]);
    }

    #[test]
    fn words_on_buttons_are_believed_outside_the_article_and_beside_furniture() {
        let page =
            format!("Menu\nSearch\n\n{BODY}\n\nAdvertisement\nClose\n\n{BODY}\n\nVideo\n\n{BODY}\n\nShare\n");
        assert_eq!(aside(&page), ["Menu\nSearch", "Advertisement", "Close", "Share"]);
        assert_eq!(aside("Menu\nSearch\n"), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn ranges_are_ascending_trimmed_and_never_the_body(
            lines in prop::collection::vec(
                prop_oneof![Just(BODY), Just("Next Article"), Just("Menu"), Just(""), Just("\u{a0}Share\r"),
                    Just("Trams return"), Just("• EN | DE"), Just("Related"), Just("Реклама")],
                0..24,
            )
        ) {
            let text = lines.join("\n");
            let mut end = 0;
            for found in find(&text, None) {
                prop_assert!(found.bytes.start >= end && found.bytes.start < found.bytes.end);
                end = found.bytes.end;
                let cut = &text[found.bytes.start as usize..found.bytes.end as usize];
                prop_assert_eq!(cut.trim(), cut);
                prop_assert!(!cut.contains(BODY));
            }
        }
    }
}

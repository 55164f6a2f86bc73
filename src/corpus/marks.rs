//! Marks: what a single line of a page tells by itself, by its wording and its shape.

use std::cell::RefCell;
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use memchr::memmem::Finder;

use super::lexicon::{self, LEXICON, Mark, reason};

/// Longest line that may be furniture, bytes; most Cyrillic headlines fit.
pub(super) const MOST_BYTES: usize = 320;

/// Longer lines are furniture only as legal notices.
const SHORT_BYTES: usize = 160;

/// Longest line that its shape may tell, bytes.
pub(super) const SHORT_SHAPE: usize = 120;

/// A headline has at most so many words.
pub(super) const HEADLINE_WORDS: usize = 20;

/// Claims of rights, wherever they stand in a line; `may_claim_rights` knows each.
const RIGHTS: [&str; 7] = [
    "rights reserved", "derechos reservados", "droits réservés", "rechte vorbehalten", "diritti riservati",
    "direitos reservados", "права защищены",
];

// How lines open that go on, folded.
const COPYRIGHT: &[&str] = &["copyright", "c"];
const COOKIES: &[&str] = &[
    "we use cookies", "this site uses cookies", "this website uses cookies", "our site uses cookies",
    "we and our partners use cookies", "we and our partners store", "by continuing to browse",
    "by continuing to use", "by using this site", "by using our site", "we value your privacy",
    "utilizamos cookies", "usamos cookies", "este sitio utiliza cookies", "nous utilisons des cookies",
    "ce site utilise des cookies", "wir verwenden cookies", "diese website verwendet cookies",
    "questo sito utilizza", "questo sito usa", "este site utiliza cookies", "este site usa cookies",
    "wij gebruiken cookies", "мы используем файлы cookie", "мы используем cookie",
];
const NEWSLETTER: &[&str] =
    &["sign up", "subscribe", "get", "join", "register", "receive", "click here to", "want", "enter your"];
const SUPPORT: &[&str] = &["support"];
const GET_APP: &[&str] =
    &["get the", "download the", "click here to get the", "click here for the", "download our"];
const SUBSCRIBE: &[&str] = &[
    "suscríbete a", "suscríbase a", "inscrivez vous à", "abonnez vous à", "abonnieren sie", "iscriviti a",
    "iscriviti alla", "abbonati a", "assine a", "assine o", "подпишитесь на", "подписывайтесь на",
];
const CLICK: &[&str] = &[
    "click here to", "click here for", "cliquez ici pour", "haga clic aquí para", "clicca qui per",
    "clique aqui para", "klicken sie hier",
];
const CONTINUE: &[&str] = &[
    "continue reading at", "continue reading on", "read the full story at", "read the full story on",
    "read the full article at", "read the full article on", "continue reading", "watch the video",
];
const FOLLOW_US: &[&str] = &[
    "follow us on", "like us on", "join us on", "find us on", "síguenos en", "suivez nous sur",
    "folgen sie uns", "seguici su", "siga nos",
];
const FOLLOW: &[&str] = &["follow"];
const PICTURE_CREDIT: &[&str] = &[
    "image copyright", "image credit", "image credits", "photo credit", "photo credits", "picture credit",
    "image source", "crédit photo", "bildquelle", "enlarge this image",
];
const PICTURE: &[&str] = &["image", "photo", "picture", "foto", "bild", "photograph", "фото"];
const POINTER: &[&str] = &[
    "read more", "related", "also read", "read also", "see also", "recommended for you", "recommended",
    "more on this", "up next", "read next", "leer más", "lea también", "lee también", "lire aussi",
    "à lire aussi", "leggi anche", "lesen sie auch", "lees ook", "leia também", "leia mais", "читайте также",
    "czytaj także",
];
const LOUD_POINTER: &[&str] = &["more", "watch", "listen", "exclusive"];
const TAGS: &[&str] =
    &["tags", "filed under", "etiquetas", "mots clés", "schlagwörter", "schlagworte", "теги"];
const STAMP: &[&str] = &["published", "updated", "posted", "last", "first", "modified"];

/// Every list of openings above.
const OPENINGS: [&[&str]; 16] = [
    COPYRIGHT, COOKIES, NEWSLETTER, SUPPORT, GET_APP, SUBSCRIBE, CLICK, CONTINUE, FOLLOW_US, FOLLOW,
    PICTURE_CREDIT, PICTURE, POINTER, LOUD_POINTER, TAGS, STAMP,
];

/// How a line begins that its words may tell: the first word of a phrase or opening, or its first two.
static BEGINNINGS: LazyLock<HashSet<String, RandomState>> = LazyLock::new(|| {
    let phrases = LEXICON.phrases.keys().map(String::as_str);
    phrases.chain(openings()).map(|phrase| beginning(phrase).to_owned()).collect()
});

/// How lines open that go on, folded.
pub(super) fn openings() -> impl Iterator<Item = &'static str> {
    OPENINGS.into_iter().flatten().copied()
}

/// The first two words of what is folded.
pub(super) fn beginning(folded: &str) -> &str {
    folded.match_indices(' ').nth(1).map_or(folded, |(end, _)| &folded[..end])
}

/// One of these stands in every legal notice.
static LEGAL: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| ["ookie", "opyright", "eserv", "©"].map(Finder::new));

thread_local! {
    /// The folded line; kept, so that a line costs no allocation.
    static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a single line tells by itself.
pub(super) fn recognize(line: &str) -> Option<Mark> {
    // Cheap first: nearly every line of an article is a long one.
    if line.len() > MOST_BYTES {
        return None;
    }
    if line.len() <= SHORT_SHAPE
        && let Some(mark) = by_shape(line)
    {
        return Some(mark);
    }
    FOLDED.with_borrow_mut(|folded| {
        // Its first two words tell of nearly every line that no word of it will tell anything.
        lexicon::fold_beginning(line, folded);
        if !may_be_told(line, folded) {
            return None;
        }
        if line.len() > SHORT_BYTES && !LEGAL.iter().any(|word| word.find(line.as_bytes()).is_some()) {
            return None;
        }
        lexicon::fold(line, folded);
        by_words(line, folded)
    })
}

/// Could [`by_words`] tell anything of a line that begins so? Never false where it does.
fn may_be_told(line: &str, beginning: &str) -> bool {
    let (first, second) = beginning.split_once(' ').unwrap_or((beginning, ""));
    let lexicon = &*LEXICON;
    let company = |word| {
        lexicon.company.contains(word) || lexicon.actions.contains(word) || lexicon.channels.contains(word)
    };
    BEGINNINGS.contains(first)
        || BEGINNINGS.contains(beginning)
        || (company(first) && company(second))
        || line.starts_with('©')
        || may_claim_rights(line)
}

/// Every claim of rights that is known has a letter v as in `reserved`, or in `vorbehalten`, or is in Cyrillic.
fn may_claim_rights(line: &str) -> bool {
    let bytes = line.as_bytes();
    memchr::memchr2_iter(b'v', b'V', bytes).any(|at| may_claim_rights_at(bytes, at))
        || memchr::memchr2(0xd0, 0xd1, bytes).is_some()
}

/// Does the letter v stand there as it does in claims of rights?
pub(super) fn may_claim_rights_at(bytes: &[u8], at: usize) -> bool {
    let is_claim = |before: u8, after: u8| {
        (!before.is_ascii() || matches!(before | 0x20, b'e' | b'i'))
            && (!after.is_ascii() || matches!(after | 0x20, b'e' | b'a'))
    };
    match (bytes.get(at.wrapping_sub(4)..at), bytes.get(at + 1..)) {
        (Some([before, word @ ..]), Some([after, ..])) if word.eq_ignore_ascii_case(b"ser") => {
            is_claim(*before, *after)
        }
        (_, Some(rest)) => rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"orbe")),
        _ => false,
    }
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
fn by_opening(line: &str, folded: &str) -> Option<Mark> {
    let n_words = memchr::memchr_iter(b' ', folded.as_bytes()).count() + 1;
    let initial = folded.as_bytes()[0];
    let opens = |openings: &[&str]| {
        openings.iter().any(|opening| {
            // The first letter spares nearly all of them the rest.
            opening.as_bytes()[0] == initial
                && folded.strip_prefix(opening).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
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
    if n_words <= 30
        && ((line.starts_with('©') && n_words <= 20)
            || (opens(COPYRIGHT) && (has_year || line.contains('©')) && (has_year || n_words <= 12))
            || ((has_year || line.contains('©') || opens(&["copyright"]) || n_words <= 8)
                && RIGHTS.iter().any(|rights| folded.contains(rights))))
    {
        return Some(Mark::sure(reason::RIGHTS));
    }
    if n_words <= 45 && opens(COOKIES) && (says(&["cookies", "cookie", "privacy"])) {
        return Some(Mark::sure(reason::COOKIES));
    }
    if n_words > HEADLINE_WORDS {
        return None;
    }
    let sentence = line.ends_with('.') && n_words > 14;
    if sentence {
        return None;
    }
    if opens(NEWSLETTER) && says(&["newsletter", "newsletters", "inbox"])
        || (opens(SUPPORT)
            && says(&["journalism"])
            && says(&["subscribe", "donate", "contribute", "our", "independent"]))
        || (n_words <= 7 && opens(GET_APP) && folded.ends_with(" app"))
        || (opens(SUBSCRIBE))
    {
        return Some(Mark::sure(reason::SIGN_UP));
    }
    if opens(CLICK) || (n_words <= 8 && opens(CONTINUE) && !line.ends_with('.')) {
        return Some(Mark::sure(reason::NAVIGATION));
    }
    if n_words <= 10 && (opens(FOLLOW_US) || (opens(FOLLOW) && line.contains('@'))) {
        return Some(Mark::sure(reason::SHARE));
    }
    if is_stamp(line, folded) {
        return Some(Mark::sure(reason::STAMP));
    }
    if n_words <= 9
        && !line.ends_with('.')
        && (opens(PICTURE_CREDIT) || opens(PICTURE) && separator_after_first_word(line))
    {
        return Some(Mark::sure(reason::CREDIT));
    }
    let loud = line
        .split([':', '|'])
        .next()
        .is_some_and(|start| !start.bytes().any(|byte| byte.is_ascii_lowercase()));
    let pointer = opens(POINTER) || (loud && opens(LOUD_POINTER));
    if pointer && !line.ends_with('.') && separator_after_opening(line) {
        return Some(Mark::sure(reason::POINTER));
    }
    if opens(TAGS) && separator_after_opening(line) && !line.ends_with('.') {
        return Some(Mark::sure(reason::NAVIGATION));
    }
    None
}

/// `Updated 3 May 2020 at 10:15`, `Published ... | Updated ...`: nothing but such words and digits.
fn is_stamp(line: &str, folded: &str) -> bool {
    const REST: &str = " published updated posted last first modified on at am pm a p m et est edt pt gmt utc ist bst cet \
        january february march april may june july august september october november december jan feb mar apr jun jul \
        aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun t z \
        date time th st nd rd ";
    let mut words = folded.split(' ');
    line.len() <= 100
        && line.bytes().any(|byte| byte.is_ascii_digit())
        && words.next().is_some_and(|word| STAMP.contains(&word))
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
    if !has_separator(line.as_bytes()) {
        return None;
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

/// Does a line have one of the signs that set the items of menus apart? Most have none.
pub(super) fn has_separator(line: &[u8]) -> bool {
    // `·` and `»`, and `•`.
    let is_sign = |at: usize| matches!(line[at..], [0xc2, 0xb7 | 0xbb, ..] | [0xe2, 0x80, 0xa2, ..]);
    memchr::memchr3(b'|', b'>', b'/', line).is_some() || memchr::memchr2_iter(0xc2, 0xe2, line).any(is_sign)
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

    use super::super::glance::Glance;
    use super::*;

    /// What the words of a line tell, whatever it begins with: the slow way.
    fn by_all_words(line: &str) -> Option<Mark> {
        let is_legal = LEGAL.iter().any(|word| word.find(line.as_bytes()).is_some());
        if line.len() > MOST_BYTES || (line.len() > SHORT_BYTES && !is_legal) {
            return None;
        }
        let shape = if line.len() <= SHORT_SHAPE { by_shape(line) } else { None };
        let mut folded = String::new();
        lexicon::fold(line, &mut folded);
        shape.or_else(|| by_words(line, &folded))
    }

    #[test]
    fn every_listed_phrase_and_opening_passes_the_look_at_its_beginning() {
        let openings = openings().chain(RIGHTS);
        for phrase in LEXICON.phrases.keys().map(String::as_str).chain(openings) {
            for line in [phrase.to_owned(), phrase.to_uppercase(), format!("» {phrase}: tram | 2020")] {
                assert_eq!(recognize(&line), by_all_words(&line), "{line}");
                assert!(by_all_words(&line).is_none() || passes_the_glance(&line), "{line}");
            }
        }
    }

    fn passes_the_glance(line: &str) -> bool {
        let text = format!("First of all: ser\n{line}\nv");
        let mut glance = Glance::at(&text);
        glance.may_tell(18, line)
    }

    proptest! {
        #[test]
        fn a_look_at_the_beginning_changes_nothing(
            words in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(LEXICON.phrases.keys().cloned().collect::<Vec<_>>()),
                    prop::sample::select(OPENINGS.concat()).prop_map(str::to_owned),
                    prop::sample::select(RIGHTS.to_vec()).prop_map(str::to_owned),
                    prop::sample::select(LEXICON.company.iter().copied().collect::<Vec<_>>()).prop_map(str::to_owned),
                    prop::sample::select(LEXICON.channels.iter().copied().collect::<Vec<_>>()).prop_map(str::to_owned),
                    prop::sample::select(LEXICON.menu_items.iter().copied().collect::<Vec<_>>()).prop_map(str::to_owned),
                    prop::sample::select(LEXICON.endonyms.iter().copied().collect::<Vec<_>>()).prop_map(str::to_owned),
                    prop::sample::select(vec!["©", "2020", "tram", "Tram:", "|", "newsletter", "app", "3 May", "it’s", ".", "“", "»", "•", "–", "EN",
                        "de", "en-US", "don’t", "'", "1 comment", "é"])
                        .prop_map(str::to_owned),
                ],
                0..7,
            ),
            capitals in any::<bool>(),
        ) {
            let line = words.join(" ");
            let line = if capitals { line.to_uppercase() } else { line };
            prop_assert_eq!(recognize(&line), by_all_words(&line));
            prop_assert!(by_all_words(&line).is_none() || passes_the_glance(&line), "{}", line);
        }
    }
}

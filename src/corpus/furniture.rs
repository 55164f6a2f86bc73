//! Page furniture: what a page shows around its article, told by the shape and the wording of single
//! short lines, with no other document at hand. A line within a paragraph is never touched, nor a
//! line that only mentions such words.

use std::ops::Range;

use super::SetAside;
use super::glance::Glance;
use super::lexicon::{Leads, Mark, reason};
use super::marks::{HEADLINE_WORDS, MOST_BYTES, recognize};

/// A list of other articles sets aside at most so many headlines.
const MOST_HEADLINES: usize = 12;

/// Finds the furniture of a text; `title` is never part of it.
pub(super) fn find(text: &str, title: Option<&Range<u32>>) -> Vec<SetAside> {
    let is_title = |line: &Line<'_>| title.is_some_and(|title| title.start as usize == line.start);
    let lines: Vec<Line<'_>> = lines(text).collect();
    let mut glance = Glance::at(text);
    let mut recognized = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if glance.may_tell(line.start, line.text)
            && let Some(mark) = recognize(line.text)
            && !is_title(line)
        {
            recognized.push((number, mark));
        }
    }
    if recognized.is_empty() {
        return Vec::new();
    }
    let mut marks: Vec<Option<Mark>> = vec![None; lines.len()];
    for (number, mark) in recognized {
        marks[number] = Some(mark);
    }
    let sure = |mark: &Option<Mark>| mark.is_some_and(|mark| mark.sure);
    // Without a paragraph there is no telling what stands above and below.
    let is_body = |at: usize| marks[at].is_none() && is_body(lines[at].text);
    let body = (0..lines.len()).find(|&at| is_body(at)).zip((0..lines.len()).rfind(|&at| is_body(at)));
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
            && text[last.bytes.end as usize..line.start].trim().is_empty()
            && text[last.bytes.end as usize..line.start].matches('\n').count() <= 1
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
    let bytes = text.as_bytes();
    let mut begin = 0;
    std::iter::from_fn(move || {
        while begin < bytes.len() {
            let start = begin;
            // Every other line of most texts is an empty one.
            if bytes[start] == b'\n' {
                begin += 1;
                continue;
            }
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
            begin = end + 1;
            let line = &text[start..end];
            // Most of the others have no white space around them.
            if let [first, .., last] = line.as_bytes()
                && first.is_ascii_graphic()
                && last.is_ascii_graphic()
            {
                return Some(Line { start, text: line });
            }
            let text = line.trim();
            if !text.is_empty() {
                return Some(Line { start: start + (line.len() - line.trim_start().len()), text });
            }
        }
        None
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

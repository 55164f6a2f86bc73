//! Texts that have much in common and are no copies of each other: accounts of one event, a column's
//! instalments, reports of one speech, an event and its anniversary.

use super::chance::Chance;
use super::sources::SourceId;
use super::workshop::Workshop;
use super::{dress, prose};

/// Share of an article's words that its quotations make up, in a speech.
const QUOTED: f64 = 0.28;

/// Share of a report's words that may be the background of an earlier one.
const BACKGROUND: f64 = 0.4;

/// Words of a column's fixed opening at most, and of its sign-off.
const OPENING_WORDS: usize = 60;
const SIGN_OFF_WORDS: usize = 40;

/// One of `of` accounts of the event that an article tells: of each `of` sentences in a row, each account has one. They
/// share its names and numbers and no sentence.
pub(super) fn story_part(text: &str, part: u8, of: u8, family: &mut Chance) -> String {
    let sentences = prose::all_sentences(text);
    let mut own = Vec::with_capacity(sentences.len() / 2 + 1);
    for run in sentences.chunks(usize::from(of)) {
        let mut order: Vec<usize> = (0..usize::from(of)).collect();
        family.shuffle(&mut order);
        own.extend(run.get(order[usize::from(part)]).cloned());
    }
    prose::set(&own)
}

/// One instalment: opening and author, a body of its own, sign-off. Opening and sign-off are sentences of an article
/// that is used for nothing else.
pub(super) fn column(
    shop: &Workshop<'_>,
    body: SourceId,
    opening: SourceId,
    family: &mut Chance,
    chance: &mut Chance,
) -> String {
    let (by, address) = dress::signature(shop, shop.sources.language(opening), family);
    let fixed = prose::all_sentences(&shop.sources.text(opening));
    let (first, last) = fixed.split_at(fixed.len() / 2);
    let opening = up_to(first, OPENING_WORDS);
    let sign_off = up_to(last, SIGN_OFF_WORDS);
    let number = chance.between(2, 400);
    format!("{by} | {number}\n\n{opening}\n\n{}\n\n{sign_off}\n\n{address}", shop.sources.text(body))
}

/// Sentences from the first on, of so many words together at most; of a longer first one its beginning.
fn up_to(sentences: &[String], most_words: usize) -> String {
    let mut n_words = 0;
    let fit = sentences.iter().take_while(|sentence| {
        n_words += prose::n_words(sentence);
        n_words <= most_words
    });
    let run = prose::run_of(&fit.collect::<Vec<_>>());
    match sentences.first() {
        Some(first) if run.is_empty() => prose::first_words(first, most_words).to_owned(),
        _ => run,
    }
}

/// One of two reports of a speech: sentences of an article stand in both as quotations, the others in one.
pub(super) fn speech(text: &str, part: u8, family: &mut Chance, chance: &mut Chance) -> String {
    let sentences = prose::all_sentences(text);
    let n_words: Vec<usize> = sentences.iter().map(|sentence| prose::n_words(sentence)).collect();
    let most = (n_words.iter().sum::<usize>() as f64 * QUOTED) as usize;
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    family.shuffle(&mut order);
    let mut is_quoted = vec![false; sentences.len()];
    let mut quoted_words = 0;
    for place in order {
        if quoted_words + n_words[place] <= most {
            is_quoted[place] = true;
            quoted_words += n_words[place];
        }
    }
    let (open, close) = *chance.one_of(&[("“", "”"), ("\"", "\""), ("«", "»")]).unwrap_or(&("\"", "\""));
    let bare = |sentence: &str| sentence.trim_matches(['“', '”', '"', '«', '»']).to_owned();
    let mut own = 0;
    let mut paragraphs: Vec<String> = Vec::new();
    for (sentence, is_quoted) in sentences.iter().zip(is_quoted) {
        if is_quoted {
            paragraphs.push(format!("{open}{}{close}", bare(sentence)));
            continue;
        }
        own += 1;
        if own % 2 == usize::from(part) {
            paragraphs.push(sentence.clone());
        }
    }
    paragraphs.join("\n\n")
}

/// A report, or (`is_first` false) one of a year later that ends with the first one's background: `first` is the text of
/// the earlier report. The earlier one is left as it is.
pub(super) fn year(text: &str, first: &str, is_first: bool) -> String {
    if is_first {
        return text.to_owned();
    }
    let news_words = prose::n_words(text) * 2 / 3;
    let news = prose::first_words(text, news_words);
    let sentences = prose::all_sentences(first);
    let most =
        (prose::n_words(first) as f64 * BACKGROUND).min(news_words as f64 * BACKGROUND / (1.0 - BACKGROUND));
    let mut n_words = 0;
    let n_sentences = sentences
        .iter()
        .rev()
        .take_while(|sentence| {
            n_words += prose::n_words(sentence);
            n_words as f64 <= most
        })
        .count();
    format!("{news}.\n\n{}", prose::set(&sentences[sentences.len() - n_sentences..]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::chance::Purpose;
    use super::*;

    fn text(n: usize) -> String {
        let sentences: Vec<String> = (0..n)
            .map(|n| format!("Sentence number {n} speaks of the matter called {} at length.", n * n))
            .collect();
        prose::set(&sentences)
    }

    fn shared(a: &str, b: &str) -> f64 {
        let set = |text: &str| prose::all_sentences(text).into_iter().collect::<BTreeSet<_>>();
        let bare = |text: &str| set(&text.replace(['“', '”', '"', '«', '»'], ""));
        let (a, b) = (bare(a), bare(b));
        a.intersection(&b).count() as f64 / a.len().min(b.len()) as f64
    }

    fn chance(number: u64) -> Chance {
        Chance::at(5, Purpose::Family, number)
    }

    #[test]
    fn accounts_of_one_event_share_no_sentence_and_leave_none_out() {
        let text = text(31);
        for of in [2, 3] {
            let parts: Vec<String> =
                (0..of).map(|part| story_part(&text, part, of, &mut chance(1))).collect();
            assert!(shared(&parts[0], &parts[1]) == 0.0);
            let n: usize = parts.iter().map(|part| prose::all_sentences(part).len()).sum();
            assert_eq!(n, 31);
        }
    }

    #[test]
    fn two_reports_of_a_speech_share_quotations_and_less_than_half_of_their_words() {
        let text = text(40);
        let reports: Vec<String> = (0..2)
            .map(|part| speech(&text, part, &mut chance(2), &mut chance(3 + u64::from(part))))
            .collect();
        let shared = shared(&reports[0], &reports[1]);
        assert!((0.3..0.5).contains(&shared), "{shared}");
    }

    #[test]
    fn a_year_later_the_background_is_less_than_half() {
        let first = text(40);
        let other: String = text(30).replace("matter", "thing");
        let later = year(&other, &first, false);
        let shared = shared(&later, &first);
        assert!((0.2..=0.42).contains(&shared), "{shared}");
        assert_eq!(year(&first, &first, true), first);
    }
}

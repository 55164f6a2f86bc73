//! What an editor's desk, or a feed, does to what a text says.

use super::chance::Chance;
use super::prose;
use super::sources::SourceId;
use super::words::Words;
use super::workshop::Workshop;

/// The first words, and often a mark that more followed.
pub(super) fn cut_off(text: &str, share: f64, chance: &mut Chance) -> String {
    let n = (prose::n_words(text) as f64 * share).round() as usize;
    format!("{}{}", prose::first_words(text, n), chance.word(&["", "…", " …", "...", " [...]", " […]"]))
}

/// A run of words from the middle.
pub(super) fn excerpt(text: &str, share: f64, chance: &mut Chance) -> String {
    let words = prose::words(text);
    let length = (words.len() as f64 * share).round() as usize;
    let begin = chance.between(words.len() / 10, (words.len() - length).saturating_sub(words.len() / 10));
    match (words.get(begin), words.get((begin + length).saturating_sub(1))) {
        (Some(first), Some(last)) => text[first.start..last.end].to_owned(),
        _ => text.to_owned(),
    }
}

/// A fifth to two fifths of the paragraphs left out; the first stays.
pub(super) fn paragraphs_dropped(text: &str, chance: &mut Chance) -> String {
    let paragraphs = prose::paragraphs(text);
    let share = 0.2 + 0.2 * chance.unit();
    let n_dropped = ((paragraphs.len() as f64 * share).round() as usize).max(1);
    let n_kept = paragraphs.len().saturating_sub(n_dropped + 1);
    let kept = chance.some_of(paragraphs.len().saturating_sub(1), n_kept);
    let first = paragraphs.first().map(String::as_str).into_iter();
    first.chain(kept.into_iter().map(|place| paragraphs[place + 1].as_str())).collect::<Vec<_>>().join("\n\n")
}

/// The paragraphs after the first in another order.
pub(super) fn paragraphs_moved(text: &str, chance: &mut Chance) -> String {
    let mut paragraphs = prose::paragraphs(text);
    let before = paragraphs.clone();
    for _ in 0..8 {
        chance.shuffle(paragraphs.get_mut(1..).unwrap_or_default());
        if paragraphs != before {
            break;
        }
    }
    paragraphs.join("\n\n")
}

/// One to three sentences of other documents put in.
pub(super) fn sentences_in(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let mut sentences = prose::all_sentences(text);
    for _ in 0..chance.between(1, 3) {
        if let Some(sentence) = shop.sentence_of_others(source, chance) {
            sentences.insert(chance.between(1, sentences.len()).min(sentences.len()), sentence);
        }
    }
    prose::set(&sentences)
}

/// Another version of a running story: up to five numbers changed, one or two sentences replaced, one added.
pub(super) fn update(text: &str, shop: &Workshop<'_>, source: SourceId, chance: &mut Chance) -> String {
    let numbers: Vec<_> = prose::words(text)
        .into_iter()
        .filter(|word| text[word.clone()].bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let mut updated = String::with_capacity(text.len() + 200);
    let mut at = 0;
    for place in chance.some_of(numbers.len(), numbers.len().div_ceil(3).min(5)) {
        let number = &text[numbers[place].clone()];
        updated.push_str(&text[at..numbers[place].start]);
        updated.push_str(&other_number(number, chance));
        at = numbers[place].end;
    }
    updated.push_str(&text[at..]);
    let mut sentences = prose::all_sentences(&updated);
    if sentences.len() >= 6 {
        for _ in 0..chance.between(1, 2) {
            if let Some(sentence) = shop.sentence_of_others(source, chance) {
                let place = chance.between(1, sentences.len() - 1);
                sentences[place] = sentence;
            }
        }
    }
    sentences.extend(shop.sentence_of_others(source, chance));
    prose::set(&sentences)
}

/// Another number of as many digits.
pub(super) fn other_number(number: &str, chance: &mut Chance) -> String {
    let drawn: String = number
        .bytes()
        .enumerate()
        .map(|(place, _)| {
            let least = usize::from(place == 0 && number.len() > 1);
            char::from(b'0' + chance.between(least, 9) as u8)
        })
        .collect();
    if drawn == number {
        number.bytes().map(|digit| if digit == b'9' { '1' } else { char::from(digit + 1) }).collect()
    } else {
        drawn
    }
}

/// A share of the words replaced by others of the same frequency: rewording in any language, as a thesaurus knows
/// only one. Names amid sentences and numbers stay.
pub(super) fn other_words(text: &str, share: f64, words: &Words, chance: &mut Chance) -> String {
    let places = prose::words(text);
    let wanted = (places.len() as f64 * share).round() as usize;
    let mut order: Vec<usize> = (0..places.len()).collect();
    chance.shuffle(&mut order);
    let mut replaced: Vec<(usize, String)> = Vec::with_capacity(wanted);
    for place in order {
        if replaced.len() == wanted {
            break;
        }
        let word = &text[places[place].clone()];
        if words.is_name(word) {
            continue;
        }
        if let Some(other) = words.alike(word, chance) {
            replaced.push((place, other));
        }
    }
    replaced.sort_unstable();
    let mut reworded = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (place, other) in replaced {
        reworded.push_str(&text[at..places[place].start]);
        reworded.push_str(&other);
        at = places[place].end;
    }
    reworded.push_str(&text[at..]);
    reworded
}

/// The text as if it told of other things: all words but particles, each with the chance `share`, replaced by others of the
/// same frequency, names by names, digits by digits. `chance_of` gives a word's stream by the word's hash: a word that
/// comes again is replaced by the same.
pub(super) fn told_of_others(
    text: &str,
    share: f64,
    words: &Words,
    chance_of: impl Fn(u64) -> Chance,
) -> String {
    let mut retold = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for place in prose::words(text) {
        let word = &text[place.clone()];
        let mut chance = chance_of(rapidhash::v3::rapidhash_v3(word.to_lowercase().as_bytes()));
        if !chance.holds(share) {
            continue;
        }
        let other = if word.bytes().all(|byte| byte.is_ascii_digit()) {
            other_number(word, &mut chance)
        } else if words.is_name(word) {
            words.name(1, &mut chance)
        } else if let Some(other) = words.alike(word, &mut chance) {
            other
        } else {
            continue;
        };
        retold.push_str(&text[at..place.start]);
        retold.push_str(&other);
        at = place.end;
    }
    retold.push_str(&text[at..]);
    retold
}

/// Quotation marks, dashes, dots and spaces of another house.
pub(super) fn quotes(text: &str, chance: &mut Chance) -> String {
    let (open, close) = *chance
        .one_of(&[("\"", "\""), ("“", "”"), ("«", "»"), ("„", "“"), ("``", "''")])
        .unwrap_or(&("\"", "\""));
    let apostrophe = chance.word(&["'", "’"]);
    let dash = chance.word(&["-", "--", "–", "—"]);
    let dots = chance.word(&["...", "…", ". . ."]);
    let double_space = chance.holds(0.3);
    let mut changed = String::with_capacity(text.len() + 64);
    let mut before = ' ';
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        let after = rest[taken..].chars().next().unwrap_or(' ');
        let opens = before.is_whitespace() || "([-–—".contains(before);
        match character {
            '“' | '«' | '„' => changed.push_str(open),
            '”' | '»' => changed.push_str(close),
            '"' => changed.push_str(if opens { open } else { close }),
            '\'' | '’' | '‘' => changed.push_str(apostrophe),
            '—' => changed.push_str(dash),
            '–' | '-' if before.is_whitespace() && after.is_whitespace() => changed.push_str(dash),
            '-' if after == '-' => {
                taken += 1;
                changed.push_str(dash);
            }
            '…' => changed.push_str(dots),
            '.' if rest.starts_with("...") => {
                taken += 2;
                changed.push_str(dots);
            }
            '\u{a0}' => changed.push(' '),
            ' ' if double_space && before == '.' => changed.push_str("  "),
            other => changed.push(other),
        }
        before = character;
        rest = &rest[taken..];
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::chance::Purpose;
    use super::*;

    #[test]
    fn a_retold_text_keeps_its_marks_and_particles_and_tells_of_others() {
        let told = "Yesterday Petra sold 1999 apples. The apples of Petra, and the plums, were sold.";
        let mut filler = vec!["the and of were"; 40];
        filler.extend([
            told,
            "plums pears apples figs sold bought kept lost amid Arlen and Novak",
            "amid Petra",
        ]);
        let words = Words::of_texts(&filler);
        let retold =
            |share| told_of_others(told, share, &words, |word| Chance::at(7, Purpose::Recombined, word));
        assert_eq!(retold(0.0), told);
        let other = retold(1.0);
        let [before, after] = [told, &other]
            .map(|text| prose::words(text).into_iter().map(|place| &text[place]).collect::<Vec<_>>());
        assert_eq!(before.len(), after.len(), "{other}");
        for (old, new) in before.iter().zip(&after) {
            if ["the", "and", "of", "were"].contains(&old.to_lowercase().as_str()) {
                assert_eq!(old, new);
            } else if *old == "1999" {
                assert!(
                    new.len() == 4 && new.bytes().all(|byte| byte.is_ascii_digit()) && *new != "1999",
                    "{new}"
                );
            }
        }
        let place = |word: &str| before.iter().position(|other| *other == word).unwrap();
        assert_ne!(after[place("apples")], "apples");
        assert_eq!(after[place("apples")], after[place("apples") + 2], "{other}: one thing has one name");
        assert_eq!(after[place("Petra")], after[place("Petra") + 7], "{other}");
        let marks = |text: &str| text.chars().filter(|c| !c.is_alphanumeric()).collect::<String>();
        assert_eq!(marks(told), marks(&other));
    }
}

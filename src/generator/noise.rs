//! What a scanner misreads and a hand mistypes.

use super::chance::Chance;
use super::prose;

/// What is taken for what in Latin print.
const MISREAD: [(char, &[&str]); 42] = [
    ('a', &["o", "e", "u"]),
    ('b', &["h", "6"]),
    ('c', &["e", "o", "("]),
    ('d', &["cl", "o"]),
    ('e', &["c", "o", "0"]),
    ('f', &["t", "r"]),
    ('g', &["q", "9", "y"]),
    ('h', &["b", "n", "li"]),
    ('i', &["l", "1", "j", "!"]),
    ('j', &["i", ";"]),
    ('k', &["lc", "h"]),
    ('l', &["1", "I", "i", "|"]),
    ('m', &["rn", "nn", "in"]),
    ('n', &["u", "ri", "h"]),
    ('o', &["0", "c", "e"]),
    ('p', &["n", "o"]),
    ('q', &["g", "9"]),
    ('r', &["i", "t", "n"]),
    ('s', &["5", "a", "z"]),
    ('t', &["f", "l", "1"]),
    ('u', &["n", "v", "ii"]),
    ('v', &["y", "u"]),
    ('w', &["vv", "v"]),
    ('x', &["z", "k"]),
    ('y', &["v", "g"]),
    ('z', &["2", "s"]),
    ('B', &["8", "R", "E"]),
    ('C', &["G", "O", "("]),
    ('D', &["O", "0"]),
    ('E', &["F", "B"]),
    ('G', &["C", "6"]),
    ('I', &["l", "1", "|"]),
    ('M', &["N", "IVI"]),
    ('O', &["0", "Q", "D"]),
    ('S', &["5", "8"]),
    ('T', &["I", "7"]),
    ('Z', &["2"]),
    ('0', &["O", "o"]),
    ('1', &["l", "I"]),
    ('5', &["S"]),
    ('8', &["B", "3"]),
    ('.', &[",", "·"]),
];

/// Exactly the share `rate` of the characters, line ends apart, misread: letters taken for others (of Latin, those that
/// look alike; else any of the same text), lost or doubled, words run together, torn apart, broken at a line end. No two
/// damages fall on one character.
pub(super) fn misread(text: &str, rate: f64, chance: &mut Chance) -> String {
    let characters: Vec<char> = text.chars().collect();
    let readable = |c: char| c != '\n' && c != '\r';
    let places: Vec<usize> = (0..characters.len()).filter(|&place| readable(characters[place])).collect();
    let letters: Vec<char> = characters.iter().copied().filter(|c| c.is_alphabetic()).take(4_000).collect();
    let n_damages = (places.len() as f64 * rate).round() as usize;
    let mut damages =
        chance.some_of(places.len(), n_damages).into_iter().map(|place| places[place]).peekable();
    let mut read = String::with_capacity(text.len() + text.len() / 8);
    for (place, &character) in characters.iter().enumerate() {
        if damages.next_if_eq(&place).is_none() {
            read.push(character);
        } else if character.is_whitespace() {
            // Lost, or a speck.
            read.push_str(chance.word(&["", "", ".", "·", "'"]));
        } else {
            damaged(character, &letters, chance, &mut read);
        }
    }
    read
}

fn damaged(character: char, letters: &[char], chance: &mut Chance, read: &mut String) {
    match chance.below(100) {
        0..65 => match MISREAD.iter().find(|(known, _)| *known == character) {
            Some((_, others)) if chance.holds(0.85) => read.push_str(chance.word(others)),
            _ => {
                let other = (0..8).find_map(|_| chance.one_of(letters).copied().filter(|&o| o != character));
                // A text without letters loses the character instead.
                read.extend(other);
            }
        },
        65..78 => {}
        78..86 => {
            read.push(character);
            read.push_str(chance.word(&[".", ",", "'", "-", "·", "~"]));
        }
        86..94 => {
            read.push(character);
            read.push(' ');
        }
        _ => {
            read.push(character);
            read.push_str("-\n");
        }
    }
}

/// Slips of the hand in a share of the words: two letters swapped, one left out, doubled or wrong.
pub(super) fn typos(text: &str, share: f64, chance: &mut Chance) -> String {
    let long: Vec<_> =
        prose::words(text).into_iter().filter(|word| text[word.clone()].chars().nth(3).is_some()).collect();
    let letters: Vec<char> =
        text.chars().filter(|c| c.is_lowercase() || !c.is_ascii() && c.is_alphabetic()).take(4_000).collect();
    let n_slips = ((prose::n_words(text) as f64 * share).round() as usize).max(1);
    let mut typed = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for place in chance.some_of(long.len(), n_slips) {
        let word = &long[place];
        let mut characters: Vec<char> = text[word.clone()].chars().collect();
        let slip = chance.between(1, characters.len() - 2);
        match chance.below(4) {
            0 if characters[slip] != characters[slip + 1] => characters.swap(slip, slip + 1),
            1 => characters.insert(slip, characters[slip]),
            2 => {
                if let Some(&other) = chance.one_of(&letters) {
                    characters[slip] = other;
                }
            }
            _ => {
                characters.remove(slip);
            }
        }
        typed.push_str(&text[at..word.start]);
        typed.extend(characters);
        at = word.end;
    }
    typed.push_str(&text[at..]);
    typed
}

#[cfg(test)]
mod tests {
    use super::super::chance::Purpose;
    use super::*;

    /// Levenshtein's distance, by its definition.
    fn distance(a: &str, b: &str) -> usize {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let change = diagonal + usize::from(x != *y);
                diagonal = row[j + 1];
                row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
            }
        }
        row[b.len()]
    }

    #[test]
    fn so_many_characters_are_misread_in_any_script() {
        let latin = "The council of Arlen voted on Monday to close the old harbor bridge. ".repeat(12);
        let cyrillic = "Городской совет проголосовал в понедельник за закрытие моста. ".repeat(12);
        let chinese = "市议会星期一投票决定关闭旧桥。市长说这是必要的。".repeat(20);
        for text in [latin, cyrillic, chinese] {
            let n = text.chars().count() as f64;
            for rate in [0.01, 0.03, 0.05, 0.10] {
                let mut chance = Chance::at(3, Purpose::Text, 9);
                let share = distance(&text, &misread(&text, rate, &mut chance)) as f64 / n;
                // A letter may become two, or a damage undo its neighbor.
                assert!((rate * 0.9..rate * 1.3).contains(&share), "{rate}: {share} {}", &text[..30]);
            }
        }
    }

    #[test]
    fn nothing_is_misread_as_itself() {
        assert!(MISREAD.iter().all(|(known, others)| others.iter().all(|other| *other != known.to_string())));
    }

    #[test]
    fn slips_hit_so_many_words() {
        let text = "several different people walked slowly through streets ".repeat(20);
        let typed = typos(&text, 0.1, &mut Chance::at(1, Purpose::Text, 1));
        let n_changed = text.split(' ').zip(typed.split(' ')).filter(|(a, b)| a != b).count();
        assert!((12..=14).contains(&n_changed), "{n_changed} of 140");
    }
}

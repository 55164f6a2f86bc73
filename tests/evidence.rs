//! Every claim of shared wording has its passages, and the passages say what they claim: on drops of edited copies
//! that chance makes.

use proptest::prelude::*;

use samestory::pairs::{Passage, Relation};
use samestory::past::PastRun;
use samestory::{Corpus, Settings};

use crate::support::{Chance, article, cut_to, lines, record, stranger, with_typos, with_wire_lines};

/// An edit of a text, by number.
fn edited(text: &str, kind: usize, number: u64) -> String {
    match kind {
        0 => text.to_owned(),
        1 => text.to_uppercase().replace(' ', "  "),
        2 => with_typos(text, 2 + number as usize % 9),
        3 => with_wire_lines(text),
        4 => cut_to(text, 20 + number as usize % 70),
        5 => format!("{}\n\n{}", cut_to(text, 30 + number as usize % 40), stranger(number)),
        6 => text.rsplit("\n\n").collect::<Vec<_>>().join("\n\n"),
        // Letters of two and three bytes, entities and tags, so that borders of bytes are not borders of letters.
        7 => text.replace('a', "\u{e5}").replace(", ", " \u{2014} ").replace(" and ", " &amp; "),
        _ => text.replace(". ", ".</p>\n<p>").replace("the ", "th\u{ad}e "),
    }
}

/// The words of a text: folded, split where no letter or digit stands. Soft hyphens, tags and entities are no words.
fn words(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace('\u{ad}', "");
    let plain = plain.replace("</p>", " ").replace("<p>", " ").replace("&amp;", " ");
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Are two words equal but for half of their letters, or one letter? A text that was edited twice has words in which letters
/// were exchanged and swapped.
fn are_close(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let allowed = (left.len().max(right.len()) / 2).max(1);
    if left.len().abs_diff(right.len()) > allowed {
        return false;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let next = (diagonal + usize::from(a != b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[right.len()] <= allowed
}

/// Most words that can be matched in order, by the longer side's words.
fn likeness(a: &[String], b: &[String]) -> f64 {
    let mut row = vec![0usize; b.len() + 1];
    for left in a {
        let mut diagonal = 0;
        for (j, right) in b.iter().enumerate() {
            let above = row[j + 1];
            let matched = if are_close(left, right) { diagonal + 1 } else { 0 };
            row[j + 1] = matched.max(above).max(row[j]);
            diagonal = above;
        }
    }
    row[b.len()] as f64 / a.len().max(b.len()).max(1) as f64
}

fn check(relation: Relation, passages: &[Passage], texts: [&str; 2]) {
    assert!(!passages.is_empty(), "{relation:?} without a passage");
    for passage in passages {
        let quoted = [(0, &passage.a), (1, &passage.b)].map(|(side, bytes)| {
            let quoted = texts[side].get(bytes.start as usize..bytes.end as usize);
            quoted.unwrap_or_else(|| panic!("{bytes:?} cut a letter or leave the text"))
        });
        let [a, b] = quoted.map(words);
        let stated = f64::from(passage.similarity);
        assert!(!a.is_empty() && stated > 0.0 && stated <= 1.0, "{passage:?}");
        if relation == Relation::Identical {
            assert!(a == b && passages.len() == 1 && stated >= 1.0, "{quoted:?}");
        }
        // The table has four decimals; and no more is claimed than the words show.
        let shown = likeness(&a, &b);
        assert!(shown >= stated - 1e-4, "{shown} < {stated}: {quoted:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_that_tells_shared_wording_has_passages_that_quote_it(seed in 0..100_000u64) {
        let mut chance = Chance::new(seed);
        let mut records = Vec::new();
        for number in 0..6u64 {
            let original = article(seed * 10 + number);
            records.push(record(&format!("{number}-0"), &original));
            for copy in 1..4u64 {
                let kinds = [chance.below(9), chance.below(9)];
                let once = edited(&original, kinds[0], seed + copy);
                // Half of them are edited twice.
                let text = if copy % 2 == 0 { edited(&once, kinds[1], seed + 7 * copy) } else { once };
                records.push(record(&format!("{number}-{copy}"), &text));
            }
        }
        let place = tempfile::tempdir().unwrap();
        let (input, output) = (place.path().join("drop.jsonl"), place.path().join("out"));
        std::fs::write(&input, lines(&records)).unwrap();
        let settings = Settings { only: Some(samestory::settings::Only::Duplicates), ..Settings::default() };
        let run = samestory::run(Corpus::read(&[&input], &settings).unwrap(), &settings).unwrap();
        run.write(&output).unwrap();

        let past = PastRun::open(&output).unwrap();
        let mut pairs = Vec::new();
        past.each_pair(|_, _| true, |pair| pairs.push(pair)).unwrap();
        prop_assert!(pairs.len() >= 6, "few copies were found: {}", pairs.len());
        for pair in pairs.iter().filter(|pair| pair.relation != Relation::SameStory) {
            let [a, b] = [&pair.a, &pair.b].map(|id| past.find(id).unwrap());
            let [text_a, text_b] = past.texts([a, b]).unwrap().unwrap();
            check(pair.relation, &past.passages(a, b).unwrap(), [&text_a.text, &text_b.text]);
        }
    }
}

//! Copies: what is the same text, told by sentences composed for each case.

use std::collections::BTreeSet;

use samestory::clusters::Role;
use samestory::pairs::Relation;
use samestory::{Corpus, Run, Settings};

use crate::support::{Chance, article, cut_to, stranger, with_typos, with_wire_lines};

fn find(drop: Vec<(String, String)>) -> Run {
    samestory::run(
        Corpus::from_texts(drop),
        &Settings { only: Some(samestory::settings::Only::Duplicates), ..Settings::default() },
    )
    .expect("the default settings are valid")
}

fn named(name: &str, text: String) -> (String, String) {
    (name.to_owned(), text)
}

/// The ids of each set, kept document first.
fn sets(run: &Run) -> Vec<Vec<&str>> {
    let id = |document: samestory::DocId| run.corpus.documents[document.index()].id.as_str();
    run.duplicate_sets
        .iter()
        .map(|set| {
            let others =
                set.members.iter().map(|member| member.document).filter(|&member| member != set.kept);
            std::iter::once(set.kept).chain(others).map(id).collect()
        })
        .collect()
}

#[test]
fn a_story_in_five_hundred_edited_copies_is_one_set_and_nothing_else() {
    let text = article(0);
    let mut drop: Vec<_> = (0..500)
        .map(|number| {
            let copy = match number % 4 {
                0 => with_wire_lines(&text),
                1 => cut_to(&text, 70 + number % 25),
                2 => with_typos(&text, 4 + number / 100),
                _ => format!("{text}\n\nThis is edition {number} of the same text, with a line of its own."),
            };
            named(&format!("copy-{number:03}"), copy)
        })
        .collect();
    drop.extend((1..200).map(|number| named(&format!("other-{number:03}"), stranger(number))));
    let run = find(drop);
    let found: BTreeSet<&str> =
        sets(&run).into_iter().max_by_key(Vec::len).unwrap_or_default().into_iter().collect();
    assert_eq!(found.len(), 500);
    assert!(found.iter().all(|id| id.starts_with("copy-")));
    assert!(
        run.counts["candidate_pairs"] < 500 * 30,
        "anchors, not all pairs: {}",
        run.counts["candidate_pairs"]
    );
}

#[test]
fn a_chain_is_not_one_set() {
    // Each step shares half of its paragraphs with the next; the ends share nothing.
    let paragraphs: Vec<String> =
        (0..30).map(|number| article(number).split("\n\n").next().unwrap_or_default().to_owned()).collect();
    let link = |from: usize| named(&format!("{from:02}"), paragraphs[from..from + 10].join("\n\n"));
    let run = find((0..=20).step_by(1).map(link).collect());
    for set in &run.duplicate_sets {
        let numbers: Vec<i32> = set
            .members
            .iter()
            .map(|member| run.corpus.documents[member.document.index()].id.parse().unwrap_or(0))
            .collect();
        let spread = numbers.iter().max().zip(numbers.iter().min()).map_or(0, |(most, least)| most - least);
        // Seven of ten paragraphs with the one in the middle are a version of it; with ten of them gone, nothing is.
        assert!(spread <= 6, "every member shares most of its text with the kept one: {numbers:?}");
    }
    assert!(run.duplicate_sets.len() >= 3);
}

#[test]
fn a_box_makes_no_copies_of_the_articles_that_it_stands_in() {
    let notice: String = article(90).chars().take(600).collect();
    let with_box =
        |number: u64| named(&format!("article-{number}"), format!("{}\n\n{notice}", article(number)));
    let mut drop: Vec<_> = (1..=3).map(with_box).collect();
    drop.push(named("again-2", with_typos(&with_box(2).1, 2)));
    drop.push(named("notice", notice.clone()));
    let run = find(drop);
    // The notice lies within all of them, and is an excerpt of one; two versions of one article stay together.
    assert_eq!(sets(&run).len(), 1);
    let set: BTreeSet<&str> = sets(&run)[0].iter().copied().collect();
    assert_eq!(set, BTreeSet::from(["again-2", "article-2", "notice"]));
    let notice = run.duplicate_sets[0].members.iter().find(|member| member.role == Role::Excerpt).unwrap();
    assert_eq!(run.corpus.documents[notice.document.index()].id, "notice");
}

#[test]
fn what_lies_word_for_word_below_something_like_it_is_found_there() {
    let note = |name: &str, chair: &str, wares: &str, numbers: [u32; 6]| {
        let [percent, profit, sales, before, share, dividend] = numbers;
        format!(
            "{name} said its net profit rose {percent} pct to {profit} mln dlrs in the first quarter of the year. Chairman {chair} \
             told analysts that demand for {wares} was strong. It expects full year earnings to be higher than last year if \
             exchange rates stay stable. Sales climbed to {sales} mln dlrs from {before} mln dlrs a year earlier. Shares of \
             {name} closed at {share} dlrs on the New York stock exchange. The company declared a quarterly dividend of \
             {dividend} cts per share payable on June 30."
        )
    };
    let first = note("Arlen Corp", "John Hale", "pumps", [12, 45, 310, 280, 34, 20]);
    let second = note("Brookport Inc", "Mary Stone", "valves", [7, 18, 95, 90, 11, 5]);
    let run = find(vec![
        named("list", format!("{first}\n\n{second}")),
        named("note", second.clone()),
        named("other", note("Cedarfield Inc", "Ann Pole", "taps", [9, 21, 120, 99, 17, 8])),
    ]);
    assert_eq!(sets(&run), [["list", "note"]]);
    let pair = run.pairs.iter().find(|pair| pair.relation == Relation::Contained).unwrap();
    let passages: Vec<_> = pair.passages.iter().map(|passage| (passage.a.start, passage.a.end)).collect();
    // All of it but the last full stop.
    let begin = first.len() as u32 + 2;
    assert_eq!(passages, [(begin, begin + second.len() as u32 - 1)]);
}

#[test]
fn fillings_of_one_form_are_not_copies() {
    let mut chance = Chance::new(7);
    let mut number = |most: usize| 10 + chance.below(most);
    let form = |number: &mut dyn FnMut(usize) -> usize, name: &str| {
        format!(
            "{name} reported quarterly net income of {} million, or {} cents a share, against {} million, or {} cents \
             a share, in the same quarter of the year before. Revenue was {} million after {} million. The company \
             expects revenue of {} to {} million for the full year, and its shares closed at {} on Tuesday.",
            number(900),
            number(90),
            number(900),
            number(90),
            number(9000),
            number(9000),
            number(900),
            number(9000),
            number(400)
        )
    };
    let names =
        ["Arlen Holdings", "Brookport Energy", "Cedarfield Bancorp", "Dunmore Systems", "Eastwick Steel"];
    let run = find(names.iter().map(|name| named(name, form(&mut number, name))).collect());
    assert_eq!(sets(&run), Vec::<Vec<&str>>::new());
}

#[test]
fn a_round_up_joins_neither_of_the_texts_it_contains() {
    let run = find(vec![
        named("one", article(3)),
        named("one-again", with_typos(&article(3), 5)),
        named("two", stranger(3)),
        named("two-again", with_wire_lines(&stranger(3))),
        named("round-up", format!("{}\n\n{}", article(3), stranger(3))),
    ]);
    let ids: Vec<&str> =
        run.compilations.iter().map(|document| run.corpus.documents[document.index()].id.as_str()).collect();
    assert_eq!(ids, ["round-up"]);
    assert_eq!(sets(&run).len(), 2);
    assert!(sets(&run).iter().flatten().all(|id| *id != "round-up"));
}

#[test]
fn a_round_up_is_told_however_often_one_of_its_texts_was_copied() {
    let copies =
        (0..12).map(|number| named(&format!("one-{number:02}"), with_typos(&article(3), 5 + number)));
    let others = [
        named("round-up", format!("{}\n\n{}", article(3), stranger(3))),
        named("two", stranger(3)),
        named("two-again", with_wire_lines(&stranger(3))),
    ];
    let found = sets(&find(copies.chain(others).collect())).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(found, [12, 2]);
}

#[test]
fn excerpts_of_one_text_are_told_by_one_that_reaches_from_one_to_the_other() {
    let whole = format!("{}\n\n{}", article(3), stranger(3));
    let n_words = whole.split(' ').count();
    let middle: Vec<&str> = whole.split(' ').skip(n_words / 4).take(n_words / 2).collect();
    let excerpts = [named("begin", article(3)), named("end", stranger(3)), named("whole", whole.clone())];
    let compilations = |more: Option<String>| {
        let more = more.map(|text| named("more", text));
        find(excerpts.iter().cloned().chain(more).collect()).compilations.len()
    };
    assert_eq!(compilations(None), 1);
    assert_eq!(compilations(Some(middle.join(" "))), 0);
    // The same round-up within a longer one says nothing of the kind.
    let longer = format!("{whole}\n\n{}", stranger(4));
    let (long, short) = (named("longer", longer), named("short", whole.clone()));
    let drop = excerpts[..2].iter().cloned().chain([long, short]).collect();
    assert_eq!(find(drop).compilations.len(), 2);
    // Nor does the same once more, and it is a copy.
    let again = named("whole-again", with_typos(&whole, 9));
    let run = find(excerpts.iter().cloned().chain([again]).collect());
    assert_eq!(run.compilations.len(), 2);
    assert_eq!(sets(&run), [["whole", "whole-again"]]);
}

#[test]
fn the_fullest_text_is_kept_and_an_excerpt_is_called_one() {
    let run = find(vec![
        named("cut", cut_to(&article(9), 40)),
        named("damaged", with_typos(&article(9), 9)),
        named("full", article(9)),
    ]);
    assert_eq!(sets(&run), [["full", "cut", "damaged"]]);
    let roles: Vec<Role> = run.duplicate_sets[0].members.iter().map(|member| member.role).collect();
    assert_eq!(roles, [Role::Excerpt, Role::Copy, Role::Kept]);
    let pair = &run.pairs[0];
    assert_eq!(pair.relation, Relation::Contained);
    assert!(pair.coverage_a > 0.95 && pair.coverage_b < 0.6, "{pair:?}");
}

#[test]
fn a_text_that_is_kept_before_a_fuller_one_is_not_called_the_fullest() {
    let half = cut_to(&article(9), 50);
    let other_end = format!("{half}\n\n{}", stranger(9));
    let run = find(vec![named("full", article(9)), named("half", half), named("other end", other_end)]);
    assert_eq!(sets(&run), [["half", "full", "other end"]]);
    let kept = run.duplicate_sets[0].members.iter().find(|member| member.role == Role::Kept);
    let reason = &kept.expect("one is kept").reason;
    assert!(reason.contains("of which most others are copies"), "{reason}");
    let all = find(vec![named("full", article(9)), named("half", cut_to(&article(9), 50))]);
    assert!(all.duplicate_sets[0].members[0].reason.contains("the fullest of 2"));
}

#[test]
fn a_reply_is_no_copy_of_what_it_quotes_and_its_own_copies_are_found() {
    let quote = |text: &str| format!("> {}", text.replace('\n', "\n> ").replace(". ", ".\n> "));
    let (post, answer, other) =
        (cut_to(&article(21), 60), cut_to(&article(22), 30), cut_to(&article(23), 30));
    let reply = format!("Someone wrote:\n{}\n{answer}\n", quote(&post));
    let other_reply = format!("Someone wrote:\n{}\n{other}\n", quote(&post));
    for other in [post, other_reply] {
        let run = find(vec![
            named("other", other),
            named("reply", reply.clone()),
            named("reply, cut", cut_to(&reply, 90)),
            named("reply, forwarded", with_wire_lines(&reply)),
        ]);
        let found: Vec<BTreeSet<&str>> =
            sets(&run).into_iter().map(|set| set.into_iter().collect()).collect();
        assert_eq!(found, [BTreeSet::from(["reply", "reply, cut", "reply, forwarded"])]);
        let reuse = run.pairs.iter().find(|pair| pair.relation == Relation::Reuse);
        let quoting = reuse.expect("what is quoted is shared");
        assert!(quoting.reason.contains("one quotes the other, or both the same"), "{}", quoting.reason);
    }
}

#[test]
fn a_footer_that_all_share_is_boilerplate_and_makes_no_copy() {
    let footer = "All rights in this text are held by the publisher named at its head. It may be read, quoted and \
                  indexed, but neither sold nor reprinted in whole without a written permission.";
    let drop = (0..12)
        .map(|number| named(&format!("{number:02}"), format!("{}\n\n{footer}", article(number))))
        .collect();
    let run = find(drop);
    assert_eq!(run.duplicate_sets.len(), 0);
    for (document, ranges) in run.corpus.documents.iter().zip(&run.boilerplate.ranges) {
        let text = run.corpus.texts.text(samestory::DocId(document.id.parse().unwrap_or(0)));
        let last = ranges.last().cloned().unwrap_or_default();
        assert!(
            footer.starts_with(&text[last.start as usize..last.end as usize]),
            "{last:?} of {}",
            document.id
        );
    }
}

#[test]
fn short_texts_alike_but_for_a_number_or_a_name_are_not_copies() {
    let numbered = (0..300).map(|number| {
        named(
            &format!("n-{number:03}"),
            format!("Document number {number} says the same thing as all the others, and nothing more."),
        )
    });
    let cities =
        ["Arlen", "Brookport", "Cedarfield", "Dunmore", "Eastwick", "Farrow", "Glenholm", "Harrowgate"];
    let matches = cities.iter().flat_map(|home| {
        cities.iter().filter(move |guest| *guest != home).map(move |guest| {
            let text = format!("{home} played {guest} on Sunday in front of a small crowd at the city ground, and {home} won by a late goal.");
            named(&format!("{home}-{guest}"), text)
        })
    });
    assert_eq!(sets(&find(numbered.chain(matches).collect())), Vec::<Vec<&str>>::new());
}

#[test]
fn a_short_notice_with_another_amount_is_another_notice_however_its_numbers_are_written() {
    let notice = |amount: &str, rate: &str| {
        format!(
            "The central bank entered the market to buy {amount} million in customer paper, its spokeswoman said. \
             Dealers said that overnight money was trading at {rate} at the time of the operation, which most of \
             them had expected, and they looked for no other action before the weekend."
        )
    };
    let amounts = [("six", "7 1/4"), ("10", "7 1/4"), ("twelve", "7 1/4"), ("15", "7 3/8"), ("two", "6 1/8")];
    let drop = amounts.iter().enumerate();
    let run = find(
        drop.map(|(number, (amount, rate))| named(&format!("{number}"), notice(amount, rate))).collect(),
    );
    assert!(sets(&run).is_empty(), "{:?}", sets(&run));
    let corrected = find(vec![
        named("first", notice("six", "7 1/4").replace("expected", "expcted")),
        named("second", notice("six", "7 1/4")),
    ]);
    assert_eq!(sets(&corrected).iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

/// A text as a bad scanner reads it: about one letter in `every` is another, and some words run together.
fn scanned(text: &str, every: u64, seed: u64) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    text.chars()
        .filter_map(|letter| match (letter, next() % every) {
            (' ', 0) => None,
            (letter, 0) if letter.is_alphabetic() => Some(char::from(b'a' + (next() % 26) as u8)),
            (letter, _) => Some(letter),
        })
        .collect()
}

#[test]
fn two_bad_scans_of_one_text_are_copies_and_scans_of_two_texts_are_none() {
    let drop = (0..12u64)
        .map(|number| {
            let text = article(number / 2);
            named(&format!("{number:02}"), scanned(&text, 18, number + 1))
        })
        .collect();
    let run = find(drop);
    let expected: Vec<Vec<String>> =
        (0..6).map(|pair| vec![format!("{:02}", 2 * pair), format!("{:02}", 2 * pair + 1)]).collect();
    let mut found: Vec<Vec<String>> =
        sets(&run).into_iter().map(|set| set.into_iter().map(str::to_owned).collect()).collect();
    for set in &mut found {
        set.sort();
    }
    found.sort();
    assert_eq!(found, expected);
}

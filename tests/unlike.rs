//! Texts that match and are no copies all the same, told by when, under which headline and about whom they were written.

use samestory::pairs::Relation;
use samestory::pairs::unlike::Unlike;
use samestory::{Corpus, Run, Settings};

use crate::support::{article, cut_to, stranger, with_typos};

/// A document: its text, its headline and its date.
struct Told<'a> {
    text: String,
    headline: &'a str,
    date: &'a str,
}

fn find(drop: &[Told]) -> Run {
    find_with(drop, Settings::default())
}

fn find_with(drop: &[Told], settings: Settings) -> Run {
    let texts = drop.iter().enumerate().map(|(number, told)| (format!("{number:02}"), told.text.clone()));
    let mut corpus = Corpus::from_texts(texts);
    for (document, told) in corpus.documents.iter_mut().zip(drop) {
        document.title = Some(told.headline.to_owned()).filter(|headline| !headline.is_empty());
        document.title_span = None;
        document.date = Some(told.date.to_owned()).filter(|date| !date.is_empty());
    }
    let only = Some(samestory::settings::Only::Duplicates);
    samestory::run(corpus, &Settings { only, ..settings }).expect("the default settings are valid")
}

/// What the first two of a drop are to each other, and the reason.
fn first_two(run: &Run) -> (Option<Relation>, String) {
    let pair = run.pairs.iter().find(|pair| pair.a.0 == 0 && pair.b.0 == 1);
    (pair.map(|pair| pair.relation), pair.map(|pair| pair.reason.clone()).unwrap_or_default())
}

/// Two texts of one day and headline, but for what `change` makes of the second.
fn pair<'a>(texts: [String; 2], change: impl FnOnce(&mut [Told<'a>; 2])) -> Run {
    let mut two =
        texts.map(|text| Told { text, headline: "Grain shipments in the latest week", date: "1987-03-09" });
    change(&mut two);
    find(&two)
}

fn shipments(week: &str, tonnes: u32) -> String {
    format!(
        "Exporters shipped {tonnes} tonnes of corn under the third year of the grain agreement in the week ended \
         {week}, according to the latest sales report of the department. There were no shipments of wheat or of \
         soybeans, and none is expected before the river ports open again. In the second year of the agreement \
         shipments had come to 152 thousand tonnes of wheat, 6,808 of corn and 1,518 of soybeans, while the year \
         before they were 2,887 and 15,750. The agreement runs until the end of September 1988."
    )
}

#[test]
fn a_notice_that_comes_again_with_another_number_is_another_and_one_sent_twice_is_not() {
    let weeks = [shipments("March 12", 106), shipments("March 12", 287)];
    let relation = |date: &str| first_two(&pair(weeks.clone(), |two| two[1].date = date));
    let (again, reason) = relation("1987-03-16");
    assert_eq!(again, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::OtherDay.reason()), "{reason}");
    // The same day, and from a Monday to the day after: a correction.
    for date in ["1987-03-09", "1987-03-10", ""] {
        assert_eq!(relation(date).0, Some(Relation::NearDuplicate), "{date}");
    }
    // Where no number or name differs, it stays the same text.
    let same = [shipments("March 12", 106), shipments("March 12", 106).replace("latest", "newest")];
    let run = pair(same, |two| two[1].date = "1987-03-30");
    assert_eq!(first_two(&run).0, Some(Relation::NearDuplicate));
}

fn bond(borrower: &str) -> String {
    format!(
        "{borrower} is issuing a bond with equity warrants attached, due in May 1992, which carries an indicated \
         coupon of two and a half per cent and is priced at par, lead manager Norton Securities said. The bond is \
         guaranteed by the Harrowgate Bank and will be sold in denominations of five thousand dollars. The selling \
         concession is one and a half per cent, while management and underwriting pay three quarters together. \
         Listing will be in Luxembourg, and the payment date is the seventh of May."
    )
}

#[test]
fn a_form_filled_for_another_subject_is_told_by_the_headlines() {
    let texts = || [bond("Showater Aluminium"), bond("Keanshaw Chemical")];
    let run = pair(texts(), |two| {
        two[0].headline = "Showater Aluminium issues bond with warrants";
        two[1].headline = "Keanshaw Chemical issues bond with warrants";
    });
    let (relation, reason) = first_two(&run);
    assert_eq!(relation, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::OtherSubject.reason()), "{reason}");
    // Where the headlines do not name them, nobody knows what they are about.
    assert_eq!(first_two(&pair(texts(), |_| ())).0, Some(Relation::NearDuplicate));
    // A name that the other text knows, too, is no other subject.
    let known = [
        bond("Showater Aluminium") + " Keanshaw Chemical took part.",
        bond("Keanshaw Chemical") + " Showater Aluminium took part.",
    ];
    let run = pair(known, |two| {
        two[0].headline = "Showater Aluminium issues bond with warrants";
        two[1].headline = "Keanshaw Chemical issues bond with warrants";
    });
    assert_eq!(first_two(&run).0, Some(Relation::NearDuplicate));
}

#[test]
fn a_number_between_exchanged_words_is_the_same_number() {
    let told = |before: &str, bridges: &str, after: &str| {
        format!(
            "The river rose over the lower meadows in the night, and {before} {bridges} {after} of the valley road \
             the wardens of the district closed it to carts until the water falls and the piers have been looked at \
             by the builder who set them."
        )
    };
    let relation = |bridges: [&str; 2], date: &str| {
        let texts =
            [told("over", bridges[0], "narrow bridges"), told("across", bridges[1], "slender bridges")];
        first_two(&pair(texts, |two| two[1].date = date))
    };
    // However much later.
    for date in ["1987-03-09", "1987-03-20"] {
        assert_eq!(relation(["two", "two"], date).0, Some(Relation::NearDuplicate), "{date}");
    }
    let is_filling = |(relation, reason): (Option<Relation>, String)| {
        relation == Some(Relation::Reuse) && reason.ends_with(Unlike::Filling.reason())
    };
    assert!(is_filling(relation(["two", "six"], "1987-03-09")));
    // The same numbers in another order are others.
    let swapped = ["2 of 3", "3 of 2"].map(|bridges| told("over", bridges, "narrow bridges"));
    assert!(is_filling(first_two(&pair(swapped, |_| ()))));
}

#[test]
fn damage_in_the_blanks_of_a_form_says_nothing() {
    let [text, other] = [106, 287].map(|tonnes| shipments("March 12", tonnes));
    let later =
        |text: String, other: String| first_two(&pair([text, other], |two| two[1].date = "1987-03-30")).1;
    let is_refused = |reason: &str| reason.ends_with(Unlike::OtherDay.reason());
    assert!(is_refused(&later(text.clone(), other.clone())));
    let damaged = later(text, with_typos(&other, 1));
    assert!(!is_refused(&damaged) && damaged.contains("1 of"), "{damaged}");
}

#[test]
fn notices_are_told_by_their_headlines_and_not_by_a_word() {
    let notice = |paid: &str| {
        format!(
            "The quarterly dividend of twelve cents a share, as before, {paid} on the first of April to holders of March."
        )
    };
    let relation = |headlines: [&'static str; 2]| {
        let run = pair([notice("is payable"), notice("will be paid")], |two| {
            two[0].headline = headlines[0];
            two[1].headline = headlines[1];
        });
        first_two(&run).0.filter(|relation| *relation != Relation::Reuse)
    };
    assert_eq!(relation(["Miller Corp declares dividend", "Smith and Sons set payout"]), None);
    assert_eq!(
        relation(["Miller Corp declares dividend", "CORRECTED - Miller Corp declares dividend"]),
        Some(Relation::NearDuplicate)
    );
    assert_eq!(relation(["Miller Corp declares dividend", ""]), Some(Relation::NearDuplicate));
}

#[test]
fn a_text_of_which_many_words_were_exchanged_is_told_by_passages_that_run_all_through_it() {
    let exchanged = |text: &str, two_in: usize| {
        let words = text.split(' ').enumerate().map(|(place, word)| {
            let is_plain = word.chars().all(|letter| letter.is_ascii_lowercase());
            if is_plain && place % two_in < 2 {
                format!("quo{}", word.chars().rev().collect::<String>())
            } else {
                word.to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let text = article(31);
    let told = |text: &str| Told { text: text.to_owned(), headline: "", date: "" };
    // Without the share of both sides that would do wherever it lies.
    let alone =
        || Settings { both_sides_threshold: 1.0, plain_both_sides_threshold: 1.0, ..Settings::default() };
    let relation = |other: &str, settings| first_two(&find_with(&[told(&text), told(other)], settings)).0;
    assert_eq!(relation(&exchanged(&text, 5), alone()), Some(Relation::NearDuplicate));
    let never = Settings { throughout_threshold: 1.0, ..alone() };
    assert_eq!(relation(&exchanged(&text, 5), never), Some(Relation::Reuse));
    // Of a part of it, one side is enough, and more of that.
    let part = exchanged(&cut_to(&text, 60), 7);
    assert_eq!(relation(&part, alone()), Some(Relation::Contained));
    let never = Settings { excerpt_threshold: 1.0, ..alone() };
    assert_eq!(relation(&part, never), Some(Relation::Reuse));
    // As much of it in one place is shared wording.
    let half = format!("{}\n\n{}", cut_to(&text, 68), cut_to(&stranger(5), 32));
    assert_eq!(relation(&half, alone()), Some(Relation::Reuse));
}

#[test]
fn flashes_are_told_by_their_headlines() {
    let headlines = ["Stocks rise", "Bank raises its rate", "STOCKS RISE", "Harbour closed"];
    let drop = headlines.map(|headline| Told { text: "***** Text follows.".to_owned(), headline, date: "" });
    let run = find(&drop);
    let sets: Vec<Vec<u32>> = run
        .duplicate_sets
        .iter()
        .map(|set| set.members.iter().map(|member| member.document.0).collect())
        .collect();
    assert_eq!(sets, [[0, 2]]);
}

#[test]
fn articles_around_one_box_of_links_are_two_articles() {
    let caption = |number| format!("Watch: {}", stranger(number).split(". ").next().unwrap_or_default());
    let links = (0..120).map(caption).collect::<Vec<_>>().join("\n");
    let page = |text: String| format!("{text}\n\n{links}");
    let (one, two) = (page(article(1)), page(article(2)));
    let (relation, reason) = first_two(&pair([one.clone(), two], |_| ()));
    assert_eq!(relation, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::OtherOpening.reason()), "{reason}");
    let same = page(with_typos(&article(1), 3));
    assert_eq!(first_two(&pair([one, same], |_| ())).0, Some(Relation::NearDuplicate));
}

#[test]
fn a_table_of_another_hour_is_another_table() {
    let table = |hour: &str, last: &str| {
        format!(
            "Harrowgate metals {hour}\nCopper\nMay 62 70 up 5\nJuly 62 45 up 10\nSeptember 62 65 up 15\n\
             December 62 90 up 15\nJanuary 63 05 up 20\nMarch 63 {last} up 20\nZinc\nMay 39 15 off 5\n\
             July 39 05 off 10\nSeptember 38 95 off 15\nDecember 38 60 off 15\nJanuary 38 20 off 20\n\
             March 38 05 off 20\nDealers spoke of a quiet market before the holiday"
        )
    };
    let relation = |hour: &str, headlines: [&'static str; 2]| {
        let run = pair([table("10 30", "40"), table(hour, "45")], |two| {
            two[0].headline = headlines[0];
            two[1].headline = headlines[1];
        });
        first_two(&run).0.filter(|relation| *relation != Relation::Reuse)
    };
    assert_eq!(relation("11 45", [""; 2]), None);
    assert_eq!(relation("at the close", [""; 2]), None);
    assert_eq!(relation("11 45", ["Copper at 10 30", "Copper at 11 45"]), None);
    // The same hour, or under one headline: a correction.
    assert_eq!(relation("10 30", [""; 2]), Some(Relation::NearDuplicate));
    assert_eq!(relation("10 15", ["Copper"; 2]), Some(Relation::NearDuplicate));
}

/// A message as newsgroups have it: its headers, what it says, and a signature.
fn message(sender: &str, subject: &str, says: &str) -> String {
    format!(
        "From: {sender}\nSubject: {subject}\nOrganization: Harrowgate Polytechnic, Department of Earth Sciences\n\n{says}\n-- \n\
         The opinions expressed here are my own and not those of the polytechnic, which has none that I know of.\n\
         Room 12, Old Observatory, 7 Mill Lane, Harrowgate. Knock twice, and mind the step behind the door.\n"
    )
}

/// What two messages are to each other.
fn messages(texts: [String; 2]) -> (Option<Relation>, String) {
    first_two(&find(&texts.map(|text| Told { text, headline: "", date: "" })))
}

#[test]
fn an_answer_that_quotes_without_marks_is_no_copy() {
    let post = cut_to(&article(31), 40);
    let asked = message("ann.miller@host.example (Ann Miller)", "Mountains", &post);
    let quoted = post.replace(". ", ".\n# ");
    let says = format!("Ann Miller writes:\n# {quoted}\n{}", cut_to(&article(32), 10));
    let relation = |sender: &str, subject: &str| {
        let answer = message(sender, subject, &says);
        messages([asked.clone(), answer])
    };
    let (answered, reason) = relation("bob@other.example (Bob Smith)", "Re: Mountains");
    assert_eq!(answered, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::Answer.reason()), "{reason}");
    // Sent again by somebody else, and answered by the sender.
    let is_copy =
        |told: (Option<Relation>, String)| told.0.is_some_and(|relation| relation < Relation::Reuse);
    assert!(is_copy(relation("bob@other.example (Bob Smith)", "Mountains")));
    assert!(is_copy(relation("ann.miller@host.example (Ann Miller)", "Re: Mountains")));
}

#[test]
fn headers_and_signature_are_no_words_of_an_answer() {
    let post = cut_to(&article(31), 40);
    let ann = |subject: &str, says: &str| message("ann.miller@host.example (Ann Miller)", subject, says);
    let marked = post.replace('\n', "\n> ").replace(". ", ".\n> ");
    let marked = format!("I wrote:\n> {marked}\n{}", cut_to(&article(32), 10));
    let (relation, reason) = messages([ann("Mountains", &post), ann("Re: Mountains", &marked)]);
    assert_eq!(relation, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::Quote.reason()), "{reason}");
}

#[test]
fn messages_that_share_their_headers_and_signature_are_two() {
    let relation = |one: &str, other: &str| {
        let texts = [("Mountains", one), ("Rivers", other)]
            .map(|(subject, says)| message("ann.miller@host.example (Ann Miller)", subject, says));
        messages(texts)
    };
    let (two, reason) = relation("Which of them is the highest?", "I have never crossed one by boat.");
    assert_eq!(two, Some(Relation::Reuse));
    assert!(reason.ends_with(Unlike::OtherBody.reason()), "{reason}");
    let says = cut_to(&article(33), 30);
    assert_eq!(relation(&says, &with_typos(&says, 3)).0, Some(Relation::NearDuplicate));
}

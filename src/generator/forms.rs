//! Forms that are filled again and again: earnings, weather, results, market reports. Two fillings share their
//! wording and nothing that is said.
//!
//! English forms are our own. In other languages a form is made of an article of the input that is used for
//! nothing else: its numbers and names are the blanks.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::kinds::Kind;
use super::sources::SourceId;
use super::words::Words;
use super::workshop::Workshop;
use super::{edits, prose};
use crate::corpus::Language;

/// Sentences of a form that is made of an article.
const FORM_SENTENCES: usize = 9;

/// Share of the words that differ between a form made of an article and each filling of it, at least.
const BLANKS: f64 = 0.2;

/// Blanks: `{co}` the company, `{pl}` the place, `{n}` a person, `{t}` a team or firm, `{rise}` a movement, `#` a digit.
/// `{co}`, `{pl}` stay the same within a filling.
const EARNINGS: [&str; 9] = [
    "{co} on Tuesday posted a quarterly profit of $#.## billion, {rise} ##.# percent from the same period a year ago.",
    "Revenue of the {pl}-based company came to $##.# billion against $##.# billion a year earlier.",
    "Earnings per share were $#.##; analysts polled by {t} had forecast $#.## on average.",
    "Operating margin stood at ##.# percent, after ##.# percent in the previous quarter.",
    "For the full year {co} now expects sales between $### million and $### million.",
    "Chief executive {n} said demand in {pl} had developed in line with expectations.",
    "The board proposed a dividend of ## cents per share, payable on the ##th.",
    "Shares in {co} were {rise} #.# percent at $##.## in early trading.",
    "The company employs ##,### people at ## sites and competes with {t} and {t}.",
];

const WEATHER: [&str; 9] = [
    "Weather for {pl} and surroundings, issued at #:## a.m.",
    "Today: partly cloudy, with a high near ## degrees and winds from the west at ## to ## miles per hour.",
    "Tonight: a ## percent chance of showers, with a low around ## degrees.",
    "Tomorrow: highs between ## and ## degrees, cooler near {pl} harbor; chance of rain ## percent.",
    "Outlook for the weekend: sunny spells, highs in the ##s, lows in the ##s; new rainfall below 0.## inches.",
    "Yesterday's high was ##, the low ##; the record for the day is ###, set in 19##.",
    "Precipitation this month: #.## inches, against a normal value of #.## inches.",
    "Sunrise #:## a.m., sunset #:## p.m.; humidity ## percent; barometer ##.## inches.",
    "Elsewhere: {t} ##, {t} ##, {t} ##, {t} ##, {t} ##.",
];

const RESULTS: [&str; 9] = [
    "{co} beat {t} ##-## at {pl} on Saturday in front of a crowd of ##,###.",
    "{n} led the home side with ## points and # assists before leaving with # minutes to play.",
    "{co} made ## of ## attempts, {t} ## of ##.",
    "The score at half-time was ##-##, and ##-## after three quarters.",
    "It was the #th win in ## games for {co}, who stand at ##-## for the season.",
    "{n} scored ## for the visitors and {n} added ##.",
    "Coach {n} said the team had done what it had to do.",
    "{co} next play {t} on the ##th at #:## p.m.",
    "Other results: {t} ##, {t} ##; {t} ##, {t} ##; {t} ##, {t} ##.",
];

/// A market report takes some of these, in any order.
const MARKET: [&str; 20] = [
    "Stocks ended {rise} on Wall Street as investors weighed the latest figures.",
    "The Dow Jones industrial average was {rise} ###.## points, or #.## percent, at ##,###.##.",
    "The Standard & Poor's 500 index was {rise} ##.## points, or #.## percent, at #,###.##.",
    "The Nasdaq composite was {rise} ##.## points, or #.## percent, at #,###.##.",
    "Advancing issues outnumbered declining ones on the NYSE by a #.##-to-1 ratio.",
    "Volume on U.S. exchanges was #.## billion shares, compared with the #.## billion average of the last 20 sessions.",
    "The yield on the benchmark 10-year note was {rise} at #.### percent, from #.### percent late on the day before.",
    "The dollar was {rise} at ###.## yen; the euro bought $#.####.",
    "U.S. crude was {rise} ## cents at $##.## a barrel, Brent settled at $##.##.",
    "Spot gold was {rise} #.# percent at $#,###.## an ounce.",
    "Shares of {t} were {rise} #.# percent after the company named {n} to its board.",
    "{t} was {rise} #.# percent to $##.## after brokers changed their rating.",
    "Among other movers, {t} was {rise} ##.# percent and {t} #.# percent.",
    "In Tokyo the Nikkei closed {rise} #.# percent at ##,###.##.",
    "In Europe the FTSE 100 finished {rise} #.# percent, Frankfurt's DAX #.# percent.",
    "The CBOE volatility index was {rise} #.# percent at ##.##.",
    "{n}, a strategist at {t}, said the market was waiting for the next report from the Federal Reserve.",
    "Wheat for delivery next month was {rise} ## cents at $#.## a bushel; corn stood at $#.##.",
    "Copper for three-month delivery was {rise} #.# percent at $#,### a tonne.",
    "Small-cap stocks did otherwise: the Russell 2000 was {rise} #.# percent at #,###.##.",
];

const MOVEMENTS: [&str; 8] = ["up", "down", "higher by", "lower by", "ahead", "off", "gaining", "losing"];

/// Does a language have forms of its own?
pub(super) fn has_forms(language: Language) -> bool {
    language.code() == "en"
}

/// One filling. `template` is the article that the form is made of; none where the language has forms.
pub(super) fn filled(
    shop: &Workshop<'_>,
    kind: Kind,
    template: Option<SourceId>,
    language: Language,
    family: &mut Chance,
    chance: &mut Chance,
) -> String {
    let words = shop.words(language);
    let is_market = kind == Kind::NegMarket;
    if let Some(template) = template {
        let mut sentences = blanked(&shop.sources.text(template), words, is_market);
        if is_market {
            sentences = some_in_any_order(&sentences, chance);
        }
        let mut names = BTreeMap::new();
        let filled: Vec<String> =
            sentences.iter().map(|sentence| refilled(sentence, words, &mut names, chance)).collect();
        return prose::set(&filled);
    }
    if is_market {
        return fill(&some_in_any_order(&MARKET, chance), words, chance);
    }
    fill(family.one_of(&[EARNINGS, WEATHER, RESULTS]).unwrap_or(&EARNINGS), words, chance)
}

/// Half to two thirds of a stock of sentences.
fn some_in_any_order<S: Clone>(stock: &[S], chance: &mut Chance) -> Vec<S> {
    let n = chance.between(stock.len() / 2, stock.len() * 2 / 3);
    let mut some: Vec<S> =
        chance.some_of(stock.len(), n).into_iter().map(|place| stock[place].clone()).collect();
    chance.shuffle(&mut some);
    some
}

fn fill(form: &[&str], words: &Words, chance: &mut Chance) -> String {
    let (company, place) = (words.name(2, chance), words.name(1, chance));
    let lines = form.iter().map(|line| {
        let mut filled = String::with_capacity(line.len() + 40);
        let mut rest = *line;
        while let Some(at) = rest.find(['{', '#']) {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let blank = rest.find('}').filter(|_| rest.starts_with('{')).map_or(1, |end| end + 1);
            match &rest[..blank] {
                "{co}" => filled.push_str(&company),
                "{pl}" => filled.push_str(&place),
                "{rise}" => filled.push_str(chance.word(&MOVEMENTS)),
                "#" => {
                    let leads = !filled.ends_with(|before: char| before.is_ascii_digit() || before == '.');
                    filled.push(char::from(b'0' + chance.between(usize::from(leads), 9) as u8));
                }
                _ => filled.push_str(&words.name(2, chance)),
            }
            rest = &rest[blank..];
        }
        filled.push_str(rest);
        filled
    });
    prose::set(&lines.collect::<Vec<_>>())
}

/// The sentences of an article that hold most numbers and names, in their order.
fn blanked(text: &str, words: &Words, is_market: bool) -> Vec<String> {
    let sentences = prose::all_sentences(text);
    let blanks = |sentence: &str| {
        let found = prose::words(sentence);
        found.iter().filter(|word| is_blank(&sentence[(*word).clone()], words)).count()
    };
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by_key(|&place| (std::cmp::Reverse(blanks(&sentences[place])), place));
    order.truncate(if is_market { FORM_SENTENCES * 2 } else { FORM_SENTENCES });
    order.sort_unstable();
    order.into_iter().map(|place| sentences[place].clone()).collect()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_blank(word: &str, words: &Words) -> bool {
    is_number(word)
        || (word.starts_with(char::is_uppercase)
            && words.names.binary_search_by(|name| name.as_ref().cmp(word)).is_ok())
}

/// A sentence with other numbers and, the same throughout a filling, other names; where these are too few, with
/// other words as well.
fn refilled(
    sentence: &str,
    words: &Words,
    names: &mut BTreeMap<String, String>,
    chance: &mut Chance,
) -> String {
    let found = prose::words(sentence);
    let mut filled = String::with_capacity(sentence.len() + 40);
    let (mut at, mut n_blanks) = (0, 0);
    for bytes in &found {
        let word = &sentence[bytes.clone()];
        if !is_blank(word, words) {
            continue;
        }
        filled.push_str(&sentence[at..bytes.start]);
        if is_number(word) {
            filled.push_str(&edits::other_number(word, chance));
        } else {
            let name = names.entry(word.to_owned()).or_insert_with(|| words.name(1, chance));
            filled.push_str(name);
        }
        at = bytes.end;
        n_blanks += 1;
    }
    filled.push_str(&sentence[at..]);
    let missing = BLANKS - f64::from(n_blanks) / found.len().max(1) as f64;
    if missing > 0.0 { edits::other_words(&filled, missing, words, chance) } else { filled }
}

//! What shaped an archive: everything that decides which words, terms and shingles a text has. Where any of it differs, what
//! is stored and what is asked for would not mean the same.

use std::collections::BTreeMap;

use rapidhash::v3::rapidhash_v3;

use super::Archive;
use crate::corpus::Language;
use crate::error::Error;
use crate::pairs::shingles;
use crate::settings::Settings;
use crate::tokens::scan;
use crate::tokens::terms::Stems;

/// Words of many kinds. What the scanner, the stop lists and the stemmers make of them tells one version of these from another.
const PROBE: &str = "The ministers' re-elections, U.S. 3.5% don\u{2019}t co\u{ad}operate \u{fb01}nal \u{c9}coles na\u{ef}vement \
    stra\u{df}en H\u{e4}user \u{43c}\u{438}\u{43d}\u{438}\u{441}\u{442}\u{440}\u{44b} \u{627}\u{644}\u{648}\u{632}\u{631}\u{627}\u{621} \
    \u{6771}\u{4eac}\u{90fd} \u{e01}\u{e23}\u{e38}\u{e07} corriendo andando falavam kitaplar\u{131}ndan juoksemassa h\u{e1}zakban and \
    les der los gli \u{438} och 12:30 A1 caf\u{65}\u{301} running runs ran connection connected happiness";

/// Languages whose stemmers and stop lists are probed.
const PROBED: [&str; 17] =
    ["ar", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "ta", "tr"];

/// By name: what shaped an archive made with these settings.
pub(super) fn made_with(settings: &Settings) -> BTreeMap<String, String> {
    let list = |codes: &[String]| if codes.is_empty() { "any".to_owned() } else { codes.join(",") };
    let of = |name: &str, value: &dyn ToString| (name.to_owned(), value.to_string());
    BTreeMap::from([
        of("hash", &"rapidhash v3"),
        of("words-and-stems", &probe()),
        of("shingle-words", &shingles::WORDS),
        of("shingle-cap", &settings.shingle_cap),
        of("shingle-sample", &settings.shingle_sample),
        of("short-words", &settings.short_words),
        of("damaged-words", &settings.damaged_words),
        of("anchors", &settings.anchors),
        of("boilerplate-documents", &settings.boilerplate_documents),
        of("languages", &list(&settings.languages)),
    ])
}

/// A hash of what becomes of [`PROBE`].
fn probe() -> String {
    let mut words = Vec::new();
    scan::words(PROBE, |word, range| words.push(format!("{word} {}", range.start)));
    for code in PROBED {
        let stems = Stems::of(Language::from_code(code).unwrap_or(Language::UNKNOWN));
        scan::words(PROBE, |word, _| words.push(stems.stem(word).unwrap_or_default()));
    }
    format!("{:016x}", rapidhash_v3(words.join("\n").as_bytes()))
}

/// # Errors
/// [`Error::Settings`] with every difference.
pub(super) fn check(archive: &Archive, settings: &Settings) -> Result<(), Error> {
    compare(archive, &made_with(settings))
}

/// Of what no setting decides: what the program takes for words and stems.
///
/// # Errors
/// [`Error::Settings`] with every difference.
pub(super) fn check_words(archive: &Archive) -> Result<(), Error> {
    let mut ours = archive.manifest.made_with.clone();
    let program = made_with(&Settings::default());
    ours.extend(
        program
            .into_iter()
            .filter(|(name, _)| ["hash", "words-and-stems", "shingle-words"].contains(&name.as_str())),
    );
    compare(archive, &ours)
}

fn compare(archive: &Archive, ours: &BTreeMap<String, String>) -> Result<(), Error> {
    let theirs = &archive.manifest.made_with;
    let none = "nothing".to_owned();
    let differences: Vec<String> = theirs
        .keys()
        .chain(ours.keys().filter(|name| !theirs.contains_key(*name)))
        .filter(|name| theirs.get(*name) != ours.get(*name))
        .map(|name| {
            let (theirs, ours) = (theirs.get(name).unwrap_or(&none), ours.get(name).unwrap_or(&none));
            format!("{name} was {theirs} and is {ours} now")
        })
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Settings(format!(
        "{} was made with other settings: {}; give the same, or make a new archive from its drops",
        archive.place,
        differences.join(", ")
    )))
}

//! What shaped an archive: everything that decides which words, terms and shingles a text has. Where any of it differs, what
//! is stored and what is asked for would not mean the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapidhash::v3::rapidhash_v3;

use super::Archive;
use super::manifest::Manifest;
use super::segment::Segment;
use crate::corpus::Language;
use crate::error::Error;
use crate::pairs::shingles;
use crate::settings::Settings;
use crate::tokens::terms::Stems;
use crate::tokens::{self, scan};

/// Words of many kinds. What the scanner, the stop lists and the stemmers make of them tells one version of these from another.
const PROBE: &str = "The ministers' re-elections, U.S. 3.5% don\u{2019}t co\u{ad}operate \u{fb01}nal \u{c9}coles na\u{ef}vement \
    stra\u{df}en H\u{e4}user \u{43c}\u{438}\u{43d}\u{438}\u{441}\u{442}\u{440}\u{44b} \u{627}\u{644}\u{648}\u{632}\u{631}\u{627}\u{621} \
    \u{6771}\u{4eac}\u{90fd} \u{e01}\u{e23}\u{e38}\u{e07} corriendo andando falavam kitaplar\u{131}ndan juoksemassa h\u{e1}zakban and \
    les der los gli \u{438} och 12:30 A1 caf\u{65}\u{301} running runs ran connection connected happiness";

/// Languages whose stemmers and stop lists are probed.
const PROBED: [&str; 17] =
    ["ar", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "ta", "tr"];

/// Sentences of scripts without spaces. What the dictionaries make of them tells one version of these from another.
const UNSPACED: &str = "\u{4eba}\u{4eba}\u{6709}\u{6743}\u{4eab}\u{6709}\u{751f}\u{547d}\u{81ea}\u{7531}\u{548c}\u{4eba}\u{8eab}\u{5b89}\u{5168} \
    \u{5e02}\u{8b70}\u{4f1a}\u{306f}\u{706b}\u{66dc}\u{65e5}\u{306b}\u{65b0}\u{3057}\u{3044}\u{8def}\u{9762}\u{96fb}\u{8eca} \
    \u{e21}\u{e19}\u{e38}\u{e29}\u{e22}\u{e4c}\u{e21}\u{e35}\u{e2d}\u{e34}\u{e2a}\u{e23}\u{e30}";

/// The name of what is said of these. Archives from before the first release lack it, and cut such scripts into letters.
const WITHOUT_SPACES: &str = "words-without-spaces";

/// The name of how many words of a text tell its story. Archives from before it was said lack it.
const LEAD_WORDS: &str = "lead-words";

/// The languages that are written so.
const WRITTEN_WITHOUT_SPACES: [&str; 6] = ["ja", "km", "lo", "my", "th", "zh"];

/// By name: what shaped an archive made with these settings.
pub(super) fn made_with(settings: &Settings) -> BTreeMap<String, String> {
    let list = |codes: &[String]| if codes.is_empty() { "any".to_owned() } else { codes.join(",") };
    let of = |name: &str, value: &dyn ToString| (name.to_owned(), value.to_string());
    BTreeMap::from([
        of("hash", &"rapidhash v3"),
        of("words-and-stems", &probe()),
        of(WITHOUT_SPACES, &unspaced_probe()),
        of("shingle-words", &shingles::WORDS),
        of("shingle-cap", &settings.shingle_cap),
        of("shingle-sample", &settings.shingle_sample),
        of("short-words", &settings.short_words),
        of("damaged-words", &settings.damaged_words),
        of("anchors", &settings.anchors),
        of("boilerplate-documents", &settings.boilerplate_documents),
        of("languages", &list(&settings.languages)),
        of(LEAD_WORDS, &settings.lead_words),
    ])
}

/// A hash of what becomes of [`PROBE`].
fn probe() -> String {
    let mut words = Vec::new();
    scan::words(PROBE, |word, range| {
        for (at, part) in without_dictionaries(word) {
            words.push(format!("{part} {}", range.start as usize + at));
        }
    });
    for code in PROBED {
        let stems = Stems::of(Language::from_code(code).unwrap_or(Language::UNKNOWN));
        scan::words(PROBE, |word, _| {
            words.extend(without_dictionaries(word).map(|(_, part)| stems.stem(part).unwrap_or_default()));
        });
    }
    format!("{:016x}", rapidhash_v3(words.join("\n").as_bytes()))
}

/// A word of a script without spaces by letters, any other whole: [`WITHOUT_SPACES`] tells of dictionaries.
fn without_dictionaries(word: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_cut = word.starts_with(tokens::is_written_without_spaces);
    let letters = word.char_indices().filter(move |_| is_cut);
    let letters = letters.map(|(at, letter)| (at, &word[at..at + letter.len_utf8()]));
    letters.chain(std::iter::once((0, word)).filter(move |_| !is_cut))
}

/// A hash of what becomes of [`UNSPACED`].
fn unspaced_probe() -> String {
    let mut words = Vec::new();
    scan::words(UNSPACED, |word, range| words.push(format!("{word} {}", range.start)));
    format!("{:016x}", rapidhash_v3(words.join("\n").as_bytes()))
}

/// # Errors
/// [`Error::Settings`] with every difference.
pub(super) fn check(archive: &Archive, settings: &Settings) -> Result<(), Error> {
    let segments = archive.segments.iter().cloned().map(Ok);
    compare(&archive.manifest, &archive.place, segments, &made_with(settings))
}

/// Of what no setting decides: what the program takes for words and stems.
///
/// # Errors
/// [`Error::Settings`] with every difference.
pub(super) fn check_words(
    manifest: &Manifest,
    place: &str,
    segments: impl Iterator<Item = Result<Arc<Segment>, Error>>,
) -> Result<(), Error> {
    let mut ours = manifest.made_with.clone();
    ours.entry(LEAD_WORDS.to_owned()).or_insert_with(usual_lead_words);
    let program = made_with(&Settings::default());
    ours.extend(program.into_iter().filter(|(name, _)| {
        ["hash", "words-and-stems", WITHOUT_SPACES, "shingle-words"].contains(&name.as_str())
    }));
    compare(manifest, place, segments, &ours)
}

/// Says of an archive that [`check`] accepted how what is added from now on is cut (it holds nothing that was cut otherwise), and by
/// how many words its stories are told.
pub(super) fn complete(manifest: &mut Manifest) {
    let made = &mut manifest.made_with;
    made.entry(WITHOUT_SPACES.to_owned()).or_insert_with(unspaced_probe);
    made.entry(LEAD_WORDS.to_owned()).or_insert_with(usual_lead_words);
}

fn usual_lead_words() -> String {
    Settings::default().lead_words.to_string()
}

/// A document of a language that is written without spaces, by its id.
fn written_without_spaces(
    segments: impl Iterator<Item = Result<Arc<Segment>, Error>>,
) -> Result<Option<String>, Error> {
    for segment in segments {
        let segment = segment?;
        let mut rows = segment.documents.reader();
        for at in 0..segment.record.n_documents {
            let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
            if WRITTEN_WITHOUT_SPACES.contains(&row.language.as_str()) {
                return Ok(Some(row.id));
            }
        }
    }
    Ok(None)
}

fn compare(
    manifest: &Manifest,
    place: &str,
    segments: impl Iterator<Item = Result<Arc<Segment>, Error>>,
    ours: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let mut theirs = manifest.made_with.clone();
    // One that does not say is from before anybody asked.
    theirs.entry(LEAD_WORDS.to_owned()).or_insert_with(usual_lead_words);
    if !theirs.contains_key(WITHOUT_SPACES)
        && let Some(id) = written_without_spaces(segments)?
    {
        return Err(Error::Settings(format!(
            "{place} cut {id:?} into letters, and Chinese, Japanese, Thai, Lao, Khmer and Burmese are cut into words now: its copies \
             would not be found; make a new archive from its drops"
        )));
    }
    let none = "nothing".to_owned();
    let differences: Vec<String> = theirs
        .keys()
        .chain(ours.keys().filter(|name| !theirs.contains_key(*name)))
        .filter(|name| theirs.get(*name) != ours.get(*name))
        // It holds nothing that this would have changed.
        .filter(|name| name.as_str() != WITHOUT_SPACES || theirs.contains_key(*name))
        .map(|name| {
            let (theirs, ours) = (theirs.get(name).unwrap_or(&none), ours.get(name).unwrap_or(&none));
            format!("{name} was {theirs} and is {ours} now")
        })
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Settings(format!(
        "{place} was made with other settings: {}; give the same, or make a new archive from its drops",
        differences.join(", ")
    )))
}

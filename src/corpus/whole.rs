//! Whole files as text: the first lines of every door that needs all of a file at once.

use std::io::Read as _;

use encoding_rs::Encoding;

use super::Action;
use super::decode;
use super::open::Opened;
use super::read::{Harvest, Reading};
use super::walk::Entry;

/// How much of a file may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Most {
    /// What one document may take, in the widest encoding.
    OneDocument,
    /// What memory holds: the file has many documents.
    Memory,
}

/// All of a file, decoded; the encoding it names itself is asked of `declared`. `None`, with a problem noted, when it
/// is longer than `most`.
pub(super) fn text(
    entry: &Entry,
    opened: &mut Opened,
    most: Most,
    declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
    reading: &Reading<'_>,
    harvest: &mut Harvest,
) -> Option<String> {
    let told = decode::tell(opened.head(), reading.settings.encoding.as_deref(), declared);
    let bytes = match most {
        // The widest encoding has four bytes for a character that UTF-8 has in one.
        Most::OneDocument => {
            one_document(entry, opened, reading.settings.max_document_bytes.saturating_mul(4), harvest)?
        }
        Most::Memory => all_bytes(opened, reading),
    };
    let decoded = decode::owned(bytes, told.charset);
    harvest.note_encoding(entry, decoded.encoding, told.is_guess);
    if decoded.n_bad > 0 {
        let message = format!(
            "{} bad {} sequences became U+FFFD; if there are many, name the encoding with --encoding",
            decoded.n_bad, decoded.encoding
        );
        harvest.note(entry, "bad_encoding", message, Action::Repaired);
    }
    Some(decoded.text.into_owned())
}

/// All bytes of one document; `None`, with a problem noted, when they are more than `limit`.
pub(super) fn one_document(
    entry: &Entry,
    opened: &mut Opened,
    limit: u64,
    harvest: &mut Harvest,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // `Opened` reports damage at its end and never fails.
    let _ = opened.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > limit {
        let message =
            format!("longer than {limit} bytes; split it, or raise the limit with --max-document-bytes");
        harvest.note(entry, "too_long", message, Action::Skipped);
        return None;
    }
    Some(bytes)
}

/// All of a file that can be read as a whole only; no more than the ceiling of memory.
pub(super) fn all_bytes(opened: &mut Opened, reading: &Reading<'_>) -> Vec<u8> {
    let most = reading.most_bytes();
    let mut bytes = Vec::new();
    // `Opened` reports damage at its end and never fails.
    let _ = opened.take(most).read_to_end(&mut bytes);
    if bytes.len() as u64 == most {
        reading.cannot_hold(most);
        bytes.clear();
    }
    bytes
}

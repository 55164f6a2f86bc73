//! Mojibake: UTF-8 that somebody read as windows-1252 and wrote down again, so that `é` became `Ã©`.

use encoding_rs::WINDOWS_1252;

/// Runs from which a text is reported: one may be the name of a band.
const LEAST_RUNS: usize = 3;

/// Every run that is counted begins with this byte.
pub(super) const FIRST_BYTE: u8 = 0xc3;

/// How many runs of letters beyond ASCII are UTF-8 again once they are turned back into bytes of windows-1252; none
/// where they are few, or not most of what is beyond ASCII.
pub(super) fn count(text: &str) -> Option<usize> {
    // Runs that open so are rare in sound text of any language, and counted many times faster than runs.
    let bytes = text.as_bytes();
    let may_open = |&at: &usize| matches!(bytes[at + 1..], [0x82..=0xb4, 0x80..=0xff, ..]);
    memchr::memchr_iter(FIRST_BYTE, bytes).filter(may_open).nth(LEAST_RUNS - 1)?;
    let (mut n_turned, mut n_other) = (0_usize, 0_usize);
    for run in text.split(|character: char| character.is_ascii()).filter(|run| !run.is_empty()) {
        if turns_back(run) {
            n_turned += 1;
        } else {
            n_other += 1;
        }
        // Nearly all texts are sound: a few runs tell.
        if n_other > 20 + n_turned * 2 {
            return None;
        }
    }
    (n_turned >= LEAST_RUNS && n_turned > n_other).then_some(n_turned)
}

/// Are these letters the bytes of others? One alone never is: no character beyond ASCII is one byte of UTF-8.
fn turns_back(run: &str) -> bool {
    let mut letters = run.chars();
    // The first byte of any sequence, as windows-1252 shows it.
    let opens = matches!(letters.next(), Some('\u{c2}'..='\u{f4}')); // 0xc3 0x82 to 0xc3 0xb4
    if !opens || letters.next().is_none() {
        return false;
    }
    let mut bytes = Vec::with_capacity(run.len());
    for letter in run.chars() {
        if let '\u{80}'..='\u{ff}' = letter {
            bytes.push(letter as u8);
            continue;
        }
        let mut buffer = [0; 4];
        let (byte, _, lacks) = WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
        if lacks {
            return false;
        }
        bytes.extend_from_slice(&byte);
    }
    // A run may be cut where a byte was a space or was lost.
    match std::str::from_utf8(&bytes) {
        Ok(_) => true,
        Err(error) => error.valid_up_to() > 0 && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misread(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn what_was_read_wrongly_is_counted_and_what_was_not_is_not() {
        for text in [
            "Le métro a été fermé hier à midi, d’après l’opérateur.",
            "Городской совет обсудил во вторник новую линию.",
            "Der Bürgermeister sagte, die Straßenbahn fahre künftig früher.",
        ] {
            assert_eq!(count(text), None, "{text}");
            assert!(count(&misread(text)).is_some_and(|n| n >= 3), "{}", misread(text));
        }
        assert_eq!(count("Ã‰ is how it looks"), None);
        assert_eq!(count(&"市議会は火曜日に話し合った。".repeat(50)), None);
    }
}

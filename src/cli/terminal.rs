//! The only doors to standard output and standard error: nothing that a document, a file name or an
//! argument says reaches a terminal as a control sequence.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

use super::exit::{Exit, Stop};

/// Prints data on standard output, which may have been closed by a reader that has enough.
///
/// # Errors
/// When it cannot be written for another reason, such as a full disk.
pub(crate) fn print(text: &str) -> Result<(), Stop> {
    print_bytes(printable(text).as_bytes())
}

/// As [`print`], for text of our own making that is passed on as it is.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop { message: format!("standard output: {error}"), exit: Exit::Stopped(5) })
        }
        _ => Ok(()),
    }
}

/// Prints JSON on standard output. What could steer a terminal stands in strings only, where it can be escaped.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Stop> {
    let mut text = String::new();
    for c in format!("{value:#}\n").chars() {
        if steers(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    print_bytes(text.as_bytes())
}

/// Talks to a person on standard error; nobody listening is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text).trim_end());
}

/// Says what went wrong, under the program's name.
pub(crate) fn complain(message: &str) {
    say(&format!("samestory: {message}"));
}

/// The text with control characters (line ends and tabs apart) and bidirectional overrides written
/// out, so that it can neither steer a terminal nor show itself in another order.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Can a character change what a terminal does, or the order in which it shows others?
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// As [`printable`], on one line.
pub(crate) fn printable_line(text: &str) -> String {
    printable(text).replace('\n', "\\n").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_written_out() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}c\u{202e}d\r"), "a\\u{1b}[31mb\\u{9b}c\\u{202e}d\\u{d}");
        assert_eq!(printable("two\nlines\tand é"), "two\nlines\tand é");
        assert_eq!(printable_line("two\nlines"), "two\\nlines");
    }
}

//! Display: words and numbers made fit for people's eyes, whatever the documents say.

use std::borrow::Cow;

/// One line without control characters or marks that turn the writing direction: safe to print on a terminal.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !c.is_control() && !is_direction_mark(c) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// [`one_line`] for a table that may be opened in a spreadsheet: what would start a formula
/// is made text by a `'` before it.
pub(crate) fn guarded(text: &str) -> String {
    let starts_formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠');
    let line = one_line(text);
    if text.starts_with(starts_formula) || line.starts_with(starts_formula) {
        format!("'{line}")
    } else {
        line
    }
}

/// Overrides and isolates of the writing direction, which could make a line read as another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `max` characters, with `…` for the rest.
pub(super) fn clip(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text[..end].trim_end())),
    }
}

/// `12,345`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 story`, `12,345 stories`.
pub(super) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// `97 %`; never `100 %` or `0 %` unless it is exactly that.
pub(super) fn percent(share: f32) -> String {
    if share > 0.0 && share < 0.005 {
        return "<1 %".to_owned();
    }
    if (0.995..1.0).contains(&share) {
        return ">99 %".to_owned();
    }
    format!("{:.0} %", f64::from(share) * 100.0)
}

/// Four decimals, as the tables have them.
pub(super) fn decimal(value: f32) -> String {
    let text = format!("{value:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}

/// The number that [`decimal`] shows, for JSON.
pub(super) fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e4).round() / 1e4;
    if rounded == 0.0 { 0.0 } else { rounded }
}

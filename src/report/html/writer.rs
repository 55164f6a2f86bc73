//! Writer: the one place where words become HTML. Markup is `&'static str`, so nothing that was read can
//! ever be markup; everything else goes through [`Html::text`] and is escaped.

use std::fmt::{Display, Write as _};

use unicode_normalization::char::is_combining_mark;

use super::super::display::{clip, grouped};
use crate::corpus::Language;

/// Marks on one letter that are shown: no script writes more.
const MARKS: usize = 4;

/// A page under way.
#[derive(Default)]
pub(in super::super) struct Html {
    out: String,
}

impl Html {
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn into_string(self) -> String {
        self.out
    }

    /// A part that was written apart.
    pub(super) fn append(&mut self, part: &Self) -> &mut Self {
        self.out.push_str(&part.out);
        self
    }

    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Words, escaped; control characters are shown as their pictures (ESC as ␛), marks that hide or would turn the
    /// writing direction by their names, and of the marks heaped on one letter the first few.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut n_marks = 0;
        for c in text.chars() {
            n_marks = if c > '\u{2ff}' && is_combining_mark(c) { n_marks + 1 } else { 0 };
            match c {
                _ if n_marks > MARKS => {}
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                '\n' | '\t' => self.out.push(c),
                '\r' => {}
                '\0'..='\x1f' => self.out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
                '\x7f' => self.out.push('\u{2421}'),
                // Joiners and marks of direction are part of many scripts' spelling; these hide in a text.
                '\u{ad}'
                | '\u{200b}'
                | '\u{2060}'..='\u{2064}'
                | '\u{feff}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' => {
                    let _ = write!(self.out, "‹U+{:04X}›", c as u32);
                }
                '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => self.out.push('\u{fffd}'),
                _ => self.out.push(c),
            }
        }
        self
    }

    /// Words that somebody else wrote, at most `max` characters, in an element that keeps their
    /// writing direction to itself.
    pub(super) fn quoted(&mut self, text: &str, max: usize) -> &mut Self {
        self.raw("<bdi>").text(&clip(text.trim(), max)).raw("</bdi>")
    }

    /// [`Html::quoted`], in a language of its own.
    pub(super) fn quoted_in(&mut self, language: Language, text: &str, max: usize) -> &mut Self {
        self.raw("<bdi").language(language).raw(">").text(&clip(text.trim(), max)).raw("</bdi>")
    }

    /// The language of what an element holds; the page itself is in English.
    pub(super) fn language(&mut self, language: Language) -> &mut Self {
        match language.code() {
            "en" => self,
            "und" => self.raw(" lang=\"\""),
            code => self.attribute("lang", code),
        }
    }

    /// An attribute, with a space before it.
    pub(super) fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    /// A share of 0..=1 as a bar; the figure beside it says the same.
    pub(super) fn bar(&mut self, share: f32) -> &mut Self {
        self.raw(
            "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect width=\"100\" height=\"6\"/><rect height=\"6\" width=\"",
        );
        self.measure(share.clamp(0.0, 1.0) * 100.0, 1).raw("\"/></svg>")
    }

    /// A whole number, `12,345`.
    pub(super) fn count(&mut self, n: usize) -> &mut Self {
        self.out.push_str(&grouped(n as u64));
        self
    }

    /// A whole number for a machine: part of an anchor, a place in a picture.
    pub(super) fn number(&mut self, n: usize) -> &mut Self {
        let _ = write!(self.out, "{n}");
        self
    }

    /// A measure with `decimals` digits.
    pub(super) fn measure(&mut self, value: impl Into<f64>, decimals: usize) -> &mut Self {
        let value: f64 = value.into();
        let value = if value.is_finite() { value } else { 0.0 };
        let _ = write!(self.out, "{value:.decimals$}");
        self
    }

    /// Anything of our own that prints itself, escaped all the same.
    pub(super) fn show(&mut self, value: impl Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// A link to `url` if it leads to the web, else the words alone.
    pub(super) fn link(&mut self, url: &str, language: Language, words: &str) -> &mut Self {
        if is_web(url) {
            self.raw("<a rel=\"noopener noreferrer nofollow\" href=\"").text(url).raw("\">");
            self.quoted_in(language, words, 160).raw("</a>")
        } else {
            self.quoted_in(language, words, 160)
        }
    }
}

/// True for addresses that lead to the web and nowhere else.
fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    };
    (starts("https://") || starts("http://"))
        && url.len() <= 2000
        && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

//! Passages of two documents side by side, with what is the same and what is not.

use std::ops::Range;

use super::evidence::{Piece, align, sides, unaligned};
use super::writer::Html;
use crate::corpus::DocId;
use crate::pairs::{Passage, SimilarPair};
use crate::report::places::Places;

/// Passages of one pair that are shown; the rest is counted.
const SHOWN: usize = 6;
/// Bytes of text shown before and after a passage.
const CONTEXT: usize = 70;

/// Shows a pair's passages, `left`'s wording on the left.
pub(super) fn write(page: &mut Html, places: &Places<'_>, pair: &SimilarPair, left: DocId) {
    let turned = left != pair.a;
    let right = if turned { pair.a } else { pair.b };
    let telling: Vec<&Passage> = pair.passages.iter().filter(|passage| !passage.boilerplate).collect();
    let n_boilerplate = pair.passages.len() - telling.len();
    if telling.is_empty() && n_boilerplate == 0 {
        return;
    }
    page.raw("<div class=\"sides\">");
    page.raw("<div class=\"side head\">").quoted(places.id(left), 80).raw("</div>");
    page.raw("<div class=\"side head\">").quoted(places.id(right), 80).raw("</div>");
    let (text_left, text_right) = (places.text(left), places.text(right));
    let shown = longest(&telling);
    for passage in &shown {
        let (l, r) = if turned { (&passage.b, &passage.a) } else { (&passage.a, &passage.b) };
        if places.shows_text() {
            one(page, (&text_left, l), (&text_right, r));
        } else {
            bytes_only(page, l, r);
        }
    }
    page.raw("</div>");
    let more = telling.len() - shown.len();
    if more > 0 || n_boilerplate > 0 {
        page.raw("<p class=\"fine\">");
        if more > 0 {
            page.raw("The ").count(shown.len()).raw(" longest of ").count(telling.len());
            page.raw(" shared passages are shown; all stand in <code>passages.csv</code>. ");
        }
        if n_boilerplate > 0 {
            page.count(n_boilerplate).raw(if n_boilerplate == 1 {
                " more passage repeats across the drop and counts for nothing."
            } else {
                " more passages repeat across the drop and count for nothing."
            });
        }
        page.raw("</p>\n");
    }
}

/// The longest passages, in the order of the text.
fn longest<'p>(passages: &[&'p Passage]) -> Vec<&'p Passage> {
    let mut places: Vec<usize> = (0..passages.len()).collect();
    places.sort_by_key(|&place| (std::cmp::Reverse(passages[place].a.len()), place));
    places.truncate(SHOWN);
    places.sort_unstable();
    places.into_iter().map(|place| passages[place]).collect()
}

fn bytes_only(page: &mut Html, left: &Range<u32>, right: &Range<u32>) {
    for range in [left, right] {
        page.raw("<div class=\"side\"><span class=\"by\">bytes ").count(range.start as usize).raw(" to ");
        page.count(range.end as usize).raw("</span></div>");
    }
}

fn one(page: &mut Html, left: (&str, &Range<u32>), right: (&str, &Range<u32>)) {
    let (left_range, right_range) = (within(left.0, left.1), within(right.0, right.1));
    let (a, b) = (&left.0[left_range.clone()], &right.0[right_range.clone()]);
    let aligned = align(a, b);
    let marks = aligned.is_some();
    let pieces = aligned.unwrap_or_else(|| unaligned(a, b));
    if !marks {
        page.raw("<p class=\"fine wide\">These stretches are too long or differ too much to mark single words.</p>");
    }
    side(page, left.0, &left_range, &pieces, marks, |piece| sides(piece).0);
    side(page, right.0, &right_range, &pieces, marks, |piece| sides(piece).1);
}

/// One column: a little context, the passage with its differing words marked, a little context.
fn side(
    page: &mut Html,
    text: &str,
    passage: &Range<usize>,
    pieces: &[Piece],
    marks: bool,
    of: fn(&Piece) -> &Range<usize>,
) {
    let words = &text[passage.clone()];
    page.raw("<div class=\"side\" dir=\"auto\">");
    page.raw("<span class=\"by\">")
        .text(&before(text, passage.start).replace('\n', " "))
        .raw("</span><mark>");
    let mut end = 0;
    for piece in pieces {
        let range = of(piece);
        page.text(words.get(end..range.start).unwrap_or_default());
        let shown = words.get(range.clone()).unwrap_or_default();
        match piece {
            Piece::Differs(..) if shown.is_empty() => {
                page.raw("<i class=\"gap\" title=\"words missing here\">‸</i>");
            }
            Piece::Differs(..) if marks => {
                page.raw("<b>").text(shown).raw("</b>");
            }
            Piece::Same(..) | Piece::Differs(..) => {
                page.text(shown);
            }
            Piece::LeftOut(..) => {
                let n = shown.chars().count();
                page.raw("</mark><span class=\"cut\">… ").count(n).raw(if n == 1 {
                    " character left out …"
                } else {
                    " characters left out …"
                });
                page.raw("</span><mark>");
            }
        }
        end = range.end.max(end);
    }
    page.text(words.get(end..).unwrap_or_default());
    page.raw("</mark><span class=\"by\">")
        .text(&after(text, passage.end).replace('\n', " "))
        .raw("</span></div>");
}

/// A passage's bytes, made to fit the text whatever a table says.
pub(super) fn within(text: &str, range: &Range<u32>) -> Range<usize> {
    let begin = text.floor_char_boundary((range.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((range.end as usize).min(text.len()));
    begin..end.max(begin)
}

/// The words before a place, from the start of a word.
fn before(text: &str, place: usize) -> &str {
    let begin = text.ceil_char_boundary(place.saturating_sub(CONTEXT));
    let context = &text[begin.min(place)..place];
    if begin == 0 { context } else { context.split_once(char::is_whitespace).map_or("", |(_, rest)| rest) }
}

/// The words after a place, to the end of a word.
fn after(text: &str, place: usize) -> &str {
    let end = text.floor_char_boundary((place + CONTEXT).min(text.len()));
    let context = &text[place.min(end)..end];
    if end == text.len() {
        context
    } else {
        context.rsplit_once(char::is_whitespace).map_or("", |(rest, _)| rest)
    }
}

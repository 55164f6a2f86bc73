//! The pair view: two texts side by side, with what both have marked by color, underline and number, moved passages
//! linked, and what counts for nothing in grey.

use std::fmt::Write as _;
use std::ops::Range;

use super::evidence::{Piece, Room, align, sides, unaligned};
use super::writer::Html;
use crate::corpus::{DocId, Language};
use crate::pairs::{Passage, SimilarPair};
use crate::report::display::counted;
use crate::report::places::Places;

/// Passages of one pair that are marked, the longest first; what others there are counts as plain text here.
const MARKED: usize = 60;
/// Classes of color that passages take in turn.
const COLORS: usize = 6;

/// One of the two texts.
struct Side<'t> {
    text: &'t str,
    language: Language,
    /// What counts for nothing (boilerplate, page furniture): ascending and disjoint.
    grey: Vec<Range<usize>>,
}

/// A passage that is shown.
struct Marked {
    left: Range<usize>,
    right: Range<usize>,
    /// From 1, in the order of the left text.
    number: usize,
    /// Stands in another order on the right.
    moved: bool,
}

/// Where and how a pair is shown.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    /// Its anchor; passages add to it.
    pub(super) anchor: &'v str,
    /// Whose text stands on the left.
    pub(super) left: DocId,
    /// What the two are to each other: `kept` and `copy`, for example.
    pub(super) names: [&'static str; 2],
    /// Bytes of text that may be shown of both.
    pub(super) bytes: usize,
}

/// Shows the two texts of a pair.
pub(super) fn write(page: &mut Html, places: &Places<'_>, pair: &SimilarPair, view: View<'_>) {
    let turned = view.left != pair.a;
    let right = if turned { pair.a } else { pair.b };
    let (text_left, text_right) = (places.text(view.left), places.text(right));
    let side = |id: DocId, text| Side {
        text,
        language: places.document(id).language,
        grey: grey(places, pair, id, text),
    };
    let (left_side, right_side) = (side(view.left, &text_left), side(right, &text_right));
    let (marked, n_telling) = marked(pair, turned, &text_left, &text_right);
    page.raw("<div class=\"pair\"");
    page.attribute("id", view.anchor).raw("><p class=\"say\">").text(&sentence(pair, &marked, n_telling));
    page.raw("</p>\n");
    strip(page, &marked, text_left.len(), text_right.len());
    page.raw("<div class=\"sides\">");
    for (id, name) in [(view.left, view.names[0]), (right, view.names[1])] {
        page.raw("<div class=\"head\"><span class=\"by\">")
            .raw(name)
            .raw("</span> ")
            .quoted(places.id(id), 80);
        page.raw("</div>");
    }
    page.raw("\n");
    if places.shows_text() {
        rows(page, view, &marked, &left_side, &right_side);
    } else {
        for passage in &marked {
            for range in [&passage.left, &passage.right] {
                page.raw("<div>").number(passage.number).raw(": bytes ").count(range.start).raw(" to ");
                page.count(range.end).raw("</div>");
            }
        }
    }
    page.raw("</div></div>\n");
}

/// What the numbers in the list of members do not say.
fn sentence(pair: &SimilarPair, marked: &[Marked], n_telling: usize) -> String {
    let mut said = counted(n_telling as u64, "shared passage", "shared passages");
    // Writing to a string cannot fail.
    if n_telling > marked.len() {
        let _ = write!(said, " (the {} longest are marked)", marked.len());
    }
    if n_telling > 0 {
        let words = counted(pair.longest_passage.into(), "word", "words");
        let _ = write!(said, ", the longest of {words}");
    }
    match marked.iter().filter(|passage| passage.moved).count() {
        0 => {}
        n => {
            let _ = write!(said, "; {} in another order", counted(n as u64, "stands", "stand"));
        }
    }
    if let Some(cosine) = pair.cosine {
        let _ = write!(said, "; cosine of all words {cosine:.2}");
    }
    let n_boilerplate = pair.passages.iter().filter(|passage| passage.boilerplate).count();
    if n_boilerplate > 0 {
        let passages = counted(n_boilerplate as u64, "more passage repeats", "more passages repeat");
        let count = if n_boilerplate == 1 { "counts" } else { "count" };
        let _ = write!(said, "; {passages} across the drop and {count} for nothing");
    }
    said + "."
}

/// The passages that count, clipped to the texts, none over another; and how many count in all.
fn marked(pair: &SimilarPair, turned: bool, left: &str, right: &str) -> (Vec<Marked>, usize) {
    let telling: Vec<&Passage> = pair.passages.iter().filter(|passage| !passage.boilerplate).collect();
    let mut ranges: Vec<(Range<usize>, Range<usize>)> = telling
        .iter()
        .map(|passage| if turned { (&passage.b, &passage.a) } else { (&passage.a, &passage.b) })
        .map(|(l, r)| (within(left, l), within(right, r)))
        .filter(|(l, r)| !l.is_empty() && !r.is_empty())
        .collect();
    ranges.sort_by_key(|(l, r)| (std::cmp::Reverse(l.len()), l.start, r.start));
    ranges.truncate(MARKED);
    ranges.sort_by_key(|(l, r)| (r.start, l.start));
    let mut end = 0;
    ranges.retain(|(_, r)| {
        let is_free = r.start >= end;
        end = if is_free { r.end } else { end };
        is_free
    });
    ranges.sort_by_key(|(l, r)| (l.start, r.start));
    end = 0;
    ranges.retain(|(l, _)| {
        let is_free = l.start >= end;
        end = if is_free { l.end } else { end };
        is_free
    });
    let in_order = heaviest_chain(&ranges);
    let marked = ranges.into_iter().enumerate().map(|(place, (left, right))| Marked {
        left,
        right,
        number: place + 1,
        moved: !in_order.contains(&place),
    });
    (marked.collect(), telling.len())
}

/// Of passages ascending on the left, the longest (by bytes) choice that ascends on the right, too.
fn heaviest_chain(ranges: &[(Range<usize>, Range<usize>)]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(ranges.len());
    for (place, (left, right)) in ranges.iter().enumerate() {
        let before = (0..place).filter(|&before| ranges[before].1.start < right.start);
        let from = before.max_by_key(|&before| (best[before].0, std::cmp::Reverse(before)));
        best.push((left.len() + from.map_or(0, |from| best[from].0), from));
    }
    let mut at = (0..best.len()).max_by_key(|&place| (best[place].0, std::cmp::Reverse(place)));
    let mut chain = Vec::new();
    while let Some(place) = at {
        chain.push(place);
        at = best[place].1;
    }
    chain.reverse();
    chain
}

/// What of a text counts for nothing.
fn grey(places: &Places<'_>, pair: &SimilarPair, id: DocId, text: &str) -> Vec<Range<usize>> {
    let repeated = places.run.boilerplate.ranges.get(id.index()).into_iter().flatten();
    let furniture = places.document(id).set_aside.iter().map(|aside| &aside.bytes);
    let passages = pair.passages.iter().filter(|passage| passage.boilerplate);
    let passages = passages.map(|passage| if id == pair.a { &passage.a } else { &passage.b });
    let mut ranges: Vec<Range<usize>> =
        repeated.chain(furniture).chain(passages).map(|range| within(text, range)).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The two texts as two lines, and which part of one stands where in the other.
fn strip(page: &mut Html, marked: &[Marked], left: usize, right: usize) {
    if marked.is_empty() {
        return;
    }
    page.raw(
        "<svg class=\"strip\" role=\"img\" aria-label=\"Where the shared passages stand: the left text above, the right \
         one below\" viewBox=\"0 0 1000 46\" preserveAspectRatio=\"none\"><rect class=\"text\" width=\"1000\" y=\"2\" \
         height=\"10\"/><rect class=\"text\" width=\"1000\" y=\"34\" height=\"10\"/>",
    );
    let at = |place: usize, of: usize| 1000.0 * place as f64 / of.max(1) as f64;
    for passage in marked {
        let (a, b) = (at(passage.left.start, left), at(passage.left.end, left));
        let (c, d) = (at(passage.right.start, right), at(passage.right.end, right));
        page.raw("<path class=\"p").number(color(passage.number)).raw("\" d=\"M").measure(a, 0).raw(" 12H");
        page.measure(b, 0).raw("L").measure(d, 0).raw(" 34H").measure(c, 0).raw("z\"/>");
        for (begin, end, top) in [(a, b, 2), (c, d, 34)] {
            page.raw("<rect class=\"p").number(color(passage.number)).raw("\" x=\"").measure(begin, 0);
            page.raw("\" y=\"").number(top).raw("\" width=\"").measure((end - begin).max(2.0), 0);
            page.raw("\" height=\"10\"/>");
        }
    }
    page.raw("</svg>\n");
}

/// The texts, row by row: what only one has, then a passage that both have, and so on. Passages in another order stand
/// where their text does, and lead to each other.
fn rows(page: &mut Html, view: View<'_>, marked: &[Marked], left: &Side<'_>, right: &Side<'_>) {
    let room = Room {
        same: (view.bytes / 60).clamp(30, 3000),
        bytes: view.bytes.max(800) / marked.len().clamp(1, 6),
    };
    let context = (view.bytes / 24).clamp(90, 3000);
    let (mut end_left, mut end_right) = (0, 0);
    let moved: Vec<&Marked> = marked.iter().filter(|passage| passage.moved).collect();
    let pieces: Vec<(Vec<Piece>, bool)> = marked
        .iter()
        .map(|passage| {
            let (a, b) = (&left.text[passage.left.clone()], &right.text[passage.right.clone()]);
            let aligned = align(a, b, room);
            let marks = aligned.is_some();
            (aligned.unwrap_or_else(|| unaligned(a, b)), marks)
        })
        .collect();
    let draw = Draw { view, pieces: &pieces, context };
    for passage in marked.iter().filter(|passage| !passage.moved) {
        let before = [end_left..passage.left.start, end_right..passage.right.start];
        draw.gap(page, before, [left, right], &moved);
        for (side, which) in [(left, 0), (right, 1)] {
            open_cell(page, side);
            draw.passage(page, side, passage, which);
            page.raw("</div>");
        }
        page.raw("\n");
        (end_left, end_right) = (passage.left.end, passage.right.end);
    }
    let after = [end_left..left.text.len(), end_right..right.text.len()];
    draw.gap(page, after, [left, right], &moved);
}

fn open_cell(page: &mut Html, side: &Side<'_>) {
    page.raw("<div").language(side.language).raw(" dir=\"auto\">");
}

struct Draw<'d> {
    view: View<'d>,
    /// By passage: its pieces, and whether its words were compared.
    pieces: &'d [(Vec<Piece>, bool)],
    /// Bytes of unshared text shown at each end of a stretch.
    context: usize,
}

impl Draw<'_> {
    /// What stands between two passages on both sides; nothing where both are blank.
    fn gap(&self, page: &mut Html, ranges: [Range<usize>; 2], sides: [&Side<'_>; 2], moved: &[&Marked]) {
        let blank = |place: usize| sides[place].text[ranges[place].clone()].trim().is_empty();
        if blank(0) && blank(1) {
            return;
        }
        for (which, (range, side)) in ranges.into_iter().zip(sides).enumerate() {
            open_cell(page, side);
            let range = trimmed(side.text, range);
            let place =
                |passage: &Marked| if which == 0 { passage.left.clone() } else { passage.right.clone() };
            let mut here: Vec<&Marked> = moved
                .iter()
                .copied()
                .filter(|passage| place(passage).start >= range.start && place(passage).end <= range.end)
                .collect();
            here.sort_by_key(|passage| place(passage).start);
            let mut end = range.start;
            for passage in here {
                let own = place(passage);
                self.plain(page, side, end..own.start);
                self.passage(page, side, passage, which);
                end = own.end;
            }
            self.plain(page, side, end..range.end);
            page.raw("</div>");
        }
        page.raw("\n");
    }

    /// A passage with its number, which leads to the other side, and the words that differ.
    fn passage(&self, page: &mut Html, side: &Side<'_>, passage: &Marked, which: usize) {
        let range = if which == 0 { &passage.left } else { &passage.right };
        let words = &side.text[range.clone()];
        let (pieces, compared) = &self.pieces[passage.number - 1];
        let letters = ["a", "b"];
        open_mark(page, passage);
        page.raw("<a class=\"k\" id=\"").text(self.view.anchor).raw(letters[which]).number(passage.number);
        page.raw("\" href=\"#").text(self.view.anchor).raw(letters[1 - which]).number(passage.number);
        page.raw("\" aria-label=\"passage ").number(passage.number);
        page.raw(if passage.moved { " moved, in the other text\">" } else { " in the other text\">" });
        page.number(passage.number).raw(if passage.moved { " moved</a>" } else { "</a>" });
        let mut end = 0;
        for piece in pieces {
            let own = if which == 0 { sides(piece).0 } else { sides(piece).1 };
            flow(page, words.get(end..own.start).unwrap_or_default());
            let shown = words.get(own.clone()).unwrap_or_default();
            match piece {
                Piece::Differs(..) if shown.is_empty() => {
                    page.raw("<i class=\"gap\" title=\"words missing here\">‸</i>");
                }
                Piece::Differs(..) if *compared => {
                    page.raw("<b>");
                    flow(page, shown);
                    page.raw("</b>");
                }
                Piece::Same(..) | Piece::Differs(..) => flow(page, shown),
                Piece::LeftOut(..) => {
                    page.raw("</mark>");
                    left_out(page, shown);
                    open_mark(page, passage);
                }
            }
            end = own.end.max(end);
        }
        flow(page, words.get(end..).unwrap_or_default());
        page.raw("</mark>");
        if !compared {
            page.raw("<span class=\"cut\"> too long or too different to mark single words</span>");
        }
    }

    /// Text that the other side lacks: its ends, what counts for nothing in grey.
    fn plain(&self, page: &mut Html, side: &Side<'_>, range: Range<usize>) {
        let text = &side.text[range.clone()];
        if text.len() <= 2 * self.context + 120 {
            shaded(page, side, range);
            return;
        }
        let head = range.start + word_end(text, self.context);
        let tail = range.start + word_begin(text, text.len() - self.context).max(head - range.start);
        shaded(page, side, range.start..head);
        left_out(page, &side.text[head..tail]);
        shaded(page, side, tail..range.end);
    }
}

fn open_mark(page: &mut Html, passage: &Marked) {
    page.raw("<mark class=\"p").number(color(passage.number)).raw("\">");
}

fn color(number: usize) -> usize {
    (number - 1) % COLORS + 1
}

/// Text, what counts for nothing in grey.
fn shaded(page: &mut Html, side: &Side<'_>, range: Range<usize>) {
    let mut end = range.start;
    let first = side.grey.partition_point(|grey| grey.end <= range.start);
    for grey in side.grey[first..].iter().take_while(|grey| grey.start < range.end) {
        let (begin, stop) = (grey.start.max(range.start), grey.end.min(range.end));
        flow(page, &side.text[end..begin]);
        page.raw("<span class=\"boiler\">");
        flow(page, &side.text[begin..stop]);
        page.raw("</span>");
        end = stop;
    }
    flow(page, &side.text[end..range.end]);
}

/// Words in a column: a line break where the text has an empty line, else a space.
fn flow(page: &mut Html, text: &str) {
    let mut rest = text;
    while let Some(begin) = rest.find(char::is_whitespace) {
        page.text(&rest[..begin]);
        let space = &rest[begin..];
        let end = space.find(|c: char| !c.is_whitespace()).unwrap_or(space.len());
        let is_paragraph = space[..end].matches('\n').count() > 1 || space[..end].contains('\u{2029}');
        page.raw(if is_paragraph { "\n" } else { " " });
        rest = &space[end..];
    }
    page.text(rest);
}

fn left_out(page: &mut Html, text: &str) {
    let n_words = text.split_whitespace().count().max(1);
    page.raw("<span class=\"cut\"> … ")
        .text(&counted(n_words as u64, "word", "words"))
        .raw(" left out … </span>");
}

/// A range without the white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let words = &text[range.clone()];
    let begin = range.start + words.len() - words.trim_start().len();
    begin..(range.start + words.trim_end().len()).max(begin)
}

/// A passage's bytes, made to fit the text whatever a table says.
pub(super) fn within(text: &str, range: &Range<u32>) -> Range<usize> {
    let begin = text.floor_char_boundary((range.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((range.end as usize).min(text.len()));
    begin..end.max(begin)
}

/// A place at the end of a word, near `place`.
fn word_end(text: &str, place: usize) -> usize {
    let place = text.floor_char_boundary(place.min(text.len()));
    text[..place].rfind(char::is_whitespace).filter(|space| place - space < 40).unwrap_or(place)
}

/// A place at the beginning of a word, near `place`.
fn word_begin(text: &str, place: usize) -> usize {
    let place = text.ceil_char_boundary(place.min(text.len()));
    text[place..].find(char::is_whitespace).filter(|space| *space < 40).map_or(place, |space| place + space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_passages_in_order_stay_and_the_others_are_moved() {
        // On the left 1 2 3; on the right 3 1 2, and 3 is short.
        let ranges = [(0..50, 20..70), (50..90, 70..110), (90..100, 0..10)];
        assert_eq!(heaviest_chain(&ranges), [0, 1]);
        // Longer than both others together, it is they that moved.
        let ranges = [(0..50, 520..570), (50..90, 570..610), (90..600, 0..510)];
        assert_eq!(heaviest_chain(&ranges), [2]);
        assert!(heaviest_chain(&[]).is_empty());
    }

    #[test]
    fn a_chain_is_the_heaviest_of_all_that_ascend() {
        let mut state = 5_u32;
        let mut draw = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for _ in 0..200 {
            let n = draw(9) as usize;
            let mut at = 0;
            let mut ranges: Vec<(Range<usize>, Range<usize>)> = Vec::new();
            let mut starts: Vec<usize> = (0..n).collect();
            for place in (1..n).rev() {
                starts.swap(place, draw(place as u32 + 1) as usize);
            }
            for &start in &starts {
                let long = 1 + draw(9) as usize;
                ranges.push((at..at + long, start * 10..start * 10 + long));
                at += long;
            }
            let weight = |chosen: &[usize]| chosen.iter().map(|&place| ranges[place].0.len()).sum::<usize>();
            let ascends =
                |chosen: &[usize]| chosen.is_sorted_by(|&p, &q| ranges[p].1.start < ranges[q].1.start);
            let all =
                (0..1_usize << n).map(|set| (0..n).filter(|bit| set >> bit & 1 == 1).collect::<Vec<_>>());
            let best = all.filter(|chosen| ascends(chosen)).map(|chosen| weight(&chosen)).max().unwrap_or(0);
            let found = heaviest_chain(&ranges);
            assert!(ascends(&found));
            assert_eq!(weight(&found), best);
        }
    }

    #[test]
    fn lines_flow_and_paragraphs_stay() {
        let mut page = Html::default();
        flow(&mut page, "one\ntwo \r\n \n three  four\n");
        assert_eq!(page.into_string(), "one two\nthree four ");
    }
}

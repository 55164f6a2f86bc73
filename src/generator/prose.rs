//! A text's paragraphs, sentences and words, in any script.

use std::ops::Range;

use crate::tokens::scan;

/// Marks that end a sentence where white space follows.
const ENDS: [char; 7] = ['.', '!', '?', '…', '؟', '।', '։'];
/// Marks that end a sentence wherever they stand.
const ENDS_ANYWHERE: [char; 3] = ['。', '！', '？'];
/// Marks that still belong to the sentence that they follow.
const CLOSING: [char; 9] = ['"', '\'', ')', ']', '”', '’', '»', '」', '』'];

/// The bytes of each word.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::with_capacity(text.len() / 6);
    scan::words(text, |_, bytes| found.push(bytes.start as usize..bytes.end as usize));
    found
}

/// Number of words.
pub(super) fn n_words(text: &str) -> usize {
    let mut n = 0;
    scan::words(text, |_, _| n += 1);
    n
}

/// The first `n` words and what stands between them.
pub(super) fn first_words(text: &str, n: usize) -> &str {
    let words = words(text);
    match (n, words.get(n.saturating_sub(1))) {
        (0, _) => "",
        (_, Some(last)) => text[..last.end].trim_start(),
        (_, None) => text.trim(),
    }
}

/// The text's paragraphs, each on one line: blocks between blank lines; without any, its lines; where these are too
/// few, or no more than lines of fixed width, two or three sentences at a time.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let mut blocks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match blocks.last_mut() {
            Some(block) if !line.is_empty() => block.push(line),
            Some(block) if !block.is_empty() => blocks.push(Vec::new()),
            _ => {}
        }
    }
    blocks.retain(|block| !block.is_empty());
    if let [lines] = blocks.as_slice() {
        let whole =
            |line: &&&str| line.trim_end_matches(CLOSING).ends_with(ENDS) || line.ends_with(ENDS_ANYWHERE);
        if lines.iter().filter(whole).count() * 2 > lines.len() {
            blocks = lines.iter().map(|line| vec![*line]).collect();
        }
    }
    let paragraphs: Vec<String> = blocks.iter().map(|lines| lines.join(" ")).collect();
    if paragraphs.len() >= 4 {
        return paragraphs;
    }
    let sentences: Vec<&str> = paragraphs.iter().flat_map(|paragraph| sentences(paragraph)).collect();
    if sentences.len() < 4 {
        return paragraphs;
    }
    sentences.chunks(if sentences.len() < 10 { 2 } else { 3 }).map(run_of).collect()
}

/// All sentences of a text, paragraph after paragraph.
pub(super) fn all_sentences(text: &str) -> Vec<String> {
    paragraphs(text)
        .iter()
        .flat_map(|paragraph| sentences(paragraph).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Sentences side by side.
pub(super) fn run_of<S: AsRef<str>>(sentences: &[S]) -> String {
    let mut run = String::new();
    for sentence in sentences {
        if !run.is_empty() && !run.ends_with(ENDS_ANYWHERE) {
            run.push(' ');
        }
        run.push_str(sentence.as_ref());
    }
    run
}

/// Sentences as a text of paragraphs of two or three.
pub(super) fn set<S: AsRef<str>>(sentences: &[S]) -> String {
    let size = if sentences.len() < 10 { 2 } else { 3 };
    sentences.chunks(size).map(run_of).collect::<Vec<_>>().join("\n\n")
}

/// The sentences of one paragraph, without the white space between them. An abbreviation ends none: after one to
/// three letters, or letters with dots between them, the sentence goes on; so now and then two are taken for one.
pub(super) fn sentences(paragraph: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut characters = paragraph.char_indices().peekable();
    while let Some((at, mark)) = characters.next() {
        let anywhere = ENDS_ANYWHERE.contains(&mark);
        if !anywhere && !ENDS.contains(&mark) {
            continue;
        }
        let mut end = at + mark.len_utf8();
        while let Some(&(next, closing)) = characters.peek()
            && (CLOSING.contains(&closing) || ENDS.contains(&closing))
        {
            end = next + closing.len_utf8();
            characters.next();
        }
        let rest = &paragraph[end..];
        let goes_on = !rest.starts_with(char::is_whitespace)
            || rest.trim_start().starts_with(char::is_lowercase)
            || (mark == '.' && is_abbreviation(&paragraph[begin..at]));
        if anywhere || !goes_on || rest.is_empty() {
            found.push(paragraph[begin..end].trim());
            begin = end;
        }
    }
    found.push(paragraph[begin..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

fn is_abbreviation(before: &str) -> bool {
    let last = before.rsplit(char::is_whitespace).next().unwrap_or(before);
    let letters = last.trim_start_matches(|c: char| !c.is_alphanumeric());
    letters.contains('.')
        || (letters.chars().count() <= 3 && letters.starts_with(char::is_uppercase))
        || before.split_whitespace().count() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_their_marks_and_not_at_abbreviations() {
        let text = "Mr. Rossi of the U.S. Senate spoke. \"It is late!\" He left at 8.30 p.m. on Monday. Was it? Yes, it was.";
        assert_eq!(
            sentences(text),
            [
                "Mr. Rossi of the U.S. Senate spoke.", "\"It is late!\"", "He left at 8.30 p.m. on Monday.",
                "Was it?", "Yes, it was."
            ]
        );
        assert_eq!(sentences("他来了。她走了！好"), ["他来了。", "她走了！", "好"]);
        assert!(sentences(" ").is_empty());
    }

    #[test]
    fn sentences_lose_nothing_but_space() {
        let text = "One two three. Four (five) six? \u{201c}Seven.\u{201d} Eight e.g. nine\nten";
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&sentences(text).concat()), bare(text));
        assert_eq!(bare(&set(&sentences(text))), bare(text));
    }

    #[test]
    fn lines_of_fixed_width_are_one_paragraph_and_whole_lines_are_several() {
        let wrapped = "The council of the town met on\nMonday evening and voted. It was late\nwhen it ended.";
        assert_eq!(paragraphs(wrapped).len(), 1);
        let whole = "The first line ends.\nThe second ends.\nA third one does.\nSo does the fourth.";
        assert_eq!(paragraphs(whole).len(), 4);
        assert_eq!(paragraphs("a b\nc d\n\ne\n\nf\n \ng"), ["a b c d", "e", "f", "g"]);
    }

    #[test]
    fn first_words_are_counted_in_any_script() {
        assert_eq!(first_words("One, two (three) four", 3), "One, two (three");
        assert_eq!(first_words("他来了。她", 3), "他来了");
        assert_eq!(first_words("one", 5), "one");
        assert_eq!(first_words("one", 0), "");
    }
}

//! Messages: who sent a text that begins with the headers of mail or of a newsgroup, and what does it say itself?
//!
//! An answer holds what it answers, and not always behind marks of a quote: some put `#` or the name of who said it before each line,
//! some nothing. But what somebody else's answer shares with a message is quoted, whatever stands before it. And all messages of one
//! sender share headers and a signature, which may be longer than what stands between them.

use std::collections::BTreeSet;
use std::ops::Range;

/// Bytes of a text among which its headers stand; what a site puts above them is shorter.
const HEAD: usize = 2_000;

/// Bytes from the sender to the subject, at most.
const HEADERS: usize = 400;

/// Bytes of a subject that runs into what follows.
const SUBJECT: usize = 80;

/// Lines below `--` that may be a signature.
const SIGNATURE: usize = 10;

/// Letters in the runs by which two names are held against each other: a scanner that reads a name badly leaves some.
const RUN: usize = 3;

/// Share of the runs of the name that has fewer, up to which two names are those of two people. Of 500 wrong pairs with an answer
/// among newsgroup posts with planted copies 341 have no more, of 3,052 right ones one has.
const SHARED: f64 = 0.2;

/// The same of two subjects, from which they are one.
const ONE_SUBJECT: f64 = 0.5;

/// A text with the headers of a message.
#[derive(Debug)]
pub(super) struct Message {
    /// Runs of letters in the names and addresses of who sent it.
    sender: Runs,
    /// Runs of letters in its subject.
    subject: Runs,
    /// Does its subject begin with `Re:` (RFC 5322, 3.6.5)?
    is_answer: bool,
    /// Does it begin with `Fw:` or `Fwd:`?
    is_forwarded: bool,
    /// Bytes of the text below the headers and above the signature (RFC 3676, 4.3); none where the headers are not on lines of their own.
    pub(super) body: Option<Range<usize>>,
}

type Runs = BTreeSet<[char; RUN]>;

impl Message {
    /// Reads the headers at the head of a text; they may stand on one line. None if there are none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let head = &text[..text.floor_char_boundary(HEAD)];
        let from = head.find("From: ")?;
        let begin = from + "From: ".len();
        let headers = &head[begin..head.floor_char_boundary(begin + HEADERS)];
        // The subject stands above the sender or below.
        let (last, subject) = match head[..from].rsplit_once("Subject: ") {
            Some((_, subject)) => (from, subject),
            None => {
                headers.split_once("Subject: ").map(|(before, subject)| (begin + before.len(), subject))?
            }
        };
        let line = headers.lines().next().unwrap_or_default();
        // On one line, the name of the next header ends it.
        let end = line.find(": ").map_or(line.len(), |colon| line[..colon].rfind(' ').unwrap_or(0));
        let subject = subject.lines().next().unwrap_or_default();
        let subject = &subject[..subject.floor_char_boundary(SUBJECT)];
        let begins_with =
            |mark: &str| subject.get(..mark.len()).is_some_and(|opening| opening.eq_ignore_ascii_case(mark));
        Some(Self {
            sender: runs(&line[..end]),
            subject: runs(subject),
            is_answer: begins_with("re:"),
            is_forwarded: begins_with("fw:") || begins_with("fwd:"),
            body: body(text, last),
        })
    }

    /// Are these messages of different senders on one subject, of which one is an answer and none forwarded?
    pub(super) fn is_of_another(&self, other: &Self) -> bool {
        (self.is_answer || other.is_answer)
            && !self.is_forwarded
            && !other.is_forwarded
            && shared(&self.sender, &other.sender).is_some_and(|share| share <= SHARED)
            && shared(&self.subject, &other.subject).is_some_and(|share| share >= ONE_SUBJECT)
    }
}

/// How many runs of the one that has fewer the other has, too: a share. None where there is no run.
fn shared(a: &Runs, b: &Runs) -> Option<f64> {
    let n_fewer = a.len().min(b.len());
    (n_fewer > 0).then(|| a.intersection(b).count() as f64 / n_fewer as f64)
}

/// What stands below the headers of a text, one of which begins at `header`, and above its signature.
fn body(text: &str, header: usize) -> Option<Range<usize>> {
    let is_line = header == 0 || text[..header].ends_with('\n');
    let n_headers: usize =
        text[header..].split_inclusive('\n').take_while(|line| is_header(line)).map(str::len).sum();
    let begin = header + n_headers;
    let (mut end, mut signature) = (begin, None);
    for (number, line) in text[begin..].split_inclusive('\n').enumerate() {
        if line.trim_end() == "--" {
            signature = Some((number, end));
        } else if signature.is_some_and(|(first, _)| number > first + SIGNATURE) {
            signature = None;
        }
        end += line.len();
    }
    (is_line && begin < text.len()).then(|| begin..signature.map_or(end, |(_, begin)| begin))
}

/// Does a line name a header, or go on with one?
fn is_header(line: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let goes_on = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    goes_on || line.split_once(':').is_some_and(|(name, _)| is_name(name))
}

/// Every run of so many letters and digits in names or words, in lower case; hosts, which many share, left out.
fn runs(name: &str) -> Runs {
    let own = name.split_whitespace().map(|part| part.split('@').next().unwrap_or(part));
    let words = own.flat_map(|part| part.split(|letter: char| !letter.is_alphanumeric()));
    let mut runs = BTreeSet::new();
    for word in words {
        let letters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        runs.extend(letters.array_windows::<RUN>());
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::Message;

    const POST: &str = "From: ann.miller@host.edu (Ann Miller)\nSubject: Old bikes\nLines: 2\n\nWho has one?";
    const ANSWER: &str = "Menu\nFrom: bob@other.edu (Bob Smith)\nOrganization: None\nSubject: Re: Old bikes\n\nI do.\n-- \nBob";

    fn read(text: &str) -> (bool, Option<&str>) {
        let message = Message::of(text).expect("headers");
        (message.is_answer, message.body.map(|body| &text[body]))
    }

    #[test]
    fn headers_are_read_from_lines_and_from_one_line() {
        assert_eq!(read(POST), (false, Some("\nWho has one?")));
        assert_eq!(read(ANSWER), (true, Some("\nI do.\n")));
        let run_in =
            "PARIS (AFP) - From: bob@other.edu (Bob Smith) Organization: None Subject: RE: Old bikes I do.";
        assert_eq!(read(run_in), (true, None));
        assert_eq!(
            Message::of(run_in).expect("headers").sender,
            Message::of(ANSWER).expect("headers").sender
        );
        let folded = "From: Ann\nSubject: Old\n bikes\nNot a header: text\n--\nAnn";
        assert_eq!(read(folded), (false, Some("Not a header: text\n")));
        // What stands below a rule is no signature if it is long.
        let ruled = format!("From: Ann\nSubject: Old\n\nText\n--\n{}", "More\n".repeat(20));
        assert_eq!(read(&ruled).1.map(str::len), Some(ruled.len() - "From: Ann\nSubject: Old\n".len()));
        // The first headers count, in either order, and not those of what is forwarded.
        let above = "Subject: Old\nFrom: Ann\n\nFrom: Bob\nSubject: Re: Old";
        assert_eq!(read(above), (false, Some("\nFrom: Bob\nSubject: Re: Old")));
        for text in ["From: here to there, no subject", "From: é\u{301}", "From: ", "Subject: Old", ""] {
            assert!(Message::of(text).is_none(), "{text}");
        }
        assert_eq!(read("From: Ann\nSubject: None"), (false, None));
    }

    #[test]
    fn an_answer_of_another_is_told_and_a_copy_is_not() {
        let is_of_another = |a: &str, b: &str| {
            let (a, b) = (Message::of(a).expect("headers"), Message::of(b).expect("headers"));
            assert_eq!(a.is_of_another(&b), b.is_of_another(&a));
            a.is_of_another(&b)
        };
        assert!(is_of_another(POST, ANSWER));
        assert!(!is_of_another(ANSWER, ANSWER));
        let carl = POST.replace("ann.miller", "carl").replace("Ann Miller", "Carl");
        assert!(!is_of_another(POST, &carl));
        assert!(!is_of_another(ANSWER, "From: b0b@othr.edu (Bcb Smitb) Subject: Re: Old b1kes I do."));
        // Too little is left of a name to tell.
        assert!(!is_of_another(POST, "From: li@a.b Subject: Re: Old bikes I do."));
        // Forwarded, and on something else.
        assert!(!is_of_another(ANSWER, &carl.replace("Old", "Fwd: Re: Old")));
        assert!(!is_of_another(&carl, &ANSWER.replace("Old bikes", "New rivers")));
    }
}

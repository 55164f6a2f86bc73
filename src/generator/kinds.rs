//! The kinds of document that are planted, and what each does to a text.

use std::fmt;
use std::str::FromStr;

/// A kind of edited copy, of look-alike or of story. The order is the one in which edits follow each other on
/// a text's way: the desk changes what it says, then it is scanned, then it is dressed for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The same text.
    Exact,
    /// The first 70 % of the words.
    Trunc70,
    /// The first 50 % of the words.
    Trunc50,
    /// The first 30 % of the words.
    Trunc30,
    /// Half of the words, from the middle.
    Excerpt,
    /// A fifth to two fifths of the paragraphs left out.
    ParagraphsDropped,
    /// The paragraphs after the first in another order.
    ParagraphsMoved,
    /// One to three sentences of other documents put in.
    SentenceIn,
    /// A few numbers changed, one or two sentences replaced, one added.
    Update,
    /// A tenth of the words replaced by others of the same frequency.
    Words10,
    /// A fifth of the words replaced by others of the same frequency.
    Words20,
    /// Another document before or after it: a copy of two.
    Concat,
    /// 1 % of the characters misread.
    Ocr01,
    /// 3 % of the characters misread.
    Ocr03,
    /// 5 % of the characters misread.
    Ocr05,
    /// 10 % of the characters misread.
    Ocr10,
    /// Slips of the hand in 3 % of the words.
    Typos,
    /// Quotation marks, dashes, dots and spaces of another house.
    Quotes,
    /// All in capitals, or none.
    Capitals,
    /// A headline on top, the first sentence perhaps gone.
    Headline,
    /// An agency's line before the text and its notice after it.
    Wire,
    /// Author and date before the text, a line on the author after it.
    Byline,
    /// Menus, notices and teasers around and between.
    Furniture,
    /// Tags and entities left over.
    Html,
    /// Lines of fixed width, words broken at their ends.
    Wrapped,
    /// Two edits.
    Combo2,
    /// Three edits.
    Combo3,
    /// Scans of one text, each misread on its own: 5 % of the characters.
    Scans05,
    /// The same of a clipping of 400 words.
    Scans05Of400,
    /// The same of a clipping of 150 words.
    Scans05Of150,
    /// The same of a clipping of 60 words.
    Scans05Of60,
    /// Scans of one text, each misread on its own: 10 % of the characters.
    Scans10,
    /// The same of a clipping of 400 words.
    Scans10Of400,
    /// The same of a clipping of 150 words.
    Scans10Of150,
    /// One event in two or three texts that share no sentence. No copies.
    Story,
    /// Unrelated texts in the same page. No copies.
    NegFurniture,
    /// One form filled for other companies, towns, teams. No copies.
    NegForm,
    /// Reports from one stock of sentences, with other numbers in another order. No copies.
    NegMarket,
    /// A column: the same opening, author and sign-off, another body. No copies.
    NegColumn,
    /// Two reports of one speech: the same quotations, other reporting. No copies.
    NegSpeech,
    /// An event a year later: the same background, other news. No copies.
    NegYear,
}

/// What kinds have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// An edited copy of a document.
    Copy,
    /// Scans of one text, all of them misread.
    Scans,
    /// The same event, no copy.
    Story,
    /// Resembles others and is no copy.
    Negative,
}

/// Every kind with its name, as the truth and `--kinds` have it.
const NAMES: [(Kind, &str); 41] = [
    (Kind::Exact, "exact"),
    (Kind::Trunc70, "trunc70"),
    (Kind::Trunc50, "trunc50"),
    (Kind::Trunc30, "trunc30"),
    (Kind::Excerpt, "excerpt"),
    (Kind::ParagraphsDropped, "paragraphs_dropped"),
    (Kind::ParagraphsMoved, "paragraphs_moved"),
    (Kind::SentenceIn, "sentence_in"),
    (Kind::Update, "update"),
    (Kind::Words10, "words10"),
    (Kind::Words20, "words20"),
    (Kind::Concat, "concat"),
    (Kind::Ocr01, "ocr01"),
    (Kind::Ocr03, "ocr03"),
    (Kind::Ocr05, "ocr05"),
    (Kind::Ocr10, "ocr10"),
    (Kind::Typos, "typos"),
    (Kind::Quotes, "quotes"),
    (Kind::Capitals, "capitals"),
    (Kind::Headline, "headline"),
    (Kind::Wire, "wire"),
    (Kind::Byline, "byline"),
    (Kind::Furniture, "furniture"),
    (Kind::Html, "html"),
    (Kind::Wrapped, "wrapped"),
    (Kind::Combo2, "combo2"),
    (Kind::Combo3, "combo3"),
    (Kind::Scans05, "scans05"),
    (Kind::Scans05Of400, "scans05_400"),
    (Kind::Scans05Of150, "scans05_150"),
    (Kind::Scans05Of60, "scans05_60"),
    (Kind::Scans10, "scans10"),
    (Kind::Scans10Of400, "scans10_400"),
    (Kind::Scans10Of150, "scans10_150"),
    (Kind::Story, "story"),
    (Kind::NegFurniture, "neg_furniture"),
    (Kind::NegForm, "neg_form"),
    (Kind::NegMarket, "neg_market"),
    (Kind::NegColumn, "neg_column"),
    (Kind::NegSpeech, "neg_speech"),
    (Kind::NegYear, "neg_year"),
];

/// Edits that combine: each alone leaves a text that a reader knows again at once.
pub(super) const COMBINABLE: [Kind; 14] = [
    Kind::Trunc70,
    Kind::ParagraphsDropped,
    Kind::SentenceIn,
    Kind::Update,
    Kind::Words10,
    Kind::Ocr01,
    Kind::Typos,
    Kind::Quotes,
    Kind::Headline,
    Kind::Wire,
    Kind::Byline,
    Kind::Furniture,
    Kind::Html,
    Kind::Wrapped,
];

impl Kind {
    /// All of them.
    pub const ALL: [Self; NAMES.len()] = {
        let mut all = [Self::Exact; NAMES.len()];
        let mut place = 0;
        while place < NAMES.len() {
            all[place] = NAMES[place].0;
            place += 1;
        }
        all
    };

    /// Its name in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// What it has in common with others.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            kind if kind < Self::Scans05 => Class::Copy,
            kind if kind < Self::Story => Class::Scans,
            Self::Story => Class::Story,
            _ => Class::Negative,
        }
    }

    /// Share of the characters that are misread, for scans and OCR; 0 for others.
    pub(super) fn noise(self) -> f64 {
        match self {
            Self::Ocr01 => 0.01,
            Self::Ocr03 => 0.03,
            Self::Ocr05 | Self::Scans05 | Self::Scans05Of400 | Self::Scans05Of150 | Self::Scans05Of60 => 0.05,
            Self::Ocr10 | Self::Scans10 | Self::Scans10Of400 | Self::Scans10Of150 => 0.10,
            _ => 0.0,
        }
    }

    /// Words of the clipping that is scanned; none for whole texts.
    pub(super) fn clipping(self) -> Option<u32> {
        match self {
            Self::Scans05Of400 | Self::Scans10Of400 => Some(400),
            Self::Scans05Of150 | Self::Scans10Of150 => Some(150),
            Self::Scans05Of60 => Some(60),
            _ => None,
        }
    }

    /// Share of the original's words that an edit keeps, about.
    pub(super) fn kept(self) -> f64 {
        match self {
            Self::Trunc70 | Self::ParagraphsDropped => 0.7,
            Self::Trunc50 | Self::Excerpt | Self::Combo2 | Self::Combo3 => 0.5,
            Self::Trunc30 => 0.3,
            Self::Update | Self::Headline => 0.9,
            _ => 1.0,
        }
    }

    /// Share of the words that an edit makes others of, about: a word of six letters outlives a rate r of
    /// misread letters with chance (1 - r)^6.
    pub(super) fn damage(self) -> f64 {
        match self {
            Self::Words10 | Self::Combo2 | Self::Combo3 => 0.1,
            Self::Words20 => 0.2,
            Self::Typos => 0.03,
            kind => 1.0 - (1.0 - kind.noise()).powi(6),
        }
    }

    /// Words that a text needs for an edit to leave something that a reader knows again.
    pub(super) fn least_words(self) -> u32 {
        match self {
            Self::Trunc70 => 60,
            Self::Trunc50 | Self::ParagraphsDropped | Self::ParagraphsMoved => 80,
            Self::Trunc30 => 120,
            Self::Excerpt | Self::Combo2 | Self::Combo3 => 100,
            Self::Story => 240,
            Self::NegSpeech | Self::NegYear => 200,
            Self::NegColumn => 150,
            kind => kind.clipping().unwrap_or(0),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(_, known)| *known).collect();
            format!("no kind is called {name:?}; there are {}", known.join(", "))
        })
    }
}

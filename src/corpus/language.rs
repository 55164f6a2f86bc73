//! Which language is a text in? Asked of its body, never of a headline alone.

use std::borrow::Cow;

use whatlang::Lang;

use super::Language;
use super::function_words::{Findings, FunctionWords};

/// Pieces of a long body that are looked at.
const PIECES: usize = 5;

/// Bytes of each. More change next to nothing.
const PIECE: usize = 180;

/// Bytes of a sample from which its pieces tell languages of their own.
const LEAST_IN_PIECES: usize = 500;

/// Pieces from which a language beside the main one is told.
const BESIDE: usize = 2;

/// Letters from which the best guess is better than none.
const ENOUGH_LETTERS: usize = 40;

/// Letters below which nothing is guessed.
const LEAST_LETTERS: usize = 12;

/// The codes of ISO 639-1, two letters each.
const CODES: &str = "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofr\
    fygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmi\
    mkmlmnmrmsmtmynandnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgth\
    titktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";

/// By two small letters: are they one of [`CODES`]?
const IS_CODE: [bool; 26 * 26] = {
    let codes = CODES.as_bytes();
    let mut is_code = [false; 26 * 26];
    let mut at = 0;
    while at < codes.len() {
        is_code[place_of_code(codes[at], codes[at + 1])] = true;
        at += 2;
    }
    is_code
};

const fn place_of_code(first: u8, second: u8) -> usize {
    (first - b'a') as usize * 26 + (second - b'a') as usize
}

impl Language {
    /// From a code that ISO 639 knows: two letters, with or without a region, or three.
    #[must_use]
    pub fn known(code: &str) -> Option<Self> {
        let code = code.trim();
        if let Some(language) = Self::from_code(code) {
            return IS_CODE[place_of_code(language.0[0], language.0[1])].then_some(language);
        }
        let code = code.split(['-', '_']).next()?.to_ascii_lowercase();
        Lang::from_code(&code).map(short)
    }
}

/// Tells languages, among all or among those allowed.
#[derive(Debug)]
pub(super) struct Detector {
    among: Among,
    function_words: FunctionWords,
}

#[derive(Debug)]
enum Among {
    All(whatlang::Detector),
    Some(whatlang::Detector),
    One(Language),
}

impl Detector {
    /// Among `codes` (ISO 639-1), or all languages when there are none.
    pub(super) fn new(codes: &[String]) -> Self {
        let allowed: Vec<Language> = codes.iter().filter_map(|code| Language::from_code(code)).collect();
        let among = match allowed.as_slice() {
            [] => Among::All(whatlang::Detector::new()),
            [one] => Among::One(*one),
            several => {
                let list =
                    Lang::all().iter().copied().filter(|lang| several.contains(&short(*lang))).collect();
                Among::Some(whatlang::Detector::with_allowlist(list))
            }
        };
        let is_allowed = |language| allowed.is_empty() || allowed.contains(&language);
        Self { among, function_words: FunctionWords::new(is_allowed) }
    }

    /// Is this one of the languages that bodies are told to be in?
    pub(super) fn tells(&self, language: Language) -> bool {
        let is_known = |language: Language| {
            FunctionWords::has(language) || Lang::all().iter().any(|&lang| short(lang) == language)
        };
        match &self.among {
            Among::One(only) => *only == language,
            Among::All(_) | Among::Some(_) => is_known(language),
        }
    }

    /// The main language of a body.
    #[cfg(test)]
    pub(super) fn detect(&self, body: &str) -> Language {
        self.tell(body).main
    }

    /// The language of a body (of two, the one that more of it is in), and another that much of it is in.
    pub(super) fn tell(&self, body: &str) -> Told {
        let unmixed = |main| Told { main, beside: None };
        let sample = sample(body.trim());
        let n_letters =
            sample.chars().filter(|character| character.is_alphabetic()).take(ENOUGH_LETTERS).count();
        if n_letters < LEAST_LETTERS {
            return unmixed(Language::UNKNOWN);
        }
        let (detector, restricted) = match &self.among {
            Among::One(language) => return unmixed(*language),
            Among::All(detector) => (detector, false),
            Among::Some(detector) => (detector, true),
        };
        let (mut findings, mut by_piece) = (Findings::default(), Vec::new());
        for piece in pieces(&sample) {
            let of_piece = self.function_words.find(piece);
            by_piece.push((piece, of_piece.clear()));
            findings.add(&of_piece);
        }
        if n_letters >= ENOUGH_LETTERS
            && let Some(main) = findings.clear()
        {
            return with_beside(main, &by_piece, detector);
        }
        match detector.detect(&sample) {
            Some(guess) if restricted || n_letters >= ENOUGH_LETTERS || guess.is_reliable() => {
                let told = short(guess.lang());
                let other =
                    (guess.script() == whatlang::Script::Latin).then(|| findings.against(told)).flatten();
                let main = other.unwrap_or(told);
                with_beside(main, &by_piece, detector)
            }
            _ => unmixed(Language::UNKNOWN),
        }
    }
}

/// What a text tells of its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) main: Language,
    /// Another one that at least two of five pieces are in.
    pub(super) beside: Option<Language>,
}

/// Another language that several pieces of a text are clearly in. Pieces in letters that are not Latin are told by their
/// trigrams, where the main language has Latin ones, and are the main ones where they are most; else pieces are told by their
/// function words, as are all that have them.
fn with_beside(main: Language, pieces: &[(&str, Option<Language>)], detector: &whatlang::Detector) -> Told {
    let unmixed = Told { main, beside: None };
    if pieces.len() < PIECES {
        return unmixed;
    }
    let is_foreign = |piece: &str| piece.bytes().filter(|byte| !byte.is_ascii()).count() * 2 > piece.len();
    let is_latin = FunctionWords::has(main);
    let others: Vec<(Language, bool)> = pieces
        .iter()
        .filter_map(|(piece, clear)| match clear {
            None if is_latin && is_foreign(piece) => {
                detector.detect_lang(piece).map(|lang| (short(lang), true))
            }
            clear => clear.map(|language| (language, false)),
        })
        .filter(|(language, _)| *language != main)
        .collect();
    let n_pieces = |language: Language| others.iter().filter(|(other, _)| *other == language).count();
    match others.iter().find(|(language, _)| n_pieces(*language) >= BESIDE) {
        Some(&(other, true)) if n_pieces(other) * 2 > PIECES => Told { main: other, beside: Some(main) },
        Some(&(other, _)) => Told { main, beside: Some(other) },
        None => unmixed,
    }
}

/// A sample cut into [`PIECES`] where no word is cut; a short one, or one without spaces, may be fewer.
fn pieces(sample: &str) -> Vec<&str> {
    let mut pieces = Vec::with_capacity(PIECES);
    let mut rest = sample;
    if sample.len() >= LEAST_IN_PIECES {
        for n_left in (2..=PIECES).rev() {
            let begin = rest.floor_char_boundary(rest.len() / n_left);
            let Some(end) = memchr::memchr(b' ', &rest.as_bytes()[begin..]) else { break };
            pieces.push(&rest[..begin + end]);
            rest = &rest[begin + end..];
        }
    }
    pieces.push(rest);
    pieces
}

/// Pieces from all over a body, so that what a page says around its article does not tell the article's language.
fn sample(body: &str) -> Cow<'_, str> {
    if body.len() <= PIECES * PIECE * 3 / 2 {
        return Cow::Borrowed(body);
    }
    let mut sample = String::with_capacity(PIECES * (PIECE + 4));
    for place in 0..PIECES {
        let middle = body.len() * (2 * place + 1) / (2 * PIECES);
        let begin = body.ceil_char_boundary(middle - PIECE / 2);
        let end = body.floor_char_boundary(begin + PIECE);
        sample.push_str(&body[begin..end]);
        sample.push(' ');
    }
    Cow::Owned(sample)
}

/// The two-letter code.
fn short(lang: Lang) -> Language {
    let code: &[u8; 2] = match lang {
        Lang::Epo => b"eo",
        Lang::Eng => b"en",
        Lang::Rus => b"ru",
        Lang::Cmn => b"zh",
        Lang::Spa => b"es",
        Lang::Por => b"pt",
        Lang::Ita => b"it",
        Lang::Ben => b"bn",
        Lang::Fra => b"fr",
        Lang::Deu => b"de",
        Lang::Ukr => b"uk",
        Lang::Kat => b"ka",
        Lang::Ara => b"ar",
        Lang::Hin => b"hi",
        Lang::Jpn => b"ja",
        Lang::Heb => b"he",
        Lang::Yid => b"yi",
        Lang::Pol => b"pl",
        Lang::Amh => b"am",
        Lang::Jav => b"jv",
        Lang::Kor => b"ko",
        Lang::Nob => b"no",
        Lang::Dan => b"da",
        Lang::Swe => b"sv",
        Lang::Fin => b"fi",
        Lang::Tur => b"tr",
        Lang::Nld => b"nl",
        Lang::Hun => b"hu",
        Lang::Ces => b"cs",
        Lang::Ell => b"el",
        Lang::Bul => b"bg",
        Lang::Bel => b"be",
        Lang::Mar => b"mr",
        Lang::Kan => b"kn",
        Lang::Ron => b"ro",
        Lang::Slv => b"sl",
        Lang::Hrv => b"hr",
        Lang::Srp => b"sr",
        Lang::Mkd => b"mk",
        Lang::Lit => b"lt",
        Lang::Lav => b"lv",
        Lang::Est => b"et",
        Lang::Tam => b"ta",
        Lang::Vie => b"vi",
        Lang::Urd => b"ur",
        Lang::Tha => b"th",
        Lang::Guj => b"gu",
        Lang::Uzb => b"uz",
        Lang::Pan => b"pa",
        Lang::Aze => b"az",
        Lang::Ind => b"id",
        Lang::Tel => b"te",
        Lang::Pes => b"fa",
        Lang::Mal => b"ml",
        Lang::Ori => b"or",
        Lang::Mya => b"my",
        Lang::Nep => b"ne",
        Lang::Sin => b"si",
        Lang::Khm => b"km",
        Lang::Tuk => b"tk",
        Lang::Aka => b"ak",
        Lang::Zul => b"zu",
        Lang::Sna => b"sn",
        Lang::Afr => b"af",
        Lang::Lat => b"la",
        Lang::Slk => b"sk",
        Lang::Cat => b"ca",
        Lang::Tgl => b"tl",
        Lang::Hye => b"hy",
        Lang::Cym => b"cy",
    };
    Language([code[0], code[1], 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_two_and_three_letters_are_known() {
        assert_eq!(Language::known("EN-us").map(|language| language.code().to_owned()), Some("en".into()));
        assert_eq!(Language::known("deu").map(|language| language.code().to_owned()), Some("de".into()));
        assert_eq!(Language::known("xx"), None);
        assert_eq!(Language::known("english"), None);
    }

    #[test]
    fn every_language_that_can_be_detected_has_a_code() {
        for lang in Lang::all() {
            assert_ne!(short(*lang), Language::UNKNOWN, "{lang:?}");
            assert!(Language::known(short(*lang).code()).is_some(), "{lang:?}");
        }
    }

    #[test]
    fn swahili_is_told_though_the_table_lacks_it() {
        let detector = Detector::new(&[]);
        let body = "Baraza la mji lilikutana siku ya Jumanne na kukubaliana kuhusu njia mpya ya reli ambayo itafunguliwa \
                    katika msimu ujao, alisema meya wa mji huo kwa waandishi wa habari.";
        assert_eq!(detector.detect(body).code(), "sw");
        for other in [
            "La reunión de la ciudad se celebró el martes y la nueva línea de tranvía, según la alcaldesa, abrirá en la primavera.",
            "Gradsko vijeće sastalo se u utorak na sjednici i složilo se na novu tramvajsku liniju, a na proljeće će se otvoriti.",
            "Ang konseho ng lungsod ay nagpulong noong Martes at sumang-ayon sa bagong linya ng tren na magbubukas sa tagsibol.",
        ] {
            assert_ne!(detector.detect(other).code(), "sw", "{other}");
        }
    }

    #[test]
    fn two_languages_are_told_where_much_of_a_text_is_in_each() {
        let english = "The council of the city met on Tuesday and agreed on the new tram line, which opens in the spring of next year. ";
        let german = "Der Rat der Stadt hat sich am Dienstag auf die neue Linie geeinigt, die im Frühling des nächsten Jahres öffnet. ";
        let russian = "Городской совет во вторник одобрил новую трамвайную линию, которая откроется весной следующего года. ";
        let detector = Detector::new(&[]);
        let told = |pieces: &[(&str, usize)]| {
            let text: String = pieces.iter().map(|(text, times)| text.repeat(*times)).collect();
            let told = detector.tell(&text);
            (told.main.code().to_owned(), told.beside.map(|language| language.code().to_owned()))
        };
        let pair = |main: &str, beside: &str| (main.to_owned(), Some(beside.to_owned()));
        assert_eq!(told(&[(english, 9)]), ("en".into(), None));
        assert_eq!(told(&[(russian, 9)]), ("ru".into(), None));
        assert_eq!(told(&[(english, 6), (german, 4)]), pair("en", "de"));
        assert_eq!(told(&[(german, 30), (english, 20)]), pair("de", "en"));
        assert_eq!(told(&[(english, 12), (russian, 5)]), pair("en", "ru"));
        assert_eq!(told(&[(russian, 6), (english, 6)]), pair("ru", "en"));
        assert_eq!(told(&[(english, 19), (german, 1)]), ("en".into(), None), "a quotation");
        assert_eq!(told(&[(english, 1), (german, 1)]).1, None, "too short to tell");
    }

    #[test]
    fn pieces_are_the_sample_and_cut_no_word() {
        for text in ["", "a b", &"Zürich ist groß ".repeat(60), &"x".repeat(900), &"語".repeat(400)] {
            let pieces = pieces(text);
            assert_eq!(pieces.concat(), text);
            assert!(pieces.len() <= PIECES && pieces.iter().skip(1).all(|piece| piece.starts_with(' ')));
        }
        assert_eq!(pieces(&"Zürich ist groß ".repeat(60)).len(), PIECES);
    }

    #[test]
    fn a_body_tells_its_language_and_a_word_does_not() {
        let detector = Detector::new(&[]);
        assert_eq!(
            detector.detect("Der Rat der Stadt hat am Dienstag über die neue Straßenbahn beraten.").code(),
            "de"
        );
        assert_eq!(detector.detect("市議会は火曜日に新しい路面電車について話し合った。").code(), "ja");
        assert_eq!(detector.detect("Tram"), Language::UNKNOWN);
        let nordic = Detector::new(&["sv".into(), "da".into()]);
        assert_eq!(nordic.detect("Kommunen mødtes tirsdag for at tale om den nye sporvogn").code(), "da");
    }
}

//! Which language is a text in? Asked of its body, never of a headline alone.

use std::borrow::Cow;

use whatlang::Lang;

use super::Language;
use super::function_words::FunctionWords;

/// Pieces of a long body that are looked at.
const PIECES: usize = 5;

/// Bytes of each. More change next to nothing.
const PIECE: usize = 180;

/// Letters from which the best guess is better than none.
const ENOUGH_LETTERS: usize = 40;

/// Letters below which nothing is guessed.
const LEAST_LETTERS: usize = 12;

/// The codes of ISO 639-1, two letters each.
const CODES: &str = "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofr\
    fygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmi\
    mkmlmnmrmsmtmynandnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgth\
    titktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";

impl Language {
    /// From a code that ISO 639 knows: two letters, with or without a region, or three.
    #[must_use]
    pub fn known(code: &str) -> Option<Self> {
        let code = code.trim();
        if let Some(language) = Self::from_code(code) {
            let (pairs, _) = CODES.as_bytes().as_chunks::<2>();
            return pairs.iter().any(|pair| *pair == language.code().as_bytes()).then_some(language);
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

    /// The language of a body: of two, the one that more of it is in.
    pub(super) fn detect(&self, body: &str) -> Language {
        let sample = sample(body.trim());
        let n_letters =
            sample.chars().filter(|character| character.is_alphabetic()).take(ENOUGH_LETTERS).count();
        if n_letters < LEAST_LETTERS {
            return Language::UNKNOWN;
        }
        let (detector, restricted) = match &self.among {
            Among::One(language) => return *language,
            Among::All(detector) => (detector, false),
            Among::Some(detector) => (detector, true),
        };
        let findings = self.function_words.find(&sample);
        if n_letters >= ENOUGH_LETTERS
            && let Some(told) = findings.clear()
        {
            return told;
        }
        match detector.detect(&sample) {
            Some(guess) if restricted || n_letters >= ENOUGH_LETTERS || guess.is_reliable() => {
                let told = short(guess.lang());
                let other =
                    (guess.script() == whatlang::Script::Latin).then(|| findings.against(told)).flatten();
                other.unwrap_or(told)
            }
            _ => Language::UNKNOWN,
        }
    }
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

//! Which language is a text in? Asked of its body, never of a headline alone.

use whatlang::Lang;

use super::Language;

/// Characters of the body that are looked at first: enough for nearly every text, and a quarter less time.
const FIRST_SAMPLE: usize = 500;

/// Characters looked at when the first leave a doubt. More change next to nothing.
const SAMPLE: usize = 1_500;

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
    allows_swahili: bool,
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
        Self { among, allows_swahili: allowed.is_empty() || allowed.contains(&SWAHILI) }
    }

    /// Is this one of the languages that bodies are told to be in?
    pub(super) fn tells(&self, language: Language) -> bool {
        let is_known = |language: Language| {
            language == SWAHILI || Lang::all().iter().any(|&lang| short(lang) == language)
        };
        match &self.among {
            Among::One(only) => *only == language,
            Among::All(_) | Among::Some(_) => is_known(language),
        }
    }

    /// The language of a body.
    pub(super) fn detect(&self, body: &str) -> Language {
        let short_sample = sample(body, FIRST_SAMPLE);
        let n_letters =
            short_sample.chars().filter(|character| character.is_alphabetic()).take(ENOUGH_LETTERS).count();
        if n_letters < LEAST_LETTERS {
            return Language::UNKNOWN;
        }
        let (detector, restricted) = match &self.among {
            Among::One(language) => return *language,
            Among::All(detector) => (detector, false),
            Among::Some(detector) => (detector, true),
        };
        let first = detector.detect(short_sample);
        let guess = match first {
            Some(guess) if guess.is_reliable() => Some(guess),
            first if body.len() <= short_sample.len() => first,
            _ => detector.detect(sample(body, SAMPLE)),
        };
        match guess {
            Some(guess) if restricted || n_letters >= ENOUGH_LETTERS || guess.is_reliable() => {
                let told = short(guess.lang());
                // The table of trigrams lacks it, and names one of its neighbors or none with much in common.
                let may_be_swahili = guess.script() == whatlang::Script::Latin && self.allows_swahili;
                if may_be_swahili && is_swahili(sample(body, SAMPLE)) { SWAHILI } else { told }
            }
            _ => Language::UNKNOWN,
        }
    }
}

/// Swahili.
const SWAHILI: Language = Language(*b"sw\0");

/// Its function words, none of which is frequent in another language of Latin letters.
const SWAHILI_WORDS: [&str; 34] = [
    "ya", "wa", "na", "kwa", "za", "katika", "ni", "la", "cha", "vya", "kuwa", "hiyo", "huo", "hilo", "yake",
    "wake", "ambao", "ambayo", "baada", "kama", "pia", "lakini", "alisema", "watu", "hii", "huyo", "hayo",
    "kutoka", "zaidi", "wakati", "hivyo", "bila", "hadi", "siku",
];

/// Are so many words function words of Swahili as in no other language? Those that other languages have too (`la`, `na`)
/// alone do not suffice.
fn is_swahili(body: &str) -> bool {
    let words = || body.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    // Nearly all texts are in another language: the most frequent words of their beginning tell, at little cost.
    let is_frequent =
        |word: &&str| matches!(*word, "ya" | "wa" | "na" | "kwa" | "za" | "ni" | "la" | "katika");
    if words().take(30).filter(is_frequent).count() < 2 {
        return false;
    }
    let (mut n_words, mut n_found) = (0_usize, 0_usize);
    let mut seen = [false; SWAHILI_WORDS.len()];
    for word in words() {
        n_words += 1;
        if let Some(place) = SWAHILI_WORDS.iter().position(|known| word.eq_ignore_ascii_case(known)) {
            n_found += 1;
            seen[place] = true;
        }
    }
    n_words >= 8 && n_found * 100 >= n_words * 14 && seen.iter().filter(|&&seen| seen).count() >= 4
}

/// The first characters of a body.
fn sample(body: &str, n_characters: usize) -> &str {
    let body = body.trim_start();
    match body.char_indices().nth(n_characters) {
        Some((end, _)) => &body[..end],
        None => body,
    }
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

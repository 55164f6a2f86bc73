//! The commonest function words of languages in Latin letters, and what they say of a text: a look at a few dozen words is some
//! forty times cheaper than comparing a text's trigrams with every language, and where the two differ it is right more often.

use hashbrown::HashMap;

use super::Language;

/// By language: its commonest words that say nothing by themselves. A word that many languages have says as much less. Every
/// language has about as many, so that none wins by the length of its list.
const WORDS: [(&str, &str); 45] = [
    (
        "af",
        "die en van in is nie het dat vir om met sy op te hy ek was wat hulle word sal aan deur ook as maar by 'n n kan ons tot uit moet hierdie daar sê wees",
    ),
    ("ak", "na no ne a sɛ wɔ mu ho ni ma ɛno yɛ nti so ɔno me wo yi bi aa ɛyɛ nnipa ɛna anaa"),
    (
        "az",
        "və bu bir da də üçün ilə olan ki o onun çox edir olub kimi sonra daha lakin isə qədər ona görə olaraq deyil hər öz ildə tərəfindən ən",
    ),
    (
        "ca",
        "de la i el que en a per els les un una amb del és no al es ha dels aquest aquesta més com ser són va però ho hi seva pel també han o quan sobre fer",
    ),
    (
        "cs",
        "a v se na je že s z o do i to k ve pro za by ale jsou po jako od jeho které který tak při bude byl byla podle co už nebo jen této však ze až",
    ),
    (
        "cy",
        "y yn a i o ar yr mae wedi ei bod am fod eu gan â ond hyn hefyd roedd oedd gyda ac na bydd mewn sydd ôl cael i'r o'r a'r un fel gwaith",
    ),
    (
        "da",
        "og i at en den til er som på de med af for ikke der et har det var han fra ved om sig men blev efter også hvor være kan vil nu skal over hun mere jeg havde",
    ),
    (
        "de",
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über",
    ),
    (
        "en",
        "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which you were their has would been will there more when who said",
    ),
    (
        "eo",
        "la de kaj en estas al ke por ne li kun mi ĝi estis sed tiu ol ankaŭ oni kiu kiuj per sur pri el ĉi ili post da dum havas povas pli tio",
    ),
    (
        "es",
        "de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde fue",
    ),
    (
        "et",
        "ja on ei et see kui ta oma aga oli ka mis ning nii siis selle või seda eest kes pole nad veel olid kuid pärast oleks ole tema mida välja üle järgi aasta",
    ),
    (
        "eu",
        "eta da ez du bat ere zuen izan dira egin zen den beste dute baina bere hori dela baino gure honetan horrek dituzte zuten duen dugu edo oso",
    ),
    (
        "fi",
        "ja on ei se että oli hän ovat mutta kun joka myös ole sen kuin mukaan niin olla hänen tai vain nyt jos jo mitä sitä ollut eivät voi vielä siitä tämä joka jälkeen kanssa",
    ),
    (
        "fr",
        "de la le et les des en un une du dans est que pour qui il par sur pas au plus ce a ne se son avec ont sont cette aux mais ou comme sa été elle d l nous leur",
    ),
    (
        "gl",
        "de a e o que do da en os as un unha non para por con se no na ao dos das máis seu súa foi como é pola polo tamén ós nun cando pero ten ser sobre esta ata",
    ),
    (
        "ha",
        "da a na ta ya ba wa shi su ga ne ce cikin kuma don wannan an yi mai kan za domin cewa sun kasar lokacin daga suka wata yana har ko bayan",
    ),
    (
        "hr",
        "i u je na se da su za od s o a iz kao koji koje što ne bi će bio ali po to do li ili koja više nije može samo te kako još biti ako sve jer prema dok tijekom",
    ),
    (
        "hu",
        "a az és hogy nem is egy ez volt meg csak de mint már még el ki aki azt van ezt után vagy amely lesz között kell szerint minden nagyon mert azonban lehet ha most is magyar",
    ),
    (
        "id",
        "yang dan di untuk dengan dari ini pada tidak dalam itu akan juga ke oleh karena tersebut adalah bisa ada kami mereka kata telah atau saat lebih sudah sebagai tahun kepada bahwa menjadi para seperti",
    ),
    (
        "ig",
        "na ya nke nwere ndị bụ ka a n'ihi maka ga ahụ onye ihe ma ha dị o ọ nọ kwuru si gị anyị mgbe kwa",
    ),
    (
        "it",
        "di e il la che in un per una del è con non si da le dei i al della gli ha sono alla lo anche più nel come ma delle dal o sul se nella ed ai essere stato loro questo l",
    ),
    (
        "jv",
        "lan ing kang sing ora iki saka karo ana wong iku utawa marang kanggo uga wis bisa dadi amarga yaiku nanging awit nalika kabeh dening",
    ),
    (
        "la",
        "et in est non ad ut cum qui quae quod de ex si sed a ab per sunt esse hoc aut nec enim etiam ne quam autem atque eius erat se quo",
    ),
    (
        "lt",
        "ir į kad iš yra su buvo tai ne bet apie o per kaip po jo už dėl nuo ar jau tik labai taip savo jis metų kai prie būti gali taip pat tačiau",
    ),
    (
        "lv",
        "un ir ar ka no par uz ne to bet arī kas tas pēc vai līdz viņš gan kā būs savu šo gada lai tiek bija kad jau pie kur var ļoti es mēs tikai",
    ),
    (
        "ms",
        "yang dan di untuk dengan ini itu pada dalam tidak kepada oleh akan beliau ke daripada adalah telah dari kerana juga boleh seperti bagi ialah mereka katanya para berkata lebih sebagai tersebut",
    ),
    (
        "mt",
        "u li ta il f' fil ma hija huwa għal mill tal biex minn dan din kien jew mhux kif dawn għall wara bil f'",
    ),
    (
        "nl",
        "de van het een en in is dat op te zijn voor met die niet aan er om ook als dan maar bij uit nog ze naar heeft worden door wordt hij over deze kan meer was tot of wel",
    ),
    (
        "no",
        "og i det er på som en å til for at av med de har ikke den om et var fra han vi men kan ble seg etter eller sier skal hun også ut være nå over noe jeg hadde",
    ),
    (
        "pl",
        "w i na z się do nie to że o jest a jak po co przez od za ale są dla tego tak jego już oraz tym ich który które która może czy był także ze jej być przy tylko",
    ),
    (
        "pt",
        "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está também pelo pela até",
    ),
    (
        "ro",
        "de și în a la cu pe că nu o să un din este care mai pentru au se sunt ce fost fi prin o dar după cum sau lui al ale acest această doar fiind când am ar",
    ),
    (
        "sk",
        "a v sa na je že s z o do i to k vo pre za by ale sú po ako od jeho ktoré ktorý tak pri bude bol bola podľa čo už alebo len ktorá však zo až",
    ),
    (
        "sl",
        "in je v na se da za so ki pa z po s tudi od o kot bi ne bo ter iz še bil ali le že ni bila pri lahko kar med do leta zaradi ob",
    ),
    (
        "sn",
        "uye kuti ne kuna pa zvakare iyi izvi ari kana asi mu vari zvino nokuti avo ava iye izvo vanhu chete",
    ),
    (
        "so",
        "oo ka ku waa iyo in ay uu ah waxaa la u ee soo si ayaa kale sida aan wax markii dadka inuu qof kasta ugu waxay mid isaga ayay",
    ),
    (
        "sq",
        "e të në dhe i një për me që është më nga nuk së ka u si do janë por kjo ky edhe tij duke pas ishte këtë se kanë deri mund",
    ),
    (
        "sv",
        "och i att det som en på är av för med den till inte har de om ett han men var jag sig från vi så kan när hon efter även vid skulle år säger nu eller blev ska hade",
    ),
    (
        "sw",
        "ya wa na kwa za katika ni la cha vya kuwa hiyo huo hilo yake wake ambao ambayo baada kama pia lakini alisema watu hii huyo hayo kutoka zaidi wakati hivyo bila hadi siku huku kila mtu ana au",
    ),
    ("tk", "we bilen bu bir üçin hem soň şeýle ol bolup bolan diýip onuň däl köp şol ýa öz barada"),
    (
        "tl",
        "ang ng sa na mga at ay ni para si ito kung hindi niya siya kay nang may pa rin dahil ko mula nila isang lang naman din ako po ayon",
    ),
    (
        "tr",
        "ve bir bu için da de ile olarak çok daha olan gibi ancak sonra kadar en ama dedi ki o var her ise ne değil diye olduğunu göre iki yeni oldu kendi yapılan nedeniyle",
    ),
    (
        "uz",
        "va bu bilan uchun bir ham bo'lgan deb esa edi u o'z har bo'lib yil kerak emas keyin haqida o'zbekiston qilish shu yangi",
    ),
    (
        "vi",
        "và của là có được cho trong không một người những với các đã này khi ở để về từ đến tại ra như cũng nhiều vào sẽ theo đó trên năm việc bị",
    ),
];

/// What a word counts for a language is this, divided by the number of languages that have it.
const WHOLE: u32 = 60;

/// Share of a text's words that are function words: less leaves a doubt.
const LEAST_SHARE: f64 = 0.2;

/// Fewest of them, and fewest different ones.
const LEAST_FOUND: u32 = 5;
const LEAST_DIFFERENT: u32 = 4;

/// The next best language may have at most this share of what the best has.
const NEXT_SHARE: f64 = 0.7;

/// Knows the function words of many languages.
#[derive(Debug)]
pub(super) struct FunctionWords {
    /// By word: the languages that have it, a bit each, and its number.
    languages: HashMap<&'static str, (u64, u32), foldhash::fast::FixedState>,
    /// The languages that may be told.
    allowed: u64,
}

/// What the function words of a text say of its language.
#[derive(Debug)]
pub(super) struct Findings {
    counts: [Count; WORDS.len()],
    n_words: u32,
}

/// The function words of one language.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    n_found: u32,
    /// Different ones are marked by their number's last bits: never more than there are.
    different: u64,
    /// See [`WHOLE`].
    score: u32,
}

impl FunctionWords {
    /// Of all languages, telling those that `allows` holds for.
    pub(super) fn new(allows: impl Fn(Language) -> bool) -> Self {
        let mut known = Self { languages: HashMap::default(), allowed: 0 };
        for (place, (code, words)) in WORDS.iter().enumerate() {
            known.allowed |= u64::from(Language::from_code(code).is_some_and(&allows)) << place;
            for word in words.split_ascii_whitespace() {
                let number = known.languages.len() as u32;
                known.languages.entry(word).or_insert((0, number)).0 |= 1 << place;
            }
        }
        known
    }

    /// Is this one of its languages?
    pub(super) fn has(language: Language) -> bool {
        WORDS.iter().any(|(code, _)| *code == language.code())
    }

    /// Counts the function words of a text.
    pub(super) fn find(&self, text: &str) -> Findings {
        let mut findings = Findings::default();
        let mut lower = String::new();
        for word in text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()) {
            findings.n_words += 1;
            let mut known = self.languages.get(word);
            if known.is_none() && word.len() < 12 && word.chars().next().is_some_and(char::is_uppercase) {
                lower.clear();
                lower.extend(word.chars().flat_map(char::to_lowercase));
                known = self.languages.get(lower.as_str());
            }
            let Some(&(languages, number)) = known else { continue };
            let mut rest = languages & self.allowed;
            let weight = WHOLE / rest.count_ones().max(1);
            while rest != 0 {
                let count = &mut findings.counts[rest.trailing_zeros() as usize];
                count.n_found += 1;
                count.different |= 1 << (number % 64);
                count.score += weight;
                rest &= rest - 1;
            }
        }
        findings
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self { counts: [Count::default(); WORDS.len()], n_words: 0 }
    }
}

impl Findings {
    /// Adds those of another piece of the same text.
    pub(super) fn add(&mut self, more: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&more.counts) {
            count.n_found += more.n_found;
            count.different |= more.different;
            count.score += more.score;
        }
        self.n_words += more.n_words;
    }

    /// The language of which a text has many function words, and clearly more than of any other; none where there is a doubt.
    pub(super) fn clear(&self) -> Option<Language> {
        let (best, next) = self.best();
        let count = self.counts[best];
        let is_clear = count.n_found >= LEAST_FOUND
            && count.different.count_ones() >= LEAST_DIFFERENT
            && f64::from(count.n_found) >= f64::from(self.n_words) * LEAST_SHARE
            && f64::from(next) <= f64::from(count.score) * NEXT_SHARE;
        is_clear.then(|| language(best))
    }

    /// The language that has the most function words, where the text has several and of `guess` hardly any.
    pub(super) fn against(&self, guess: Language) -> Option<Language> {
        let (best, _) = self.best();
        let of_guess = WORDS.iter().position(|(code, _)| *code == guess.code());
        let score = of_guess.map_or(0, |place| self.counts[place].score);
        let count = self.counts[best];
        (count.different.count_ones() >= LEAST_DIFFERENT - 1 && score * 2 < count.score)
            .then(|| language(best))
    }

    /// The place of the best language, and the score of the next.
    fn best(&self) -> (usize, u32) {
        let best = (0..WORDS.len()).rev().max_by_key(|&place| self.counts[place].score).unwrap_or(0);
        let others = (0..WORDS.len()).filter(|&place| place != best);
        (best, others.map(|place| self.counts[place].score).max().unwrap_or(0))
    }
}

fn language(place: usize) -> Language {
    Language::from_code(WORDS[place].0).unwrap_or(Language::UNKNOWN)
}

//! Fourteen languages through the command line: told, compared, and their words folded. The texts are articles 1, 3 and 5 of the
//! Universal Declaration of Human Rights.

use serde_json::Value;

use crate::support::{Drop, record};

const TEXTS: [(&str, &str, &str); 14] = [
    (
        "en",
        "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood. Everyone has the right to life, liberty and security of person.",
        "No one shall be subjected to torture or to cruel, inhuman or degrading treatment or punishment.",
    ),
    (
        "de",
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.",
        "Niemand darf der Folter oder grausamer, unmenschlicher oder erniedrigender Behandlung oder Strafe unterworfen werden.",
    ),
    (
        "fr",
        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité. Tout individu a droit à la vie, à la liberté et à la sûreté de sa personne.",
        "Nul ne sera soumis à la torture, ni à des peines ou traitements cruels, inhumains ou dégradants.",
    ),
    (
        "es",
        "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. Todo individuo tiene derecho a la vida, a la libertad y a la seguridad de su persona.",
        "Nadie será sometido a torturas ni a penas o tratos crueles, inhumanos o degradantes.",
    ),
    (
        "it",
        "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza. Ogni individuo ha diritto alla vita, alla libertà ed alla sicurezza della propria persona.",
        "Nessun individuo potrà essere sottoposto a tortura o a trattamento o a punizione crudeli, inumani o degradanti.",
    ),
    (
        "pt",
        "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade. Todo o indivíduo tem direito à vida, à liberdade e à segurança pessoal.",
        "Ninguém será submetido a tortura nem a penas ou tratamentos cruéis, desumanos ou degradantes.",
    ),
    (
        "nl",
        "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen. Een ieder heeft recht op leven, vrijheid en onschendbaarheid van zijn persoon.",
        "Niemand zal onderworpen worden aan folteringen, noch aan een wrede, onmenselijke of onterende behandeling of bestraffing.",
    ),
    (
        "ru",
        "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства. Каждый человек имеет право на жизнь, на свободу и на личную неприкосновенность.",
        "Никто не должен подвергаться пыткам или жестоким, бесчеловечным или унижающим его достоинство обращению и наказанию.",
    ),
    (
        "ar",
        "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء. لكل فرد الحق في الحياة والحرية وسلامة شخصه. لكل إنسان حق التمتع بكافة الحقوق والحريات الواردة في هذا الإعلان، دون أي تمييز.",
        "لا يعرض أي إنسان للتعذيب ولا للعقوبات أو المعاملات القاسية أو الوحشية أو الحاطة بالكرامة.",
    ),
    (
        "zh",
        "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。人人有权享有生命、自由和人身安全。任何人不得使为奴隶或奴役；一切形式的奴隶制度和奴隶买卖，均应予以禁止。",
        "任何人不得加以酷刑，或施以残忍的、不人道的或侮辱性的待遇或刑罚。",
    ),
    (
        "ja",
        "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。すべて人は、生命、自由及び身体の安全に対する権利を有する。",
        "何人も、拷問又は残虐な、非人道的な若しくは屈辱的な取扱若しくは刑罰を受けることはない。",
    ),
    (
        "tr",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Yaşamak, hürriyet ve kişi emniyeti her ferdin hakkıdır.",
        "Hiç kimse işkenceye, zalimane, gayriinsani, haysiyet kırıcı cezalara veya muamelelere tabi tutulamaz.",
    ),
    (
        "pl",
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa. Każda osoba ma prawo do życia, wolności i bezpieczeństwa swej osoby.",
        "Nie wolno nikogo torturować lub karać czy traktować w sposób okrutny, nieludzki lub poniżający.",
    ),
    (
        "sw",
        "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo yapasa watendeane kindugu. Kila mtu anayo haki ya kuishi, haki ya kuwa huru na haki ya kulindwa nafsi yake, na hakuna mtu atakayeadhibiwa bila ya kosa katika nchi hii.",
        "Mtu yeyote asiteswe wala kuadhibiwa kinyama wala kwa njia ya kumdhalilisha.",
    ),
];

#[test]
fn each_language_is_told_and_its_copies_are_found() {
    let mut records: Vec<Value> = Vec::new();
    for (code, text, more) in TEXTS {
        records.push(record(&format!("{code}-1"), text));
        records.push(record(&format!("{code}-2"), &format!("{text} {more}")));
    }
    let outcome = Drop::new().records("a.jsonl", &records).run(&[]).exits(0);
    for (code, ..) in TEXTS {
        let (first, second) = (format!("{code}-1"), format!("{code}-2"));
        assert_eq!(outcome.document(&first)["lang"], code);
        assert_eq!(outcome.document(&second)["lang"], code);
        let relation = outcome.relation(&first, &second);
        assert!(["near_duplicate", "contained"].contains(&relation.as_str()), "{code}: {relation}");
    }
    let n_copies = outcome.table("duplicates.csv").len();
    assert_eq!(n_copies, TEXTS.len() * 2, "sets hold one language each");
}

#[test]
fn a_given_list_narrows_the_guess() {
    let text = "Kommunen mødtes tirsdag for at tale om den nye sporvogn, og den sagde ja til planen.";
    for (languages, told) in [("da,en", "da"), ("no,en", "no"), ("en", "en")] {
        let outcome =
            Drop::new().records("a.jsonl", &[record("a", text)]).run(&["--languages", languages]).exits(0);
        assert_eq!(outcome.document("a")["lang"], told, "{languages}");
    }
}

#[test]
fn row_12_to_16_words_match_whatever_marks_they_bear() {
    let hebrew = "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ וְהָאָרֶץ הָיְתָה תֹהוּ וָבֹהוּ וְחֹשֶׁךְ עַל־פְּנֵי תְהוֹם";
    let bare: String = hebrew
        .chars()
        .filter(|letter| {
            !('\u{591}'..='\u{5bd}').contains(letter) && !('\u{5c1}'..='\u{5c2}').contains(letter)
        })
        .collect();
    let arabic = TEXTS[8].1;
    let marked: String = arabic
        .chars()
        .flat_map(|letter| {
            if letter == 'ل' {
                vec![letter, '\u{64e}']
            } else if letter == 'ن' {
                vec![letter, '\u{640}']
            } else {
                vec![letter]
            }
        })
        .collect::<String>()
        .replace(['أ', 'إ'], "ا");
    let thai = "มนุษย์ทั้งปวงเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ";
    let outcome = Drop::new()
        .records(
            "a.jsonl",
            &[
                record("he-1", hebrew),
                record("he-2", &bare),
                record("ar-1", arabic),
                record("ar-2", &marked),
                record("th", thai),
            ],
        )
        .run(&["--only", "duplicates"])
        .exits(0);
    assert_eq!(outcome.relation("he-1", "he-2"), "near_duplicate");
    assert_eq!(outcome.relation("ar-1", "ar-2"), "near_duplicate");
    assert_eq!(outcome.texts()["ar-2"], marked, "the original is shown");
    assert_eq!(outcome.document("th")["lang"], "th");
    let n_words: u32 = outcome.document("th")["n_tokens"].parse().unwrap();
    assert!((20..=35).contains(&n_words), "{n_words} words where a reader counts 28");
}

#[test]
fn row_17_of_two_languages_in_one_text_the_main_one_is_told_and_the_other_noted() {
    let (english, german, russian) = (TEXTS[0].1, TEXTS[1].1, "Все люди рождаются свободными и равными. ");
    let quoted =
        format!("{german}\n\n{german}\n\n{german}\n\n\"All human beings are born free,\" said the visitor.");
    let half = format!("{}{}", format!("{german}\n\n").repeat(5), format!("{english}\n\n").repeat(4));
    let page = format!(
        "<html lang=en><body><article><h1>Rights</h1><p>{}</p><p>{}</p></article></body></html>",
        english.repeat(6),
        russian.repeat(12),
    );
    let outcome = Drop::new()
        .records("a.jsonl", &[record("quoted", &quoted), record("half", &half)])
        .file("page.html", page)
        .run(&[])
        .exits(0);
    let told = |id: &str| (outcome.document(id)["lang"].clone(), outcome.document(id)["extra"].clone());
    assert_eq!(told("quoted").0, "de");
    assert!(!told("quoted").1.contains("also_in"));
    assert_eq!(told("half"), ("de".to_owned(), "{\"also_in\":\"en\"}".to_owned()));
    assert_eq!(told("page").0, "en");
    assert!(told("page").1.contains("\"also_in\":\"ru\""), "{:?}", told("page"));
    let notes: Vec<Value> =
        outcome.problems().into_iter().filter(|problem| problem["code"] == "mixed_languages").collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes.iter().all(|note| note["action"] == "noted"));
}

#[test]
fn function_words_are_learnt_where_no_list_has_them() {
    // Forty texts of which each has its own words and all have the same small ones.
    let small = ["ya", "kwa", "na", "katika", "ni"];
    let records: Vec<Value> = (0..40)
        .map(|number| {
            let words: Vec<String> =
                (0..60).map(|place| format!("{} neno{number}x{place}", small[place % small.len()])).collect();
            serde_json::json!({ "id": format!("d{number:02}"), "text": words.join(" "), "lang": "sw" })
        })
        .collect();
    let outcome = Drop::new().records("a.jsonl", &records).run(&[]).exits(0);
    let warnings = outcome.record()["warnings"].to_string();
    assert!(warnings.contains("sw: 5 function words were learnt from 40 documents"), "{warnings}");
    let themes = outcome.text("themes.json");
    assert!(!themes.contains("\"kwa\"") && !themes.contains("\"katika\""));
}

//! Web pages as sites have them, through the command line: sixty in twelve templates and four languages, with the article
//! known, and pages that show something else instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{self, Chance, Drop};

/// Words from which sentences of a language are made, and what its sites say around articles.
struct Tongue {
    code: &'static str,
    subjects: &'static str,
    verbs: &'static str,
    objects: &'static str,
    places: &'static str,
    joints: &'static str,
    menu: [&'static str; 6],
    cookies: &'static str,
    accept: &'static str,
    related: &'static str,
    comments: &'static str,
    newsletter: &'static str,
    share: &'static str,
    rights: &'static str,
    more: &'static str,
}

const TONGUES: [Tongue; 4] = [
    Tongue {
        code: "en",
        subjects: "The council|The mayor|A spokeswoman for the harbor|The new school board|Residents of the old town|The court|Two ministers|The railway company|An independent report|The fire service",
        verbs: "has approved|rejected|will review|questioned|defended|wants to delay|announced|criticized|has published|is examining",
        objects: "the plan for a second bridge|the budget of the coming year|an inquiry into the flood|the contract with the tram operator|higher fees for the market|the closure of three libraries|a report on drinking water|the repair of the town hall|the sale of the old mill|new rules for ferries",
        places: "in the northern districts|before the end of the summer|after a debate of nine hours|despite strong objections|in a letter to the newspaper|on the eve of the vote|for the first time in a decade|without giving any reasons",
        joints: "and later said that|while critics added that|although many doubted that|because it was clear that",
        menu: ["Home", "World", "Business", "Culture", "Sport", "Weather"],
        cookies: "We use cookies and similar technologies to store information on your device. You can change your choice at any time.",
        accept: "Accept all",
        related: "More on this story",
        comments: "Comments",
        newsletter: "Sign up for our morning newsletter and never miss a story again.",
        share: "Share",
        rights: "All rights reserved.",
        more: "Read more",
    },
    Tongue {
        code: "de",
        subjects: "Der Stadtrat|Die Bürgermeisterin|Ein Sprecher des Hafens|Der neue Schulausschuss|Die Anwohner der Altstadt|Das Gericht|Zwei Minister|Die Bahngesellschaft|Ein unabhängiges Gutachten|Die Feuerwehr",
        verbs: "hat beschlossen, nämlich|verwirft|prüft|bezweifelt|verteidigt|verschiebt|verkündet|kritisiert|veröffentlicht|untersucht",
        objects: "den Plan für eine zweite Brücke|den Haushalt des kommenden Jahres|die Folgen der Überschwemmung|den Vertrag mit dem Betreiber der Straßenbahn|höhere Gebühren für den Markt|die Schließung von drei Büchereien|einen Bericht über das Trinkwasser|die Sanierung des Rathauses|den Verkauf der alten Mühle|neue Regeln für Fähren",
        places: "in den nördlichen Bezirken|noch vor dem Ende des Sommers|nach einer Debatte von neun Stunden|trotz heftiger Einwände|in einem Brief an die Zeitung|am Vorabend der Abstimmung|zum ersten Mal seit zehn Jahren|ohne Gründe zu nennen",
        joints: "und sagte später, dass es richtig sei, denn|während Kritiker meinen, man solle warten, denn|obwohl viele zweifeln, heißt es,|weil es klar war, so hieß es,",
        menu: ["Startseite", "Politik", "Wirtschaft", "Kultur", "Sport", "Wetter"],
        cookies: "Wir verwenden Cookies und ähnliche Verfahren, um Informationen auf Ihrem Gerät zu speichern. Sie können Ihre Wahl jederzeit ändern.",
        accept: "Alle akzeptieren",
        related: "Mehr zum Thema",
        comments: "Kommentare",
        newsletter: "Melden Sie sich für unseren Newsletter am Morgen an und verpassen Sie nichts mehr.",
        share: "Teilen",
        rights: "Alle Rechte vorbehalten.",
        more: "Weiterlesen",
    },
    Tongue {
        code: "fr",
        subjects: "Le conseil municipal|La maire|Un porte-parole du port|La nouvelle commission scolaire|Les habitants de la vieille ville|Le tribunal|Deux ministres|La compagnie ferroviaire|Un rapport indépendant|Les pompiers",
        verbs: "a approuvé|rejette|va réexaminer|conteste|défend|veut retarder|a annoncé|critique|a publié|étudie",
        objects: "le projet d’un second pont|le budget de l’année prochaine|une enquête sur les inondations|le contrat avec l’exploitant du tramway|des tarifs plus élevés pour le marché|la fermeture de trois bibliothèques|un rapport sur l’eau potable|la rénovation de l’hôtel de ville|la vente du vieux moulin|de nouvelles règles pour les bacs",
        places: "dans les quartiers du nord|avant la fin de l’été|après un débat de neuf heures|malgré de vives objections|dans une lettre au journal|à la veille du vote|pour la première fois depuis dix ans|sans donner de raisons",
        joints: "et a dit plus tard que|tandis que ses adversaires ajoutent que|bien que beaucoup doutent, car|parce qu’il était clair que",
        menu: ["Accueil", "Monde", "Économie", "Culture", "Sports", "Météo"],
        cookies: "Nous utilisons des cookies et des technologies semblables pour stocker des informations sur votre appareil. Vous pouvez changer d’avis à tout moment.",
        accept: "Tout accepter",
        related: "Sur le même sujet",
        comments: "Commentaires",
        newsletter: "Inscrivez-vous à notre lettre du matin et ne manquez plus rien.",
        share: "Partager",
        rights: "Tous droits réservés.",
        more: "Lire la suite",
    },
    Tongue {
        code: "es",
        subjects: "El ayuntamiento|La alcaldesa|Un portavoz del puerto|La nueva junta escolar|Los vecinos del casco antiguo|El tribunal|Dos ministros|La compañía ferroviaria|Un informe independiente|Los bomberos",
        verbs: "ha aprobado|rechaza|va a revisar|cuestiona|defiende|quiere aplazar|anunció|critica|ha publicado|estudia",
        objects: "el proyecto de un segundo puente|el presupuesto del próximo año|una investigación sobre las inundaciones|el contrato con el operador del tranvía|tasas más altas para el mercado|el cierre de tres bibliotecas|un informe sobre el agua potable|la reforma de la casa consistorial|la venta del viejo molino|nuevas normas para los transbordadores",
        places: "en los barrios del norte|antes del final del verano|después de un debate de nueve horas|a pesar de fuertes objeciones|en una carta al periódico|en la víspera de la votación|por primera vez en diez años|sin dar razones",
        joints: "y más tarde dijo que|mientras los críticos añaden que|aunque muchos dudan de que|porque estaba claro que",
        menu: ["Portada", "Mundo", "Economía", "Cultura", "Deportes", "El tiempo"],
        cookies: "Utilizamos cookies y tecnologías similares para guardar información en su dispositivo. Puede cambiar su elección en cualquier momento.",
        accept: "Aceptar todo",
        related: "Más sobre este tema",
        comments: "Comentarios",
        newsletter: "Suscríbase a nuestro boletín de la mañana y no se pierda nada.",
        share: "Compartir",
        rights: "Todos los derechos reservados.",
        more: "Leer más",
    },
];

impl Tongue {
    fn sentence(&self, chance: &mut Chance) -> String {
        let mut pick = |list: &'static str| {
            let items: Vec<&str> = list.split('|').collect();
            items[chance.below(items.len())]
        };
        let first = format!(
            "{} {} {} {}",
            pick(self.subjects),
            pick(self.verbs),
            pick(self.objects),
            pick(self.places)
        );
        let joint = pick(self.joints);
        let second =
            format!("{} {} {}", pick(self.subjects).to_lowercase(), pick(self.verbs), pick(self.objects));
        format!("{first}, {joint} {second}.")
    }

    fn paragraph(&self, chance: &mut Chance) -> String {
        let n = 2 + chance.below(3);
        (0..n).map(|_| self.sentence(chance)).collect::<Vec<_>>().join(" ")
    }

    fn headline(&self, chance: &mut Chance) -> String {
        let mut pick = |list: &'static str| {
            let items: Vec<&str> = list.split('|').collect();
            items[chance.below(items.len())]
        };
        format!("{} {} {}", pick(self.subjects), pick(self.verbs), pick(self.objects))
    }
}

/// An article and what its page says of it.
struct Story {
    tongue: &'static Tongue,
    title: String,
    paragraphs: Vec<String>,
    /// A heading between paragraphs.
    heading: String,
    date: String,
    author: String,
    url: String,
    /// For what else stands on the page.
    chance: Chance,
}

impl Story {
    fn new(number: u64) -> Self {
        let tongue = &TONGUES[number as usize % TONGUES.len()];
        let mut chance = Chance::new(number.wrapping_mul(7919) + 5);
        let n_paragraphs = 4 + chance.below(8);
        let paragraphs = (0..n_paragraphs).map(|_| tongue.paragraph(&mut chance)).collect();
        Self {
            tongue,
            title: tongue.headline(&mut chance),
            paragraphs,
            heading: tongue.headline(&mut chance),
            date: format!("2021-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28)),
            author: format!("Ann Painter {number}"),
            url: format!("https://site{number}.example/2021/story-{number}"),
            chance,
        }
    }

    /// The article's words as they should be read: paragraphs and the heading between them.
    fn expected(&self) -> String {
        let half = self.paragraphs.len() / 2;
        let (above, below) = self.paragraphs.split_at(half);
        format!("{}\n\n{}\n\n{}", above.join("\n\n"), self.heading, below.join("\n\n"))
    }

    fn body(&self, paragraph: &str, heading: &str) -> String {
        self.body_with(paragraph, heading, &[])
    }

    /// Paragraphs with something between them.
    fn body_with(&self, paragraph: &str, heading: &str, between: &[String]) -> String {
        let mut body = String::new();
        for (place, text) in self.paragraphs.iter().enumerate() {
            if place == self.paragraphs.len() / 2 {
                let _ = write!(body, "<{heading}>{}</{heading}>", self.heading);
            }
            let tag = paragraph.split(' ').next().unwrap();
            // Real paragraphs have links and emphasis in them.
            let linked = match text.split_once(", ") {
                Some((first, rest)) if place % 3 == 0 => {
                    format!("<a href=\"/x{place}\">{first}</a>, <em>{}</em>", rest.replacen(' ', "</em> ", 1))
                }
                _ => text.clone(),
            };
            let _ = writeln!(body, "<{paragraph}>{linked}</{tag}>");
            if let Some(box_between) = between.get(place) {
                body.push_str(box_between);
            }
        }
        body
    }

    fn menu(&self) -> String {
        self.tongue
            .menu
            .iter()
            .fold(String::new(), |menu, item| format!("{menu}<li><a href=\"/{item}\">{item}</a></li>"))
    }

    fn headline(&mut self) -> String {
        self.tongue.headline(&mut self.chance)
    }

    fn links(&mut self, n: usize) -> String {
        (0..n).fold(String::new(), |links, place| {
            format!("{links}<li><a href=\"/l{place}\">{}</a></li>", self.headline())
        })
    }

    fn cards(&mut self, n: usize, class: &str) -> String {
        let mut cards = String::new();
        for place in 0..n {
            let (headline, teaser) = (self.headline(), self.tongue.sentence(&mut self.chance));
            let _ = write!(
                cards,
                "<div class=\"{class}\"><img src=\"{place}.jpg\" alt=\"\"><h3><a href=\"/c{place}\">{headline}</a></h3><p>{teaser}</p><a href=\"/c{place}\">{}</a></div>",
                self.tongue.more
            );
        }
        cards
    }

    fn comments(&mut self, n: usize) -> String {
        (0..n).fold(String::new(), |comments, place| {
            format!(
                "{comments}<li class=\"comment\"><b>reader{place}</b><p>{}</p></li>",
                self.tongue.paragraph(&mut self.chance)
            )
        })
    }

    fn json_ld(&self, kind: &str) -> String {
        let story = serde_json::json!({
            "@context": "https://schema.org", "@type": kind, "headline": self.title, "datePublished": format!("{}T08:00:00+00:00", self.date),
            "author": [{ "@type": "Person", "name": self.author }], "publisher": { "@type": "Organization", "name": "The Site" },
            "mainEntityOfPage": { "@type": "WebPage", "@id": self.url },
        });
        format!("<script type=\"application/ld+json\">{story}</script>")
    }

    fn open_graph(&self) -> String {
        format!(
            "<meta property=\"og:type\" content=\"article\"><meta property=\"og:title\" content=\"{}\"><meta property=\"og:url\" content=\"{}\">\
             <meta property=\"og:site_name\" content=\"The Site\"><meta property=\"article:published_time\" content=\"{}T08:00:00Z\"><meta name=\"author\" content=\"{}\">",
            self.title, self.url, self.date, self.author
        )
    }

    fn document(&self, head: &str, body: &str) -> String {
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{} | The Site</title>{head}</head>\n<body>{body}</body></html>",
            self.tongue.code, self.title
        )
    }
}

type Template = fn(&mut Story) -> String;

/// Twelve ways in which sites lay out an article.
const TEMPLATES: [Template; 12] = [
    semantic, agency, tabloid, blog, weekly, table_layout, portal, classless, local_paper, magazine,
    public_broadcaster, breaks,
];

fn semantic(story: &mut Story) -> String {
    let (related, comments) = (story.cards(3, "card"), story.comments(2));
    let body = format!(
        "<header><nav><ul>{}</ul></nav></header><main><article><h1>{}</h1><p class=\"byline\">{}</p><time datetime=\"{}\">x</time>{}</article>\
         <aside><h2>{}</h2>{related}</aside></main><section id=\"comments\"><h2>{}</h2><ul>{comments}</ul></section><footer><p>© 2021 {}</p></footer>",
        story.menu(),
        story.title,
        story.author,
        story.date,
        story.body("p", "h2"),
        story.tongue.related,
        story.tongue.comments,
        story.tongue.rights
    );
    story.document(&story.json_ld("NewsArticle"), &body)
}

fn agency(story: &mut Story) -> String {
    let promo = format!(
        "<div class=\"inline-newsletter\"><p>{}</p><form><input><button>OK</button></form></div>",
        story.tongue.newsletter
    );
    let between = vec![String::new(), promo];
    let links = story.links(6);
    let body = format!(
        "<div id=\"onetrust-banner-sdk\"><p>{}</p><button>{}</button></div><div class=\"Page-header\"><ul class=\"Navigation\">{}</ul></div>\
         <div class=\"Page-content\"><h1 class=\"Page-headline\">{}</h1><div class=\"Page-byline\">{}</div>\
         <div class=\"RichTextStoryBody\">{}</div></div><div class=\"PageList-items most-read\"><ul>{links}</ul></div>",
        story.tongue.cookies,
        story.tongue.accept,
        story.menu(),
        story.title,
        story.author,
        story.body_with("p", "h2", &between)
    );
    story.document(&story.open_graph(), &body)
}

fn tabloid(story: &mut Story) -> String {
    let between: Vec<String> = (0..3)
        .map(|place| {
            let headline = story.headline();
            format!("<div class=\"read-more-links\"><b>{}:</b> <a href=\"/r{place}\">{headline}</a></div><div class=\"ad ad-slot\">Advertisement</div>", story.tongue.more)
        })
        .collect();
    let cards = story.cards(8, "teaser");
    let body = format!(
        "<div class=\"site-nav\"><ul>{}</ul></div><div class=\"article-wrap\"><h1>{}</h1><ul class=\"share-bar\"><li>{}</li><li>Facebook</li><li>Twitter</li></ul>\
         <div class=\"article-text\" itemprop=\"articleBody\">{}</div></div><div class=\"teasers\">{cards}</div>",
        story.menu(),
        story.title,
        story.tongue.share,
        story.body_with("p", "h3", &between)
    );
    story.document(&format!("{}{}", story.open_graph(), story.json_ld("ReportageNewsArticle")), &body)
}

fn blog(story: &mut Story) -> String {
    let (links, comments) = (story.links(10), story.comments(6));
    let body = format!(
        "<div id=\"page\"><header class=\"site-header\"><ul id=\"primary-menu\">{}</ul></header><div class=\"content-area\"><article class=\"post type-post\"><header class=\"entry-header\"><h1 class=\"entry-title\">{}</h1>\
         <div class=\"entry-meta\">{} · {}</div></header><div class=\"entry-content\">{}<div class=\"sharedaddy social\"><span>{}</span></div></div>\
         <footer class=\"entry-footer\">{}</footer></article><div id=\"comments\" class=\"comments-area\"><ol class=\"comment-list\">{comments}</ol></div></div>\
         <aside class=\"widget-area\"><ul>{links}</ul></aside></div>",
        story.menu(),
        story.title,
        story.author,
        story.date,
        story.body("p", "h2"),
        story.tongue.share,
        story.tongue.rights
    );
    story.document(&format!("<link rel=\"canonical\" href=\"{}\"><meta property=\"article:published_time\" content=\"{}T10:00:00+00:00\">", story.url, story.date), &body)
}

fn weekly(story: &mut Story) -> String {
    let cards = story.cards(4, "css-1x2y3z");
    let body = format!(
        "<div class=\"css-abc1\"><div class=\"css-nav9\" role=\"navigation\"><ul>{}</ul></div><div role=\"dialog\" class=\"css-cmp\"><p>{}</p><button>{}</button></div>\
         <main class=\"css-main\"><div class=\"css-head\"><h1>{}</h1></div><section class=\"css-body\">{}</section></main><div class=\"css-grid\">{cards}</div>\
         <div role=\"contentinfo\">{}</div></div>",
        story.menu(),
        story.tongue.cookies,
        story.tongue.accept,
        story.title,
        story.body("p class=\"css-p\"", "h2"),
        story.tongue.rights
    );
    story.document(&story.json_ld("NewsArticle"), &body)
}

fn table_layout(story: &mut Story) -> String {
    let links = story.links(8);
    let body = format!(
        "<table width=\"900\"><tr><td colspan=\"3\"><ul>{}</ul></td></tr><tr><td class=\"left\"><ul>{links}</ul></td><td class=\"text\"><h1>{}</h1><font size=\"1\">{}</font>{}</td>\
         <td class=\"right sidebar\"><p>{}</p></td></tr><tr><td colspan=\"3\" class=\"footer\">© 2021 {}</td></tr></table>",
        story.menu(),
        story.title,
        story.date,
        story.body("p", "h3"),
        story.tongue.newsletter,
        story.tongue.rights
    );
    story.document(&format!("<meta name=\"date\" content=\"{}\"><meta name=\"author\" content=\"{}\"><link rel=\"canonical\" href=\"{}\">", story.date, story.author, story.url), &body)
}

fn portal(story: &mut Story) -> String {
    let (first, second) = (story.cards(5, "c-tile"), story.cards(5, "c-tile"));
    let body = format!(
        "<div class=\"c-cookie-bar\">{} <button>{}</button></div><nav class=\"c-nav\"><ul>{}</ul></nav><div class=\"c-article\"><h1 class=\"c-article__title\">{}</h1>\
         <div class=\"c-article__content js-body\">{}</div><div class=\"c-article__tags\"><a href=\"/t\">Tram</a> <a href=\"/u\">City</a></div></div>\
         <section class=\"c-recommended\"><h2>{}</h2>{first}</section><section class=\"c-related\">{second}</section>",
        story.tongue.cookies,
        story.tongue.accept,
        story.menu(),
        story.title,
        story.body("p", "h2"),
        story.tongue.related
    );
    story.document(&story.open_graph(), &body)
}

fn classless(story: &mut Story) -> String {
    let (links, cards) = (story.links(5), story.cards(3, ""));
    let body = format!(
        "<div><div><ul>{}</ul></div><div><h1>{}</h1><div>{}</div></div><div><h2>{}</h2><ul>{links}</ul>{cards}</div><div><p>© 2021 {}</p></div></div>",
        story.menu(),
        story.title,
        story.body("p", "h3"),
        story.tongue.related,
        story.tongue.rights
    );
    story.document(&format!("<meta name=\"pubdate\" content=\"{}\"><meta name=\"author\" content=\"{}\"><meta property=\"og:url\" content=\"{}\">", story.date, story.author, story.url), &body)
}

fn local_paper(story: &mut Story) -> String {
    let figure = format!("<figure><img src=a.jpg><figcaption>{}</figcaption></figure>", story.headline());
    let between = vec![figure];
    let comments = story.comments(12);
    let body = format!(
        "<div class=\"navigation-bar\"><ul>{}</ul></div><div class=\"breadcrumb\"><a href=/>Home</a> &gt; <a href=/n>News</a></div><article itemscope itemtype=\"https://schema.org/NewsArticle\">\
         <h1 itemprop=\"headline\">{}</h1><span itemprop=\"author\">{}</span><meta itemprop=\"datePublished\" content=\"{}\"><div itemprop=\"articleBody\">{}</div></article>\
         <div class=\"comments-wrapper\"><h3>{}</h3><ul>{comments}</ul></div>",
        story.menu(),
        story.title,
        story.author,
        story.date,
        story.body_with("p", "h2", &between),
        story.tongue.comments
    );
    story.document(&format!("<link rel=canonical href=\"{}\">", story.url), &body)
}

fn magazine(story: &mut Story) -> String {
    let quote =
        format!("<blockquote class=\"pullquote-promo promo\">{}</blockquote>", story.tongue.newsletter);
    let between = vec![String::new(), String::new(), quote];
    let cards = story.cards(6, "post-card");
    let body = format!(
        "<div class=\"masthead\"><ul>{}</ul></div><div class=\"grid\"><div class=\"column-main\"><div class=\"title\"><h1>{}</h1></div><div class=\"prose\">{}</div>\
         <div class=\"author-bio author\"><p>{} {}</p></div></div><div class=\"column-side sidebar\"><ul>{}</ul></div></div><div class=\"up-next\">{cards}</div>",
        story.menu(),
        story.title,
        story.body_with("p", "h2", &between),
        story.author,
        story.tongue.newsletter,
        story.menu()
    );
    story.document(&story.json_ld("BlogPosting"), &body)
}

fn public_broadcaster(story: &mut Story) -> String {
    let links = story.links(7);
    let body = format!(
        "<a class=\"skip-link\" href=#m>Skip to content</a><header role=banner><ul>{}</ul></header><main id=m><div data-component=\"headline-block\"><h1>{}</h1></div>\
         <div data-component=\"byline-block\" class=\"byline\"><time datetime=\"{}T08:00:00.000Z\">x</time><div>{}</div></div>{}\
         <section data-component=\"links-block\" class=\"related-links\"><h2>{}</h2><ul>{links}</ul></section><section data-component=\"tag-list\" class=\"topic-tags\"><ul><li><a href=/a>City</a></li></ul></section></main>\
         <footer><ul>{}</ul><p>{}</p></footer>",
        story.menu(),
        story.title,
        story.date,
        story.author,
        story
            .body("p", "h2")
            .replace("<p>", "<div data-component=\"text-block\"><p>")
            .replace("</p>", "</p></div>"),
        story.tongue.related,
        story.menu(),
        story.tongue.rights
    );
    story.document(&format!("<meta property=\"og:site_name\" content=\"The Site\"><meta name=\"author\" content=\"{}\"><link rel=\"canonical\" href=\"{}\">", story.author, story.url), &body)
}

fn breaks(story: &mut Story) -> String {
    let links = story.links(9);
    let text =
        story.body("p", "b").replace("<p>", "").replace("</p>", "<br><br>").replace("</b>", "</b><br><br>");
    let body = format!(
        "<div id=\"menu\"><ul>{}</ul></div><div id=\"cookie-notice\"><p>{}</p></div><div id=\"news\"><h1>{}</h1><div class=\"news-date\">{}</div><div class=\"news-text\">{text}</div></div>\
         <div id=\"right-column\" class=\"popular\"><ul>{links}</ul></div>",
        story.menu(),
        story.tongue.cookies,
        story.title,
        story.date
    );
    story.document(&story.open_graph(), &body)
}

fn counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// Words that both have, by number; of a word that stands more often in one, the smaller number.
fn shared(left: &BTreeMap<String, usize>, right: &BTreeMap<String, usize>) -> usize {
    left.iter().map(|(word, count)| right.get(word).map_or(0, |other| *count.min(other))).sum()
}

#[test]
fn articles_are_read_from_pages_of_twelve_templates_without_what_stands_around_them() {
    let mut drop = Drop::new();
    let mut stories = BTreeMap::new();
    for number in 0..60_u64 {
        let template = (number % 12) as usize;
        // Five rounds of templates, so that each meets several languages.
        let mut story = Story::new(number + number / 12);
        let page = TEMPLATES[template](&mut story);
        let id = format!("t{template:02}-{number:02}");
        drop = drop.file(&format!("{id}.html"), page);
        stories.insert(id, story);
    }
    let outcome = drop.run(&["--only", "duplicates"]).exits(0);
    let texts = outcome.texts();
    let rows: BTreeMap<String, support::Row> =
        outcome.table("documents.csv").into_iter().map(|row| (row["id"].clone(), row)).collect();
    let (mut sum, mut worst, mut n_kept, mut n_furniture) = (0.0, Vec::new(), 0, 0);
    for (id, story) in &stories {
        assert_eq!(rows[id]["status"], "ok", "{id}");
        let (expected, found) = (counts(&story.expected()), counts(&texts[id]));
        // The headline may open the text: it is the article's own.
        let with_title = counts(&format!("{} {}", story.expected(), story.title));
        let n_shared = shared(&expected, &found) as f64;
        let (n_expected, n_found) = (expected.values().sum::<usize>(), found.values().sum::<usize>());
        let (precision, recall) = (n_shared / n_found.max(1) as f64, n_shared / n_expected as f64);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        sum += f1;
        n_kept += n_found;
        n_furniture += n_found - shared(&with_title, &found);
        worst.push((f1, id.clone()));
    }
    worst.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = sum / stories.len() as f64;
    let furniture = n_furniture as f64 / n_kept as f64;
    println!(
        "mean word F1 {mean:.4}, furniture {:.2} % of what is kept, worst {:?}",
        furniture * 100.0,
        &worst[..6]
    );
    assert!(mean >= 0.93 && worst[0].0 >= 0.8, "mean {mean:.4}, worst {:?}", &worst[..12]);
    assert!(furniture <= 0.02, "furniture {furniture:.4}, worst {:?}", &worst[..12]);
    for (id, story) in &stories {
        let row = &rows[id];
        assert_eq!(row["lang"], story.tongue.code, "{id}");
        assert_eq!(row["title"], story.title, "{id}");
        assert!(row["date"].starts_with(&story.date), "{id}: {:?}", row["date"]);
        let template: usize = id[1..3].parse().unwrap();
        assert_eq!(row["url"], story.url, "{id}");
        if ![3, 5, 7, 8].contains(&template) {
            assert_eq!(row["source"], "The Site", "{id}");
        }
        let extra: Value =
            serde_json::from_str(if row["extra"].is_empty() { "{}" } else { &row["extra"] }).unwrap();
        if template != 3 {
            assert_eq!(extra["author"], story.author, "{id}");
        }
    }
}

#[test]
fn pages_that_show_something_else_are_no_articles_and_no_copies_of_each_other() {
    let mut story = Story::new(4);
    let good = semantic(&mut story);
    let english = &TONGUES[0];
    let wall = |lang: &str, text: &str, buttons: &str| {
        format!(
            "<!doctype html><html lang={lang}><head><title>The Site</title></head><body><div class=wall><h1>The Site</h1><p>{text}</p>{buttons}</div></body></html>"
        )
    };
    let consent = wall(
        "en",
        "Before you continue: we and our partners process personal data and use cookies. You can manage options or withdraw your consent.",
        "<button>Accept all</button><button>Reject all</button>",
    );
    let german = wall(
        "de",
        "Wir verwenden Cookies. Unsere Partner und wir verarbeiten personenbezogene Daten. Ihre Einwilligung gilt, bis Sie sie ändern.",
        "<p>Alle akzeptieren</p><p>Alle ablehnen</p>",
    );
    let error = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>";
    let check = "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1><p>This site needs to review the security of your connection before proceeding.</p></body></html>";
    let mut first = Chance::new(3);
    let paywall = format!(
        "<html lang=en><head><title>Tram</title><script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"Tram\",\"isAccessibleForFree\":false}}</script></head>\
         <body><article><h1>Tram</h1><p>{}</p><div class=gate><p>Subscribe to continue reading. Already a subscriber? Sign in to read.</p></div></article></body></html>",
        english.sentence(&mut first)
    );
    let front = {
        let mut story = Story::new(8);
        let cards = story.cards(30, "card");
        format!(
            "<html lang=en><head><title>The Site</title></head><body><nav><ul>{}</ul></nav><main>{cards}</main></body></html>",
            story.menu()
        )
    };
    let mut drop = Drop::new().file("good.html", good);
    for (name, page) in [("consent", &consent), ("german", &german), ("paywall", &paywall), ("front", &front)]
    {
        drop = drop.file(&format!("{name}-1.html"), page).file(&format!("{name}-2.html"), page);
    }
    drop = drop
        .file("error-1.html", error)
        .file("error-2.txt", error)
        .file("check-1.html", check)
        .file("check-2.html", check);
    let outcome = drop.run(&[]).exits(0);
    let expected = [
        ("check", "an error page"),
        ("consent", "a page that asks for consent"),
        ("error", "an error page"),
        ("front", "a list of articles or links"),
        ("german", "a page that asks for consent"),
        ("paywall", "a page that asks to pay or sign in, with little of the article"),
    ];
    for (name, reason) in expected {
        for number in 1..=2 {
            let row = outcome.document(&format!("{name}-{number}"));
            assert_eq!(row["status"], "not_an_article", "{name}: {row:?}");
            let extra: Value = serde_json::from_str(&row["extra"]).unwrap();
            assert_eq!(extra["not_an_article"], reason, "{name}");
            assert_eq!(row["duplicate_set"], "", "{name}");
        }
    }
    assert_eq!(outcome.status("good"), "ok");
    assert_eq!(outcome.count("copies"), 0);
    let noted = outcome
        .problems()
        .iter()
        .filter(|problem| problem["code"] == "not_an_article" && problem["action"] == "noted")
        .count();
    assert_eq!(noted, 12);
}

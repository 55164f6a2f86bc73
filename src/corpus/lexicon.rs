//! What pages say around articles: phrases that stand alone on a line of web sites everywhere, in
//! several languages. Compared without case, digits and punctuation.

use std::sync::LazyLock;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};

/// Why a line is furniture, in words.
pub(super) mod reason {
    pub(in crate::corpus) const POINTER: &str = "a link to another article";
    pub(in crate::corpus) const HEADLINE: &str = "the headline of another article";
    pub(in crate::corpus) const LIST: &str = "the heading of a list of articles";
    pub(in crate::corpus) const SUMMARY: &str = "an offer of a summary";
    pub(in crate::corpus) const SIGN_UP: &str = "an invitation to subscribe or sign in";
    pub(in crate::corpus) const SHARE: &str = "buttons to share or save";
    pub(in crate::corpus) const ADVERTISING: &str = "advertising";
    pub(in crate::corpus) const COOKIES: &str = "a cookie notice";
    pub(in crate::corpus) const NAVIGATION: &str = "page navigation";
    pub(in crate::corpus) const RIGHTS: &str = "a copyright notice";
    pub(in crate::corpus) const LANGUAGES: &str = "a language switch";
    pub(in crate::corpus) const COMMENTS: &str = "a place for comments";
    pub(in crate::corpus) const CREDIT: &str = "a picture credit";
    pub(in crate::corpus) const STAMP: &str = "a stamp of the page";
}

/// What a marker says of the lines after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// Nothing.
    Nowhere,
    /// The next line is another article's headline.
    ToOne,
    /// The next lines are.
    ToMany,
}

/// A line that is furniture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) reason: &'static str,
    /// Sure by itself; otherwise only beside other furniture.
    pub(super) sure: bool,
    pub(super) leads: Leads,
}

impl Mark {
    pub(super) const fn sure(reason: &'static str) -> Self {
        Self { reason, sure: true, leads: Leads::Nowhere }
    }
}

type Entry = (&'static str, &'static [&'static str]);

/// One headline follows.
const POINTERS: &[&str] = &[
    "previous article", "next article", "previous post", "next post", "previous story", "next story",
    "up next", "read next", "prev article", "older post", "newer post", "next up", "artículo anterior",
    "artículo siguiente", "siguiente artículo", "entrada anterior", "entrada siguiente", "noticia anterior",
    "noticia siguiente", "article précédent", "article suivant", "vorheriger artikel", "vorheriger beitrag",
    "nächster artikel", "nächster beitrag", "articolo precedente", "articolo successivo",
    "prossimo articolo", "artigo anterior", "próximo artigo", "artigo seguinte", "próxima notícia",
    "notícia anterior", "vorig artikel", "volgend artikel", "предыдущая статья", "следующая статья",
    "предыдущая новость", "следующая новость", "предыдущая запись", "следующая запись", "poprzedni artykuł",
    "następny artykuł", "попередня стаття", "наступна стаття", "önceki haber", "sonraki haber",
];

/// Many headlines follow.
const LISTS: &[&str] = &[
    "most popular", "most read", "most viewed", "most shared", "most recent", "trending", "trending now",
    "trending stories", "popular now", "popular stories", "popular posts", "popular articles", "top stories",
    "latest news", "latest stories", "more stories", "more news", "more on this", "more on this story",
    "more from this section", "related", "related articles", "related stories", "related news",
    "related posts", "related content", "related coverage", "related topics", "recommended",
    "recommended for you", "recommended stories", "recommended articles", "you may also like",
    "you might also like", "you might be interested in", "editors picks", "dont miss", "also read",
    "read also", "see also", "read more", "recent posts", "recent stories", "sponsored stories",
    "from around the web", "around the web", "lo más visto", "lo más leído", "más leídas", "más leídas hoy",
    "más noticias", "más información", "noticias relacionadas", "artículos relacionados",
    "te puede interesar", "le puede interesar", "también te puede interesar", "les plus lus",
    "les plus lues", "à lire aussi", "lire aussi", "sur le même sujet", "dans la même rubrique",
    "articles liés", "articles similaires", "vous aimerez aussi", "meistgelesen", "meist gelesen",
    "mehr zum thema", "lesen sie auch", "auch interessant", "das könnte sie auch interessieren",
    "ähnliche artikel", "più letti", "i più letti", "leggi anche", "articoli correlati",
    "potrebbe interessarti", "ti potrebbe interessare", "mais lidas", "mais lidos", "leia também",
    "leia mais", "notícias relacionadas", "artigos relacionados", "veja também", "meest gelezen", "lees ook",
    "gerelateerde artikelen", "читайте также", "смотрите также", "по теме", "самое читаемое",
    "самое популярное", "популярное", "другие новости", "новости по теме", "czytaj także", "czytaj też",
    "najczęściej czytane", "читайте також", "ayrıca okuyun", "en çok okunanlar", "ilgili haberler",
];

/// Sure wherever they stand.
const SURE: &[Entry] = &[
    (
        reason::SUMMARY,
        &[
            "no time to read", "get a summary", "get the summary", "read the summary", "show summary",
            "short on time", "summarize this article", "summary generated by ai", "ai summary",
            "generate summary",
        ],
    ),
    (
        reason::ADVERTISING,
        &[
            "advertisement", "advertisements", "advertising", "sponsored", "sponsored content",
            "paid content", "story continues below", "article continues below", "continue reading below",
            "continue reading the main story", "story continues below advertisement",
            "article continues after advertisement", "scroll to continue", "scroll down to continue",
            "publicidad", "publicité", "anzeige", "werbung", "pubblicità", "publicidade", "advertentie",
            "reklama", "reklam", "реклама", "на правах рекламы", "continúa leyendo", "sigue leyendo",
            "la suite après la publicité", "continua a leggere", "continua após a publicidade",
            "the article continues below",
        ],
    ),
    (
        reason::SIGN_UP,
        &[
            "subscribe", "subscribe now", "subscribe today", "log in", "log out", "sign in", "sign up",
            "sign up now", "create account", "create an account", "my account", "already a subscriber",
            "become a member", "newsletter sign up", "newsletter signup", "sign up for our newsletter",
            "sign up for newsletters", "thank you for subscribing", "suscríbete", "suscríbase",
            "iniciar sesión", "regístrate", "sabonner", "abonnez vous", "je mabonne", "se connecter",
            "sinscrire", "inscrivez vous", "anmelden", "abonnieren", "jetzt abonnieren", "registrieren",
            "abbonati", "accedi", "registrati", "iscriviti", "iscriviti alla newsletter", "assine",
            "assine já", "cadastre se", "inscreva se", "abonneren", "inloggen", "подписаться", "подпишитесь",
            "войти", "регистрация", "zaloguj się", "subskrybuj", "abone ol", "suscríbete a nuestro boletín",
            "recibe nuestro boletín",
        ],
    ),
    (
        reason::SHARE,
        &[
            "share this", "share this article", "share this story", "share this post", "share this page",
            "share article", "share on facebook", "share on twitter", "share via email", "share on whatsapp",
            "copy link", "copy url", "email this article", "print this article", "print this page",
            "save for later", "save article", "add to favorites", "compartir", "compartir en facebook",
            "comparte", "comparte esta noticia", "partager", "partager larticle", "partager sur facebook",
            "envoyer par email", "imprimer", "agrandir le texte", "réduire le texte", "ajouter aux favoris",
            "teilen", "artikel teilen", "drucken", "condividi", "stampa", "compartilhar", "compartilhe",
            "imprimir", "delen", "поделиться", "распечатать", "udostępnij", "drukuj", "paylaş", "follow us",
            "síguenos", "suivez nous", "folgen sie uns", "seguici", "siga nos", "volg ons",
        ],
    ),
    (
        reason::COOKIES,
        &[
            "accept cookies", "accept all", "accept all cookies", "reject all", "manage cookies",
            "cookie settings", "cookie policy", "cookie preferences", "manage preferences",
            "aceptar cookies", "política de cookies", "accepter les cookies", "tout accepter",
            "tout refuser", "gestion des cookies", "paramètres des cookies", "alle akzeptieren",
            "cookie einstellungen", "cookies akzeptieren", "accetta i cookie", "accetta tutti",
            "aceitar cookies", "alle cookies accepteren", "принять cookies",
        ],
    ),
    (
        reason::NAVIGATION,
        &[
            "skip to content",
            "skip to main content",
            "skip to navigation",
            "skip to main",
            "skip navigation",
            "jump to content",
            "back to top",
            "go to top",
            "return to top",
            "back to home",
            "toggle navigation",
            "main menu",
            "main navigation",
            "open menu",
            "close menu",
            "show menu",
            "load more",
            "show more",
            "view all",
            "see all",
            "view more",
            "view comments",
            "read the full story",
            "read full story",
            "read full article",
            "read the full article",
            "continue reading",
            "read the story",
            "keep reading",
            "page not found",
            "contact us",
            "about us",
            "privacy policy",
            "terms of service",
            "terms of use",
            "terms and conditions",
            "site map",
            "sitemap",
            "advertise with us",
            "help center",
            "loading",
            "please wait",
            "watch live",
            "listen live",
            "listen to this article",
            "listen to article",
            "listen to this story",
            "ir al contenido",
            "volver arriba",
            "saltar al contenido",
            "política de privacidad",
            "aviso legal",
            "quiénes somos",
            "contacto",
            "cargar más",
            "ver más",
            "ver todo",
            "cargando",
            "aller au contenu",
            "retour en haut",
            "haut de page",
            "plan du site",
            "mentions légales",
            "politique de confidentialité",
            "nous contacter",
            "charte de modération",
            "voir plus",
            "zum inhalt springen",
            "zum inhalt",
            "nach oben",
            "impressum",
            "datenschutz",
            "datenschutzerklärung",
            "mehr anzeigen",
            "vai al contenuto",
            "torna su",
            "note legali",
            "carica altri",
            "mostra altro",
            "informativa sulla privacy",
            "ir para o conteúdo",
            "pular para o conteúdo",
            "voltar ao topo",
            "política de privacidade",
            "carregar mais",
            "termos de uso",
            "naar de inhoud",
            "terug naar boven",
            "laad meer",
            "перейти к содержимому",
            "перейти к содержанию",
            "наверх",
            "показать еще",
            "загрузить еще",
            "политика конфиденциальности",
            "przejdź do treści",
            "polityka prywatności",
            "zobacz więcej",
            "içeriğe geç",
        ],
    ),
    (
        reason::COMMENTS,
        &[
            "comments are closed", "leave a comment", "leave a reply", "post a comment", "add a comment",
            "view comments", "show comments", "join the conversation", "join the discussion",
            "write a comment", "load comments", "comments have been disabled", "deja un comentario",
            "dejar un comentario", "deja una respuesta", "los comentarios están cerrados",
            "laisser un commentaire", "laissez un commentaire", "les commentaires sont fermés", "réagir",
            "kommentar schreiben", "kommentare sind geschlossen", "schreibe einen kommentar",
            "lascia un commento", "i commenti sono chiusi", "deixe um comentário", "deixe o seu comentário",
            "reageer", "оставить комментарий", "комментарии закрыты", "добавить комментарий",
            "dodaj komentarz",
        ],
    ),
    (
        reason::STAMP,
        &[
            "min read", "mins read", "minute read", "minutes read", "reading time", "reading time min",
            "reading time min read", "reading time minutes", "estimated reading time", "time to read",
            "temps de lecture min", "temps de lecture", "temps de lecture minutes", "tiempo de lectura",
            "tiempo de lectura min", "lesezeit", "lesezeit min", "lesezeit minuten", "tempo di lettura",
            "tempo di lettura min", "tempo de leitura", "tempo de leitura min", "leestijd", "время чтения",
            "this article is more than years old", "this article is more than year old",
            "this article is more than months old", "this article is more than month old", "last updated",
            "just now", "years ago", "months ago", "days ago", "hours ago", "minutes ago",
        ],
    ),
    (
        reason::RIGHTS,
        &[
            "all rights reserved", "todos los derechos reservados", "tous droits réservés",
            "alle rechte vorbehalten", "tutti i diritti riservati", "riproduzione riservata",
            "todos os direitos reservados", "alle rechten voorbehouden", "все права защищены",
            "wszelkie prawa zastrzeżone", "tüm hakları saklıdır",
        ],
    ),
    (
        reason::CREDIT,
        &[
            "getty images", "image copyright getty images", "afp via getty images", "image caption",
            "toggle caption", "enlarge this image",
        ],
    ),
];

/// Furniture only beside other furniture, or above the first and below the last paragraph.
const UNSURE: &[Entry] = &[
    (
        reason::NAVIGATION,
        &[
            "search", "menu", "home", "close", "more", "news", "world", "sport", "sports", "politics",
            "business", "opinion", "weather", "video", "videos", "photos", "photo", "slideshow", "topics",
            "tags", "contact", "about", "careers", "help", "buscar", "inicio", "cerrar", "rechercher",
            "accueil", "fermer", "suche", "startseite", "schließen", "cerca", "chiudi", "busca", "fechar",
            "zoeken", "sluiten", "поиск", "меню", "главная", "закрыть", "новости",
        ],
    ),
    (
        reason::SHARE,
        &[
            "share", "tweet", "post", "print", "email", "mail", "save", "copy", "like", "follow", "facebook",
            "twitter", "whatsapp", "linkedin", "telegram", "reddit", "pinterest", "instagram", "youtube",
            "rss", "vk",
        ],
    ),
    (
        reason::SIGN_UP,
        &["newsletter", "newsletters", "login", "register", "join", "e mail address", "email address"],
    ),
    (
        reason::COMMENTS,
        &[
            "comments", "comment", "shares", "views", "reply", "comentarios", "commentaires", "kommentare",
            "commenti", "comentários", "reacties", "комментарии", "komentarze",
        ],
    ),
    (reason::ADVERTISING, &["ad", "ads", "adv"]),
];

/// Words that say that a line is there to be pressed.
const ACTIONS: &[&str] = &[
    "share", "tweet", "subscribe", "newsletter", "newsletters", "advertisement", "cookies", "commenting",
    "login", "signup", "logout",
];

/// Words that say so in company.
const CHANNELS: &[&str] = &[
    "facebook", "twitter", "whatsapp", "linkedin", "reddit", "pinterest", "telegram", "messenger",
    "instagram", "youtube", "tiktok", "tumblr", "flipboard", "rss", "bluesky", "threads", "viber",
    "vkontakte", "email", "mail", "print", "follow", "comments", "sms",
];

/// Words that may stand beside them.
const COMPANY: &[&str] = &[
    "this", "the", "a", "an", "to", "in", "on", "up", "out", "by", "via", "with", "and", "or", "our", "your",
    "us", "for", "of", "from", "here", "now", "all", "more", "next", "previous", "click", "view", "read",
    "reading", "continue", "continues", "story", "article", "page", "post", "video", "below", "above",
    "listen", "watch", "like", "save", "copy", "link", "log", "sign", "closed", "are", "is", "policy",
    "full", "daily", "weekly", "free", "breaking", "news", "alert", "alerts", "content", "top", "back",
    "skip", "main", "search", "home", "close", "join", "manage", "latest", "updates", "menu", "opinion",
    "today", "please", "x", "e", "get", "account", "in", "text", "app",
];

/// What menus list.
const MENU_ITEMS: &[&str] = &[
    "home", "news", "world", "politics", "business", "sport", "sports", "opinion", "weather", "culture",
    "science", "technology", "tech", "health", "travel", "entertainment", "lifestyle", "video", "videos",
    "photos", "podcasts", "about", "about us", "contact", "contact us", "careers", "jobs", "help", "terms",
    "terms of use", "terms of service", "privacy", "privacy policy", "cookie policy", "cookies", "advertise",
    "subscribe", "login", "log in", "sign in", "register", "search", "sitemap", "site map", "rss", "faq",
    "accessibility", "impressum", "datenschutz", "kontakt", "startseite", "inicio", "contacto",
    "aviso legal", "accueil", "contact", "mentions légales", "chi siamo", "contatti", "главная", "новости",
    "контакты",
];

/// Languages as they call themselves.
const ENDONYMS: &[&str] = &[
    "english", "español", "français", "deutsch", "italiano", "português", "nederlands", "русский",
    "українська", "polski", "türkçe", "العربية", "中文", "简体中文", "繁體中文", "日本語", "한국어",
    "svenska", "norsk", "dansk", "suomi", "čeština", "magyar", "română", "български", "ελληνικά", "עברית",
    "हिन्दी", "فارسی", "српски", "hrvatski", "català", "euskara", "galego", "tiếng việt", "bahasa indonesia",
    "қазақша", "беларуская", "ქართული", "հայերեն",
];

/// The phrases, folded as lines are.
pub(super) struct Lexicon {
    pub(super) phrases: HashMap<String, Mark, RandomState>,
    pub(super) actions: HashSet<&'static str, RandomState>,
    pub(super) channels: HashSet<&'static str, RandomState>,
    pub(super) company: HashSet<&'static str, RandomState>,
    pub(super) menu_items: HashSet<&'static str, RandomState>,
    pub(super) endonyms: HashSet<&'static str, RandomState>,
    /// No phrase has more bytes.
    pub(super) longest: usize,
}

/// Built once, at first use.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut phrases = HashMap::default();
    let mut add = |list: &[&str], mark: Mark| {
        for phrase in list {
            let mut folded = String::new();
            fold(phrase, &mut folded);
            // What is listed first is meant.
            phrases.entry(folded).or_insert(mark);
        }
    };
    add(POINTERS, Mark { reason: reason::POINTER, sure: true, leads: Leads::ToOne });
    add(LISTS, Mark { reason: reason::LIST, sure: true, leads: Leads::ToMany });
    for (reason, list) in SURE {
        add(list, Mark::sure(reason));
    }
    for (reason, list) in UNSURE {
        add(list, Mark { reason, sure: false, leads: Leads::Nowhere });
    }
    let set = |list: &[&'static str]| list.iter().copied().collect();
    Lexicon {
        longest: phrases.keys().map(String::len).max().unwrap_or(0),
        phrases,
        actions: set(ACTIONS),
        channels: set(CHANNELS),
        company: set(COMPANY),
        menu_items: set(MENU_ITEMS),
        endonyms: set(ENDONYMS),
    }
});

/// Lower case, words set apart by one space, without digits and apostrophes. Clears `folded` first.
pub(super) fn fold(line: &str, folded: &mut String) {
    fold_words(line, usize::MAX, folded);
}

/// The same of its first two words.
pub(super) fn fold_beginning(line: &str, folded: &mut String) {
    fold_words(line, 2, folded);
}

fn fold_words(line: &str, most_words: usize, folded: &mut String) {
    folded.clear();
    let mut n_words = 0;
    let bytes = line.as_bytes();
    let (mut at, mut gap) = (0, false);
    while at < bytes.len() {
        // Letters of ASCII go over as runs: nearly every word of most languages.
        let begin = at;
        while at < bytes.len() && bytes[at].is_ascii_alphabetic() {
            at += 1;
        }
        if at > begin {
            if !begins_word(folded, &mut gap, &mut n_words, most_words) {
                return;
            }
            let end = folded.len();
            folded.push_str(&line[begin..at]);
            folded[end..].make_ascii_lowercase();
            continue;
        }
        let Some(character) = line[at..].chars().next() else { break };
        at += character.len_utf8();
        if !character.is_ascii() && (character.is_alphabetic() || is_mark(character)) {
            if !begins_word(folded, &mut gap, &mut n_words, most_words) {
                return;
            }
            folded.extend(character.to_lowercase());
        } else if !matches!(character, '\'' | '’' | 'ʼ') {
            gap = true;
        }
    }
}

/// A space, where a letter follows a gap; false where this would be one word too many.
fn begins_word(folded: &mut String, gap: &mut bool, n_words: &mut usize, most_words: usize) -> bool {
    let is_new = std::mem::take(gap);
    if folded.is_empty() {
        *n_words = 1;
    } else if is_new {
        if *n_words == most_words {
            return false;
        }
        *n_words += 1;
        folded.push(' ');
    }
    true
}

/// Vowel signs and combining accents belong to their words.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(line: &str) -> String {
        let mut folded = String::new();
        fold(line, &mut folded);
        folded
    }

    #[test]
    fn case_digits_and_signs_do_not_count() {
        assert_eq!(folded("» READ 3 more…"), "read more");
        assert_eq!(folded("Don’t miss:"), "dont miss");
        assert_eq!(folded("Больше новостей"), "больше новостей");
        assert_eq!(folded("12:30"), "");
        let mut two = String::new();
        fold_beginning("» Don’t MISS: our 3 stories", &mut two);
        assert_eq!(two, "dont miss");
    }

    #[test]
    fn the_listed_words_are_folded_already() {
        let words = [ACTIONS, CHANNELS, COMPANY, MENU_ITEMS, ENDONYMS].concat();
        for word in words {
            assert_eq!(folded(word), word);
        }
    }
}

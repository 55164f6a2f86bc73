//! Refusals: pages that show something in the article's place, told by their titles and by what they say.

use super::page::Page;

/// A page with more words has an article, whatever else it says.
const MOST_WORDS: usize = 160;

/// A page that asks to pay shows at most so many words of what it asks money for, or it is an article cut short.
const MOST_PAID_WORDS: usize = 120;

/// Share of letters in links from which a page without paragraphs is a list of links.
const LINKS: f64 = 0.5;

/// Openings and wordings of titles of pages that a server shows instead; lower case.
const ERRORS: &[&str] = &[
    "404", "403", "401", "410", "500", "502", "503", "504", "error 4", "error 5", "page not found",
    "not found", "file not found", "forbidden", "access denied", "access to this page has been denied",
    "bad gateway", "service unavailable", "gateway time", "internal server error", "too many requests",
    "just a moment", "attention required", "are you a robot", "are you human", "robot check",
    "security check", "captcha", "verify you are human", "ddos protection", "site maintenance",
    "under maintenance", "temporarily unavailable", "page no longer", "page unavailable",
    "page doesn't exist", "page does not exist", "this page isn", "oops", "seite nicht gefunden",
    "nicht gefunden", "zugriff verweigert", "fehler 404", "wartungsarbeiten", "page introuvable",
    "page non trouvée", "accès refusé", "erreur 404", "site en maintenance", "página no encontrada",
    "no encontrada", "acceso denegado", "error 404", "página não encontrada", "acesso negado", "erro 404",
    "pagina non trovata", "accesso negato", "errore 404", "pagina niet gevonden", "toegang geweigerd",
    "strona nie została znaleziona", "nie znaleziono", "страница не найдена", "доступ запрещен",
    "доступ ограничен", "ошибка 404", "sayfa bulunamadı", "页面不存在", "找不到页面",
    "ページが見つかりません", "الصفحة غير موجودة",
];

/// Words after the number of an error.
const AFTER_A_NUMBER: [&str; 14] = [
    "error", "not", "page", "forbidden", "unauthorized", "bad", "service", "gateway", "internal", "gone",
    "access", "seite", "página", "file",
];

/// What pages say that ask for consent; lower case.
const CONSENT: &[&str] = &[
    "we use cookies", "uses cookies", "use of cookies", "cookie policy", "cookie settings", "manage cookies",
    "accept all", "reject all", "accept cookies", "manage preferences", "manage options", "your privacy",
    "privacy choices", "our partners", "personal data", "store and/or access information",
    "before you continue", "withdraw your consent", "legitimate interest", "i agree", "alle akzeptieren",
    "alle ablehnen", "wir verwenden cookies", "cookies zustimmen", "unsere partner",
    "personenbezogene daten", "ihre einwilligung", "mit werbung", "tout accepter", "tout refuser",
    "nous utilisons des cookies", "nos partenaires", "vos données", "votre consentement",
    "continuer sans accepter", "aceptar todo", "aceptar todas", "rechazar todo", "utilizamos cookies",
    "nuestros socios", "datos personales", "su consentimiento", "configurar cookies", "accetta tutti",
    "rifiuta tutti", "utilizziamo i cookie", "nostri partner", "dati personali", "aceitar todos",
    "aceitar tudo", "rejeitar tudo", "nossos parceiros", "dados pessoais", "alles accepteren",
    "alles weigeren", "onze partners", "zaakceptuj", "partnerzy", "принять все", "файлы cookie",
    "наши партнеры", "персональных данных",
];

/// What pages say that ask for money or a name; lower case.
const PAY: &[&str] = &[
    "subscribe to continue", "subscribe to read", "to continue reading", "to read the full",
    "subscribers only", "for subscribers", "subscriber-only", "already a subscriber",
    "already have an account", "become a member", "sign in to read", "log in to read",
    "register to continue", "create a free account", "start your free trial", "unlock this article",
    "this article is for", "you have reached your limit", "free articles", "exclusive to subscribers",
    "weiterlesen mit", "um weiterzulesen", "jetzt abonnieren", "nur für abonnenten", "bereits abonnent",
    "jetzt testen", "artikel freischalten", "réservé aux abonnés", "réservé à nos abonnés",
    "pour lire la suite", "déjà abonné", "abonnez-vous pour", "exclusivo para suscriptores",
    "solo para suscriptores", "suscríbete para", "para seguir leyendo", "ya eres suscriptor",
    "riservato agli abbonati", "abbonati per", "sei già abbonato", "per continuare a leggere",
    "exclusivo para assinantes", "assine para", "já é assinante", "para continuar lendo",
    "alleen voor abonnees", "al abonnee", "tylko dla subskrybentów", "только для подписчиков",
    "оформите подписку",
];

/// Why a page is no article, in words; none if it is one.
pub(super) fn reason(page: &Page) -> Option<&'static str> {
    let n_words = words(&page.text);
    if n_words > MOST_WORDS {
        // Many words and no article among them: headlines and what they promise.
        return (!page.has_article).then_some("a list of articles or links");
    }
    let text = page.text.to_lowercase();
    let title =
        page.facts.window_title.as_deref().or(page.facts.title.as_deref()).unwrap_or_default().to_lowercase();
    let heading = page.facts.title.as_deref().unwrap_or_default().to_lowercase();
    let is_error = |title: &str| ERRORS.iter().any(|error| holds_as_words(title, error));
    // A story about an error has a date, and calls itself an article.
    if !page.facts.is_article && (is_error(&title) || is_error(&heading) || is_error(first_line(&text))) {
        return Some("an error page");
    }
    let n_said = |list: &[&str]| list.iter().filter(|&&wording| text.contains(wording)).count();
    let n_consent = n_said(CONSENT);
    // Nearly every sentence of such a page says it.
    if n_consent >= 3 && n_consent * 40 >= n_words {
        return Some("a page that asks for consent");
    }
    let n_pay = n_said(PAY);
    if n_words <= MOST_PAID_WORDS
        && (page.facts.is_paid || n_pay >= 2 || n_pay == 1 && n_words <= MOST_PAID_WORDS / 2)
    {
        return Some("a page that asks to pay or sign in, with little of the article");
    }
    if !page.has_article || n_words == 0 {
        return Some(match () {
            () if n_words < 10 => "a page with next to no text of its own",
            () if page.link_share >= LINKS => "a list of articles or links",
            () => "a page without an article",
        });
    }
    None
}

/// Words, or letters where words are not set apart, two to a word.
fn words(text: &str) -> usize {
    // The one space of Unicode within ASCII that is none of ASCII's is the vertical tab.
    if text.is_ascii() && memchr::memchr(0x0b, text.as_bytes()).is_none() {
        return text.split_ascii_whitespace().count();
    }
    let n_set_apart = text.split_whitespace().count();
    let n_wide = text
        .chars()
        .filter(|letter| matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{9fff}'))
        .count();
    n_set_apart + n_wide / 2
}

fn first_line(text: &str) -> &str {
    let line = text.trim_start().lines().next().unwrap_or_default();
    // A paragraph is no heading.
    if line.len() <= 80 { line } else { "" }
}

/// Does `title` open with the wording, or hold it between signs: `404 - Not found | Site`?
fn holds_as_words(title: &str, wording: &str) -> bool {
    // A number may count anything.
    let goes_on = |rest: &str| {
        !wording.bytes().all(|byte| byte.is_ascii_digit())
            || rest.split_whitespace().next().is_none_or(|word| AFTER_A_NUMBER.contains(&word))
    };
    title.split(['|', '-', '–', '—', ':', '·', '»', '!', ',', '.', '…']).map(str::trim).any(|part| {
        part.strip_prefix(wording)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) && goes_on(rest))
            && words(part) <= 9
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::page;

    fn judge(title: &str, body: &str) -> Option<&'static str> {
        reason(&page::read(&format!("<html><head><title>{title}</title></head><body>{body}</body></html>")))
    }

    #[test]
    fn refusals_are_told_in_words() {
        assert_eq!(
            judge("404 - Page not found | Site", "<h1>Page not found</h1><p>Try the search.</p>"),
            Some("an error page")
        );
        assert_eq!(judge("Seite nicht gefunden", "<p>Leider.</p>"), Some("an error page"));
        assert_eq!(
            judge(
                "Site",
                "<div><p>We use cookies. We and our partners process personal data.</p><p>Accept all</p><p>Reject all</p></div>"
            ),
            Some("a page that asks for consent")
        );
        assert_eq!(
            judge(
                "Tram agreed",
                "<article><p>The council met on Tuesday.</p><p>Subscribe to continue reading. Already a subscriber? Sign in.</p></article>"
            ),
            Some("a page that asks to pay or sign in, with little of the article")
        );
        assert_eq!(judge("App", "<div id=root></div>"), Some("a page with next to no text of its own"));
    }

    #[test]
    fn a_story_about_such_things_is_an_article() {
        let story = "<p>The council met on Tuesday and said that it will not use cookies on its page any more, whatever the partners \
                     of the council may say about personal data and about the law, which it wants to see changed.</p>";
        assert_eq!(
            judge(
                "Council bans cookies",
                &format!("<article><h1>Council bans cookies</h1>{}</article>", story.repeat(4))
            ),
            None
        );
        assert_eq!(
            judge("404 trams bought by the council", &format!("<article>{}</article>", story.repeat(2))),
            None
        );
    }
}

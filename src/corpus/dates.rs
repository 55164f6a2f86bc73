//! When was it published? Reads what a field says, and never guesses from the text.

use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

/// Years that a document may be from. What lies outside is a typing error or a placeholder.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=2100;

/// Forms with a time, beyond the standard ones. A time without a zone is taken as UTC.
const WITH_TIME: [&str; 19] = [
    "%d-%b-%Y %H:%M:%S%.f", "%d %b %Y %H:%M:%S", "%d %b %Y %H:%M", "%d %B %Y %H:%M", "%B %d, %Y %H:%M",
    "%b %d, %Y %H:%M", "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p", "%d %B %Y %I:%M %p", "%d %b %Y %I:%M %p",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p",
];

/// Forms with a time and a zone.
const WITH_ZONE: [&str; 9] = [
    "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%:z", "%Y-%m-%d %H:%M:%S%.f %:z", "%d/%b/%Y:%H:%M:%S %z",
    "%Y%m%dT%H%M%S%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f UTC%z", "%a %b %d %H:%M:%S %z %Y",
    "%d %b %Y %H:%M:%S %z",
];

/// Forms of a day. `03/04/2011` is missing on purpose: nobody knows which month that is.
const DAYS: [&str; 12] = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%a, %d %b %Y", "%A, %B %d, %Y",
];

/// Days since 1970 of a document's date, an RFC 3339 time or a plain day; none where it is neither.
pub(crate) fn day_number(date: &str) -> Option<i64> {
    let date: Date = date.get(..10)?.parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(date.since(epoch).ok()?.get_days().into())
}

/// The day after today where today is first over: what is dated later lies in the future everywhere on Earth.
pub(super) fn tomorrow() -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC).date();
    now.tomorrow().unwrap_or(now).to_string()
}

/// The date in a field: text, or seconds or milliseconds since 1970.
pub(super) fn from_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => from_text(text),
        Value::Number(number) => from_epoch(number.as_f64()?),
        _ => None,
    }
}

/// `2011-01-26T10:00:00Z`, or `2011-01-26` where no time was given.
pub(super) fn from_text(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < 6 || text.len() > 80 {
        return None;
    }
    if !text.is_ascii() || text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return from_ascii(text).or_else(|| from_ascii(&in_english(text)?));
    }
    from_ascii(text)
}

fn from_ascii(text: &str) -> Option<String> {
    if text.len() < 8 || !text.is_ascii() {
        return None;
    }
    if text.len() == 10 && text.as_bytes()[4] == b'-' {
        return day(text.parse().ok()?);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() > 8 {
        return from_epoch(text.parse().ok()?);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return instant(moment);
    }
    if text.len() > 10
        && let Ok(local) = text.parse::<DateTime>()
    {
        return utc(local);
    }
    if let Some(moment) = text.parse::<Zoned>().ok().map(|zoned| zoned.timestamp()) {
        return instant(moment);
    }
    // A weekday that does not fit its date is a typing error that costs nothing.
    if let Ok(zoned) = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_zoned(text) {
        return instant(zoned.timestamp());
    }
    if let Some(day_found) = DAYS.iter().find_map(|form| Date::strptime(form, text).ok()) {
        return day(day_found);
    }
    if let Some(moment) = WITH_ZONE.iter().find_map(|form| Timestamp::strptime(form, text).ok()) {
        return instant(moment);
    }
    let text = text.strip_suffix("GMT").or(text.strip_suffix("UTC")).map_or(text, str::trim_end);
    utc(WITH_TIME.iter().find_map(|form| DateTime::strptime(form, text).ok())?)
}

/// Month names of some languages, as they begin: January to December.
const MONTHS: [[&str; 12]; 12] = [
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december",
    ],
    [
        "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
        "november", "dezember",
    ],
    [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ],
    [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ],
    [
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
        "ottobre", "novembre", "dicembre",
    ],
    [
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    ],
    [
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
        "november", "december",
    ],
    [
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
        "ноября", "декабря",
    ],
    [
        "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
        "października", "listopada", "grudnia",
    ],
    [
        "ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim", "kasım",
        "aralık",
    ],
    [
        "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
        "november", "december",
    ],
    [
        "januar", "februar", "machi", "aprili", "mei", "juni", "julai", "agosti", "septemba", "oktoba",
        "novemba", "desemba",
    ],
];

/// A day and perhaps a time, said in words of any of these languages: `dimanche 3 mai 2020 à 10h15`,
/// `May 3rd, 2020 at 10:15 PM`, `2020年5月3日`. As `3 May 2020 10:15 PM`; none where the month, the day or the year is missing or not
/// the only one.
fn in_english(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (mut day, mut month, mut year, mut time, mut half) = (None, None, None, None, None);
    let mut numbers = Vec::new();
    let separated = lower.replace(['年', '月', '日'], " ");
    let is_east_asian = separated != lower;
    for word in separated
        .split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '(' | ')' | '|' | '·'))
    {
        let word = word.trim_end_matches(['.', 'º', 'ª']);
        let ordinal =
            ["st", "nd", "rd", "th", "er"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        if let Ok(number) = ordinal.parse::<u32>() {
            numbers.push((number, ordinal.len()));
        } else if let Some((hour, minute)) = clock(word) {
            let (bare, said) = match ["am", "pm"].iter().find_map(|end| Some((word.strip_suffix(end)?, *end)))
            {
                Some((_, said)) => (true, Some(said)),
                None => (false, None),
            };
            // Two times are no time of publication.
            if time.replace((hour, minute)).is_some() {
                return None;
            }
            if bare {
                half = said;
            }
        } else if matches!(word, "am" | "pm" | "a.m" | "p.m") {
            half = Some(if word.starts_with('a') { "am" } else { "pm" });
        } else if let Some(found) = month_of(word)
            && month.replace(found).is_some_and(|before| before != found)
        {
            return None;
        }
    }
    if is_east_asian {
        let [(y, 4), (m, _), (d, _)] = numbers.as_slice() else { return None };
        let clock = time.map(|(hour, minute)| format!(" {hour:02}:{minute:02}")).unwrap_or_default();
        return Some(format!("{y:04}-{m:02}-{d:02}{clock}"));
    }
    for (number, n_digits) in numbers {
        let slot = if n_digits == 4 { &mut year } else { &mut day };
        if slot.replace(number).is_some() {
            return None;
        }
    }
    let (day, month, year) = (day?, month?, year?);
    let clock = match (time, half) {
        (Some((hour, minute)), Some(half)) => format!(" {hour:02}:{minute:02} {half}"),
        (Some((hour, minute)), None) => format!(" {hour:02}:{minute:02}"),
        (None, _) => String::new(),
    };
    Some(format!("{day} {month} {year}{clock}"))
}

/// `10:15`, `10h15`, `10.15`, `10:15pm`.
fn clock(word: &str) -> Option<(u32, u32)> {
    let word = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let (hour, minute) = word.split_once([':', 'h', '.'])?;
    let minute = minute.split(':').next()?;
    let is_clock = (1..=2).contains(&hour.len()) && minute.len() == 2;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (is_clock && hour < 24 && minute < 60).then_some((hour, minute))
}

/// The English name of the month that a word is, or begins in three letters or more.
fn month_of(word: &str) -> Option<&'static str> {
    let n_letters = word.chars().count();
    if n_letters < 3 {
        return None;
    }
    let whole = MONTHS.iter().find_map(|names| names.iter().position(|name| *name == word));
    let begun = || {
        MONTHS.iter().find_map(|names| names.iter().position(|name| name.starts_with(word) && n_letters >= 3))
    };
    whole.or_else(begun).map(|place| MONTHS[0][place])
}

fn from_epoch(number: f64) -> Option<String> {
    // Seconds until the year 5138, milliseconds from 1973: no date of the news is in doubt.
    let seconds = if number.abs() >= 1e11 { number / 1000.0 } else { number };
    // Small numbers are years or counts, not seconds.
    if seconds.abs() < 1e6 || seconds.abs() > 1e10 {
        return None;
    }
    instant(Timestamp::from_second(seconds.floor() as i64).ok()?)
}

fn utc(local: DateTime) -> Option<String> {
    instant(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn instant(moment: Timestamp) -> Option<String> {
    let local = moment.to_zoned(TimeZone::UTC).datetime();
    YEARS.contains(&local.year()).then(|| local.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn day(date: Date) -> Option<String> {
    YEARS.contains(&date.year()).then(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_forms_become_one() {
        for (said, meant) in [
            ("2011-01-26", "2011-01-26"),
            ("2011-01-26T10:00:00Z", "2011-01-26T10:00:00Z"),
            ("2011-01-26T10:00:00+02:00", "2011-01-26T08:00:00Z"),
            ("2014-08-05T19:42:17.662-0400", "2014-08-05T23:42:17Z"),
            ("1987-02-26T15:07:13", "1987-02-26T15:07:13Z"),
            ("2011-01-26 10:00:00", "2011-01-26T10:00:00Z"),
            ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01Z"),
            ("Wed, 26 Jan 2011 10:00:00 GMT", "2011-01-26T10:00:00Z"),
            ("Mon, 26 Jan 2011 10:00:00 GMT", "2011-01-26T10:00:00Z"),
            ("January 26, 2011", "2011-01-26"),
            ("26 January 2011", "2011-01-26"),
            ("26.01.2011", "2011-01-26"),
            ("20110126", "2011-01-26"),
            ("1296036000", "2011-01-26T10:00:00Z"),
            ("dimanche 3 mai 2020 à 10h15", "2020-05-03T10:15:00Z"),
            ("3. März 2020, 10:15 Uhr", "2020-03-03T10:15:00Z"),
            ("3 de mayo de 2020", "2020-05-03"),
            ("3 мая 2020", "2020-05-03"),
            ("2020年5月3日", "2020-05-03"),
            ("2020年5月3日 10:15", "2020-05-03T10:15:00Z"),
            ("May 3rd, 2020 at 10:15 PM", "2020-05-03T22:15:00Z"),
            ("3 May 2020, 10:15 PM", "2020-05-03T22:15:00Z"),
            ("Sept. 3, 2020", "2020-09-03"),
            ("2020-05-03 10:15", "2020-05-03T10:15:00Z"),
            ("2020-05-03T10:15+02:00", "2020-05-03T08:15:00Z"),
            ("20200503T101500Z", "2020-05-03T10:15:00Z"),
            ("3 Şubat 2020", "2020-02-03"),
            ("1296036000000", "2011-01-26T10:00:00Z"),
        ] {
            assert_eq!(from_text(said).as_deref(), Some(meant), "{said}");
        }
        assert_eq!(from_value(&serde_json::json!(1_296_036_000)).as_deref(), Some("2011-01-26T10:00:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for said in [
            "", "yesterday", "2011-02-30", "9999-12-31", "0001-01-01", "2011", "03/04/2011", "Tuesday",
            "3 to 5 May 2020", "May or June 3 2020", "31 April 2020",
        ] {
            assert_eq!(from_text(said), None, "{said}");
        }
        assert_eq!(from_value(&serde_json::json!(2011)), None);
    }
}

//! When was it published? Reads what a field says, and never guesses from the text.

use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

/// Years that a document may be from. What lies outside is a typing error or a placeholder.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=2100;

/// Forms with a time, beyond the standard ones. A time without a zone is taken as UTC.
const WITH_TIME: [&str; 9] = [
    "%d-%b-%Y %H:%M:%S%.f", "%d %b %Y %H:%M:%S", "%d %b %Y %H:%M", "%d %B %Y %H:%M", "%B %d, %Y %H:%M",
    "%b %d, %Y %H:%M", "%B %d, %Y %I:%M %p", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M",
];

/// Forms with a time and a zone.
const WITH_ZONE: [&str; 5] = [
    "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f UTC%z",
    "%a %b %d %H:%M:%S %z %Y", "%d %b %Y %H:%M:%S %z",
];

/// Forms of a day. `03/04/2011` is missing on purpose: nobody knows which month that is.
const DAYS: [&str; 12] = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%a, %d %b %Y", "%A, %B %d, %Y",
];

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
    if text.len() < 8 || text.len() > 64 || !text.is_ascii() {
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
            ("1296036000000", "2011-01-26T10:00:00Z"),
        ] {
            assert_eq!(from_text(said).as_deref(), Some(meant), "{said}");
        }
        assert_eq!(from_value(&serde_json::json!(1_296_036_000)).as_deref(), Some("2011-01-26T10:00:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for said in
            ["", "yesterday", "2011-02-30", "9999-12-31", "0001-01-01", "2011", "03/04/2011", "Tuesday"]
        {
            assert_eq!(from_text(said), None, "{said}");
        }
        assert_eq!(from_value(&serde_json::json!(2011)), None);
    }
}

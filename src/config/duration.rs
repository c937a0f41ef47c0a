//! Lengths of time as people write them: `90s`, `5m`, `1h30m`, `2d`.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The units, from long to short, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads `text` and holds it against `bounds`. The error is a fragment for people.
pub(super) fn parse(text: &str, bounds: &RangeInclusive<Duration>) -> Result<Duration, String> {
    let duration = seconds(text)
        .map(Duration::from_secs)
        .ok_or_else(|| "not a length of time: write one like \"90s\", \"5m\", \"1h30m\" or \"2d\"".to_owned())?;
    if bounds.contains(&duration) {
        return Ok(duration);
    }
    Err(format!("must lie between {} and {}", show(*bounds.start()), show(*bounds.end())))
}

/// Numbers with units, each unit shorter than the one before it.
fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (number, behind) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let unit = behind.chars().next()?;
        let (_, length) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*length)?)?;
        rest = behind.strip_prefix(unit)?;
    }
    (total > 0).then_some(total)
}

/// Writes a duration as it would be read.
pub(super) fn show(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let part = |(unit, length): (char, u64)| {
        let number = rest / length;
        rest %= length;
        if number > 0 { format!("{number}{unit}") } else { String::new() }
    };
    UNITS.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24 * 30);

    #[test]
    fn what_people_write_is_read_and_written_back() {
        for (text, expected) in
            [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("2d", 172_800), ("1d1h1m1s", 90_061), (" 7s ", 7)]
        {
            let duration = parse(text, &ANY).unwrap();
            assert_eq!(duration.as_secs(), expected, "{text}");
            assert_eq!(parse(&show(duration), &ANY), Ok(duration));
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in
            ["", "5", "m", "5 m", "5x", "5m1h", "1m1m", "-5m", "1.5h", "0s", "99999999999999999999d", "５m", "5µ"]
        {
            let error = parse(text, &ANY).unwrap_err();
            assert!(error.starts_with("not a length of time"), "{text}: {error}");
        }
    }

    #[test]
    fn bounds_hold_and_are_named() {
        let bounds = Duration::from_mins(1)..=Duration::from_hours(1);
        assert!(parse("1m", &bounds).is_ok() && parse("1h", &bounds).is_ok());
        for text in ["59s", "1h1s", "30d"] {
            assert_eq!(parse(text, &bounds).unwrap_err(), "must lie between 1m and 1h", "{text}");
        }
    }
}

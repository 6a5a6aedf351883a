//! Numbers for people: bytes, counts, shares, durations, moments.

/// Bytes in binary units with three significant figures: `17 B`, `1.25 KiB`, `18.4 MiB`, `512 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.5 would print as 1024 of the smaller unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit = UNITS[unit];
    match value {
        value if value < 9.995 => format!("{value:.2} {unit}"),
        value if value < 99.95 => format!("{value:.1} {unit}"),
        value => format!("{value:.0} {unit}"),
    }
}

/// A count with thousands separators: `12,000`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `part` of `whole`: `44.6%`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "0.0%".into(),
        whole => format!("{:.1}%", part as f64 / whole as f64 * 100.0),
    }
}

/// A duration with two or three significant figures: `0.35 s`, `5.2 s`, `48 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn seconds(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match seconds {
        seconds if seconds < 0.995 => format!("{:.2} s", seconds.max(0.0)),
        seconds if seconds < 9.95 => format!("{seconds:.1} s"),
        _ if whole < 60 => format!("{whole} s"),
        _ if whole < 3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A moment given in seconds since the Unix epoch: `2023-11-14 22:13:20 UTC`.
///
/// Days are turned into a date of the Gregorian calendar by counting from March, in eras of 400 years.
pub(crate) fn moment(time: f64) -> String {
    // Beyond ±9999 years a date says nothing.
    let time = time.clamp(-3.0e11, 2.5e11).floor() as i64;
    let (days, second) = (time.div_euclid(86_400), time.rem_euclid(86_400));
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_three_figures() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (10_239, "10.0 KiB"),
            (1_048_575, "1.00 MiB"),
            (19_293_798, "18.4 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn counts_have_separators() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (value, text) in cases {
            assert_eq!(count(value), text);
        }
    }

    #[test]
    fn durations_fit_their_length() {
        let cases = [
            (0.351, "0.35 s"),
            (5.24, "5.2 s"),
            (48.2, "48 s"),
            (200.0, "3 min 20 s"),
            (7500.0, "2 h 5 min"),
        ];
        for (value, text) in cases {
            assert_eq!(seconds(value), text);
        }
    }

    #[test]
    fn moments_are_dates() {
        let cases = [
            (0.0, "1970-01-01 00:00:00 UTC"),
            (1_700_000_000.9, "2023-11-14 22:13:20 UTC"),
            (951_782_400.0, "2000-02-29 00:00:00 UTC"),
            (-1.0, "1969-12-31 23:59:59 UTC"),
        ];
        for (value, text) in cases {
            assert_eq!(moment(value), text);
        }
    }
}

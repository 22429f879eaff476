//! Days as they are compared: how far apart, and whether one is the other misread.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Since 1970-01-01.
    days: i32,
    /// Year, month and day as they are written.
    digits: [u8; 8],
}

impl Day {
    /// The first day of the calendar.
    pub const FIRST: Self = Self { days: -719_162, digits: [0, 0, 0, 1, 0, 1, 0, 1] };

    /// `2024-03-05`, alone or before a time, or the eight digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = [0u8; 8];
        let mut found = text.bytes().filter(u8::is_ascii_digit);
        for digit in &mut digits {
            *digit = found.next()? - b'0';
        }
        let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(i32::from);
        let (year, month, day) = (y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2);
        Some(Self { days: days_from_civil(year, month, day), digits })
    }

    pub fn days_apart(self, other: Self) -> u32 {
        self.days.abs_diff(other.days)
    }

    /// Day and month changed places, one digit is another, or two neighbours are swapped.
    pub fn misread(self, other: Self) -> bool {
        let (a, b) = (self.digits, other.digits);
        let count = a.iter().zip(&b).filter(|(a, b)| a != b).count();
        if count <= 1 {
            return true;
        }
        let ([y1, y2, y3, y4, m1, m2, d1, d2], [yy1, yy2, yy3, yy4, mm1, mm2, dd1, dd2]) = (a, b);
        if [y1, y2, y3, y4] == [yy1, yy2, yy3, yy4] && [m1, m2] == [dd1, dd2] && [d1, d2] == [mm1, mm2] {
            return true;
        }
        count == 2
            && a.windows(2)
                .zip(b.windows(2))
                .any(|(a, b)| matches!((a, b), ([p, q], [r, s]) if p == s && q == r && p != q))
    }
}

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date
/// algorithms"); a day or a month too many counts on.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_counted_and_misreadings_known() {
        assert_eq!(day("2024-03-05").days_apart(day("20240301")), 4);
        assert_eq!(day("1970-01-02").days_apart(day("1969-12-31")), 2);
        assert!(day("2024-03-05").misread(day("2024-05-03")));
        assert!(day("2024-03-05").misread(day("2014-03-05")));
        assert!(day("1978-03-15").misread(day("1987-03-15")));
        assert!(!day("2024-03-05").misread(day("2014-03-06")));
        assert_eq!(Day::parse("2024-3"), None);
    }
}

//! Numbers as text: where the point is, how digits are grouped, what may stand beside them.
//!
//! Beside the digits a text may have a sign before or behind it, a currency before and behind it, and parentheses for a
//! negative number. What groups digits is strict, for the same text is two numbers in two countries: groups are of three
//! digits and the first does not begin with 0, so that `1,23` is no number and `0.125` is not 125 where the point groups.

mod currency;

use std::fmt;

use currency::Named;

/// How a number is written, declared by an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    point: char,
    group: char,
    /// The text has a percent sign, and is worth a hundredth.
    percent: bool,
}

const KNOWN: [(&str, char, char); 4] =
    [("1,234.56", '.', ','), ("1.234,56", ',', '.'), ("1 234,56", ',', ' '), ("1'234.56", '.', '\'')];

impl NumberFormat {
    pub const USUAL: Self = Self { point: '.', group: ',', percent: false };
    pub const EXAMPLES: [&str; 8] =
        ["1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,234.56%", "1.234,56%", "1 234,56%", "1'234.56%"];

    /// One of the examples; blanks and apostrophes of all kinds are alike.
    pub fn parse(text: &str) -> Option<Self> {
        let alike = |c: char| match c {
            c if c.is_whitespace() => ' ',
            '\u{2019}' => '\'',
            '\u{FF05}' => '%',
            c => c,
        };
        let text: String = text.trim().chars().map(alike).collect();
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text.as_str(), false),
        };
        let (_, point, group) = KNOWN.into_iter().find(|(example, _, _)| *example == number)?;
        Some(Self { point, group, percent })
    }

    /// What stands between whole and fraction when digits, a minus and it are all there is; none for percentages.
    pub fn plain_point(self) -> Option<u8> {
        u8::try_from(self.point).ok().filter(|_| !self.percent)
    }

    /// `None` for what is not a number of this format. Full-width characters, blanks, minus signs and apostrophes have
    /// been made their plain forms.
    pub fn read(self, text: &str) -> Option<Written> {
        let mut beside = Beside { percent: !self.percent, ..Beside::default() };
        let mut rest = beside.strip(text.trim_ascii());
        if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            if beside.negative.replace(true).is_some() {
                return None;
            }
            rest = beside.strip(inner.trim_ascii());
        }
        if !beside.percent {
            return None;
        }
        let mut written = Written { negative: beside.negative == Some(true), ..Written::default() };
        written.number(rest, self)?;
        written.currency = beside.named.map(|named| named.currency);
        if self.percent {
            written.fraction += 2;
        }
        Some(written)
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let example = KNOWN.iter().find(|(_, point, group)| (*point, *group) == (self.point, self.group));
        f.write_str(example.map_or("", |(example, _, _)| example))?;
        f.write_str(if self.percent { "%" } else { "" })
    }
}

/// A number as its digits say it: `digits × 10^(exponent - fraction)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub negative: bool,
    /// Values 0 to 9, without leading zeros.
    pub digits: Vec<u8>,
    pub fraction: u32,
    pub exponent: i32,
    /// The code of what stands beside it; `¥` and `$` as they are, for which of their currencies is not said.
    pub currency: Option<&'static str>,
}

impl Written {
    fn number(&mut self, text: &str, format: NumberFormat) -> Option<()> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = number.split_once(format.point).unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if whole.contains(format.group) {
            for (n, group) in whole.split(format.group).enumerate() {
                let sound =
                    if n == 0 { (1..=3).contains(&group.len()) && !group.starts_with('0') } else { group.len() == 3 };
                if !sound {
                    return None;
                }
                self.push(group)?;
            }
        } else {
            self.push(whole)?;
        }
        self.push(fraction)?;
        self.fraction = u32::try_from(fraction.len()).ok()?;
        if let Some(exponent) = exponent {
            self.exponent = power_of_ten(exponent)?;
        }
        Some(())
    }

    fn push(&mut self, digits: &str) -> Option<()> {
        for byte in digits.bytes() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            if digit > 0 || !self.digits.is_empty() {
                self.digits.push(digit);
            }
        }
        Some(())
    }
}

/// An exponent; one that no type has room for stops where it is still too large for all.
fn power_of_ten(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<i32>().unwrap_or(i32::MAX).min(100_000);
    Some(if negative { -value } else { value })
}

/// What stands beside a number, each once.
#[derive(Debug, Default)]
struct Beside {
    negative: Option<bool>,
    before: bool,
    behind: bool,
    percent: bool,
    named: Option<Named>,
}

impl Beside {
    fn strip<'t>(&mut self, text: &'t str) -> &'t str {
        let mut rest = text;
        while let Some(less) = self.strip_before(rest).or_else(|| self.strip_behind(rest)) {
            rest = less.trim_ascii();
        }
        rest
    }

    fn strip_before<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if self.negative.is_none()
            && let Some(rest) = text.strip_prefix(['-', '+'])
        {
            self.negative = Some(text.starts_with('-'));
            return Some(rest);
        }
        let (rest, named) = currency::before(text).filter(|_| !self.before)?;
        self.before = true;
        self.name(named);
        Some(rest)
    }

    /// `12-` is how SAP writes negatives; `12+` is how people write "12 or more", and no number.
    fn strip_behind<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_suffix('%').filter(|_| !self.percent) {
            self.percent = true;
            return Some(rest);
        }
        if let Some(rest) = text.strip_suffix('-').filter(|_| self.negative.is_none()) {
            self.negative = Some(true);
            return Some(rest);
        }
        let (rest, named) = currency::behind(text).filter(|_| !self.behind)?;
        self.behind = true;
        self.name(named);
        Some(rest)
    }

    /// Of two that stand beside one number, as in `$12 CAD`, the one that says more.
    fn name(&mut self, named: Named) {
        if self.named.is_none_or(|before| before.says < named.says) {
            self.named = Some(named);
        }
    }
}

//! Amounts and other numbers as exports print them.

use std::fmt::{self, Display};

/// A short text of digits and marks, put together without the formatter: most of a sample is numbers.
#[derive(Default)]
pub(super) struct Digits {
    bytes: [u8; 32],
    length: usize,
}

impl Digits {
    pub fn mark(&mut self, byte: u8) -> &mut Self {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
        self
    }

    /// With zeros in front up to the width.
    pub fn number(&mut self, number: u64, width: usize) -> &mut Self {
        let mut digits = 1;
        let mut rest = number / 10;
        while rest > 0 || digits < width {
            digits += 1;
            rest /= 10;
        }
        let (mut rest, end) = (number, self.length + digits);
        for place in self.bytes.iter_mut().take(end).skip(self.length).rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.length = end.min(self.bytes.len());
        self
    }

    pub fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.bytes[..self.length]).map_err(|_| fmt::Error)?)
    }
}

/// A money amount in hundredths: `1234.50`.
pub(super) struct Plain(pub i64);

impl Display for Plain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.0.unsigned_abs();
        let mut digits = Digits::default();
        if self.0 < 0 {
            digits.mark(b'-');
        }
        digits.number(amount / 100, 1).mark(b'.').number(amount % 100, 2).write(formatter)
    }
}

/// As the CRM prints it: `￥1,234.50` (the full-width sign: the half-width one is not in GBK).
pub(super) struct Yuan(pub i64);

impl Display for Yuan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        formatter.write_str(if self.0 < 0 { "-￥" } else { "￥" })?;
        let mut digits = Digits::default();
        match whole {
            0..1_000 => digits.number(whole, 1),
            1_000..1_000_000 => digits.number(whole / 1000, 1).mark(b',').number(whole % 1000, 3),
            _ => digits
                .number(whole / 1_000_000, 1)
                .mark(b',')
                .number(whole / 1000 % 1000, 3)
                .mark(b',')
                .number(whole % 1000, 3),
        };
        digits.mark(b'.').number(rest, 2).write(formatter)
    }
}

/// Digits as an input method leaves them when it was not switched.
pub(super) fn full_width(text: &str) -> String {
    let wide = |letter: char| char::from_u32(letter as u32 - '0' as u32 + '０' as u32).unwrap_or(letter);
    text.chars().map(|letter| if letter.is_ascii_digit() { wide(letter) } else { letter }).collect()
}

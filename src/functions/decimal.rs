//! Exact decimal arithmetic on unscaled 128-bit integers.

/// `numerator / denominator` rounded half away from zero; `None` on overflow or a zero denominator.
pub fn divide_half_away(numerator: i128, denominator: i128) -> Option<i128> {
    let quotient = numerator.checked_div(denominator)?;
    let rest = numerator.checked_rem(denominator)?.unsigned_abs();
    let away = rest >= denominator.unsigned_abs() - rest && rest != 0;
    if !away {
        return Some(quotient);
    }
    if (numerator < 0) == (denominator < 0) { quotient.checked_add(1) } else { quotient.checked_sub(1) }
}

/// `value × 10^by`, checked.
pub fn shift(value: i128, by: u32) -> Option<i128> {
    value.checked_mul(10i128.checked_pow(by)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        for (n, d, expected) in [
            (5, 2, 3),
            (-5, 2, -3),
            (5, -2, -3),
            (4, 3, 1),
            (-4, 3, -1),
            (1, 3, 0),
            (0, 7, 0),
            (2, 3, 1),
            (1, 2, 1),
            (-1, 2, -1),
        ] {
            assert_eq!(divide_half_away(n, d), Some(expected), "{n}/{d}");
        }
        assert_eq!(divide_half_away(1, 0), None);
        assert_eq!(divide_half_away(i128::MIN, -1), None);
    }
}

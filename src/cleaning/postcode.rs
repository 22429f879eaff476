//! `postcode`: a postal code in its country's form (Universal Postal Union, addressing formats of the members).

use super::clean_text::clean_text;
use super::{Region, Regional};

pub(super) const FUNCTION: Regional = Regional {
    name: "postcode",
    about: "A postal code in its region's form: CN six digits, US 5 or 5-4, GB and CA in capitals with the blank, JP 3-4, DE five digits; NULL when it cannot be one. Of other regions and without one: capitals, trimmed.",
    example: ("sw1a1aa", "GB", "SW1A 1AA"),
    default: Some("CN"),
    clean: postcode,
};

/// No postal code is longer; what is, is something else.
const LONGEST: usize = 64;

fn postcode(text: &str, region: Option<Region>) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    // Capitals of composed letters may be composed otherwise.
    let capitals = clean_text(text)?.to_uppercase();
    let code = clean_text(&capitals)?.into_owned();
    if code.len() > LONGEST {
        return None;
    }
    let signs: String = code.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '〒')).collect();
    match region.map(Region::as_str) {
        Some("CN") => shaped(&signs, "999999").then_some(signs),
        Some("DE") => {
            // `D-10115`, as it was written on letters from abroad.
            let digits = signs.trim_start_matches("DE").trim_start_matches('D');
            shaped(digits, "99999").then(|| digits.to_owned())
        }
        Some("US") if shaped(&signs, "99999") => Some(signs),
        Some("US") => shaped(&signs, "999999999").then(|| split(&signs, 4, '-')),
        Some("JP") => shaped(&signs, "9999999").then(|| split(&signs, 4, '-')),
        Some("CA") => {
            // Letters that look like others are not used; W and Z do not begin a code.
            let letters = signs.chars().all(|c| !"DFIOQU".contains(c)) && !signs.starts_with(['W', 'Z']);
            (letters && shaped(&signs, "A9A9A9")).then(|| split(&signs, 3, ' '))
        }
        Some("GB") => {
            let forms = ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"];
            let fits = forms.iter().any(|outward| shaped(&signs, &format!("{outward}9AA"))) || signs == "GIR0AA";
            fits.then(|| split(&signs, 3, ' '))
        }
        _ => code.chars().any(char::is_alphanumeric).then_some(code),
    }
}

/// `9` stands for a digit, `A` for a capital letter.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, kind)| match kind {
            b'9' => byte.is_ascii_digit(),
            _ => byte.is_ascii_uppercase(),
        })
}

/// With a sign before the last characters.
fn split(code: &str, last: usize, sign: char) -> String {
    let (front, back) = code.split_at_checked(code.len().saturating_sub(last)).unwrap_or((code, ""));
    format!("{front}{sign}{back}")
}

//! Names with initials against names written out.

/// Whether two names can be the same, one of them having initials for words of the other: `J.` and `John`, `J R` and
/// `John Robert`, `J.-P.` and `Jean-Paul`.
///
/// Word by word from the left, in any case: the same word, or one letter that the other begins with. Words that only
/// one has at its end are no evidence against it; a name without letters agrees with none.
pub fn initials_agree(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (words(a), words(b));
    let mut agreed = false;
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if agrees(a, b) => agreed = true,
            (Some(_), Some(_)) => return false,
            _ => return agreed,
        }
    }
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    let inner = |c: char| c.is_alphabetic() || c == '\'' || unicode_normalization::char::is_combining_mark(c);
    name.split(move |c| !inner(c)).filter(|word| !word.is_empty())
}

fn agrees(a: &str, b: &str) -> bool {
    let mut a = a.chars().flat_map(char::to_lowercase);
    let mut b = b.chars().flat_map(char::to_lowercase);
    let mut read = 0;
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => read += 1,
            // One has ended after its only letter.
            (None, Some(_)) | (Some(_), None) => return read == 1,
            (Some(_), Some(_)) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_a_word() {
        let cases = [
            ("J.", "John", true),
            ("j", "JOHN", true),
            ("J R", "John Robert", true),
            ("J.R.", "John Robert", true),
            ("J.-P.", "Jean-Paul", true),
            ("J", "John Robert", true),
            ("John R", "J Robert", true),
            ("É.", "Émile", true),
            ("John", "John", true),
            ("J R", "John Albert", false),
            ("Jo", "John", false),
            ("J", "Robert", false),
            ("", "", false),
            ("", "John", false),
            (".", "John", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!((initials_agree(a, b), initials_agree(b, a)), (expected, expected), "{a} {b}");
        }
    }
}

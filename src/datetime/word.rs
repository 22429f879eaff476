//! Months, weekdays and halves of the day in words: what stands at a place of a text, and where it ends.

/// 1 to 12.
pub fn month(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let (month, end) = named(&MONTHS, bytes, at).or_else(|| {
        // The one month with a short form of four letters.
        let end = at + 4;
        bytes.get(at..end)?.eq_ignore_ascii_case(b"sept").then_some((8, end))
    })?;
    Some((month + 1, end))
}

/// Monday is 0.
pub fn weekday(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    named(&WEEKDAYS, bytes, at).or_else(|| {
        let rest = std::str::from_utf8(bytes.get(at..)?).ok()?;
        let day = ["星期", "礼拜", "周"].iter().find_map(|prefix| rest.strip_prefix(prefix))?.chars().next()?;
        let number = "一二三四五六日天".chars().position(|c| c == day)?;
        let before = rest.find(day)?;
        Some((i64::try_from(number.min(6)).ok()?, at + before + day.len_utf8()))
    })
}

/// Whether it is the afternoon.
pub fn half_day(bytes: &[u8], at: usize) -> Option<(bool, usize)> {
    const WORDS: [(&str, bool); 6] =
        [("am", false), ("pm", true), ("a.m.", false), ("p.m.", true), ("上午", false), ("下午", true)];
    WORDS.iter().find_map(|(word, afternoon)| {
        let end = at + word.len();
        bytes.get(at..end)?.eq_ignore_ascii_case(word.as_bytes()).then_some((*afternoon, end))
    })
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Which of the names, or their first three letters, the letters are.
fn named(names: &[&str], bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let rest = bytes.get(at..)?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = rest.get(..length)?;
    let position = names.iter().position(|name| {
        word.eq_ignore_ascii_case(name.as_bytes())
            || name.as_bytes().get(..3).is_some_and(|short| word.eq_ignore_ascii_case(short))
    })?;
    Some((i64::try_from(position).ok()?, at + length))
}

//! `token_set`: how many of the letters of two texts stand in words that both have, in whatever order.
//!
//! Related to the token set ratio of thefuzz and rapidfuzz, which is 1 as soon as one text has all the words of the
//! other; here what only one text has counts against. It is Dice's coefficient (Dice 1945) of the sets of words, a word
//! weighing as much as it has characters, and a word that is almost another counting for as much of it as is the same.

use super::cut;
use super::damerau_levenshtein::damerau_levenshtein;

/// Words that are the same are cheap to find; of the others as many of each text are held against each other.
const COMPARED: usize = 16;

/// From 0 to 1: twice the characters of the common words by those of all words, each word of a text once.
///
/// A word is a run of letters and digits. Scripts that have no blanks between words have pairs of neighbouring
/// characters in their place (Chinese, Japanese; a character alone stands for itself). A word that only one text has is
/// common with the word of the other that is most like it, less one character per change ([`damerau_levenshtein`]), when
/// there is one change or less in four characters of the longer one; no word is taken twice. Two texts without words
/// are compared as they are. Of a text only the beginning is read ([`LONGEST`](super::LONGEST)).
pub fn token_set(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b) = (Tokens::new(cut(a).0), Tokens::new(cut(b).0));
    let (mut words_a, mut words_b) = (a.words(), b.words());
    let all = weight(words_a) + weight(words_b);
    if all == 0 {
        return 0.0;
    }
    let mut common = 0;
    let (mut left_a, mut left_b) = (Left::default(), Left::default());
    // Both are sorted, as in a merge.
    while let (Some((first_a, rest_a)), Some((first_b, rest_b))) = (words_a.split_first(), words_b.split_first()) {
        match first_a.cmp(first_b) {
            std::cmp::Ordering::Equal => {
                common += 2 * length(first_a);
                (words_a, words_b) = (rest_a, rest_b);
            }
            std::cmp::Ordering::Less => {
                left_a.push(first_a);
                words_a = rest_a;
            }
            std::cmp::Ordering::Greater => {
                left_b.push(first_b);
                words_b = rest_b;
            }
        }
    }
    words_a.iter().for_each(|word| left_a.push(word));
    words_b.iter().for_each(|word| left_b.push(word));
    (common + almost(&left_a, &left_b)) as f64 / all as f64
}

/// What words that only one text has have in common with words of the other, the pairs with most first.
fn almost(a: &Left<'_>, b: &Left<'_>) -> usize {
    let (mut taken_a, mut taken_b) = (0_u32, 0_u32);
    let mut common = 0;
    loop {
        // Ties go to the words that come first: the result is the same for (a, b) and (b, a).
        let mut best: Option<(usize, (&str, &str), u32, u32)> = None;
        for (at_a, word_a) in a.words().filter(|(at, _)| taken_a & 1 << at == 0) {
            for (at_b, word_b) in b.words().filter(|(at, _)| taken_b & 1 << at == 0) {
                let Some(alike) = alike(word_a, word_b) else { continue };
                let names = (word_a.min(word_b), word_a.max(word_b));
                if best.is_none_or(|(most, before, ..)| alike > most || (alike == most && names < before)) {
                    best = Some((alike, names, at_a, at_b));
                }
            }
        }
        let Some((alike, _, at_a, at_b)) = best else { return common };
        common += alike;
        taken_a |= 1 << at_a;
        taken_b |= 1 << at_b;
    }
}

/// The characters of both words that are the same, if few are not.
fn alike(a: &str, b: &str) -> Option<usize> {
    let (len_a, len_b) = (length(a), length(b));
    let longer = len_a.max(len_b);
    if len_a.abs_diff(len_b) > longer / 4 {
        return None;
    }
    let changes = damerau_levenshtein(a, b);
    (changes <= longer / 4).then(|| (len_a + len_b).saturating_sub(2 * changes))
}

fn length(word: &str) -> usize {
    if word.is_ascii() { word.len() } else { word.chars().count() }
}

fn weight(words: &[&str]) -> usize {
    words.iter().map(|word| length(word)).sum()
}

/// Words of one text that the other has not.
#[derive(Default)]
struct Left<'a> {
    words: [&'a str; COMPARED],
    len: usize,
}

impl<'a> Left<'a> {
    fn push(&mut self, word: &'a str) {
        // Two characters are the same or they are not.
        if !word.starts_with(is_unspaced)
            && let Some(slot) = self.words.get_mut(self.len)
        {
            *slot = word;
            self.len += 1;
        }
    }

    fn words(&self) -> impl Iterator<Item = (u32, &'a str)> {
        (0..).zip(self.words.iter().take(self.len).copied())
    }
}

/// Names and addresses have a few words, which need no room of their own.
const FEW: usize = 24;

/// The words of a text, sorted, each once.
struct Tokens<'a> {
    few: [&'a str; FEW],
    many: Vec<&'a str>,
    len: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        let mut tokens = Self { few: [""; FEW], many: Vec::new(), len: 0 };
        each_token(text, |word| tokens.push(word));
        tokens.sort();
        tokens
    }

    fn push(&mut self, word: &'a str) {
        match self.few.get_mut(self.len) {
            Some(slot) if self.many.is_empty() => {
                *slot = word;
                self.len += 1;
            }
            _ => {
                if self.many.is_empty() {
                    self.many.extend(self.few);
                }
                self.many.push(word);
            }
        }
    }

    fn sort(&mut self) {
        if !self.many.is_empty() {
            self.many.sort_unstable();
            self.many.dedup();
            return;
        }
        let words = self.few.get_mut(..self.len).unwrap_or_default();
        words.sort_unstable();
        let mut kept = 0;
        for at in 0..words.len() {
            if at == 0 || words.get(at) != words.get(kept - 1) {
                words.swap(kept, at);
                kept += 1;
            }
        }
        self.len = kept;
    }

    fn words(&self) -> &[&'a str] {
        if self.many.is_empty() { self.few.get(..self.len).unwrap_or_default() } else { &self.many }
    }
}

fn each_token<'a>(text: &'a str, mut token: impl FnMut(&'a str)) {
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        rest = rest.get(start..).unwrap_or_default();
        let unspaced = rest.starts_with(is_unspaced);
        let end = rest.find(|c| !is_word(c) || is_unspaced(c) != unspaced).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        if unspaced { each_pair(run, &mut token) } else { token(run) }
    }
}

/// Neighbouring characters two by two; the only one by itself.
fn each_pair<'a>(run: &'a str, token: &mut impl FnMut(&'a str)) {
    let ends = || run.char_indices().map(|(at, c)| at + c.len_utf8());
    if ends().nth(1).is_none() {
        return token(run);
    }
    for ((start, _), end) in run.char_indices().zip(ends().skip(1)) {
        if let Some(pair) = run.get(start..end) {
            token(pair);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii()
            && (is_unspaced(c) || c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)))
}

/// Chinese characters, kana, bopomofo: scripts without blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_once_in_any_order_and_extra_words_count_against() {
        let cases = [
            ("acme trading", "trading, acme", 1.0),
            ("acme acme trading", "trading acme", 1.0),
            // Twice acme's four characters by 4 + 7 + 4 + 8.
            ("acme trading", "acme software", 8.0 / 23.0),
            // thefuzz has 1 for these.
            ("acme", "acme international trading", 8.0 / 28.0),
            // Two of eight letters are swapped: one change.
            ("acme trading", "acme tradnig", (8.0 + 12.0) / 22.0),
            // 北京 京华 华为 against 华为 北京: two common pairs of five.
            ("北京华为", "华为 北京", 8.0 / 10.0),
            ("华为", "华为", 1.0),
            ("王", "王", 1.0),
            ("华为 huawei", "huawei华为", 1.0),
            ("", "", 1.0),
            ("", "acme", 0.0),
            ("!", "?", 0.0),
            ("ab", "xy", 0.0),
        ];
        for (a, b, expected) in cases {
            assert!((token_set(a, b) - expected).abs() < 1e-12, "{a} | {b}: {}", token_set(a, b));
            assert_eq!(token_set(a, b), token_set(b, a), "{a} | {b}");
        }
    }

    #[test]
    fn no_word_is_almost_two_words() {
        // `robert` is taken by `roberto`; `robberts` has nothing left.
        let one = token_set("robert", "roberto robberts");
        assert!((one - 11.0 / 21.0).abs() < 1e-12, "{one}");
    }

    #[test]
    fn texts_of_many_words_are_read_whole() {
        let words: Vec<String> = (0..100).map(|number| format!("w{number}")).collect();
        let mut reversed = words.clone();
        reversed.reverse();
        assert_eq!(token_set(&words.join(" "), &format!("{} w1", reversed.join(" "))), 1.0);
    }
}

//! `name_sound`: a code that names which sound alike share, for blocking and for a level of comparison.

use rphonetic::{DoubleMetaphone, Encoder};

use super::fold::folded;
use super::given_name::is_given_name;
use super::pinyin::{Part, each_part};
use super::syllable::{split, toneless};

/// No person's name is longer.
const LONGEST: usize = 256;

/// A Chinese name has as many syllables.
const MOST_SYLLABLES: usize = 4;

/// A code of a person's name; empty where there are no letters.
///
/// - Chinese characters are pinyin without tones, family names with their own readings; the syllables are sorted and
///   written together. `ü` is `u`.
/// - A Latin name all of whose words are pinyin, in all at most four syllables, has the same code as its characters, in
///   whatever order and with or without blanks: 张伟, `Zhang Wei`, `Wei ZHANG` and `zhangwei` are `weizhang`. English
///   given names that are pinyin by chance (`Susan`) are not taken for it: those of the list of short forms, when they
///   have several syllables or stand alone.
/// - Of another Latin name each word has its double metaphone (Philips 2000, C/C++ Users Journal 18:6; the primary code
///   of four signs), and words are sorted. Diacritics do not count.
/// - Words of other scripts, and those that double metaphone has no sound for, stand for themselves in small letters.
pub fn name_sound(name: &str) -> String {
    let name = name.char_indices().nth(LONGEST).map_or(name, |(at, _)| name.get(..at).unwrap_or(name));
    let folded = folded(name);
    let (mut syllables, mut rest) = (Vec::new(), String::with_capacity(folded.len()));
    each_part(&folded, 1, |part| match part {
        Part::Syllable(sound) => {
            syllables.push(toneless(sound));
            rest.push(' ');
        }
        Part::Other(c) if c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c) => rest.push(c),
        Part::Other('\'' | '’') => rest.push('\''),
        Part::Other(_) => rest.push(' '),
    });
    let words = || rest.split(' ').map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty());
    let mut spelled = Vec::new();
    let mut codes = Vec::new();
    if is_pinyin(words, &mut spelled) {
        spelled.sort_unstable();
        syllables.sort_unstable();
        // `张伟 (Zhang Wei)` says the same twice.
        if syllables != spelled {
            syllables.append(&mut spelled);
        }
    } else {
        codes.extend(words().map(metaphone));
    }
    syllables.sort_unstable();
    codes.sort_unstable();
    let mut code = syllables.concat();
    for word in codes {
        if !code.is_empty() {
            code.push(' ');
        }
        code.push_str(&word);
    }
    code
}

fn is_pinyin<'a, W: Iterator<Item = &'a str>>(words: impl Fn() -> W, syllables: &mut Vec<&'a str>) -> bool {
    let alone = words().count() == 1;
    words().all(|word| {
        let before = syllables.len();
        let splits = word.len() > 1 && split(word, syllables) && syllables.len() <= MOST_SYLLABLES;
        splits && !((alone || syllables.len() - before > 1) && is_given_name(word))
    })
}

fn metaphone(word: &str) -> String {
    let letters: String = word.chars().filter(|c| *c != '\'').collect();
    // It reads bytes as letters: others would not only be wrong.
    if !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return letters;
    }
    let code = DoubleMetaphone::default().encode(&letters);
    if code.is_empty() { letters } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(names: &[&str]) {
        let codes: Vec<String> = names.iter().map(|name| name_sound(name)).collect();
        assert!(codes.iter().all(|code| *code == codes[0] && !code.is_empty()), "{names:?}: {codes:?}");
    }

    #[test]
    fn chinese_names_and_their_pinyin_are_one() {
        same(&[
            "张伟",
            "張偉",
            "章威",
            "Zhang Wei",
            "Wei Zhang",
            "zhangwei",
            "ZHANG, Wei",
            "Zhāng Wěi",
            "ＺＨＡＮＧ　ＷＥＩ",
        ]);
        same(&["王小明", "Wang Xiaoming", "Xiao-Ming Wang", "WANG XIAO MING", "王 小 明", "王小明 (Wang Xiaoming)"]);
        same(&["吕丽", "Lü Li", "Lv Li", "LYU LI", "Lu Li"]);
        same(&["单", "Shan"]);
        same(&["曾志伟", "Zeng Zhiwei"]);
        same(&["陈西安", "Chen Xi'an", "Chen Xi’an"]);
        assert_eq!(name_sound("张伟"), "weizhang");
        assert_ne!(name_sound("张伟"), name_sound("张明"));
    }

    #[test]
    fn latin_names_go_by_their_sound() {
        same(&["John Smith", "Smyth, Jon", "SMITH JOHN"]);
        same(&["Catherine O'Neil", "Kathryn Oneill", "Kathrin O’Neal"]);
        same(&["José García", "Jose Garcia"]);
        same(&["Susan Miller", "Suzan Muller"]);
        assert_eq!(name_sound("John Smith"), "JN SM0");
        assert_ne!(name_sound("John Smith"), name_sound("John Brown"));
        // Alone it is an English name, beside a Chinese one it may be either.
        assert_eq!((name_sound("Ben"), name_sound("Ben Li")), ("PN".to_owned(), "benli".to_owned()));
    }

    #[test]
    fn other_names_have_a_code_or_none() {
        for (name, expected) in [
            ("Иван", "иван"),
            ("ИВАН", "иван"),
            ("김철수", "김철수"),
            ("张伟 David", "weizhang TFT"),
            ("", ""),
            ("123 - '", ""),
            ("😀", ""),
        ] {
            assert_eq!(name_sound(name), expected, "{name}");
        }
        assert!(name_sound(&"王".repeat(1_000_000)).len() <= 256 * 6);
        assert!(name_sound(&"a b".repeat(1_000_000)).len() <= 256 * 6);
    }
}

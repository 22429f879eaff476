//! Chinese characters as pinyin, by the crate `pinyin` (readings of mozillazg/pinyin-data, from the Unihan database and
//! dictionaries; the most frequent one of a character).
//!
//! Some family names are read otherwise than the same character in other words. Those whose letters differ are in
//! [`FAMILY_NAMES`], as Xiandai Hanyu Cidian marks them ("姓"); where it has two for one name, the more frequent.

use ::pinyin::ToPinyin;

/// A text that sets out with a family name is as long as a name.
const NAME: std::ops::RangeInclusive<usize> = 2..=4;

/// Chinese characters as syllables without tones, one blank between them and to letters beside them; other text in
/// small letters, runs of white space one blank. `ü` stays.
///
/// In a text with two to four Chinese characters that begins with one, the first may be a family name with a reading
/// of its own: 单 is `shan`, 曾 `zeng`.
pub fn pinyin(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    // What stands last: nothing yet or a blank, a syllable, a letter, a sign.
    let (mut after_syllable, mut after_letter) = (false, false);
    let mut gap = false;
    each_part(text, *NAME.start(), |part| {
        let (syllable, letter) = match part {
            Part::Syllable(_) => (true, false),
            Part::Other(c) if c.is_whitespace() => {
                gap = !out.is_empty();
                return;
            }
            Part::Other(c) => (false, c.is_alphanumeric()),
        };
        if gap || (syllable && (after_syllable || after_letter)) || (letter && after_syllable) {
            out.push(' ');
        }
        (gap, after_syllable, after_letter) = (false, syllable, letter);
        match part {
            Part::Syllable(sound) => out.push_str(sound),
            Part::Other(c) => out.extend(c.to_lowercase()),
        }
    });
    out
}

/// The first letters of the syllables, and of the words beside them: `zw` of 张伟, `zwd` of 张伟 David.
pub fn pinyin_initials(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    each_part(text, *NAME.start(), |part| match part {
        Part::Syllable(sound) => {
            out.extend(sound.chars().next());
            inside = false;
        }
        Part::Other(c) if c.is_alphanumeric() => {
            if !inside {
                out.extend(c.to_lowercase());
            }
            inside = true;
        }
        Part::Other(_) => inside = false,
    });
    out
}

pub(super) enum Part {
    Syllable(&'static str),
    Other(char),
}

/// A text from left to right, with family names where it has `shortest` to four Chinese characters.
pub(super) fn each_part(text: &str, shortest: usize, mut part: impl FnMut(Part)) {
    let mut rest = text.trim_start();
    let longest = *NAME.end();
    let begins = rest.chars().next().is_some_and(is_read);
    if begins && (shortest..=longest).contains(&rest.chars().filter(|c| is_read(*c)).take(longest + 1).count()) {
        // The longer ones come first.
        if let Some((name, sounds)) = FAMILY_NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
            sounds.split(' ').for_each(|sound| part(Part::Syllable(sound)));
            rest = rest.get(name.len()..).unwrap_or_default();
        }
    }
    for c in rest.chars() {
        part(c.to_pinyin().map_or(Part::Other(c), |sound| Part::Syllable(sound.plain())));
    }
}

fn is_read(c: char) -> bool {
    !c.is_ascii() && c.to_pinyin().is_some()
}

/// Family names and their syllables; those of two characters first.
const FAMILY_NAMES: [(&str, &str); 40] = [
    ("尉迟", "yu chi"),
    ("尉遲", "yu chi"),
    ("万俟", "mo qi"),
    ("萬俟", "mo qi"),
    ("澹台", "tan tai"),
    ("澹臺", "tan tai"),
    ("单于", "chan yu"),
    ("單于", "chan yu"),
    ("单", "shan"),
    ("單", "shan"),
    ("曾", "zeng"),
    ("解", "xie"),
    ("仇", "qiu"),
    ("区", "ou"),
    ("區", "ou"),
    ("查", "zha"),
    ("朴", "piao"),
    ("盖", "ge"),
    ("蓋", "ge"),
    ("翟", "zhai"),
    ("缪", "miao"),
    ("繆", "miao"),
    ("种", "chong"),
    ("乐", "yue"),
    ("樂", "yue"),
    ("员", "yun"),
    ("員", "yun"),
    ("秘", "bi"),
    ("折", "she"),
    ("繁", "po"),
    ("召", "shao"),
    ("洗", "xian"),
    ("覃", "qin"),
    ("佴", "nai"),
    ("阚", "kan"),
    ("能", "nai"),
    ("郇", "xun"),
    ("祭", "zhai"),
    ("乜", "nie"),
    ("都", "du"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_syllables_and_letters_stay() {
        let cases = [
            ("张伟", "zhang wei", "zw"),
            ("吕洞宾", "lü dong bin", "ldb"),
            ("上海ABC公司", "shang hai abc gong si", "shags"),
            ("  张\u{3000}伟，David  Lee ", "zhang wei，david lee", "zwdl"),
            ("Müller", "müller", "m"),
            ("３号", "３ hao", "３h"),
            ("", "", ""),
            (" ", "", ""),
        ];
        for (text, sounds, initials) in cases {
            assert_eq!((pinyin(text).as_str(), pinyin_initials(text).as_str()), (sounds, initials), "{text}");
        }
    }

    #[test]
    fn family_names_are_read_as_such_where_a_name_begins() {
        let cases = [
            ("单小明", "shan xiao ming"),
            ("曾国藩", "zeng guo fan"),
            ("尉迟恭", "yu chi gong"),
            ("万俟卨", "mo qi xie"),
            ("万明", "wan ming"),
            ("欧阳娜娜", "ou yang na na"),
            ("查良镛", "zha liang yong"),
            // Five characters are no name.
            ("查良镛 (金庸)", "cha liang yong (jin yong)"),
            ("小单", "xiao dan"),
            ("单", "dan"),
            ("单独的一句话", "dan du de yi ju hua"),
        ];
        for (text, expected) in cases {
            assert_eq!(pinyin(text), expected, "{text}");
        }
    }

    #[test]
    fn every_reading_differs_from_that_of_the_character() {
        for (name, sounds) in FAMILY_NAMES {
            let usual: Vec<&str> = name.chars().filter_map(|c| c.to_pinyin()).map(|sound| sound.plain()).collect();
            assert_ne!(usual.join(" "), sounds, "{name}");
        }
    }
}

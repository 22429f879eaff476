//! Which encoding a text is in when nobody says so. The same bytes get the same answer.

use std::collections::BTreeSet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// As much of a file as is looked at.
pub const SAMPLE: usize = 4 << 20;
/// Of a text in UTF-16, at least one byte in so many is NUL: the upper half of its digits, delimiters and line ends.
const NUL_SHARE: usize = 50;
/// UTF-8 with damage has at least so many characters beyond ASCII...
const SOUND: usize = 10;
/// ...so many of them different: one word, often repeated, may by chance be sound UTF-8 in another encoding...
const DIFFERENT: usize = 4;
/// ...and at most one broken place in so many of them.
const SOUND_SHARE: usize = 50;

/// `sample` is the start of the text; `whole` when it is all of it.
pub fn detect(sample: &[u8], whole: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    if let Some(encoding) = utf16(sample) {
        return encoding;
    }
    if is_utf8(sample, whole) || is_damaged_utf8(sample, whole) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    match detector.guess(None, Utf8Detection::Deny) {
        // The larger of the two reads everything that the smaller does.
        found if found == GBK => GB18030,
        found => found,
    }
}

/// NULs nearly all at even places are the upper halves of big-endian units, at odd ones of little-endian units.
fn utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let (mut even, mut odd) = (0_usize, 0_usize);
    for (at, _) in sample.iter().enumerate().filter(|(_, byte)| **byte == 0) {
        if at % 2 == 0 { even += 1 } else { odd += 1 }
    }
    if (even + odd) * NUL_SHARE < sample.len() || even + odd == 0 {
        return None;
    }
    match (even, odd) {
        _ if even * 20 <= odd => Some(UTF_16LE),
        _ if odd * 20 <= even => Some(UTF_16BE),
        _ => None,
    }
}

/// The sample may end within a character, unless it is everything.
fn is_utf8(sample: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !whole,
    }
}

/// One bad byte must not make another encoding of all the rest: it costs its record. What is written in other encodings
/// is hardly ever sound UTF-8: of Chinese text in GBK, more places are broken than sound.
fn is_damaged_utf8(sample: &[u8], whole: bool) -> bool {
    let (mut sound, mut broken) = (0_usize, 0_usize);
    let mut different = BTreeSet::new();
    let mut chunks = sample.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        for c in chunk.valid().chars().filter(|c| !c.is_ascii()) {
            sound += 1;
            if different.len() < DIFFERENT {
                different.insert(c);
            }
        }
        let cut = chunks.peek().is_none() && is_utf8(chunk.invalid(), whole);
        broken += usize::from(!cut);
    }
    sound >= SOUND && different.len() >= DIFFERENT && broken * SOUND_SHARE <= sound
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, SHIFT_JIS, WINDOWS_874, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    const CHINESE: &str = "姓名,城市\n张三,北京市朝阳区\n李四,上海市浦东新区\n王小明,广州市天河区\n赵六,深圳市南山区\n";

    fn damaged(text: &str, at: usize) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.remove(at);
        bytes
    }

    #[test]
    fn damaged_utf8_is_utf8() {
        let mut text = "id,name\n".to_owned();
        (0..200).for_each(|n| text.push_str(&format!("{n},张三李四\n")));
        text.push_str("201,张三\n202,ok\n");
        assert_eq!(detect(&damaged(&text, text.len() - 9), true), UTF_8);
        let german = "Müller,Größe,Äpfel,Öl,Straße\n".repeat(20);
        assert_eq!(detect(&[german.as_bytes(), b"M\xFCller\n"].concat(), true), UTF_8);
        // The window ends within a character.
        assert_eq!(detect(&damaged(&text, text.len() - 9)[..1204], false), UTF_8);
        assert_eq!(detect(text.as_bytes().get(..10).unwrap(), false), UTF_8);
    }

    #[test]
    fn other_encodings_are_not_damaged_utf8() {
        let japanese = "氏名,市\n山田太郎,東京都千代田区\n佐藤花子,大阪市北区\nスズキ,なごや\n";
        let traditional = "姓名,城市\n張三,臺北市信義區\n李四,高雄市左營區\n王小明,臺中市西屯區\n";
        let korean = "이름,도시\n김철수,서울특별시 종로구\n이영희,부산광역시 해운대구\n";
        let russian = "имя,город\nИванов Иван,Москва\nПетров Пётр,Санкт-Петербург\n";
        let western = "Müller,Köln\nFrançois,Besançon\nÅngström,Malmö\nNuñez,Cádiz\n";
        let thai = "ชื่อ,เมือง\nสมชาย,กรุงเทพมหานคร\nสมหญิง,เชียงใหม่\n";
        let texts = [
            (CHINESE, GB18030),
            (japanese, SHIFT_JIS),
            (japanese, EUC_JP),
            (traditional, BIG5),
            (korean, EUC_KR),
            (russian, WINDOWS_1251),
            (western, WINDOWS_1252),
            (thai, WINDOWS_874),
        ];
        for (text, encoding) in texts {
            let (bytes, _, unmapped) = encoding.encode(text);
            assert!(!unmapped);
            assert!(!is_damaged_utf8(&bytes.repeat(20), true), "{}", encoding.name());
            assert_eq!(detect(&bytes.repeat(20), true), encoding);
        }
        // As much of one as of the other is neither.
        let mixed = [CHINESE.as_bytes(), &GBK.encode(CHINESE).0].concat();
        assert!(!is_damaged_utf8(&mixed, true));
        // A word that is sound by chance, and little else.
        let word = [&b"\xC2\xB7\xC2\xB7\n".repeat(100)[..], &GBK.encode("张\n").0].concat();
        assert!(!is_damaged_utf8(&word, true));
    }
}

//! Which encoding a text is in when nobody says so. The same bytes get the same answer.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// As much of a file as is looked at.
pub const SAMPLE: usize = 4 << 20;
/// Of a text in UTF-16, at least one byte in so many is NUL: the upper half of its digits, delimiters and line ends.
const NUL_SHARE: usize = 50;

/// `sample` is the start of the text; `whole` when it is all of it.
pub fn detect(sample: &[u8], whole: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    if let Some(encoding) = utf16(sample) {
        return encoding;
    }
    if is_utf8(sample, whole) {
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

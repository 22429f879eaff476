//! `pinyin(text)`: Chinese characters as they are read.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::pinyin;

pub(super) fn function() -> Function {
    Function {
        udf: udf("pinyin", Gives::Text(|text| Some(pinyin(text)).filter(|sounds| !sounds.is_empty()).map(Into::into))),
        about: "Chinese characters as pinyin syllables without tones, one blank between them; other text in small letters. In a text of two to four Chinese characters the first may be a family name with a reading of its own (单 shan, 曾 zeng). The most frequent reading of other characters. NULL when the text is NULL or blank.",
        example: ("pinyin('单小明')".into(), "shan xiao ming"),
    }
}

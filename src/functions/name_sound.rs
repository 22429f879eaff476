//! `name_sound(name)`: one code for names that sound alike.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::name_sound;

pub(super) fn function() -> Function {
    Function {
        udf: udf(
            "name_sound",
            Gives::Text(|name| Some(name_sound(name)).filter(|code| !code.is_empty()).map(Into::into)),
        ),
        about: "A code that names which sound alike share, whatever their order: of Chinese names, and of Latin ones that are pinyin, the syllables sorted; of others the double metaphone (Philips 2000) of each word, sorted, diacritics aside; words of other scripts stay. Only the first 256 characters count. NULL when there are no letters.",
        example: ("name_sound('ZHANG, Wei') || ' ' || name_sound('张伟')".into(), "weizhang weizhang"),
    }
}

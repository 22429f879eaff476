//! One text for a whole name, in its parts.

/// Given name or names, and family name; a single word is taken for the family's.
///
/// `Li, Wei` has the family's before the comma; Chinese characters have it first, of two characters where the family is
/// one of the compound ones; else it is the last word. More than four Chinese characters are no person's name but a
/// company's, which has no parts: each would count as evidence of its own. Names of other peoples, written in Chinese,
/// have a dot in them: `买买提·艾合买提`.
pub fn name_parts(name: &str) -> (Option<&str>, Option<&str>) {
    let name = name.trim();
    let known = |text: &'_ str| !text.trim().is_empty();
    if let Some((family, given)) = name.split_once([',', '，']) {
        return (Some(given.trim()).filter(|text| known(text)), Some(family.trim()).filter(|text| known(text)));
    }
    if let Some((given, family)) = name.rsplit_once('·') {
        return (Some(given.trim()).filter(|text| known(text)), Some(family.trim()).filter(|text| known(text)));
    }
    if name.chars().all(is_han) {
        if name.chars().count() > 4 {
            return (None, Some(name));
        }
        let family =
            if name.chars().count() > 2 && COMPOUND.iter().any(|family| name.starts_with(family)) { 2 } else { 1 };
        let (family, given) = name.char_indices().nth(family).map_or((name, ""), |(at, _)| name.split_at(at));
        return (Some(given).filter(|text| known(text)), Some(family).filter(|text| known(text)));
    }
    match name.rsplit_once(char::is_whitespace) {
        Some((given, family)) => (Some(given.trim()), Some(family)),
        None => (None, Some(name).filter(|text| known(text))),
    }
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// The compound family names that are still met (Ministry of Public Security, national name report 2020, and older lists).
const COMPOUND: [&str; 24] = [
    "欧阳", "上官", "皇甫", "令狐", "诸葛", "司马", "司徒", "司空", "夏侯", "东方", "尉迟", "公孙", "慕容", "宇文",
    "长孙", "闾丘", "端木", "百里", "南宫", "呼延", "轩辕", "独孤", "拓跋", "澹台",
];

#[cfg(test)]
mod tests {
    use super::name_parts;

    #[test]
    fn names_fall_into_their_parts() {
        assert_eq!(name_parts("何伟"), (Some("伟"), Some("何")));
        assert_eq!(name_parts("欧阳娜娜"), (Some("娜娜"), Some("欧阳")));
        assert_eq!(name_parts("苏州蓝海金实业有限公司"), (None, Some("苏州蓝海金实业有限公司")));
        assert_eq!(name_parts("买买提·艾合买提"), (Some("买买提"), Some("艾合买提")));
        assert_eq!(name_parts("Anna Maria Schmidt"), (Some("Anna Maria"), Some("Schmidt")));
        assert_eq!(name_parts("Schmidt, Anna"), (Some("Anna"), Some("Schmidt")));
        assert_eq!(name_parts(" Zhang "), (None, Some("Zhang")));
        assert_eq!(name_parts(""), (None, None));
    }
}

//! Headers to the names that models know columns by.

use std::collections::BTreeSet;

use pinyin::ToPinyin;

use super::words::HEADER;

/// How a name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The header itself, or a translation.
    Header,
    /// Sounded out: somebody should find a better one.
    Sound,
    /// The header says nothing.
    Position,
}

/// A name for each header, no two alike.
pub fn names(headers: &[String]) -> Vec<(String, Origin)> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let (mut name, origin) = match name(header) {
            Some(found) => found,
            None => (format!("column_{}", at + 1), Origin::Position),
        };
        let mut copy = 2;
        let stem = name.clone();
        while !taken.insert(name.clone()) {
            name = format!("{stem}_{copy}");
            copy += 1;
        }
        names.push((name, origin));
    }
    names
}

/// What a header is called by itself.
pub fn name(header: &str) -> Option<(String, Origin)> {
    let header = without_unit(header.trim());
    if header.parse::<u32>().is_ok() {
        return Some((format!("column_{header}"), Origin::Position));
    }
    if header.is_ascii() {
        return checked(snake(header)).map(|name| (name, Origin::Header));
    }
    if let Some(name) = translated(header).and_then(checked) {
        return Some((name, Origin::Header));
    }
    let mut parts = String::new();
    for c in header.chars() {
        match c.to_pinyin() {
            Some(sound) => {
                parts.push('_');
                parts.push_str(sound.plain());
                parts.push('_');
            }
            None => parts.push(unaccented(c)),
        }
    }
    checked(snake(&parts)).map(|name| (name, Origin::Sound))
}

/// `金额(元)` and `Amount (USD)` are called for what is measured, not for what it is measured in.
fn without_unit(header: &str) -> &str {
    let cut = header.find(['(', '（', '[', '【']).filter(|at| *at > 0);
    cut.and_then(|at| header.get(..at)).map_or(header, str::trim)
}

/// Words side by side, the longest first; `None` when something remains that is no word.
fn translated(header: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = header;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii() {
            let end = rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            parts.push(snake(word));
            rest = after;
            continue;
        }
        let (word, meaning) =
            HEADER.iter().filter(|(word, _)| rest.starts_with(word)).max_by_key(|(word, _)| word.len())?;
        parts.push((*meaning).to_owned());
        rest = rest.get(word.len()..).unwrap_or_default();
    }
    parts.retain(|part| !part.is_empty());
    Some(parts.join("_"))
}

/// `OrderDate`, `order date`, `Order-Date` and `ORDER_DATE` are `order_date`; a dotted path is its keys.
fn snake(text: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        // A capital begins a word after a small letter, and before one at the end of an abbreviation: `SKUCode`.
        let begins = c.is_ascii_uppercase()
            && (before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                || (before.is_some_and(char::is_ascii_uppercase) && after.is_some_and(char::is_ascii_lowercase)));
        if begins && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out.trim_matches('_').to_owned()
}

fn checked(name: String) -> Option<String> {
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n_{name}") } else { name };
    let short: String = name.chars().take(56).collect();
    let short = short.trim_end_matches('_');
    (!short.is_empty()).then(|| short.to_owned())
}

/// Letters of Latin alphabets without their marks; a blank for anything else.
fn unaccented(c: char) -> char {
    match c {
        c if c.is_ascii() => c,
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => 'a',
        'Ç' | 'ç' | 'Ć'..='č' => 'c',
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => 'i',
        'Ñ' | 'ñ' | 'Ń'..='ň' => 'n',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ø' | 'ø' | 'Ō'..='ő' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => 'u',
        'Ś'..='š' | 'ß' => 's',
        'Ź'..='ž' => 'z',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[&str]) -> Vec<String> {
        let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
        names(&headers).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn headers_become_names() {
        assert_eq!(
            of(&["OrderDate", "order id", "SKUCode", "ship-to city", "contact.email", "2024 sales", "", "Straße"]),
            [
                "order_date",
                "order_id",
                "sku_code",
                "ship_to_city",
                "contact_email",
                "n_2024_sales",
                "column_7",
                "strase"
            ]
        );
    }

    #[test]
    fn chinese_headers_are_translated_or_sounded_out() {
        assert_eq!(
            of(&[
                "客户编号",
                "手机",
                "下单时间",
                "实付金额(元)",
                "客户 名称",
                "最近下单日期",
                "R下限",
                "赠品",
                "客户编号"
            ]),
            [
                "customer_id",
                "phone",
                "ordered_at",
                "paid_amount",
                "customer_name",
                "last_ordered_on",
                "r_min",
                "zeng_pin",
                "customer_id_2"
            ]
        );
    }
}

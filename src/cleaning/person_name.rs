//! `person_name`: a person's name as it is written in a letter's address, without titles.

use std::borrow::Cow;

use super::Plain;
use super::blank::{is_han, join_han};
use super::clean_text::clean_text;

pub(super) const FUNCTION: Plain = Plain {
    name: "person_name",
    about: "A person's name: NFKC, single blanks (none within a Chinese name), without titles, honorifics, degrees and remarks in brackets, `Last, First` turned round; a name all in capitals or all in small letters gets proper case. NULL when no name is left.",
    example: ("Dr. O'NEIL, MARY ANN", "Mary Ann O'Neil"),
    clean: person_name,
};

const TITLES: [&str; 33] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "mister",
    "dr",
    "drs",
    "prof",
    "professor",
    "doctor",
    "sir",
    "dame",
    "madam",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "herr",
    "frau",
    "fräulein",
    "dipling",
    "señor",
    "señora",
    "srta",
    "sra",
    "signor",
    "signora",
    "rev",
    "reverend",
    "capt",
    "sgt",
    "messrs",
];

/// Degrees that no name ends in; after a comma more words are degrees.
const DEGREES: [&str; 9] = ["phd", "dphil", "mba", "cpa", "cfa", "esq", "esquire", "dds", "dvm"];
const DEGREES_AFTER_COMMA: [&str; 14] =
    ["md", "ma", "msc", "ms", "ba", "bsc", "bs", "jd", "rn", "pe", "llm", "llb", "edd", "pmp"];

const GENERATIONS: [&str; 7] = ["jr", "sr", "junior", "senior", "ii", "iii", "iv"];

const HONORIFICS: [&str; 27] = [
    "先生",
    "女士",
    "小姐",
    "太太",
    "夫人",
    "同志",
    "老师",
    "老師",
    "教授",
    "博士",
    "医生",
    "醫生",
    "大夫",
    "律师",
    "律師",
    "总经理",
    "副总经理",
    "经理",
    "經理",
    "董事长",
    "主任",
    "阁下",
    "様",
    "さん",
    "님",
    "씨",
    "敬启",
];

const ADDRESSES: [&str; 3] = ["尊敬的", "亲爱的", "敬爱的"];

fn person_name(text: &str) -> Option<Cow<'_, str>> {
    let text = clean_text(text)?;
    let name = without_brackets(&text);
    let name = if name.chars().any(|c| is_han(c) || matches!(c, '\u{3040}'..='\u{30FF}' | '\u{AC00}'..='\u{D7AF}')) {
        east_asian(name)
    } else {
        western(name)
    };
    let name = name.filter(|name| name.chars().any(char::is_alphabetic))?;
    Some(if name == text { text } else { Cow::Owned(name) })
}

/// Without a remark in brackets at the end; a name that is all in brackets stays.
fn without_brackets(text: &str) -> &str {
    let opened = [('(', ')'), ('[', ']'), ('【', '】')].iter().find_map(|(open, close)| {
        let inner = text.strip_suffix(*close)?;
        inner.rfind(*open).and_then(|at| text.get(..at))
    });
    opened.map(str::trim_end).filter(|name| name.chars().any(char::is_alphabetic)).unwrap_or(text)
}

fn east_asian(text: &str) -> Option<String> {
    let joined = join_han(text);
    let mut name = joined.trim_matches([' ', ',', ';', ':', '、', '，']);
    for address in ADDRESSES {
        name = name.strip_prefix(address).map_or(name, str::trim_start);
    }
    while let Some(shorter) = HONORIFICS.iter().find_map(|honorific| name.strip_suffix(honorific)) {
        name = shorter.trim_end();
    }
    // The point between the parts of a foreign or minority name has many look-alikes.
    let point = |c| if matches!(c, '\u{30FB}' | '\u{2022}' | '\u{2027}' | '\u{22C5}') { '·' } else { c };
    let name: String = name.chars().map(point).collect();
    (!name.is_empty()).then_some(name)
}

fn western(text: &str) -> Option<String> {
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut words: Vec<&str> = parts.next()?.split(' ').collect();
    let mut generation: Option<&str> = None;
    let mut first: Vec<&str> = Vec::new();
    for part in parts {
        // After a single word comes a first name: `Jack, Ma` has no degree.
        let more: &[&str] = if words.len() > 1 || !first.is_empty() { &DEGREES_AFTER_COMMA } else { &[] };
        let said: Vec<&str> = part.split(' ').filter(|word| !is_one_of(word, &DEGREES, more)).collect();
        match said.as_slice() {
            [] => {}
            [word] if is_one_of(word, &GENERATIONS, &[]) => generation = Some(word),
            said => first.extend(said),
        }
    }
    if !first.is_empty() {
        // `Dr. Last, First`: the title belongs to neither.
        strip_titles(&mut words);
        first.append(&mut words);
        words = first;
    }
    strip_titles(&mut words);
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| is_one_of(word, &DEGREES, &[]) || is_one_of(word, &["mr", "mrs", "mme"], &[]))
    {
        words.pop();
    }
    words.extend(generation);
    if words.iter().all(|word| is_one_of(word, &TITLES, &GENERATIONS)) {
        return None;
    }
    let cased = || words.iter().flat_map(|word| word.chars());
    let one_case = !cased().any(char::is_lowercase) || !cased().any(char::is_uppercase);
    // One or two letters may be initials.
    let shouted = one_case && cased().filter(|c| c.is_alphabetic()).count() > 2;
    let last = words.len().saturating_sub(1);
    let name: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(at, word)| if shouted { proper(word, at == 0, at == last) } else { generational(word, at == last) })
        .collect();
    Some(name.join(" "))
}

fn strip_titles(words: &mut Vec<&str>) {
    let titles = words.iter().take_while(|word| is_one_of(word, &TITLES, &[])).count();
    words.drain(..titles);
}

fn is_one_of(word: &str, list: &[&str], more: &[&str]) -> bool {
    if word.len() > 16 {
        return false;
    }
    let bare: String = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    list.contains(&bare.as_str()) || more.contains(&bare.as_str())
}

/// `jr` is `Jr.`, the way it is written; numerals are capitals.
fn generational(word: &str, last: bool) -> String {
    let bare = word.trim_end_matches('.').to_lowercase();
    match bare.as_str() {
        "jr" if last => "Jr.".to_owned(),
        "sr" if last => "Sr.".to_owned(),
        "ii" | "iii" | "iv" if last => bare.to_uppercase(),
        _ => word.to_owned(),
    }
}

/// A word of a name in proper case.
fn proper(word: &str, first: bool, last: bool) -> String {
    const PARTICLES: [&str; 21] = [
        "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "ter", "ten", "bin",
        "ibn", "af", "av", "zu", "zur",
    ];
    // Scottish names whose Mac is followed by a capital; others (Macy, Mack, Machado) are not.
    const MACS: [&str; 9] = [
        "macdonald",
        "macleod",
        "macarthur",
        "macgregor",
        "macmillan",
        "macintyre",
        "macfarlane",
        "maclean",
        "macpherson",
    ];
    let lower = word.to_lowercase();
    let marked = generational(&lower, last && !first);
    if marked != lower {
        return marked;
    }
    if !first && !last && PARTICLES.contains(&lower.as_str()) {
        return lower;
    }
    let inner = match lower.as_str() {
        name if MACS.contains(&name) => Some(3),
        name if name.starts_with("mc") && name.chars().count() > 3 => Some(2),
        _ => None,
    };
    let mut out = String::with_capacity(lower.len());
    let mut letters = 0;
    for (at, c) in lower.char_indices() {
        // A new part begins after a hyphen or a point, and after the apostrophe of O'Neil, not of a genitive.
        let begins = match out.chars().next_back() {
            None | Some('-' | '.' | '(' | '"') => true,
            Some('\'' | '’') => letters == 1,
            Some(_) => false,
        };
        letters = if matches!(c, '-' | '.') { 0 } else { letters + usize::from(c.is_alphabetic()) };
        if begins || inner == Some(at) { out.extend(c.to_uppercase()) } else { out.push(c) }
    }
    out
}

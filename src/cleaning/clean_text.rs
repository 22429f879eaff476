//! `clean_text`: what a person sees of a text.

use std::borrow::Cow;

use super::Plain;
use super::blank::is_blank;
use super::nfkc::nfkc;

pub(super) const FUNCTION: Plain = Plain {
    name: "clean_text",
    about: "NFKC without control, direction and zero-width characters, every run of white space one blank, trimmed; NULL when nothing is left. Joiners stay where scripts and emoji need them.",
    example: ("  ａ　   b.  ", "a b."),
    clean: clean_text,
};

pub(super) fn clean_text(text: &str) -> Option<Cow<'_, str>> {
    if is_clean(text) {
        return (!text.is_empty()).then_some(Cow::Borrowed(text));
    }
    let normal = nfkc(text);
    let mut out = String::with_capacity(normal.len());
    let mut gap = false;
    let mut rest = normal.chars().peekable();
    while let Some(c) = rest.next() {
        if is_space(c) {
            gap = true;
            continue;
        }
        let joins =
            is_joiner(c) && !gap && out.ends_with(is_joined) && rest.peek().is_some_and(|next| is_joined(*next));
        if is_invisible(c) && !joins {
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    // Without what stood between them, two characters may compose.
    let out = match nfkc(&out) {
        Cow::Borrowed(_) => out,
        Cow::Owned(normal) => normal,
    };
    (!out.is_empty()).then_some(Cow::Owned(out))
}

/// Printable ASCII with single blanks between words: most texts.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| (0x20..0x7F).contains(byte))
        && bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// The blank pattern of Braille looks like a blank, and is typed as one.
fn is_space(c: char) -> bool {
    (is_blank(c) && c != '\u{FEFF}') || c == '\u{2800}'
}

/// Control characters, marks of direction, characters without width, fillers, tags and noncharacters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Scripts and signs whose meaning or look depends on joiners: Arabic to Sinhala, Myanmar, Khmer, Mongolian, emoji.
fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{2190}'..='\u{2BFF}'
        | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

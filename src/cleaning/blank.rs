//! What separates words and says nothing itself.

use std::borrow::Cow;

/// White space of any script, and the byte-order mark that joined files carry inside.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// Without the blanks between two Chinese characters, where they separate nothing.
pub(super) fn join_han(text: &str) -> Cow<'_, str> {
    if !text.contains(' ') || !text.chars().any(is_han) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let between = c == ' ' && out.ends_with(is_han) && rest.peek().is_some_and(|next| is_han(*next));
        if !between {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

//! `email`: an address as mail systems compare it (shape of RFC 5321 and 6531; lengths of RFC 3696, errata 1690).
//!
//! The mailbox's case is the receiver's business by the standard; no provider in use tells cases apart.

use std::borrow::Cow;

use super::Plain;
use super::clean_text::clean_text;

pub(super) const FUNCTION: Plain = Plain {
    name: "email",
    about: "An e-mail address in lower case and half width, without blanks, `mailto:`, a name before it or angle brackets; the first of several. NULL when it is not of the shape local@domain.tld. International domains stay as they are written.",
    example: ("Ann Lee <Ann.Lee＠Example.COM>", "ann.lee@example.com"),
    clean: email,
};

fn email(text: &str) -> Option<Cow<'_, str>> {
    if is_plain(text) && has_shape(text) {
        return Some(Cow::Borrowed(text));
    }
    let text = clean_text(text)?.to_lowercase();
    // `Ann Lee <ann@example.com>`.
    let inner = text.rsplit_once('<').map_or(text.as_str(), |(_, after)| after.split('>').next().unwrap_or(after));
    let inner = inner.trim_start();
    let inner = inner.strip_prefix("mailto:").map_or(inner, |link| link.split('?').next().unwrap_or(link));
    let first = inner.split([',', ';', '、', '|']).map(str::trim).find(|part| !part.is_empty())?;
    let mail: String = first.chars().filter(|c| *c != ' ').map(|c| if c == '。' { '.' } else { c }).collect();
    let mail = mail.trim_matches(['.', '"', '\'', '(', ')', '[', ']', ':']);
    has_shape(mail).then(|| Cow::Owned(mail.to_owned()))
}

/// In the form already: nothing to fold, nothing to take off.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'@' | b'.' | b'-' | b'_' | b'+')
    }) && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

fn has_shape(mail: &str) -> bool {
    let Some((local, domain)) = mail.split_once('@') else { return false };
    let Some((host, tld)) = domain.rsplit_once('.') else { return false };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || (c.is_ascii() && c.is_alphanumeric()) || is_international(c))
    };
    (1..=64).contains(&local.len())
        && mail.len() <= 254
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c) || is_international(c))
        && host.split('.').all(label)
        && label(tld)
        && tld.chars().count() >= 2
        && !tld.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and their marks beyond ASCII; no punctuation, no signs.
fn is_international(c: char) -> bool {
    !c.is_ascii() && (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c))
}

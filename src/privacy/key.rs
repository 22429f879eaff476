//! The key of `hmac`.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Class;

/// A secret. It is never printed, written or hashed without itself as the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

/// What `hmac` gives: 128 bits of HMAC-SHA-256, as RFC 2104 (section 5) allows, in lower-case hexadecimal.
pub const HEX_DIGITS: usize = 32;

impl Key {
    /// A shorter key could be found by trying.
    pub const LEAST_BYTES: usize = 16;

    pub fn new(text: &str) -> Option<Self> {
        (text.len() >= Self::LEAST_BYTES).then(|| Self(text.as_bytes().to_vec()))
    }

    /// The hash of a text of a class. The class is hashed first, so that a phone number that stands in two columns of
    /// different classes cannot be joined.
    pub fn hash(&self, class: Class, text: &str) -> String {
        self.hex(&[class.as_str().as_bytes(), &[0], text.as_bytes()])
    }

    /// Changes when the key does, and says nothing of it to those who do not have it.
    pub fn print(&self) -> String {
        self.hex(&[b"which key"])
    }

    fn hex(&self, parts: &[&[u8]]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        parts.iter().for_each(|part| mac.update(part));
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(HEX_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, HEX_DIGITS, Key};

    #[test]
    fn hashes_join_within_a_class_and_nowhere_else() {
        let key = Key::new("a key of sixteen bytes and more").expect("long enough");
        let other = Key::new("another key of sixteen bytes").expect("long enough");
        let hash = key.hash(Class::Email, "ada@example.org");
        assert_eq!(hash.len(), HEX_DIGITS);
        assert_eq!(hash, key.hash(Class::Email, "ada@example.org"));
        assert_ne!(hash, key.hash(Class::Other, "ada@example.org"));
        assert_ne!(hash, other.hash(Class::Email, "ada@example.org"));
        assert_ne!(key.print(), other.print());
    }

    /// As Python's `hmac.new(key, b"pii.email\0ada@example.org", "sha256").hexdigest()[:32]` has it.
    #[test]
    fn hash_is_the_one_that_others_compute() {
        let key = Key::new("0123456789abcdef").expect("long enough");
        assert_eq!(key.hash(Class::Email, "ada@example.org"), "d58601f9e9e58d554232dcf624fbfdf1");
    }

    #[test]
    fn key_is_not_shown() {
        let key = Key::new("secret secret secret").expect("long enough");
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert!(Key::new("short").is_none());
    }
}

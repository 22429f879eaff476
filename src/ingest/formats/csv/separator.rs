//! What stands between fields.

/// One byte is the usual case and gets code of its own.
pub trait Separator: Copy {
    fn length(self) -> usize;
    fn stands_at(self, bytes: &[u8], at: usize) -> bool;
    /// The first separator, LF or CR from `at` on, or the end.
    fn find(self, bytes: &[u8], at: usize) -> usize;
}

impl Separator for u8 {
    #[inline]
    fn length(self) -> usize {
        1
    }

    #[inline]
    fn stands_at(self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at) == Some(&self)
    }

    #[inline]
    fn find(self, bytes: &[u8], at: usize) -> usize {
        find(bytes, at, self)
    }
}

impl Separator for &str {
    fn length(self) -> usize {
        self.len()
    }

    fn stands_at(self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(self.as_bytes()))
    }

    fn find(self, bytes: &[u8], mut at: usize) -> usize {
        let first = self.bytes().next().unwrap_or_default();
        loop {
            at = find(bytes, at, first);
            if bytes.get(at).is_none_or(|byte| *byte != first) || self.stands_at(bytes, at) {
                return at;
            }
            at += 1;
        }
    }
}

/// The first `byte`, LF or CR from `at` on, or the end. Eight bytes at a time: fields are short, so a call per field
/// into a vectorised search would cost more than it saves.
#[inline]
pub fn find(bytes: &[u8], mut at: usize, byte: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let wanted = ONES.wrapping_mul(u64::from(byte));
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        let hits = zero_bytes(word ^ wanted)
            | zero_bytes(word ^ (ONES * (b'\n' as u64)))
            | zero_bytes(word ^ (ONES * (b'\r' as u64)));
        if hits != 0 {
            // The lowest hit is exact; borrows reach only the bytes above it.
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(found) = bytes.get(at) {
        if *found == byte || matches!(found, b'\n' | b'\r') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

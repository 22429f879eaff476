//! Short ASCII texts as numbers: where a character stands in one, as bits.
//!
//! Most names have less than 32 characters. A table of the places of every possible character, as longer texts need it,
//! costs more to clear than such a name costs to read.

/// Characters of a text that is short.
pub(super) const MOST: usize = 32;

/// Eight characters in a word, compared at once.
pub(super) struct Ascii<const WORDS: usize> {
    words: [u64; WORDS],
    len: usize,
}

/// Both texts, when they have room and nothing else in them.
#[inline]
pub(super) fn both<const WORDS: usize>(a: &str, b: &str) -> Option<(Ascii<WORDS>, Ascii<WORDS>)> {
    if a.len().max(b.len()) > WORDS * 8 {
        return None;
    }
    let (a, b) = (Ascii::new(a.as_bytes()), Ascii::new(b.as_bytes()));
    (a.is_ascii() && b.is_ascii()).then_some((a, b))
}

const EVERY: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

impl<const WORDS: usize> Ascii<WORDS> {
    #[inline]
    fn new(text: &[u8]) -> Self {
        let mut words = [0; WORDS];
        let (eights, rest) = text.as_chunks::<8>();
        for (word, eight) in words.iter_mut().zip(eights) {
            *word = u64::from_le_bytes(*eight);
        }
        if !rest.is_empty()
            && let Some(word) = words.get_mut(eights.len())
        {
            *word = match (text.last_chunk::<8>(), rest) {
                (Some(last), _) => u64::from_le_bytes(*last) >> (64 - rest.len() * 8),
                (None, rest) => less_than_eight(rest),
            };
        }
        Self { words, len: text.len().min(WORDS * 8) }
    }

    #[inline]
    fn is_ascii(&self) -> bool {
        self.words.iter().fold(0, |all, word| all | word) & HIGH == 0
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn at(&self, place: usize) -> u32 {
        let word = self.words.get(place / 8).copied().unwrap_or(0);
        (word >> (place % 8 * 8)) as u32 & 0x7F
    }

    /// How many characters begin both texts, at most four.
    #[inline]
    pub(super) fn prefix(&self, other: &Self) -> usize {
        let differ = self.words.first().unwrap_or(&0) ^ other.words.first().unwrap_or(&0);
        // A zero of the filling may be like a zero of a text.
        (differ.trailing_zeros() as usize / 8).min(4).min(self.len).min(other.len)
    }

    /// As many steps as a text can have places, where that many cost less than to foresee how many there are.
    #[inline]
    pub(super) fn steps(&self) -> usize {
        if WORDS == 1 { 8 } else { self.len }
    }

    /// A bit for every place that has the character, the first one lowest.
    #[inline]
    pub(super) fn places(&self, character: u32) -> u32 {
        let pattern = u64::from(character) * EVERY;
        let mut places = 0;
        for (number, word) in self.words.iter().enumerate() {
            // A byte is zero where the characters are the same; both have seven bits, so that no sum carries over.
            let differs = (word ^ pattern) + (EVERY * 0x7F);
            let same = (!differs & HIGH) >> 7;
            // The product gathers the lowest bits of the bytes in the highest byte.
            let bits = same.wrapping_mul(0x0102_0408_1020_4080) >> 56;
            places |= (bits as u32) << (number * 8);
        }
        // The words are filled up with zeros, which a text may have too.
        places & lowest(self.len)
    }
}

/// Two halves that may overlap.
#[inline]
fn less_than_eight(text: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << ((text.len() - 4) * 8);
    }
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The lowest `count` bits.
#[inline]
pub(super) fn lowest(count: usize) -> u32 {
    ((1_u64 << count.min(32)) - 1) as u32
}

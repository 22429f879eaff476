//! Draws that are the same on every platform.
//!
//! Every theme of every customer has a random stream of its own, found by number: nothing is kept between customers,
//! and a change to one theme leaves the others' figures as they were. Only `+ - * /` and `sqrt`, which IEEE 754
//! defines to the bit, are used on floats: the platform's own logarithm may differ in the last digit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is drawn for.
#[derive(Clone, Copy)]
pub(super) enum Theme {
    Person,
    Orders,
    Touches,
    Care,
    Points,
    Interactions,
    Opportunities,
    Untidy,
    Goods,
    Supply,
    Rates,
    Targets,
    Subjects,
}

pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64, theme: Theme, index: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = theme as u8;
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(index);
        Self(stream)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1) as u32) as i32
    }

    pub fn permille(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    /// Above 0 and below 1.
    pub fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Exponential with mean 1, which is also gamma with shape 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(self.unit())
    }

    /// Gamma with shape 1/2 and mean 1/2: half the square of a normal draw.
    pub fn half_gamma(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * x * (-ln(square)) / square;
            }
        }
    }

    /// Number of successes before the first failure, at most `most`.
    pub fn geometric(&mut self, share: u32, most: u32) -> u32 {
        let mut count = 0;
        while count < most && self.permille(share) {
            count += 1;
        }
        count
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }

    /// A position, as often as its weight says.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if left < *weight {
                return position;
            }
            left -= weight;
        }
        weights.len() - 1
    }
}

/// Natural logarithm of a positive normal number.
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let (mut term, mut sum) = (ratio, 0.0);
    for odd in [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0] {
        sum += term / odd;
        term *= square;
    }
    2.0 * sum + f64::from(exponent) * std::f64::consts::LN_2
}

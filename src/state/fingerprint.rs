//! Fingerprints: equal exactly when everything a step depends on is equal.

use std::fmt;

use sha2::{Digest, Sha256};

/// Raised when the same step would give other bytes than before, so that old results are not taken for new ones.
const EPOCH: &str = concat!("septet ", env!("CARGO_PKG_VERSION"), " step 4");

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A fingerprint as it was written down.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// Enough of it for a folder's name.
    pub fn short(&self) -> &str {
        self.0.get(..24).unwrap_or(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes named parts. Lengths are hashed too, so that no two lists of parts run together.
pub struct Hasher(Sha256);

impl Hasher {
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).part("epoch", EPOCH).part("kind", kind)
    }

    pub fn part(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        for bytes in [name.as_bytes(), value.as_ref()] {
            self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            self.0.update(bytes);
        }
        self
    }

    pub fn finish(self) -> Fingerprint {
        Fingerprint(self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

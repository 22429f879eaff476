//! A region: an ISO 3166-1 alpha-2 code that is given out.

use std::fmt;

use super::country;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region(&'static str);

impl Region {
    /// Two capital letters.
    pub fn parse(code: &str) -> Option<Self> {
        country::codes().find(|known| *known == code).map(Self)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn all() -> impl Iterator<Item = Self> {
        country::codes().map(Self)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

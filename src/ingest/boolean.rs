//! Cells to true and false.

use super::cell::Cell;
use super::folded::folded;
use super::reject::Reason;
use crate::project::notation::Notation;

const TRUE: [&str; 6] = ["true", "yes", "y", "t", "1", "是"];
const FALSE: [&str; 6] = ["false", "no", "n", "f", "0", "否"];

pub struct Booleans {
    /// As they are compared, with what they mean; empty for the usual ones.
    words: Vec<(String, bool)>,
}

impl Booleans {
    /// Declared words take the place of the usual ones, of which a file may use one for something else; only `true`
    /// and `false` mean themselves everywhere.
    pub fn new(notation: &Notation) -> Self {
        let mut words = Vec::new();
        if let Notation::Booleans(pairs) = notation {
            for pair in pairs {
                words.extend([(alike(&pair.yes), true), (alike(&pair.no), false)]);
            }
            words.extend([("true".to_owned(), true), ("false".to_owned(), false)]);
        }
        Self { words }
    }

    #[inline]
    pub fn read(&self, cell: Cell<'_>) -> Result<bool, Reason> {
        let value = match cell {
            Cell::Boolean(value) => Some(value),
            Cell::Text(text) | Cell::Number(text) => self.word(text),
            Cell::Integer(_) | Cell::Decimal(..) | Cell::Double(_) => self.word(&cell.to_text()),
            _ => None,
        };
        value.ok_or(Reason::NotABoolean)
    }

    fn word(&self, text: &str) -> Option<bool> {
        if self.words.is_empty() {
            return usual(text).or_else(|| usual(&alike(text)));
        }
        let text = alike(text);
        self.words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
    }
}

fn usual(text: &str) -> Option<bool> {
    let among = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if among(&TRUE) {
        Some(true)
    } else if among(&FALSE) {
        Some(false)
    } else {
        None
    }
}

fn alike(text: &str) -> String {
    folded(text).trim().to_lowercase()
}

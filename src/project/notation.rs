//! How the values of a column are written, where it is declared.

use crate::column::ColumnType;
use crate::datetime;
use crate::names::nearest;
use crate::numeric::NumberFormat;

/// Tried in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Notation {
    /// As is usual for the type.
    #[default]
    Usual,
    Numbers(Vec<NumberFormat>),
    Booleans(Vec<Words>),
    Times(Vec<datetime::Format>),
}

/// What a file says for true and for false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub yes: String,
    pub no: String,
}

/// A format that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub code: &'static str,
    pub text: String,
    /// What follows "the format `…` of `…`".
    pub problem: String,
    pub help: String,
}

impl Notation {
    pub fn parse(kind: ColumnType, texts: &[String]) -> Result<Self, Vec<Wrong>> {
        if texts.is_empty() {
            return Ok(Self::Usual);
        }
        match kind {
            ColumnType::String => Err(texts.iter().map(|text| Wrong::of_text(text)).collect()),
            ColumnType::Boolean => {
                let words = all(texts, Words::parse)?;
                match texts.iter().zip(&words).find(|(_, pair)| pair.contradicts(&words)) {
                    Some((text, _)) => Err(vec![Wrong::words(text, "has a word that is both true and false")]),
                    None => Ok(Self::Booleans(words)),
                }
            }
            ColumnType::Integer | ColumnType::Bigint | ColumnType::Double | ColumnType::Decimal { .. } => {
                all(texts, |text| NumberFormat::parse(text).ok_or_else(|| Wrong::number(text))).map(Self::Numbers)
            }
            ColumnType::Date | ColumnType::Timestamp => {
                let compile = |text: &str| {
                    datetime::Format::compile(text).map_err(|problem| Wrong::time(text, problem.to_string()))
                };
                all(texts, compile).map(Self::Times)
            }
        }
    }

    /// The formats as they are declared; empty when none are.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Usual => Vec::new(),
            Self::Numbers(formats) => formats.iter().map(ToString::to_string).collect(),
            Self::Booleans(words) => words.iter().map(|pair| format!("{}/{}", pair.yes, pair.no)).collect(),
            Self::Times(formats) => formats.iter().map(ToString::to_string).collect(),
        }
    }
}

/// All values, or all errors.
fn all<T>(texts: &[String], parse: impl Fn(&str) -> Result<T, Wrong>) -> Result<Vec<T>, Vec<Wrong>> {
    let (mut values, mut wrong) = (Vec::new(), Vec::new());
    for text in texts {
        match parse(text) {
            Ok(value) => values.push(value),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

impl Words {
    fn parse(text: &str) -> Result<Self, Wrong> {
        match text.split_once('/').map(|(yes, no)| (yes.trim(), no.trim())) {
            Some((yes, no)) if !yes.is_empty() && !no.is_empty() && !no.contains('/') => {
                Ok(Self { yes: yes.to_owned(), no: no.to_owned() })
            }
            _ => Err(Wrong::words(text, "is not two words")),
        }
    }

    fn contradicts(&self, others: &[Self]) -> bool {
        let yes = self.yes.to_lowercase();
        others.iter().any(|other| other.no.to_lowercase() == yes)
    }
}

impl Wrong {
    fn words(text: &str, problem: &str) -> Self {
        let help = "say the word for true, `/`, the word for false: `yes/no`".to_owned();
        Self { code: "S0147", text: text.to_owned(), problem: problem.to_owned(), help }
    }

    fn number(text: &str) -> Self {
        let help = match nearest(text.trim(), NumberFormat::EXAMPLES) {
            Some(near) => format!("did you mean `{near}`?"),
            // Within brackets YAML takes the comma for its own.
            None => format!("write one of \"{}\", in quotation marks", NumberFormat::EXAMPLES.join("\", \"")),
        };
        Self { code: "S0146", text: text.to_owned(), problem: "is not an example of a number".to_owned(), help }
    }

    fn time(text: &str, problem: String) -> Self {
        let help = match nearest(text.trim(), datetime::COUNTS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use {}", datetime::DIRECTIVES),
        };
        Self { code: "S0128", text: text.to_owned(), problem, help }
    }

    fn of_text(text: &str) -> Self {
        let help = "leave `format` out, or declare another type".to_owned();
        Self { code: "S0148", text: text.to_owned(), problem: "is of a text, and texts have none".to_owned(), help }
    }
}

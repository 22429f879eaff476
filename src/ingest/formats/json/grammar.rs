//! JSON around the records, byte by byte: it may be larger than memory, and is only checked and found one's way in.

use super::scanner::{DEPTH, unescape};

/// A key beyond this many bytes is no key of ours.
const KEY: usize = 4096;

#[derive(Debug, Default)]
pub struct Grammar {
    levels: Vec<Level>,
    expect: Expect,
    token: Token,
}

#[derive(Debug)]
enum Level {
    /// With the key whose value is being read.
    Object(String),
    Array,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// Nothing but blanks.
    Nothing,
}

#[derive(Debug, Default)]
enum Token {
    #[default]
    None,
    Text {
        escaped: bool,
        /// What was read of it, when it is a key.
        key: Option<Vec<u8>>,
    },
    Number,
    /// What is still to come of `true`, `false` or `null`.
    Word(&'static [u8]),
}

/// What begins with a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    None,
    Object,
    Array,
    Null,
    Scalar,
}

impl Grammar {
    /// Takes the next byte; what is wrong with it otherwise.
    pub fn take(&mut self, byte: u8) -> Result<Event, &'static str> {
        match &mut self.token {
            Token::Text { escaped, key } => {
                let ends = byte == b'"' && !*escaped;
                *escaped = byte == b'\\' && !*escaped;
                if ends {
                    let key = key.take();
                    self.token = Token::None;
                    return self.text(key);
                }
                if byte < 0x20 {
                    return Err("a text has a control character");
                }
                if let Some(key) = key
                    && key.len() < KEY
                {
                    key.push(byte);
                }
                return Ok(Event::None);
            }
            Token::Word(rest) => {
                let [wanted, after @ ..] = rest else { return self.other(byte) };
                if byte != *wanted {
                    return Err("a word is not true, false or null");
                }
                *rest = after;
                if after.is_empty() {
                    self.token = Token::None;
                }
                return Ok(Event::None);
            }
            Token::Number if matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') => return Ok(Event::None),
            Token::Number => self.token = Token::None,
            Token::None => {}
        }
        self.other(byte)
    }

    fn other(&mut self, byte: u8) -> Result<Event, &'static str> {
        use Expect::*;
        match (byte, self.expect) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => Ok(Event::None),
            (_, Nothing) => Err("something follows the end of the document"),
            (b'"', Key | KeyOrEnd) => {
                self.token = Token::Text { escaped: false, key: Some(Vec::new()) };
                Ok(Event::None)
            }
            (b':', Colon) => {
                self.expect = Value;
                Ok(Event::None)
            }
            (b',', CommaOrEnd) => {
                self.expect = if matches!(self.levels.last(), Some(Level::Object(_))) { Key } else { Value };
                Ok(Event::None)
            }
            (b'}', KeyOrEnd | CommaOrEnd) if matches!(self.levels.last(), Some(Level::Object(_))) => self.close(),
            (b']', ValueOrEnd | CommaOrEnd) if matches!(self.levels.last(), Some(Level::Array)) => self.close(),
            (_, Value | ValueOrEnd) => self.value(byte),
            (_, Key | KeyOrEnd) => Err("a key is expected"),
            (_, Colon) => Err("a `:` is expected"),
            (_, CommaOrEnd) => Err("a comma or the end of what was opened is expected"),
        }
    }

    fn value(&mut self, byte: u8) -> Result<Event, &'static str> {
        let word = |rest| (Token::Word(rest), Event::Scalar);
        let (token, event) = match byte {
            b'{' | b'[' if self.levels.len() >= DEPTH => return Err("it is nested deeper than 64 levels"),
            b'{' => {
                self.levels.push(Level::Object(String::new()));
                self.expect = Expect::KeyOrEnd;
                return Ok(Event::Object);
            }
            b'[' => {
                self.levels.push(Level::Array);
                self.expect = Expect::ValueOrEnd;
                return Ok(Event::Array);
            }
            b'"' => (Token::Text { escaped: false, key: None }, Event::Scalar),
            b't' => word(b"rue"),
            b'f' => word(b"alse"),
            b'n' => (Token::Word(b"ull"), Event::Null),
            b'-' | b'0'..=b'9' => (Token::Number, Event::Scalar),
            _ => return Err("a value is expected"),
        };
        self.token = token;
        self.valued();
        Ok(event)
    }

    /// A text has ended; when it was a key, its value is next.
    fn text(&mut self, key: Option<Vec<u8>>) -> Result<Event, &'static str> {
        let Some(raw) = key else { return Ok(Event::None) };
        if let Some(Level::Object(key)) = self.levels.last_mut() {
            key.clear();
            let raw = String::from_utf8_lossy(&raw);
            unescape(&raw, key).ok_or("a key has an unknown escape")?;
        }
        self.expect = Expect::Colon;
        Ok(Event::None)
    }

    /// The array or object that was opened last is at its end.
    pub fn close(&mut self) -> Result<Event, &'static str> {
        self.levels.pop();
        self.valued();
        Ok(Event::None)
    }

    fn valued(&mut self) {
        self.expect = if self.levels.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd };
    }

    /// The keys that lead to the value that has just begun, unless it lies in an array. `opened` when it is an object
    /// or array itself.
    pub fn keys(&self, opened: bool) -> Option<Vec<&str>> {
        let around = self.levels.len() - usize::from(opened && !self.levels.is_empty());
        self.levels
            .iter()
            .take(around)
            .map(|level| match level {
                Level::Object(key) => Some(key.as_str()),
                Level::Array => None,
            })
            .collect()
    }

    pub fn is_complete(&self) -> bool {
        self.expect == Expect::Nothing && !matches!(self.token, Token::Text { .. } | Token::Word([_, ..]))
    }

    /// Whether nothing but blanks has come.
    pub fn is_untouched(&self) -> bool {
        self.expect == Expect::Value && self.levels.is_empty()
    }
}

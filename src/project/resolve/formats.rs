//! How the bytes of a source become records.

use super::Resolver;
use crate::diag::Diagnostic;
use crate::names::nearest;
use crate::project::source::{Charset, Csv, Fixed, Format, Header, Json, Sheet, Workbook};
use crate::spec::{self, StringOrList};

const CHARSETS: [&str; 8] = ["utf-8", "utf-16le", "gbk", "gb18030", "big5", "shift_jis", "windows-1252", "auto"];

impl Resolver<'_> {
    pub(super) fn format(&mut self, source: &str, yaml: &spec::Format) -> Option<Format> {
        let list = |words: &Option<StringOrList>| words.as_ref().map(|words| words.0.clone()).unwrap_or_default();
        Some(match yaml {
            spec::Format::Parquet {} => Format::Parquet,
            spec::Format::Csv { encoding, delimiter, quote, escape, header, header_row, comment, null_words } => {
                let charset = self.charset(source, encoding.as_deref());
                let quote = self.character(source, "quote", quote.as_deref().unwrap_or("\""));
                let escape = self.character(source, "escape", escape.as_deref().unwrap_or_default());
                let delimiter = self.delimiter(source, delimiter.as_deref().unwrap_or(","));
                let header = self.header(source, *header, *header_row);
                let (delimiter, quote, escape) = (delimiter?, quote?, escape?);
                self.distinct(source, &delimiter, [("quote", quote), ("escape", escape)]);
                Format::Csv(Csv {
                    charset: charset?,
                    delimiter,
                    quote,
                    escape,
                    header: header?,
                    comment: list(comment),
                    null_words: null_words.clone(),
                })
            }
            spec::Format::Fixed { encoding, first_row, comment, null_words } => Format::Fixed(Fixed {
                charset: self.charset(source, encoding.as_deref())?,
                first_row: self.counted(source, "first_row", *first_row)?,
                comment: list(comment),
                null_words: null_words.clone(),
            }),
            spec::Format::Jsonl { encoding, null_words } => Format::JsonLines(Json {
                charset: self.charset(source, encoding.as_deref())?,
                records: Vec::new(),
                null_words: null_words.clone(),
            }),
            spec::Format::Json { encoding, records, null_words } => Format::Json(Json {
                charset: self.charset(source, encoding.as_deref())?,
                records: records.iter().flat_map(|path| path.split('.')).map(str::to_owned).collect(),
                null_words: null_words.clone(),
            }),
            spec::Format::Xlsx { sheet, header, header_row, header_rows, comment, null_words } => {
                let header = self.header(source, *header, *header_row);
                let header_rows = self.counted(source, "header_rows", *header_rows);
                Format::Workbook(Workbook {
                    sheet: self.sheet(source, sheet.as_deref())?,
                    header: header?,
                    header_rows: header_rows?,
                    comment: list(comment),
                    null_words: null_words.clone(),
                })
            }
        })
    }

    fn charset(&mut self, source: &str, label: Option<&str>) -> Option<Charset> {
        let label = label.unwrap_or("utf-8");
        if label.eq_ignore_ascii_case("auto") {
            return Some(Charset::Auto);
        }
        // The standard's `replacement` stands for encodings that browsers refuse to decode.
        let found =
            encoding_rs::Encoding::for_label(label.as_bytes()).filter(|found| *found != encoding_rs::REPLACEMENT);
        if found.is_none() {
            let help = nearest(label, CHARSETS)
                .map_or_else(|| format!("such as {}", CHARSETS.join(", ")), |near| format!("did you mean `{near}`?"));
            self.error(
                "S0122",
                format!("`{label}` is not an encoding"),
                self.doc.place(&["sources", source, "format", "encoding"]),
                Some(help),
            );
        }
        found.map(Charset::Declared)
    }

    /// One ASCII character, or none.
    fn character(&mut self, source: &str, key: &str, text: &str) -> Option<Option<u8>> {
        match text.as_bytes() {
            [] => Some(None),
            [byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n') => Some(Some(*byte)),
            _ => {
                let place = self.doc.place(&["sources", source, "format", key]);
                let message = format!("`{key}` is one ASCII character, or empty for none");
                self.found.push(Diagnostic::error("S0123", message).at_place(Some(place)));
                None
            }
        }
    }

    fn delimiter(&mut self, source: &str, text: &str) -> Option<String> {
        let meant = match text {
            "\\t" | "tab" => "\t",
            other => other,
        };
        if (1..=8).contains(&meant.len()) && !meant.contains(['\r', '\n']) {
            return Some(meant.to_owned());
        }
        let place = self.doc.place(&["sources", source, "format", "delimiter"]);
        let message = "`delimiter` is one or a few characters of one line";
        self.found.push(Diagnostic::error("S0123", message).at_place(Some(place)));
        None
    }

    /// What ends a field cannot be in it.
    fn distinct(&mut self, source: &str, delimiter: &str, others: [(&str, Option<u8>); 2]) {
        for (key, byte) in others {
            if byte.is_some_and(|byte| delimiter.as_bytes().contains(&byte)) {
                let place = self.doc.place(&["sources", source, "format", key]);
                let message = format!("`{key}` is part of `delimiter`");
                self.found.push(Diagnostic::error("S0123", message).at_place(Some(place)));
            }
        }
    }

    fn header(&mut self, source: &str, named: Option<bool>, row: Option<u64>) -> Option<Header> {
        match (named.unwrap_or(true), row) {
            (true, None) => Some(Header::First),
            (false, None) => Some(Header::None),
            (true, Some(_)) => self.counted(source, "header_row", row).map(Header::Line),
            (false, Some(_)) => {
                let place = self.doc.place(&["sources", source, "format", "header_row"]);
                let message = format!("source `{source}` has a `header_row` and `header: false`");
                self.error("S0145", message, place, Some("leave one of the two out".to_owned()));
                None
            }
        }
    }

    /// A number that counts from 1; 1 when it is not said.
    fn counted(&mut self, source: &str, key: &str, number: Option<u64>) -> Option<u64> {
        if number == Some(0) {
            let place = self.doc.place(&["sources", source, "format", key]);
            self.error("S0145", format!("`{key}` of source `{source}` counts from 1"), place, None);
            return None;
        }
        Some(number.unwrap_or(1))
    }

    fn sheet(&mut self, source: &str, text: Option<&str>) -> Option<Sheet> {
        match text.map(|text| (text, text.parse::<usize>())) {
            None => Some(Sheet::Number(1)),
            Some((_, Ok(0))) => {
                let place = self.doc.place(&["sources", source, "format", "sheet"]);
                self.error("S0145", format!("`sheet` of source `{source}` counts from 1"), place, None);
                None
            }
            Some((_, Ok(number))) => Some(Sheet::Number(number)),
            Some((name, Err(_))) => Some(Sheet::Name(name.to_owned())),
        }
    }
}

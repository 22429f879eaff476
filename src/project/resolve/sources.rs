//! Sources and match stages.

use chrono_tz::Tz;

use super::Resolver;
use crate::column::ColumnType;
use crate::datetime;
use crate::diag::{Diagnostic, Place};
use crate::names::{Layer, Name, TableName, nearest};
use crate::project::Matching;
use crate::project::source::{Clean, Csv, Format, Key, Source, SourceColumn};
use crate::spec;

impl Resolver<'_> {
    pub(super) fn source(&mut self, text: &str, yaml: &spec::Source, timezone: Tz) -> Option<Source> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["sources", text, key]);
        let mut columns: Vec<SourceColumn> = Vec::new();
        for (column_text, column) in &yaml.columns {
            if let Some(column) = self.source_column(text, column_text, column, timezone) {
                columns.push(column);
            }
        }
        let format = self.format(text, &yaml.format);
        let known = |resolver: &mut Self, word: &str, place: Place| {
            let found = columns.iter().find(|column| column.name.as_str() == word).map(|column| column.name.clone());
            if found.is_none() && !yaml.columns.contains_key(word) {
                let help = nearest(word, yaml.columns.keys().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?"));
                resolver.error("S0116", format!("source `{text}` has no column `{word}`"), place, help);
            }
            found
        };
        let key = match yaml.key.as_ref().map(|key| key.0.as_slice()) {
            None | Some([]) => Key::None,
            Some([all]) if all == "all" => Key::All,
            Some(names) => Key::Columns(
                names.iter().filter_map(|name| known(self, name, doc.place(&["sources", text, "key", name]))).collect(),
            ),
        };
        let order_by = yaml.order_by.as_ref().and_then(|word| known(self, word, at("order_by")));
        let amount = yaml.amount.as_ref().and_then(|word| known(self, word, at("amount")));
        if let Some(amount) = &amount
            && !columns
                .iter()
                .any(|column| column.name == *amount && matches!(column.kind, ColumnType::Decimal { scale: 0..=2, .. }))
        {
            let message = format!(
                "the amount of source `{text}` must be a decimal column with at most two digits after the point"
            );
            self.error("S0117", message, at("amount"), Some("declare its type as decimal(18,2)".to_owned()));
        }
        if yaml.path.split('/').any(|part| part == "..") || yaml.path.starts_with('/') {
            self.error(
                "S0118",
                format!("the path of source `{text}` leaves the raw storage"),
                at("path"),
                Some("write it relative to `storage.raw`, without `..`".to_owned()),
            );
        }
        let feeds = match yaml.feeds.as_ref() {
            None => None,
            Some(word) => match TableName::parse(word).filter(|table| table.layer == Layer::Staging) {
                Some(table) => Some(table),
                None => {
                    self.error(
                        "S0119",
                        format!("`{word}` is not a staging model"),
                        at("feeds"),
                        Some("write `staging.<model>`".to_owned()),
                    );
                    None
                }
            },
        };
        let fail_above = yaml.on_bad_row.as_ref().and_then(|bad| bad.fail_above).unwrap_or(0.01);
        if !(0.0..=1.0).contains(&fail_above) {
            self.error(
                "S0120",
                format!("`fail_above` of source `{text}` is a share between 0 and 1"),
                doc.place(&["sources", text, "on_bad_row", "fail_above"]),
                None,
            );
        }
        Some(Source {
            name: Name::new(text).ok()?,
            path: yaml.path.clone(),
            format: format?,
            columns,
            key,
            order_by,
            keep_when: yaml.keep_when.clone(),
            amount,
            feeds,
            fail_above,
        })
    }

    fn source_column(
        &mut self,
        source: &str,
        text: &str,
        yaml: &spec::SourceColumn,
        timezone: Tz,
    ) -> Option<SourceColumn> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["sources", source, "columns", text, key]);
        let name = self.name(text, doc.key_place(&["sources", source, "columns", text]));
        let kind = self.kind(&yaml.kind, at("type"));
        let zone = match &yaml.zone {
            Some(zone) => self.zone(zone, at("zone")).unwrap_or(timezone),
            None => timezone,
        };
        for format in yaml.format.as_ref().map(|formats| formats.0.as_slice()).unwrap_or_default() {
            if let Err(directive) = datetime::Format::compile(format) {
                let message = format!("the format of `{source}.{text}` has `{directive}`, which is not known");
                self.error("S0128", message, at("format"), Some(format!("use {}", datetime::DIRECTIVES)));
            }
        }
        let mut clean = Vec::new();
        for word in yaml.clean.as_ref().map(|words| words.0.as_slice()).unwrap_or_default() {
            match parse_clean(word) {
                Some(rule) => clean.push(rule),
                None => {
                    let known = ["half_width", "lower", "upper", "digits", "email", "phone"];
                    let help = nearest(word, known).map_or_else(
                        || format!("expected one of: {}, or phone(REGION)", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.error("S0121", format!("there is no cleaning `{word}`"), at("clean"), Some(help));
                }
            }
        }
        Some(SourceColumn {
            name: name?,
            from: yaml.from.as_ref().map_or_else(|| vec![text.to_owned()], |from| from.0.clone()),
            kind: kind?,
            formats: yaml.format.as_ref().map(|formats| formats.0.clone()).unwrap_or_default(),
            zone,
            required: yaml.required,
            clean,
            max_length: yaml.max_length,
        })
    }

    fn format(&mut self, source: &str, yaml: &spec::Format) -> Option<Format> {
        Some(match yaml {
            spec::Format::Parquet {} => Format::Parquet,
            spec::Format::Jsonl { null_words } => Format::JsonLines { null_words: null_words.clone() },
            spec::Format::Csv { encoding, delimiter, quote, header, null_words } => {
                let label = encoding.as_deref().unwrap_or("utf-8");
                let found = encoding_rs::Encoding::for_label(label.as_bytes());
                if found.is_none() {
                    let known = ["utf-8", "gbk", "gb18030", "big5", "windows-1252", "shift_jis", "utf-16le"];
                    let help = nearest(label, known).map_or_else(
                        || format!("such as {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.error(
                        "S0122",
                        format!("`{label}` is not an encoding"),
                        self.doc.place(&["sources", source, "format", "encoding"]),
                        Some(help),
                    );
                }
                let mut byte = |key: &str, text: Option<&str>, default: u8| match text.map(str::as_bytes) {
                    None => Some(default),
                    Some([byte]) if byte.is_ascii() => Some(*byte),
                    Some(b"\\t") => Some(b'\t'),
                    Some([]) if key == "quote" => None,
                    Some(_) => {
                        let place = self.doc.place(&["sources", source, "format", key]);
                        self.found.push(
                            Diagnostic::error("S0123", format!("`{key}` is one ASCII character")).at_place(Some(place)),
                        );
                        None
                    }
                };
                let quote = byte("quote", quote.as_deref(), b'"');
                let delimiter = byte("delimiter", delimiter.as_deref(), b',');
                Format::Csv(Csv {
                    encoding: found?,
                    delimiter: delimiter?,
                    quote,
                    header: header.unwrap_or(true),
                    null_words: null_words.clone(),
                })
            }
        })
    }

    pub(super) fn matching(&mut self, text: &str, yaml: &spec::Match) -> Option<Matching> {
        let place = self.doc.key_place(&["match", text]);
        let name = self.name(text, place.clone());
        let records = TableName::parse(&yaml.records).filter(|table| table.layer == Layer::Staging);
        if records.is_none() {
            self.error(
                "S0119",
                format!("`{}` is not a staging model", yaml.records),
                self.doc.place(&["match", text, "records"]),
                Some("write `staging.<model>`".to_owned()),
            );
        }
        let mut exact = Vec::new();
        for rule in &yaml.exact {
            exact.push(
                rule.iter().filter_map(|word| self.name(word, self.doc.place(&["match", text, "exact"]))).collect(),
            );
        }
        Some(Matching { name: name?, records: records?, exact, place })
    }
}

fn parse_clean(word: &str) -> Option<Clean> {
    Some(match word {
        "half_width" => Clean::HalfWidth,
        "lower" => Clean::Lower,
        "upper" => Clean::Upper,
        "digits" => Clean::Digits,
        "email" => Clean::Email,
        "phone" => Clean::Phone { calling_code: "86" },
        _ => {
            let region = word.strip_prefix("phone(")?.strip_suffix(')')?;
            let calling_code = match region {
                "CN" => "86",
                "US" | "CA" => "1",
                "GB" => "44",
                "DE" => "49",
                "FR" => "33",
                "JP" => "81",
                "KR" => "82",
                "HK" => "852",
                "TW" => "886",
                "SG" => "65",
                "AU" => "61",
                _ => return None,
            };
            Clean::Phone { calling_code }
        }
    })
}

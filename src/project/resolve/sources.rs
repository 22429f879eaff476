//! Sources.

use chrono_tz::Tz;

use super::Resolver;
use crate::column::ColumnType;
use crate::diag::Place;
use crate::names::{Layer, Name, TableName, nearest};
use crate::pattern::{PathPattern, Problem};
use crate::project::notation::{Notation, Wrong};
use crate::project::source::{Key, Load, NewColumn, Source, SourceColumn, character_range};
use crate::spec;

impl Resolver<'_> {
    pub(super) fn source(&mut self, text: &str, yaml: &spec::Source, timezone: Tz) -> Option<Source> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["sources", text, key]);
        let mut columns: Vec<SourceColumn> = Vec::new();
        for (column_text, column) in &yaml.columns {
            if let Some(column) = self.source_column(text, column_text, column, &yaml.format, timezone) {
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
        let load = self.load(text, yaml, &key);
        let amount = yaml.amount.as_ref().and_then(|word| known(self, word, at("amount")));
        // Records that are known by nothing would all be versions of one.
        if let Key::Columns(key) = &key {
            columns.iter_mut().filter(|column| key.contains(&column.name)).for_each(|column| column.required = true);
        }
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
        let path = self.path_pattern(text, &yaml.path);
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
        let freshness = yaml.freshness.as_ref().and_then(|freshness| self.source_freshness(text, freshness, &columns));
        Some(Source {
            name: Name::new(text).ok()?,
            path: path?,
            format: format?,
            columns,
            load,
            key,
            order_by,
            deleted_when: yaml.deleted_when.clone(),
            keep_when: yaml.keep_when.clone(),
            amount,
            feeds,
            on_new_column: yaml.on_new_column.unwrap_or(NewColumn::Warn),
            fail_above,
            fail_above_rows: yaml.on_bad_row.as_ref().and_then(|bad| bad.fail_above_rows),
            freshness,
        })
    }

    /// How files follow one another, and whether what is said of their records goes with it.
    fn load(&mut self, text: &str, yaml: &spec::Source, key: &Key) -> Load {
        let place = |key: &str| self.doc.place(&["sources", text, key]);
        let load = yaml.load.unwrap_or(if *key == Key::None { Load::Append } else { Load::Changes });
        let (problem, place, help) = if load == Load::Changes && *key == Key::None {
            ("which record changes another is not known without a key", place("load"), "say `key: [column]`")
        } else if yaml.deleted_when.is_some() && load != Load::Changes {
            let help = "say `load: changes` and a key, or leave `deleted_when` out";
            ("only a source of changes says what was deleted", place("deleted_when"), help)
        } else {
            return load;
        };
        self.error("S0138", format!("source `{text}`: {problem}"), place, Some(help.to_owned()));
        load
    }

    fn path_pattern(&mut self, source: &str, text: &str) -> Option<PathPattern> {
        let problem = match PathPattern::parse(text) {
            Ok(pattern) => return Some(pattern),
            Err(problem) => problem,
        };
        let code = match &problem {
            Problem::Word { .. } => "S0181",
            Problem::Incomplete { .. } => "S0182",
            Problem::Alternative { .. } | Problem::Glob => "S0183",
        };
        let message = format!("the path of source `{source}` cannot be used: {problem}");
        self.error(code, message, self.doc.place(&["sources", source, "path"]), Some(problem.help()));
        None
    }

    fn source_column(
        &mut self,
        source: &str,
        text: &str,
        yaml: &spec::SourceColumn,
        format: &spec::Format,
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
        if let (spec::Format::Fixed { .. }, None) = (format, yaml.from.as_ref().and_then(|from| range_of(&from.0))) {
            self.error(
                "S0139",
                format!("`{source}.{text}` does not say which characters of a line it is"),
                at("from"),
                Some("say `from: 1-6`: from 1, both included".to_owned()),
            );
        }
        let notation = kind.map(|kind| self.notation(source, text, kind, yaml));
        let clean = self.clean(source, text, yaml, kind);
        Some(SourceColumn {
            name: name?,
            from: yaml.from.as_ref().map_or_else(|| vec![text.to_owned()], |from| from.0.clone()),
            kind: kind?,
            notation: notation?,
            zone,
            clock_gap: yaml.clock_gap.unwrap_or_default(),
            clock_overlap: yaml.clock_overlap.unwrap_or_default(),
            null_words: yaml.null_words.clone(),
            required: yaml.required,
            optional: yaml.optional,
            clean,
            max_length: yaml.max_length,
        })
    }

    /// How the values of a column are written, and what is said of clocks where there are none.
    fn notation(&mut self, source: &str, column: &str, kind: ColumnType, yaml: &spec::SourceColumn) -> Notation {
        let doc = self.doc;
        let place = |key: &str| doc.place(&["sources", source, "columns", column, key]);
        let clocks = [("clock_gap", yaml.clock_gap.is_some()), ("clock_overlap", yaml.clock_overlap.is_some())];
        let idle = clocks.iter().find(|(_, said)| *said && kind != ColumnType::Timestamp);
        let at = |text: &str| doc.place(&["sources", source, "columns", column, "format", text]);
        if let Some((key, _)) = idle {
            let message = format!("`{source}.{column}` has `{key}`, and a {kind} has no clock");
            self.error("S0149", message, place(key), Some("leave it out, or say `type: timestamp`".to_owned()));
        }
        let texts = yaml.format.as_ref().map(|formats| formats.0.as_slice()).unwrap_or_default();
        Notation::parse(kind, texts).unwrap_or_else(|wrong| {
            for Wrong { code, text, problem, help } in wrong {
                let message = format!("the format `{text}` of `{source}.{column}` {problem}");
                self.error(code, message, at(&text), Some(help));
            }
            Notation::Usual
        })
    }
}

/// The only range that `from` says.
fn range_of(from: &[String]) -> Option<(usize, usize)> {
    let [one] = from else { return None };
    character_range(one)
}

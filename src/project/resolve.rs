//! From texts to a [`Project`]: every problem at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use indexmap::IndexMap;

use super::source::{Clean, Csv, Format, Key, Source, SourceColumn};
use super::vars::{Param, ParamValue};
use super::{Column, ColumnTest, CoreTable, Mart, Matching, Project, Table, TableTest, graph};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics, Place, SourceText};
use crate::model::Model;
use crate::names::{Layer, Name, TableName, nearest};
use crate::spec::{self, Document};

/// What was read from disk.
pub struct Texts {
    pub pipeline: Document<spec::Pipeline>,
    pub contracts: Vec<Document<spec::Contract>>,
    pub sql: Vec<Arc<SourceText>>,
}

/// What the command line and the environment say differently.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub target: Option<String>,
    pub vars: BTreeMap<String, String>,
    pub environment: BTreeMap<String, String>,
}

pub fn resolve(texts: &Texts, overrides: &Overrides) -> Result<Project, Diagnostics> {
    let mut resolver = Resolver { doc: &texts.pipeline, found: Diagnostics::default() };
    let project = resolver.project(texts, overrides);
    match project {
        Some(project) if !resolver.found.has_errors() => Ok(project),
        _ => Err(resolver.found.sorted()),
    }
}

struct Resolver<'a> {
    doc: &'a Document<spec::Pipeline>,
    found: Diagnostics,
}

impl Resolver<'_> {
    fn error(&mut self, code: &'static str, message: String, place: Place, help: Option<String>) {
        self.found.push(Diagnostic::error(code, message).at_place(Some(place)).maybe_help(help));
    }

    fn name(&mut self, text: &str, place: Place) -> Option<Name> {
        Name::new(text).map_err(|bad| self.error("S0105", bad.to_string(), place, None)).ok()
    }

    fn kind(&mut self, text: &str, place: Place) -> Option<ColumnType> {
        let kind = ColumnType::parse(text);
        if kind.is_none() {
            let simple = ["string", "boolean", "integer", "bigint", "double", "date", "timestamp", "decimal(18,2)"];
            let help = nearest(text, simple).map(|near| format!("did you mean `{near}`?"));
            self.error(
                "S0108",
                format!("`{text}` is not a column type; expected {}", ColumnType::EXPECTED),
                place,
                help,
            );
        }
        kind
    }

    fn project(&mut self, texts: &Texts, overrides: &Overrides) -> Option<Project> {
        let doc = self.doc;
        let yaml = &doc.value;
        if yaml.version != 1 {
            self.error(
                "S0109",
                format!("version {} is not known", yaml.version),
                doc.place(&["version"]),
                Some("this septet reads version 1".to_owned()),
            );
        }
        let name = self.name(&yaml.name, doc.place(&["name"]));
        let timezone = self.zone(&yaml.timezone, doc.place(&["timezone"]));
        if yaml.currency.len() != 3 || !yaml.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            self.error(
                "S0109",
                format!("`{}` is not a currency code", yaml.currency),
                doc.place(&["currency"]),
                Some("use three capital letters of ISO 4217, such as CNY".to_owned()),
            );
        }
        let logical_date = yaml.logical_date.as_ref().and_then(|text| {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            if date.is_none() {
                self.error(
                    "S0109",
                    format!("`{text}` is not a date"),
                    doc.place(&["logical_date"]),
                    Some("write it as YYYY-MM-DD".to_owned()),
                );
            }
            date
        });
        self.target(overrides);
        let (raw, marts_root) = self.storage(overrides);
        let params = self.params(texts, overrides, logical_date);
        let mut sources = IndexMap::new();
        for (text, source) in &yaml.sources {
            let name = self.name(text, doc.key_place(&["sources", text]));
            let source = self.source(text, source, timezone.unwrap_or(Tz::UTC));
            if let Some((name, source)) = name.zip(source) {
                sources.insert(name, source);
            }
        }
        let mut matching = IndexMap::new();
        for (text, stage) in &yaml.matching {
            if let Some(stage) = self.matching(text, stage) {
                matching.insert(stage.name.clone(), stage);
            }
        }
        let mut core = IndexMap::new();
        let mut marts = IndexMap::new();
        for contract in &texts.contracts {
            for (text, table) in &contract.value.core {
                if let Some(table) = self.core(contract, text, table) {
                    core.insert(table.name.clone(), table);
                }
            }
            for (text, mart) in &contract.value.marts {
                if let Some(mart) = self.mart(contract, text, mart) {
                    marts.insert(mart.table.name.clone(), mart);
                }
            }
        }
        self.cross_references(&core, &marts);
        let models = self.models(texts);
        let retention = yaml.retention.as_ref();
        let mut project = Project {
            name: name?,
            about: yaml.about.clone(),
            path: doc.source.path.clone(),
            timezone: timezone?,
            currency: yaml.currency.clone(),
            logical_date,
            raw: raw?,
            marts_root: marts_root?,
            sources,
            matching,
            core,
            marts,
            models,
            params,
            order: Vec::new(),
            keep_releases: retention.and_then(|r| r.releases).unwrap_or(5).max(1),
            keep_hours: retention.and_then(|r| r.hours).unwrap_or(24),
        };
        self.links(&project);
        match graph::order(&project.models, &dependencies(&project)) {
            Ok(order) => project.order = order,
            Err(cycle) => self.found.extend(cycle),
        }
        Some(project)
    }

    fn zone(&mut self, text: &str, place: Place) -> Option<Tz> {
        let zone = text.parse::<Tz>().ok();
        if zone.is_none() {
            let help = nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
                .map(|near| format!("did you mean `{near}`?"));
            self.error("S0109", format!("`{text}` is not an IANA time zone"), place, help);
        }
        zone
    }

    fn target(&mut self, overrides: &Overrides) {
        let Some(name) = overrides.target.as_ref() else { return };
        if !self.doc.value.targets.contains_key(name) {
            let known: Vec<&str> = self.doc.value.targets.keys().map(String::as_str).collect();
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "this pipeline declares no targets".to_owned(),
                None => format!("it declares: {}", known.join(", ")),
            };
            self.error("S0110", format!("there is no target `{name}`"), self.doc.place(&["targets"]), Some(help));
        }
    }

    fn storage(&mut self, overrides: &Overrides) -> (Option<String>, Option<String>) {
        let yaml = &self.doc.value;
        let target =
            overrides.target.as_ref().and_then(|name| yaml.targets.get(name).map(|target| (name.as_str(), target)));
        let mut pick = |key: &str, default: &String, special: Option<&String>| {
            let place = match (special, target) {
                (Some(_), Some((name, _))) => self.doc.place(&["targets", name, key]),
                _ => self.doc.place(&["storage", key]),
            };
            match interpolate(special.unwrap_or(default), &overrides.environment) {
                Ok(text) => Some(text),
                Err(message) => {
                    self.found.push(
                        Diagnostic::error("S0111", message)
                            .at_place(Some(place))
                            .help("set the variable, or give a default: `${NAME:-default}`"),
                    );
                    None
                }
            }
        };
        let raw = pick("raw", &yaml.storage.raw, target.and_then(|(_, t)| t.raw.as_ref()));
        let marts = pick("marts", &yaml.storage.marts, target.and_then(|(_, t)| t.marts.as_ref()));
        (raw, marts)
    }

    fn params(&mut self, texts: &Texts, overrides: &Overrides, logical_date: Option<NaiveDate>) -> Vec<Param> {
        let yaml = &self.doc.value;
        let fixed = |name: &str, kind, value| Name::new(name).ok().map(|name| Param { name, kind, value });
        let mut params: Vec<Param> = [
            fixed("as_of", ColumnType::Date, logical_date.map(ParamValue::Date)),
            fixed("timezone", ColumnType::String, Some(ParamValue::Text(yaml.timezone.clone()))),
            fixed("currency", ColumnType::String, Some(ParamValue::Text(yaml.currency.clone()))),
        ]
        .into_iter()
        .flatten()
        .collect();
        // What the pipeline declares stands for what a contract of the same name does.
        let declared = yaml.vars.iter().map(|(text, var)| (text, var, self.doc.key_place(&["vars", text])));
        let shared = texts.contracts.iter().flat_map(|contract| {
            contract.value.vars.iter().map(|(text, var)| (text, var, contract.key_place(&["vars", text])))
        });
        let mut vars: IndexMap<&String, (&spec::Var, Place)> = IndexMap::new();
        for (text, var, place) in declared.chain(shared) {
            vars.entry(text).or_insert((var, place));
        }
        for (text, (var, place)) in &vars {
            if let Some(param) = self.param(text, var, place, overrides) {
                if params.iter().any(|known| known.name == param.name) {
                    let help = Some("choose another name".to_owned());
                    self.error("S0112", format!("`{text}` is a parameter that every run has"), place.clone(), help);
                } else {
                    params.push(param);
                }
            }
        }
        for text in overrides.vars.keys().filter(|text| !vars.contains_key(text)) {
            let help =
                nearest(text, vars.keys().map(|name| name.as_str())).map(|near| format!("did you mean `{near}`?"));
            self.error(
                "S0115",
                format!("`--var {text}` is not a variable of this pipeline"),
                self.doc.place(&["vars"]),
                help,
            );
        }
        params
    }

    fn param(&mut self, text: &str, var: &spec::Var, place: &Place, overrides: &Overrides) -> Option<Param> {
        let name = self.name(text, place.clone())?;
        let kind = self.kind(&var.kind, place.clone())?;
        let target = overrides.target.as_ref().and_then(|name| self.doc.value.targets.get(name));
        let said = overrides.vars.get(text).or_else(|| target.and_then(|target| target.vars.get(text)));
        let Some(value) = said.or(var.default.as_ref()) else {
            let help = Some(format!("give it a default, or say `--var {text}=…`"));
            self.error("S0113", format!("variable `{text}` has no value"), place.clone(), help);
            return None;
        };
        if !var.one_of.is_empty() && !var.one_of.contains(value) {
            let help =
                nearest(value, var.one_of.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{value}` is not a value of `{text}`: one of {}", var.one_of.join(", "));
            self.error("S0114", message, place.clone(), help);
            return None;
        }
        let parsed = ParamValue::parse(kind, value);
        if parsed.is_none() {
            self.error(
                "S0114",
                format!("`{value}` is not a {kind}, the type of variable `{text}`"),
                place.clone(),
                None,
            );
        }
        Some(Param { name, kind, value: Some(parsed?) })
    }

    fn source(&mut self, text: &str, yaml: &spec::Source, timezone: Tz) -> Option<Source> {
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

    fn matching(&mut self, text: &str, yaml: &spec::Match) -> Option<Matching> {
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

    fn columns(
        &mut self,
        doc: &Document<spec::Contract>,
        section: &str,
        text: &str,
        yaml: &IndexMap<String, spec::ContractColumn>,
    ) -> Vec<Column> {
        let mut columns = Vec::with_capacity(yaml.len());
        for (column_text, column) in yaml {
            let place = doc.key_place(&[section, text, "columns", column_text]);
            let name = self.name(column_text, place.clone());
            let kind = self.kind(&column.kind, doc.place(&[section, text, "columns", column_text, "type"]));
            let tests = column.tests.iter().map(|test| match test {
                spec::ColumnTest::NotNull => ColumnTest::NotNull,
                spec::ColumnTest::Unique => ColumnTest::Unique,
                spec::ColumnTest::OneOf(words) => ColumnTest::OneOf(words.clone()),
                spec::ColumnTest::Range { min, max, severity } => {
                    ColumnTest::Range { min: *min, max: *max, fails_run: *severity == spec::Severity::Error }
                }
            });
            if let Some((name, kind)) = name.zip(kind) {
                columns.push(Column { name, kind, about: column.about.clone(), tests: tests.collect(), place });
            }
        }
        columns
    }

    fn tests(
        &mut self,
        doc: &Document<spec::Contract>,
        section: &str,
        text: &str,
        yaml: &[spec::TableTest],
    ) -> Vec<TableTest> {
        let mut tests = Vec::with_capacity(yaml.len());
        for (index, test) in yaml.iter().enumerate() {
            let index = index.to_string();
            if let Some(name) = self.name(&test.name, doc.place(&[section, text, "tests", &index, "name"])) {
                tests.push(TableTest {
                    name,
                    expression: test.expression.clone(),
                    fails_run: test.severity == spec::Severity::Error,
                    place: doc.place(&[section, text, "tests", &index, "expression"]),
                });
            }
        }
        tests
    }

    /// Names in a list that must be columns of the table.
    fn among(
        &mut self,
        doc: &Document<spec::Contract>,
        path: [&str; 3],
        names: &[String],
        columns: &[Column],
    ) -> Vec<Name> {
        let mut out = Vec::new();
        for word in names {
            match columns.iter().find(|column| column.name.as_str() == word) {
                Some(column) => out.push(column.name.clone()),
                None => {
                    let help = nearest(word, columns.iter().map(|column| column.name.as_str()))
                        .map(|near| format!("did you mean `{near}`?"));
                    let place = doc.place(&[path[0], path[1], path[2], word]);
                    self.error(
                        "S0130",
                        format!("`{}` has no column `{word}`, which its {} names", path[1], path[2]),
                        place,
                        help,
                    );
                }
            }
        }
        out
    }

    fn core(&mut self, doc: &Document<spec::Contract>, text: &str, yaml: &spec::CoreTable) -> Option<CoreTable> {
        let place = doc.key_place(&["core", text]);
        let name = self.name(text, place.clone());
        let publish = self.name(&yaml.publish, doc.place(&["core", text, "publish"]));
        let columns = self.columns(doc, "core", text, &yaml.columns);
        let grain = self.among(doc, ["core", text, "grain"], &yaml.grain, &columns);
        let visible_on = yaml
            .visible_on
            .as_ref()
            .and_then(|word| self.among(doc, ["core", text, "visible_on"], std::slice::from_ref(word), &columns).pop());
        if let Some(column) = visible_on.as_ref().and_then(|name| columns.iter().find(|column| column.name == *name))
            && !matches!(column.kind, ColumnType::Date | ColumnType::Timestamp)
        {
            self.error(
                "S0131",
                format!("`visible_on` of `{text}` must be a date or a time stamp"),
                doc.place(&["core", text, "visible_on"]),
                None,
            );
        }
        let mut references = Vec::new();
        for (column_text, column) in &yaml.columns {
            if let Some(to) = &column.references {
                let to = self.name(to, doc.place(&["core", text, "columns", column_text, "references"]));
                if let Some((column, to)) = Name::new(column_text).ok().zip(to) {
                    references.push((column, to));
                }
            }
        }
        let follows = yaml.follows.as_ref().and_then(|word| self.name(word, doc.place(&["core", text, "follows"])));
        let tests = self.tests(doc, "core", text, &yaml.tests);
        let table =
            Table { name: publish?, about: yaml.about.clone(), grain, partition_by: None, columns, tests, place };
        Some(CoreTable { name: name?, table, visible_on, placeholder: yaml.placeholder, follows, references })
    }

    fn mart(&mut self, doc: &Document<spec::Contract>, text: &str, yaml: &spec::Mart) -> Option<Mart> {
        let place = doc.key_place(&["marts", text]);
        let name = self.name(text, place.clone());
        let columns = self.columns(doc, "marts", text, &yaml.columns);
        let grain = self.among(doc, ["marts", text, "grain"], &yaml.grain, &columns);
        let partitions = self.among(doc, ["marts", text, "partition_by"], &yaml.partition_by, &columns);
        let allowed = match partitions.as_slice() {
            [] => true,
            [one] => grain.first() == Some(one) && matches!(one.as_str(), "month" | "as_of"),
            _ => false,
        };
        if !allowed {
            self.error(
                "S0132",
                format!("`{text}` can be partitioned by `month` or `as_of`, the first column of its grain"),
                doc.place(&["marts", text, "partition_by"]),
                None,
            );
        }
        let folder = yaml.folder.as_ref().and_then(|word| self.name(word, doc.place(&["marts", text, "folder"])));
        let driven_by =
            yaml.driven_by.as_ref().and_then(|word| self.name(word, doc.place(&["marts", text, "driven_by"])));
        let tests = self.tests(doc, "marts", text, &yaml.tests);
        let table = Table {
            name: name?,
            about: yaml.about.clone(),
            grain,
            partition_by: partitions.into_iter().next(),
            columns,
            tests,
            place,
        };
        Some(Mart { table, folder, driven_by, engine: yaml.engine })
    }

    fn cross_references(&mut self, core: &IndexMap<Name, CoreTable>, marts: &IndexMap<Name, Mart>) {
        let mut published: BTreeMap<&Name, &Place> = BTreeMap::new();
        for table in core.values().map(|core| &core.table).chain(marts.values().map(|mart| &mart.table)) {
            if published.insert(&table.name, &table.place).is_some() {
                self.error("S0133", format!("two tables are published as `{}`", table.name), table.place.clone(), None);
            }
            if table.grain.is_empty() {
                self.error(
                    "S0134",
                    format!("`{}` has no grain", table.name),
                    table.place.clone(),
                    Some("name the columns that identify a row".to_owned()),
                );
            }
        }
        let known = |name: &Name| core.contains_key(name);
        let help = |name: &Name| {
            nearest(name.as_str(), core.keys().map(Name::as_str)).map(|near| format!("did you mean `{near}`?"))
        };
        for table in core.values() {
            for name in table.references.iter().map(|(_, to)| to).chain(&table.follows) {
                if !known(name) {
                    self.error(
                        "S0135",
                        format!("`{}` names `{name}`, which is not a core table", table.name),
                        table.table.place.clone(),
                        help(name),
                    );
                }
            }
            if (table.placeholder || table.follows.is_some()) && table.table.grain.len() != 1 && table.placeholder {
                self.error(
                    "S0136",
                    format!("`{}` can have placeholders only with a grain of one column", table.name),
                    table.table.place.clone(),
                    None,
                );
            }
        }
        for mart in marts.values() {
            if let Some(driver) = mart.driven_by.as_ref().filter(|driver| !known(driver)) {
                self.error(
                    "S0135",
                    format!("`{}` is driven by `{driver}`, which is not a core table", mart.table.name),
                    mart.table.place.clone(),
                    help(driver),
                );
            }
        }
    }

    fn models(&mut self, texts: &Texts) -> BTreeMap<TableName, Model> {
        let mut models: BTreeMap<TableName, Model> = BTreeMap::new();
        for source in &texts.sql {
            let model =
                Model::table_of(&source.path).map_err(Diagnostics::from).and_then(|table| Model::parse(table, source));
            match model {
                Err(problems) => self.found.extend(problems),
                Ok(model) => {
                    if let Some(other) = models.get(&model.table) {
                        let message = format!("two models make `{}`", model.table);
                        self.found.push(
                            Diagnostic::error("S0205", message)
                                .in_file(&source.path)
                                .label(format!("the other is {}", other.source.path.display())),
                        );
                        continue;
                    }
                    models.insert(model.table.clone(), model);
                }
            }
        }
        models
    }

    /// Everything a model, a match stage or a source names must exist, in a layer that may be read from there.
    fn links(&mut self, project: &Project) {
        let tables = readable(project);
        for model in project.models.values() {
            for (read, span) in &model.reads {
                let place = Place { source: Arc::clone(&model.source), span: *span };
                if !model.table.layer.may_read().contains(&read.layer) {
                    let allowed: Vec<&str> = model.table.layer.may_read().iter().map(|layer| layer.as_str()).collect();
                    self.found.push(
                        Diagnostic::error("S0207", format!("a {} model cannot read `{read}`", model.table.layer))
                            .at_place(Some(place))
                            .label(format!("{} reads only {}", model.table.layer, allowed.join(", ")))
                            .help("each layer reads only the ones before it: map the data onto core first"),
                    );
                } else if !tables.contains(read) {
                    let same: Vec<&TableName> = tables.iter().filter(|table| table.layer == read.layer).collect();
                    let help = nearest(read.name.as_str(), same.iter().map(|table| table.name.as_str()))
                        .map(|near| format!("did you mean `{}.{near}`?", read.layer));
                    self.found.push(
                        Diagnostic::error("S0208", format!("there is no table `{read}`"))
                            .at_place(Some(place))
                            .maybe_help(help),
                    );
                }
            }
            for (param, span) in &model.params {
                if !project.params.iter().any(|known| known.name.as_str() == param) {
                    let known: Vec<&str> = project.params.iter().map(|known| known.name.as_str()).collect();
                    let help = nearest(param, known.iter().copied()).map_or_else(
                        || format!("this pipeline has: ${}", known.join(", $")),
                        |near| format!("did you mean `${near}`?"),
                    );
                    self.found.push(
                        Diagnostic::error("S0209", format!("there is no run parameter `${param}`"))
                            .at(&model.source, *span)
                            .help(help),
                    );
                }
            }
            let no_contract = match model.table.layer {
                Layer::Core => !project.core.contains_key(&model.table.name),
                Layer::Marts => !project.marts.contains_key(&model.table.name),
                _ => false,
            };
            if no_contract {
                let known: Vec<&str> = if model.table.layer == Layer::Core {
                    project.core.keys().map(Name::as_str).collect()
                } else {
                    project.marts.keys().map(Name::as_str).collect()
                };
                let help = nearest(model.table.name.as_str(), known).map_or_else(
                    || "declare its grain and columns in a contract file that the pipeline includes".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.found.push(
                    Diagnostic::error("S0211", format!("`{}` has no contract", model.table))
                        .in_file(&model.source.path)
                        .help(help),
                );
            }
        }
        for mart in project.marts.values().filter(|mart| !mart.engine) {
            let table = TableName::new(Layer::Marts, mart.table.name.clone());
            if !project.models.contains_key(&table) {
                self.error(
                    "S0212",
                    format!("mart `{}` has no model", mart.table.name),
                    mart.table.place.clone(),
                    Some(format!(
                        "write sql/marts/{}/{}.sql",
                        mart.folder.as_ref().map_or("<p>", Name::as_str),
                        mart.table.name
                    )),
                );
            }
        }
        for stage in project.matching.values() {
            if !project.models.contains_key(&stage.records) {
                self.error(
                    "S0208",
                    format!("there is no table `{}`", stage.records),
                    self.doc.place(&["match", stage.name.as_str(), "records"]),
                    None,
                );
            }
        }
        for source in project.sources.values() {
            if let Some(feeds) = source.feeds.as_ref().filter(|feeds| !project.models.contains_key(*feeds)) {
                let help = nearest(
                    feeds.name.as_str(),
                    tables.iter().filter(|t| t.layer == Layer::Staging).map(|t| t.name.as_str()),
                )
                .map(|near| format!("did you mean `staging.{near}`?"));
                self.error(
                    "S0208",
                    format!("there is no table `{feeds}`"),
                    self.doc.place(&["sources", source.name.as_str(), "feeds"]),
                    help,
                );
            }
        }
    }
}

/// Every table that some model may read.
fn readable(project: &Project) -> BTreeSet<TableName> {
    let named = |layer: Layer, name: &Name| TableName::new(layer, name.clone());
    let mut tables: BTreeSet<TableName> = project.models.keys().cloned().collect();
    tables.extend(project.sources.keys().map(|name| named(Layer::Raw, name)));
    tables.extend(project.matching.keys().map(|name| named(Layer::Match, name)));
    tables.extend(project.core.keys().map(|name| named(Layer::Core, name)));
    tables.extend(project.marts.keys().flat_map(|name| [named(Layer::Marts, name), named(Layer::Previous, name)]));
    tables.extend(Name::new("stage").ok().map(|name| named(Layer::Ledger, &name)));
    tables
}

/// What each model and supplied core table waits for.
fn dependencies(project: &Project) -> graph::Dependencies {
    let mut out = graph::Dependencies::new();
    for model in project.models.values() {
        let on = out.entry(model.table.clone()).or_default();
        for read in model.reads.keys() {
            match read.layer {
                // A stage of matching is built from its records.
                Layer::Match => on.extend(project.matching.get(&read.name).map(|stage| stage.records.clone())),
                _ => {
                    on.insert(read.clone());
                }
            }
        }
    }
    for core in project.core.values().filter(|core| project.supplies(&core.name)) {
        let table = TableName::new(Layer::Core, core.name.clone());
        out.entry(table).or_default().extend(project.implied(core));
    }
    out
}

/// Replaces `${NAME}` and `${NAME:-default}`.
fn interpolate(text: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inner, tail)) = after.split_once('}') else {
            return Err(format!("`{text}` has a `${{` without a `}}`"));
        };
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        match environment.get(name).map(String::as_str).filter(|value| !value.is_empty()).or(default) {
            Some(value) => out.push_str(value),
            None => return Err(format!("the environment has no `{name}`")),
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
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

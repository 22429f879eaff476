//! `pipelines/<name>.yaml`.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::matching::Match;
use super::quality::{ColumnTest, TableTest};

/// One pipeline: where raw exports lie, how they are read, which models make marts of them and where those go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Version of this format; 1.
    pub version: u32,
    /// Name of the pipeline: lower-case letters, digits and `_`. Releases carry it.
    pub name: String,
    /// One sentence for people.
    pub about: Option<String>,
    /// IANA zone whose days and months the business counts in, such as `Asia/Shanghai`.
    pub timezone: String,
    /// ISO 4217 code of the base currency that all money is converted into.
    pub currency: String,
    /// The logical date (`as_of`) when `--logical-date` does not say one. Without it: today in the zone.
    pub logical_date: Option<String>,
    /// Where raw exports are read from and marts are published to.
    pub storage: Storage,
    /// Other storages and variables by name, chosen with `--target`.
    #[serde(default)]
    pub targets: IndexMap<String, Target>,
    /// Contract files (core tables and marts), relative to this file; `*` stands for any part of a name.
    #[serde(default)]
    pub include: Vec<String>,
    /// Folders of SQL models, relative to the project; the second path element is the layer.
    pub models: Vec<String>,
    /// Run parameters that models read as `$name`.
    #[serde(default)]
    pub vars: IndexMap<String, Var>,
    /// Raw exports.
    pub sources: IndexMap<String, Source>,
    /// Which records of several systems are one entity.
    #[serde(default, rename = "match")]
    pub matching: IndexMap<String, Match>,
    /// Which releases are kept by `gc` and at the end of a run.
    pub retention: Option<Retention>,
    /// What is published of personal data.
    pub privacy: Option<Privacy>,
}

/// Policies by class of personal data. A published column that carries a class without a policy is refused.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Environment variable that holds the key of `hmac`, at least 16 bytes. Needed where a policy is `hmac`.
    pub key_from: Option<String>,
    /// `keep`, `mask`, `hmac` or `drop` for classes such as `pii.email`; docs/privacy.md says what each gives.
    #[serde(default)]
    pub policies: IndexMap<String, String>,
}

/// Places of input and output. `${NAME:-default}` reads the environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// A path relative to the project, or a URL: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or
    /// `abfss://container@account.dfs.core.windows.net/prefix`. Credentials come from the environment.
    pub raw: String,
    /// A path relative to the project, or a URL: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or
    /// `abfss://container@account.dfs.core.windows.net/prefix`. Credentials come from the environment.
    pub marts: String,
}

/// What a target says differently.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Instead of `storage.raw`.
    pub raw: Option<String>,
    /// Instead of `storage.marts`.
    pub marts: Option<String>,
    /// Instead of the variables' defaults.
    #[serde(default)]
    pub vars: IndexMap<String, String>,
}

/// A typed run parameter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Var {
    /// string, boolean, integer, bigint, double, decimal(p,s), date or timestamp.
    #[serde(rename = "type")]
    pub kind: String,
    /// Value when neither `--var` nor the target says one.
    pub default: Option<String>,
    /// The only values allowed.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// One sentence for people.
    pub about: Option<String>,
}

/// A raw export: files, their format and the columns wanted from them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// One sentence for people.
    pub about: Option<String>,
    /// Glob below `storage.raw`. `.gz`, `.zst`, `.bz2` and `.zip` are recognised by name; of a `.zip`, every file in it
    /// is read as one of its own. `{date}`, `{yyyymmdd}`, `{month}`, `{yyyy}`, `{mm}` and `{dd}` match days: files of
    /// days after the logical date are not read.
    pub path: String,
    /// How the bytes are read.
    pub format: Format,
    /// What the files are to one another. Default: `changes` with a key, else `append`.
    pub load: Option<Load>,
    /// Columns that identify a record, each of them `required`, or `all`: exact repeats are one record.
    pub key: Option<StringOrList>,
    /// Among records with the same key the greatest value is the latest version; ties go to the greatest record.
    /// Without it the last record of the last file, in the order of paths, is the latest.
    pub order_by: Option<String>,
    /// SQL condition on the typed columns: a record whose latest version satisfies it was deleted. Needs `load: changes`.
    pub deleted_when: Option<String>,
    /// SQL condition on the typed columns; records that do not satisfy it are filtered, and counted.
    pub keep_when: Option<String>,
    /// Decimal column whose sum is carried through the reconciliation.
    pub amount: Option<String>,
    /// Staging model whose rows, one per kept record, become `core.sale`.
    pub feeds: Option<String>,
    /// What a column in a file that nothing here reads is: `warn` (default), `ignore` or `error`.
    pub on_new_column: Option<NewColumn>,
    /// The columns to read, by the name models know them by.
    pub columns: IndexMap<String, SourceColumn>,
    /// When bad records fail the run.
    pub on_bad_row: Option<BadRows>,
    /// How old the newest of it may be.
    pub freshness: Option<Freshness>,
    /// Conditions on the typed records, of each key the latest version: `expression` tests alone.
    #[serde(default)]
    pub tests: Vec<TableTest>,
}

/// What the files of a source are to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Load {
    /// Records are added and never altered: of records with the same key the first stays.
    Append,
    /// Records are added, altered and, with `deleted_when`, removed: of records with the same key the latest counts.
    Changes,
    /// Every file is the whole: only the records of the last file count, or of all files of the last `{date}` in the
    /// path.
    Snapshot,
}

/// What to do about a column that nothing reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewColumn {
    /// Nothing is said.
    Ignore,
    /// It is named in the summary, with the type it seems to have.
    Warn,
    /// The run fails.
    Error,
}

/// How bytes become records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Format {
    /// Delimited text.
    Csv {
        /// WHATWG label (utf-8, utf-16le, gbk, gb18030, big5, shift_jis, windows-1252, …) or `auto`. Default utf-8.
        encoding: Option<String>,
        /// Between fields. Default `,`; `\t` or `tab` is a tab.
        delimiter: Option<String>,
        /// One ASCII character, or empty for none. Default `"`. Doubled within a field, it stands for itself.
        quote: Option<String>,
        /// One ASCII character that makes the next one stand for itself, a line end too. Default none. A field that
        /// is only `\N` stays as it is, so that `null_words` can name it.
        escape: Option<String>,
        /// Whether a record names the columns. Default true; else `from` holds positions from 1. Where it stands again,
        /// as in files that were joined, it is counted, not read.
        header: Option<bool>,
        /// The line of the header, from 1; lines before it are counted, not read. Default: the first that is not blank.
        header_row: Option<u64>,
        /// Lines that begin with one of these texts are no records (`#`, `合计`): they are counted, not read.
        comment: Option<StringOrList>,
        /// Words that mean NULL beside the empty field.
        #[serde(default)]
        null_words: Vec<String>,
    },
    /// Text with fields at fixed places; `from` is a range of characters such as `1-6`, from 1, both included. A field
    /// that begins behind the end of its line is NULL, one that the end cuts is what there is of it.
    Fixed {
        /// WHATWG label or `auto`. Default utf-8.
        encoding: Option<String>,
        /// The line of the first record, from 1; lines before it are counted, not read. Default 1.
        first_row: Option<u64>,
        /// Lines that begin with one of these texts are no records: they are counted, not read.
        comment: Option<StringOrList>,
        /// Words that mean NULL beside the empty field.
        #[serde(default)]
        null_words: Vec<String>,
    },
    /// One JSON object per line; `from` is a path such as `customer.id` or `lines[0].sku`. Of a repeated key the last
    /// value counts; an object or array is its JSON text.
    Jsonl {
        /// WHATWG label or `auto`. Default utf-8.
        encoding: Option<String>,
        /// Words that mean NULL beside `null` and the empty text.
        #[serde(default)]
        null_words: Vec<String>,
    },
    /// A JSON document with an array of objects; `from` is a path within one of them, as in JSON lines. A record is
    /// known by its number, from 1. A document that is damaged or cut off is refused as a whole.
    Json {
        /// WHATWG label or `auto`. Default utf-8.
        encoding: Option<String>,
        /// Dotted path to the array of records, such as `data.items`. Default: the document is the array.
        records: Option<String>,
        /// Words that mean NULL beside `null` and the empty text.
        #[serde(default)]
        null_words: Vec<String>,
    },
    /// A workbook: `.xlsx`, `.xlsb`, `.xls` or `.ods`.
    Xlsx {
        /// Name of the sheet, or its number from 1, hidden ones counted. Default: the first.
        sheet: Option<String>,
        /// Whether a row names the columns. Default true; else `from` holds positions from 1. Where it stands again, it
        /// is counted, not read.
        header: Option<bool>,
        /// The row of the header, from 1. Default: the first that is not blank.
        header_row: Option<u64>,
        /// Rows that the header takes: a column's name is what they say, from top to bottom, a merged cell saying the
        /// same for each of its columns (known of `.xlsx` and `.xls`; where it would matter, others are refused), joined
        /// by a blank. Default 1.
        header_rows: Option<u64>,
        /// Rows whose first filled cell begins with one of these texts are no records: they are counted, not read.
        comment: Option<StringOrList>,
        /// Words that mean NULL beside the empty cell.
        #[serde(default)]
        null_words: Vec<String>,
    },
    /// Apache Parquet.
    Parquet {},
}

/// One column of a source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceColumn {
    /// Header names or JSON paths, in order of preference. Default: the column's own name.
    pub from: Option<StringOrList>,
    /// string, boolean, integer, bigint, double, decimal(p,s), date or timestamp.
    #[serde(rename = "type")]
    pub kind: String,
    /// How the texts are written, tried in order. Dates and time stamps: strptime (`%Y年%m月%d日`), `epoch_s`,
    /// `epoch_ms`, `epoch_us`, `excel` or `excel_1904`. Numbers: `1,234.56` (default), `1.234,56`, `1 234,56` or
    /// `1'234.56`, with `%` behind it for texts with a percent sign, which are worth a hundredth. Booleans: `yes/no` in
    /// the words of the file, instead of the usual ones. See docs/values.md.
    pub format: Option<StringOrList>,
    /// Zone of time stamps that carry no offset. Default: the pipeline's.
    pub zone: Option<String>,
    /// What a time is that the clocks of the zone skipped: `quarantine` (default) or `later`, as if they had been put
    /// forward after it.
    pub clock_gap: Option<ClockGap>,
    /// Which instant a time is that the clocks of the zone showed twice: `earlier` (default), `later` or `quarantine`.
    pub clock_overlap: Option<ClockOverlap>,
    /// Words that mean NULL in this column, beside those of the format; of a number or date that is no text, as it would
    /// be written: `-1`, `9999-12-31`.
    #[serde(default)]
    pub null_words: Vec<String>,
    /// A record without a value is quarantined; a file without the column is refused.
    #[serde(default)]
    pub required: bool,
    /// Whether files may lack the column without a word.
    #[serde(default)]
    pub optional: bool,
    /// Steps of cleaning, applied in order after trimming: half_width, lower, upper, digits, nfkc, clean_text, email, url_domain, person_name, company_name, country, region_cn, id_card_cn, id_card_cn_birth_date, id_card_cn_gender, phone(REGION), postcode(REGION), map(FILE). What each gives stands in docs/functions.md, for most are SQL functions too; REGION is an ISO 3166-1 alpha-2 code, `phone` and `postcode` alone mean CN. FILE is a CSV of two columns in the project, from and to: values are compared without case, width and surrounding blanks, and one that it does not have stays as it is. What another step cannot read is NULL: with `required: true` such a record is quarantined, without it the completeness of the column falls, and a second column `from` the same header keeps what was written.
    pub clean: Option<StringOrList>,
    /// Longest text allowed, in characters: Unicode scalar values.
    pub max_length: Option<usize>,
    /// Class of personal data: pii.name, pii.phone, pii.email, pii.address, pii.birth_date, pii.national_id, pii.account,
    /// pii.ip, pii.free_text or pii.other; `none` where a column only looks like it.
    pub class: Option<String>,
    /// One sentence for people.
    pub about: Option<String>,
    /// Tests of the column's values, of each key the latest version; all but `references`.
    #[serde(default)]
    pub tests: Vec<ColumnTest>,
}

/// A time that the clocks skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClockGap {
    /// The record is set aside.
    #[default]
    Quarantine,
    /// The offset before the change holds: the clock time comes out later.
    Later,
}

/// A time that the clocks showed twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClockOverlap {
    /// The first of the two instants.
    #[default]
    Earlier,
    /// The second.
    Later,
    /// The record is set aside.
    Quarantine,
}

/// What to do about records that cannot be read. They are always quarantined.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BadRows {
    /// Share of quarantined records above which the run fails. Default 0.01.
    pub fail_above: Option<f64>,
    /// Number of quarantined records above which the run fails, whatever their share.
    pub fail_above_rows: Option<u64>,
}

/// How old the newest of a source may be: `90m`, `36h`, `1d`, `2w`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Older is said in the summary.
    pub warn_after: Option<String>,
    /// Older fails the run before anything is published.
    pub error_after: Option<String>,
    /// Date or time stamp column whose newest value is held against the end of the logical date. Without it: the time
    /// at which the newest file was delivered, against the clock, on runs for the current day.
    pub column: Option<String>,
}

/// Releases that stay readable.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// At least this many. Default 5.
    pub releases: Option<usize>,
    /// And all of at most this age. Default 24.
    pub hours: Option<u64>,
}

/// One text or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringOrList(pub Vec<String>);

impl<'de> Deserialize<'de> for StringOrList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = StringOrList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(StringOrList(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<String>()? {
                    items.push(item);
                }
                Ok(StringOrList(items))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for StringOrList {
    fn schema_name() -> Cow<'static, str> {
        "StringOrList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}

//! From what is known of a column to what is proposed for it.

use super::moment::{self, Formats};
use super::number::{self, Clock};
use super::personal::personal;
use super::profile::{Profile, few};
use super::words::{BOOLEAN, BOOLEAN_PAIRS};

/// What a column of the source says, and what a person should look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub kind: String,
    pub formats: Vec<String>,
    /// Beside those of the format.
    pub null_words: Vec<String>,
    pub required: bool,
    pub clean: Option<&'static str>,
    pub class: Option<&'static str>,
    pub remarks: Vec<String>,
    /// Values that are not of the type.
    pub wrong: u64,
    /// Both ways to read the days, when the values do not say which is meant: the proposed and the other.
    pub either: Option<(String, String)>,
    /// Type and formats of the other numbers that the values read as.
    pub other_numbers: Option<(String, Vec<String>)>,
    /// The notation that the numbers are surely written in.
    pub notation: Option<&'static str>,
}

impl Proposal {
    fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }
}

/// `name` is the column's, `header` what the file calls it, `table` the source's name.
pub fn propose(name: &str, header: &str, table: &str, profile: &Profile, formats: &Formats) -> Proposal {
    let mut proposal = typed(name, header, profile, formats);
    let words: Vec<&str> = name.split('_').collect();
    let personal = personal(name, table, profile);
    proposal.class = personal.class;
    if proposal.kind == "string" {
        proposal.clean = personal.clean;
    } else if proposal.kind != "boolean" {
        proposal.null_words = profile.maybe_null_words.keys().cloned().collect();
    }
    let complete = profile.records > 0 && profile.values() == profile.records && proposal.null_words.is_empty();
    proposal.required = complete && !is_label(&words) && (is_identifier(&words) || matches!(words.last(), Some(&"no")));
    if proposal.wrong > 0 {
        let wrong = proposal.wrong;
        let (are, their) = if wrong == 1 { ("value is", "its record") } else { ("values are", "their records") };
        proposal.remarks.push(format!("{wrong} {are} not: {their} would be quarantined"));
    }
    if profile.values() == 0 {
        proposal.remarks.push("no value was seen: the type is a guess".to_owned());
    }
    proposal
}

fn typed(name: &str, header: &str, profile: &Profile, formats: &Formats) -> Proposal {
    let words: Vec<&str> = name.split('_').collect();
    if profile.values() == 0 {
        return Proposal::of(by_name_alone(&words));
    }
    if let Some(proposal) = boolean(&words, header, profile) {
        return proposal;
    }
    let values = profile.measured();
    let undated = values - profile.moments.values();
    if few(undated, values)
        && let Some(written) = profile.moments.written(formats)
        && (!written.packed || is_moment(&words))
    {
        let mut proposal = day_or_time(written, &words);
        proposal.wrong = undated;
        return proposal;
    }
    if let Some(clock) = profile.numbers.clock_of(values)
        && is_moment(&words)
    {
        return clock_of(clock, &words);
    }
    if !is_identifier(&words)
        && !is_label(&words)
        && let Some(written) = profile.numbers.written(values)
    {
        let mut proposal = number(&written, &words);
        proposal.wrong = values - profile.numbers.most();
        proposal.notation = profile.numbers.only();
        proposal.other_numbers = profile.numbers.either().map(|other| {
            let other = number(&other, &words);
            (other.kind, other.formats)
        });
        return proposal;
    }
    let mut proposal = Proposal::of("string");
    let nearly = |count: u64| count * 10 >= values * 9;
    if nearly(profile.moments.values()) && undated > 0 {
        proposal.remarks.push(format!("all but {undated} values are days or times"));
    } else if nearly(profile.numbers.most()) && !is_identifier(&words) && !is_label(&words) {
        let wrong = values - profile.numbers.most();
        if wrong > 0 {
            proposal.remarks.push(format!("all but {wrong} values are numbers"));
        }
    }
    proposal
}

fn by_name_alone(words: &[&str]) -> &'static str {
    match words.last() {
        Some(&"on" | &"date") => "date",
        Some(&"at") => "timestamp",
        _ if is_money(words) => "decimal(18,2)",
        _ => "string",
    }
}

fn boolean(words: &[&str], header: &str, profile: &Profile) -> Option<Proposal> {
    let seen: Vec<String> = profile.words.as_ref()?.iter().map(|word| word.to_lowercase()).collect();
    if seen.is_empty() || seen.len() > 2 {
        return None;
    }
    let asked = matches!(words.first(), Some(&"is" | &"has" | &"can")) || header.starts_with("是否");
    let of = |(yes, no): &(&str, &str)| seen.iter().all(|word| word == yes || word == no);
    if let Some((yes, _)) = BOOLEAN.iter().find(|pair| of(pair)) {
        // Ones and zeros are more often numbers; one word alone may be the first of many.
        let sure = *yes == "true" || asked || (seen.len() == 2 && *yes != "1");
        return sure.then(|| Proposal::of("boolean"));
    }
    let (yes, no) = BOOLEAN_PAIRS.iter().find(|pair| of(pair) && !pair.1.is_empty())?;
    let written = |word: &str| profile.words.iter().flatten().find(|seen| seen.to_lowercase() == word).cloned();
    let mut proposal = Proposal::of("boolean");
    let (yes, no) = (written(yes).unwrap_or((*yes).to_owned()), written(no).unwrap_or((*no).to_owned()));
    if seen.len() < 2 {
        proposal.remarks.push("only one of the two words was seen".to_owned());
    }
    proposal.formats = vec![format!("{yes}/{no}")];
    Some(proposal)
}

fn day_or_time(written: moment::Written, words: &[&str]) -> Proposal {
    let dated = matches!(words.last(), Some(&"on" | &"date" | &"day" | &"birthday"));
    let day = !written.timed || (written.midnight && !matches!(words.last(), Some(&"at" | &"time")));
    let mut proposal = Proposal::of(if day { "date" } else { "timestamp" });
    if written.midnight && day {
        proposal.remarks.push("the time is always midnight".to_owned());
    } else if dated && !day {
        proposal.remarks.push("with times of day".to_owned());
    }
    if let Some(other) = written.either {
        let first = written.formats.first().cloned().unwrap_or_default();
        proposal.either = Some((first, other));
    }
    if written.formats.len() > 1 {
        proposal.remarks.push("written in several ways".to_owned());
    }
    proposal.formats = written.formats;
    proposal
}

fn clock_of(clock: Clock, words: &[&str]) -> Proposal {
    let (kind, format) = match clock {
        Clock::EpochSeconds => ("timestamp", "epoch_s"),
        Clock::EpochMillis => ("timestamp", "epoch_ms"),
        Clock::EpochMicros => ("timestamp", "epoch_us"),
        Clock::Serial if matches!(words.last(), Some(&"at" | &"time")) => ("timestamp", "excel"),
        Clock::Serial => ("date", "excel"),
    };
    Proposal { formats: vec![format.to_owned()], ..Proposal::of(kind) }
}

fn number(written: &number::Written, words: &[&str]) -> Proposal {
    let mut proposal = if written.fraction == 0 && !is_money(words) && !written.percent {
        Proposal::of(match written.whole {
            _ if written.small => "integer",
            0..=18 => "bigint",
            _ => "decimal(38,0)",
        })
    } else {
        // A percentage is a hundredth of what is written.
        let scale = written.fraction.max(2) + if written.percent { 2 } else { 0 };
        let whole = written.whole + 3;
        if scale > 12 || written.exponent {
            Proposal::of("double")
        } else {
            Proposal::of(format!("decimal({},{scale})", if whole + scale <= 18 { 18 } else { 38 }))
        }
    };
    if let Some(notation) = written.notation {
        proposal.formats = vec![format!("{notation}{}", if written.percent { "%" } else { "" })];
    }
    proposal
}

/// Texts, whatever they are made of: nobody adds up numbers of customers.
fn is_identifier(words: &[&str]) -> bool {
    matches!(words.last(), Some(&"id" | &"ids" | &"key" | &"code" | &"sku" | &"uuid" | &"guid" | &"number" | &"ref"))
}

/// Digits that count nothing.
fn is_label(words: &[&str]) -> bool {
    const LABELS: [&str; 16] = [
        "phone", "mobile", "tel", "fax", "landline", "zip", "postcode", "postal", "ip", "account", "barcode", "card",
        "version", "name", "ean", "isbn",
    ];
    words.iter().any(|word| LABELS.contains(word)) || (words.last() == Some(&"no") && words.first() != Some(&"line"))
}

fn is_money(words: &[&str]) -> bool {
    const MONEY: [&str; 14] = [
        "amount", "price", "cost", "revenue", "subtotal", "tax", "discount", "budget", "fee", "salary", "income",
        "balance", "freight", "spent",
    ];
    let counted = words.iter().any(|word| matches!(*word, "count" | "quantity" | "qty" | "number" | "units"));
    !counted && (words == ["total"] || words.iter().any(|word| MONEY.contains(&word.trim_end_matches('s'))))
}

fn is_moment(words: &[&str]) -> bool {
    const MOMENTS: [&str; 16] = [
        "date",
        "time",
        "at",
        "on",
        "day",
        "timestamp",
        "ts",
        "created",
        "updated",
        "modified",
        "datetime",
        "birthday",
        "since",
        "until",
        "start",
        "end",
    ];
    words.iter().any(|word| MOMENTS.contains(word))
}

//! From texts to a [`Project`]: every problem at once.

mod cleaning;
mod comparing;
mod contracts;
mod formats;
mod freshness;
mod links;
mod matching;
mod privacy;
mod quality;
mod sources;
mod test_links;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use indexmap::IndexMap;

pub use self::cleaning::mapped_file;
use super::vars::{Param, ParamValue};
use super::{Project, SourcePlaces, graph};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics, Place, SourceText};
use crate::location::{self, Location};
use crate::names::{Layer, Name, TableName, nearest};
use crate::spec::{self, Document};

/// What was read from disk.
pub struct Texts {
    pub pipeline: Document<spec::Pipeline>,
    pub contracts: Vec<Document<spec::Contract>>,
    pub sql: Vec<Arc<SourceText>>,
    pub mappings: Mappings,
    /// Files that match stages name: decisions and labels.
    pub matched: Mappings,
}

/// Files that the pipeline names, such as those of `clean: map(…)`, by the path as it is written there, or why one cannot be read.
pub type Mappings = BTreeMap<String, Result<Arc<SourceText>, String>>;

/// What the command line and the environment say differently.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub target: Option<String>,
    pub vars: BTreeMap<String, String>,
    pub environment: BTreeMap<String, String>,
}

pub fn resolve(texts: &Texts, overrides: &Overrides) -> Result<Project, Diagnostics> {
    let mut resolver = Resolver {
        doc: &texts.pipeline,
        mappings: &texts.mappings,
        matched: &texts.matched,
        found: Diagnostics::default(),
        broken: BTreeSet::new(),
        broken_params: BTreeSet::new(),
    };
    let project = resolver.project(texts, overrides);
    match project {
        Some(project) if !resolver.found.has_errors() => Ok(project),
        _ => Err(resolver.found.sorted()),
    }
}

struct Resolver<'a> {
    doc: &'a Document<spec::Pipeline>,
    mappings: &'a Mappings,
    matched: &'a Mappings,
    found: Diagnostics,
    /// What is there but wrong: that was said once, and not again by everything that names it.
    broken: BTreeSet<TableName>,
    broken_params: BTreeSet<String>,
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
        let mut source_places = IndexMap::new();
        let mut source_tests = IndexMap::new();
        for (text, written) in &yaml.sources {
            let name = self.name(text, doc.key_place(&["sources", text]));
            let source = self.source(text, written, timezone.unwrap_or(Tz::UTC));
            if let (Some(name), None) = (&name, &source) {
                self.broken.insert(TableName::new(Layer::Raw, name.clone()));
            }
            if let Some((name, source)) = name.zip(source) {
                let at = |key: &str| doc.place(&["sources", text, key]);
                let places = SourcePlaces {
                    path: at("path"),
                    order_by: at("order_by"),
                    deleted_when: at("deleted_when"),
                    keep_when: at("keep_when"),
                    feeds: at("feeds"),
                    freshness: at("freshness"),
                };
                source_places.insert(name.clone(), places);
                if let Some(tests) = self.source_tests(text, written, &source) {
                    source_tests.insert(name.clone(), tests);
                }
                sources.insert(name, source);
            }
        }
        let mut matching = IndexMap::new();
        for (text, stage) in &yaml.matching {
            if let Some(stage) = self.matching(text, stage) {
                matching.insert(stage.name.clone(), stage);
            }
        }
        self.match_tables(&matching);
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
        let privacy = self.privacy(overrides);
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
            source_places,
            source_tests,
            matching,
            core,
            marts,
            models,
            params,
            order: Vec::new(),
            keep_releases: retention.and_then(|r| r.releases).unwrap_or(5).max(1),
            keep_hours: retention.and_then(|r| r.hours).unwrap_or(24),
            privacy,
        };
        self.links(&project);
        self.test_links(&project);
        match graph::order(&project.models, &links::dependencies(&project)) {
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
                Ok(text) => match Location::parse(&text) {
                    Ok(_) => Some(text),
                    Err(refused) => {
                        let message = format!("`{key}` of the storage cannot be used: {}", refused.reason);
                        let diagnostic = Diagnostic::error("S0184", message).help(location::FORMS);
                        // Its line is not quoted when it may hold a password.
                        let secret = special.unwrap_or(default).contains(['@', '?']);
                        self.found.push(match secret {
                            true => diagnostic.in_file(&self.doc.source.path),
                            false => diagnostic.at_place(Some(place)),
                        });
                        None
                    }
                },
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
            } else {
                self.broken_params.insert((*text).clone());
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

//! Data tests.

use super::Resolver;
use super::test_links::PUBLISHED;
use crate::column::ColumnType;
use crate::diag::{Place, SourceText};
use crate::model::Model;
use crate::names::{Layer, Name, TableName};
use crate::project::{Change, Column, ColumnRule, ColumnTest, Key, Source, Table, TableRule, TableTest};
use crate::spec::{self, Document, Severity};

impl Resolver<'_> {
    pub(super) fn column_tests<T>(
        &mut self,
        doc: &Document<T>,
        [section, table, column]: [&str; 3],
        yaml: &[spec::ColumnTest],
        kind: ColumnType,
    ) -> Vec<ColumnTest> {
        let mut tests = Vec::with_capacity(yaml.len());
        for (index, test) in yaml.iter().enumerate() {
            let index = index.to_string();
            let at = |key: &str| doc.place(&[section, table, "columns", column, "tests", &index, test.key(), key]);
            let place = at("");
            let (rule, severity) = match test {
                spec::ColumnTest::NotNull(with) => (Some(ColumnRule::NotNull), with.severity),
                spec::ColumnTest::Unique(with) => (Some(ColumnRule::Unique), with.severity),
                spec::ColumnTest::OneOf(with) => (Some(ColumnRule::OneOf(with.values.clone())), with.severity),
                spec::ColumnTest::Range(with) => {
                    let (min, max) = (with.min, with.max);
                    if min.is_none() && max.is_none() || min > max && max.is_some() {
                        self.error(
                            "S0174",
                            format!("the range of `{column}` has no value"),
                            place.clone(),
                            Some("give it `min`, `max` or both, the lesser first".to_owned()),
                        );
                    }
                    (Some(ColumnRule::Range { min, max }), with.severity)
                }
                spec::ColumnTest::Matches(with) => (self.pattern(&with.pattern, at("pattern")), with.severity),
                spec::ColumnTest::References(with) => (self.referenced(&with.to, at("to")), with.severity),
                spec::ColumnTest::Freshness(ages) => {
                    let named = format!("`{column}`");
                    let ages = self.ages(&named, ages.warn_after.as_deref(), ages.error_after.as_deref(), &at);
                    (ages.map(ColumnRule::Freshness), Severity::Error)
                }
            };
            let Some(rule) = rule else { continue };
            let fits = match &rule {
                ColumnRule::Range { .. } => matches!(
                    kind,
                    ColumnType::Integer | ColumnType::Bigint | ColumnType::Double | ColumnType::Decimal { .. }
                ),
                ColumnRule::Matches(_) => kind == ColumnType::String,
                ColumnRule::Freshness(_) => matches!(kind, ColumnType::Date | ColumnType::Timestamp),
                _ => true,
            };
            if !fits {
                let needs = match &rule {
                    ColumnRule::Range { .. } => "numbers",
                    ColumnRule::Matches(_) => "texts",
                    _ => "dates and time stamps",
                };
                self.error(
                    "S0177",
                    format!("`{column}` is {kind}, `{}` tests {needs}", rule.name()),
                    place,
                    Some("`expression` of the table's tests can say anything that SQL can".to_owned()),
                );
                continue;
            }
            tests.push(ColumnTest { rule, fails_run: severity == Severity::Error, place });
        }
        tests
    }

    fn pattern(&mut self, pattern: &str, place: Place) -> Option<ColumnRule> {
        let problem = match regex_syntax::parse(pattern) {
            Ok(_) => return Some(ColumnRule::Matches(pattern.to_owned())),
            Err(regex_syntax::Error::Parse(error)) => (error.kind().to_string(), *error.span()),
            Err(regex_syntax::Error::Translate(error)) => (error.kind().to_string(), *error.span()),
            Err(other) => {
                self.error("S0175", format!("this pattern is not a regular expression: {other}"), place, None);
                return None;
            }
        };
        let (sentence, span) = problem;
        let at = pattern.get(..span.start.offset).map_or(0, |before| before.chars().count()) + 1;
        let message = format!("this pattern is not a regular expression: {sentence}, at its character {at}");
        let help = "in YAML a backslash stands as it is in single quotes, and doubled in double quotes";
        self.error("S0175", message, place, Some(help.to_owned()));
        None
    }

    /// `table.column` of a core table, or with its layer.
    fn referenced(&mut self, text: &str, place: Place) -> Option<ColumnRule> {
        let (table, column) = text.rsplit_once('.').unwrap_or((text, ""));
        let table = match Name::new(table) {
            Ok(name) => Some(TableName::new(Layer::Core, name)),
            Err(_) => TableName::parse(table).filter(|table| PUBLISHED.contains(&table.layer)),
        };
        let found = table.zip(Name::new(column).ok());
        if found.is_none() {
            let message = format!("`{text}` is not a column of a core table or mart");
            self.error("S0176", message, place, Some("write `table.column`, such as `product.product_id`".to_owned()));
        }
        found.map(|(table, column)| ColumnRule::References { table, column })
    }

    pub(super) fn table_tests<T>(
        &mut self,
        doc: &Document<T>,
        [section, table]: [&str; 2],
        yaml: &[spec::TableTest],
    ) -> Vec<TableTest> {
        let mut tests = Vec::with_capacity(yaml.len());
        for (index, test) in yaml.iter().enumerate() {
            let index = index.to_string();
            let at = |key: &str| doc.place(&[section, table, "tests", &index, key]);
            let Some(name) = self.name(&test.name, at("name")) else { continue };
            let (rule, place) = match (&test.expression, &test.sql, &test.row_count_change) {
                (Some(expression), None, None) => (TableRule::Expression(expression.clone()), at("expression")),
                (None, Some(sql), None) => {
                    let Some(model) = self.offenders(&name, [section, table], sql, &at("sql")) else { continue };
                    (TableRule::Query(Box::new(model)), at("sql"))
                }
                (None, None, Some(change)) => {
                    let place = at("row_count_change");
                    let Some(change) = self.change(&name, change, test.severity, place.clone()) else { continue };
                    (TableRule::RowCountChange(change), place)
                }
                _ => {
                    let help = "write `expression`, `sql` or `row_count_change`; a second test for a second one";
                    let message = format!("the test `{name}` of `{table}` says not one thing to test");
                    self.error("S0174", message, at("name"), Some(help.to_owned()));
                    continue;
                }
            };
            let fails_run = test.severity.unwrap_or_default() == Severity::Error;
            tests.push(TableTest { name, rule, fails_run, place });
        }
        tests
    }

    fn change(
        &mut self,
        name: &Name,
        yaml: &spec::RowCountChange,
        severity: Option<Severity>,
        place: Place,
    ) -> Option<Change> {
        let spec::RowCountChange { warn_drop, error_drop, warn_growth, error_growth } = *yaml;
        let mut given = [warn_drop, error_drop, warn_growth, error_growth].into_iter().flatten().peekable();
        let problem = if severity.is_some() {
            Some("its shares say which is a warning and which an error: leave `severity` out")
        } else if given.peek().is_none() {
            Some("give it one of warn_drop, error_drop, warn_growth and error_growth")
        } else if given.any(|share| !share.is_finite() || share < 0.0) {
            Some("a share is a number from 0 on: 0.1 is a tenth")
        } else if [warn_drop, error_drop].into_iter().flatten().any(|share| share >= 1.0) {
            Some("a table cannot lose more than all of its rows: write a share below 1")
        } else {
            None
        };
        if let Some(help) = problem {
            let message = format!("the `row_count_change` of the test `{name}` cannot be held against anything");
            self.error("S0174", message, place, Some(help.to_owned()));
            return None;
        }
        Some(Change { warn_drop, error_drop, warn_growth, error_growth })
    }

    /// A query of a test is a model that nobody reads: what is wrong with it is said where the test stands.
    fn offenders(&mut self, name: &Name, [section, table]: [&str; 2], sql: &str, place: &Place) -> Option<Model> {
        // A source's query is refused later, for what it is.
        let layer = Layer::parse(section).unwrap_or(Layer::Raw);
        let own = TableName::new(layer, Name::new(table).ok()?);
        match Model::parse(own, &SourceText::new(&place.source.path, sql)) {
            Ok(model) => Some(model),
            Err(problems) => {
                for problem in problems.iter() {
                    let message = format!("test `{name}` of `{table}`: {}", problem.message);
                    self.error(problem.code, message, place.clone(), problem.help.clone());
                }
                None
            }
        }
    }

    /// The tests of a source as those of a table, when there are any. Records are known by their key.
    pub(super) fn source_tests(&mut self, text: &str, yaml: &spec::Source, source: &Source) -> Option<Table> {
        let doc = self.doc;
        let mut columns = Vec::with_capacity(source.columns.len());
        for column in &source.columns {
            let name = column.name.as_str();
            let written = yaml.columns.get(name).map(|column| column.tests.as_slice()).unwrap_or_default();
            let tests = self.column_tests(doc, ["sources", text, name], written, column.kind);
            let place = doc.key_place(&["sources", text, "columns", name]);
            columns.push(Column {
                name: column.name.clone(),
                kind: column.kind,
                about: String::new(),
                tests,
                class: None,
                policy: None,
                place,
            });
        }
        let tests = self.table_tests(doc, ["sources", text], &yaml.tests);
        let mut beyond: Vec<Place> = Vec::new();
        for test in columns.iter().flat_map(|column| &column.tests) {
            beyond.extend(matches!(test.rule, ColumnRule::References { .. }).then(|| test.place.clone()));
        }
        for test in &tests {
            beyond.extend((!matches!(test.rule, TableRule::Expression(_))).then(|| test.place.clone()));
        }
        for place in beyond {
            let message = format!("tests of source `{text}` look at its own records alone");
            let help = "test the core table or mart that is made of them".to_owned();
            self.error("S0174", message, place, Some(help));
        }
        let grain = if let Key::Columns(names) = &source.key { names.clone() } else { Vec::new() };
        let some = !tests.is_empty() || columns.iter().any(|column| !column.tests.is_empty());
        let place = doc.key_place(&["sources", text]);
        some.then(|| Table {
            name: source.name.clone(),
            about: String::new(),
            grain,
            partition_by: None,
            columns,
            tests,
            place,
        })
    }
}

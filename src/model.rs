//! One SQL file: what it makes, what it reads, which run parameters it takes. Nothing is planned here.

mod expression;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::diag::{Diagnostic, Diagnostics, SourceText, Span};
use crate::names::{Layer, Name, TableName, nearest};

pub use expression::columns_of;

#[derive(Clone, Debug)]
pub struct Model {
    pub table: TableName,
    pub source: Arc<SourceText>,
    /// The first comment line: "One row per …".
    pub grain_sentence: Option<String>,
    /// Tables read, with the place of the first mention.
    pub reads: BTreeMap<TableName, Span>,
    /// Run parameters, with the place of the first mention.
    pub params: BTreeMap<String, Span>,
}

/// Table functions that make rows out of nothing but their arguments.
const TABLE_FUNCTIONS: [&str; 3] = ["generate_series", "range", "unnest"];

impl Model {
    /// The table a file makes: its layer is the folder below `sql/`, its name the file's.
    pub fn table_of(path: &std::path::Path) -> Result<TableName, Diagnostic> {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let layer = parts.iter().rev().skip(1).find_map(|part| {
            Layer::parse(part)
                .filter(|layer| matches!(layer, Layer::Staging | Layer::Core | Layer::Work | Layer::Marts))
        });
        let Some(layer) = layer else {
            return Err(Diagnostic::error("S0201", "this model lies in no layer")
                .in_file(path)
                .help("put it below a folder named staging, core, work or marts"));
        };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let name = Name::new(stem).map_err(|bad| {
            Diagnostic::error("S0202", format!("the file name of a model is the name of its table: {bad}"))
                .in_file(path)
        })?;
        Ok(TableName::new(layer, name))
    }

    pub fn parse(table: TableName, source: &Arc<SourceText>) -> Result<Self, Diagnostics> {
        let tokens = tokens(source)?;
        let statement = single_query(source)?;
        let mut problems = Diagnostics::default();
        let mut reads = BTreeMap::new();
        let (relations, _) = resolve_table_references(&statement, true)
            .map_err(|error| Diagnostic::error("S0200", error.to_string()).in_file(&source.path))?;
        for relation in relations {
            let (schema, name) = (relation.schema().unwrap_or_default(), relation.table());
            if schema.is_empty() && TABLE_FUNCTIONS.contains(&name) {
                continue;
            }
            let span = mention(&tokens, schema, name);
            let table = Layer::parse(schema).zip(Name::new(name).ok()).map(|(layer, name)| TableName { layer, name });
            match table {
                Some(table) if relation.catalog().is_none() => {
                    reads.insert(table, span);
                }
                _ if schema.is_empty() => problems.push(
                    Diagnostic::error("S0203", format!("table `{name}` has no layer"))
                        .at(source, span)
                        .label("neither a CTE of this model nor `layer.table`")
                        .help(format!("write the layer, such as `core.{name}` or `staging.{name}`")),
                ),
                _ => problems.push(
                    Diagnostic::error("S0203", format!("`{relation}` is not a table that a model can read"))
                        .at(source, span)
                        .label("no such layer")
                        .maybe_help(
                            nearest(schema, Layer::ALL.map(Layer::as_str))
                                .map(|near| format!("did you mean `{near}.{name}`?")),
                        ),
                ),
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let mut params = BTreeMap::new();
        for (token, span) in &tokens {
            if let Token::Placeholder(text) = token {
                params.entry(text.trim_start_matches('$').to_owned()).or_insert(*span);
            }
        }
        let grain_sentence =
            source.text.lines().next().and_then(|line| line.strip_prefix("--")).map(|line| line.trim().to_owned());
        Ok(Self { table, source: Arc::clone(source), grain_sentence, reads, params })
    }

    /// Where a word stands first, for problems that the planner names without a place.
    pub fn find(&self, word: &str) -> Option<Span> {
        let tokens = tokens(&self.source).ok()?;
        tokens.iter().find(|(token, _)| is_word(token, word)).map(|(_, span)| *span)
    }
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.value.eq_ignore_ascii_case(text))
}

fn mention(tokens: &[(Token, Span)], schema: &str, name: &str) -> Span {
    let found = tokens.windows(3).find_map(|window| match window {
        [(first, start), (Token::Period, _), (second, end)]
            if !schema.is_empty() && is_word(first, schema) && is_word(second, name) =>
        {
            Some(Span { length: (end.column + end.length).saturating_sub(start.column), ..*start })
        }
        _ => None,
    });
    found.or_else(|| tokens.iter().find(|(token, _)| is_word(token, name)).map(|(_, span)| *span)).unwrap_or(Span {
        line: 1,
        column: 1,
        length: 1,
    })
}

fn tokens(source: &Arc<SourceText>) -> Result<Vec<(Token, Span)>, Diagnostic> {
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, &source.text).tokenize_with_location().map_err(|error| {
        let span = Span { line: whole(error.location.line), column: whole(error.location.column), length: 1 };
        Diagnostic::error("S0200", format!("this SQL cannot be read: {}", error.message)).at(source, span)
    })?;
    let spans = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).map(|token| {
        let start = token.span.start;
        let length =
            if token.span.end.line == start.line { token.span.end.column.saturating_sub(start.column) } else { 1 };
        (token.token, Span { line: whole(start.line), column: whole(start.column), length: whole(length).max(1) })
    });
    Ok(spans.collect())
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn single_query(source: &Arc<SourceText>) -> Result<Statement, Diagnostic> {
    use datafusion::sql::sqlparser::ast::Statement as Sql;
    let mut statements = DFParser::parse_sql(&source.text).map_err(|error| {
        let text = error.strip_backtrace();
        let sentence =
            text.rsplit_once("ParserError(\"").map_or(text.as_str(), |(_, rest)| rest.trim_end_matches("\")"));
        let (sentence, at) = split_location(sentence.trim_start_matches("SQL error: "));
        Diagnostic::error("S0200", format!("this SQL cannot be read: {sentence}"))
            .at(source, at.unwrap_or(Span { line: 1, column: 1, length: 1 }))
    })?;
    let first = statements.pop_front();
    match (first, statements.is_empty()) {
        (Some(statement), true) => {
            if let Statement::Statement(inner) = &statement
                && matches!(**inner, Sql::Query(_))
            {
                return Ok(statement);
            }
            Err(Diagnostic::error("S0210", "a model is one query: it cannot write, set or define anything")
                .in_file(&source.path)
                .help("start with `select` or `with`"))
        }
        (None, _) => {
            Err(Diagnostic::error("S0210", "this model is empty").in_file(&source.path).help("write one query"))
        }
        (Some(_), false) => Err(Diagnostic::error("S0210", "a model is one query, this file has several statements")
            .in_file(&source.path)
            .help("one file makes one table: split it")),
    }
}

/// Takes ` at Line: 3, Column: 9` off the end of a parser's sentence.
fn split_location(sentence: &str) -> (&str, Option<Span>) {
    let Some((text, place)) = sentence.rsplit_once(" at Line: ") else { return (sentence, None) };
    let mut numbers = place.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<usize>().ok());
    let span = numbers.next().zip(numbers.next()).map(|(line, column)| Span { line, column, length: 1 });
    (text, span)
}

//! An SQL expression over the columns of one table: what it reads. Nothing is planned here.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::split_location;

/// The columns that an expression names, each once, in the order of their first mention; or why it is no expression.
pub fn columns_of(sql: &str) -> Result<Vec<String>, String> {
    let said = |error: datafusion::sql::sqlparser::parser::ParserError| {
        let text = error.to_string();
        split_location(text.trim_start_matches("sql parser error: ")).0.to_owned()
    };
    let mut parser = Parser::new(&GenericDialect {}).try_with_sql(sql).map_err(said)?;
    let expression = parser.parse_expr().map_err(said)?;
    let rest = parser.peek_token().token;
    if rest != Token::EOF {
        return Err(format!("it ends before `{rest}`"));
    }
    let mut columns: Vec<String> = Vec::new();
    let mut add = |ident: &Ident| {
        let name = if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() };
        if !columns.contains(&name) {
            columns.push(name);
        }
    };
    let refused = visit_expressions(&expression, |inner| {
        match inner {
            Expr::Identifier(ident) => add(ident),
            Expr::CompoundIdentifier(parts) => {
                let written: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
                return ControlFlow::Break(format!("`{}`: its columns are named without a table", written.join(".")));
            }
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => {
                return ControlFlow::Break("it has a query of its own".to_owned());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    match refused {
        ControlFlow::Break(reason) => Err(reason),
        ControlFlow::Continue(()) => Ok(columns),
    }
}

#[cfg(test)]
mod tests {
    use super::columns_of;

    #[test]
    fn columns_are_named_once_and_as_the_engine_reads_them() {
        let columns = |sql| columns_of(sql).expect("an expression");
        assert_eq!(columns("email"), ["email"]);
        assert_eq!(columns("Substr(City, 1, 3) || city"), ["city"]);
        assert_eq!(columns("date_part('year', birth_date)"), ["birth_date"]);
        assert_eq!(columns("case when \"Kind\" = 'x' then phone else left(email, 3) end"), ["Kind", "phone", "email"]);
        assert_eq!(columns("cast(postcode as varchar) is not null and 'a' = \"b\""), ["postcode", "b"]);
        assert!(columns("'always'").is_empty());
    }

    #[test]
    fn what_is_no_expression_over_columns_is_said() {
        assert!(columns_of("lower(email").is_err());
        assert!(columns_of("").is_err());
        assert_eq!(columns_of("email, phone"), Err("it ends before `,`".to_owned()));
        assert_eq!(columns_of("email; drop table x"), Err("it ends before `;`".to_owned()));
        let compound = "`core.email`: its columns are named without a table".to_owned();
        assert_eq!(columns_of("lower(core.email)"), Err(compound));
        assert_eq!(columns_of("(select 1)"), Err("it has a query of its own".to_owned()));
        assert_eq!(columns_of("email in (select 'a')"), Err("it has a query of its own".to_owned()));
    }
}

//! `septet schema`.

use super::arguments::{Global, SchemaArguments, SchemaCommand, SchemaOf};
use super::{End, infer, printing};
use crate::spec;

pub fn schema(global: &Global, arguments: &SchemaArguments) -> Result<End, End> {
    if let Some(SchemaCommand::Infer(arguments)) = &arguments.command {
        return infer::infer(global, arguments);
    }
    let text = match arguments.of {
        SchemaOf::Pipeline => serde_json::to_string_pretty(&spec::pipeline_schema()).unwrap_or_default(),
        SchemaOf::Contract => serde_json::to_string_pretty(&spec::contract_schema()).unwrap_or_default(),
        SchemaOf::Reference => spec::reference(),
    };
    printing::out(&format!("{}\n", text.trim_end()));
    Ok(End::Done)
}

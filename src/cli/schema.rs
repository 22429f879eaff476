//! `septet schema`.

use super::arguments::{SchemaArguments, SchemaOf};
use super::{End, printing};
use crate::spec;

pub fn schema(arguments: &SchemaArguments) -> Result<End, End> {
    let text = match arguments.of {
        SchemaOf::Pipeline => serde_json::to_string_pretty(&spec::pipeline_schema()).unwrap_or_default(),
        SchemaOf::Contract => serde_json::to_string_pretty(&spec::contract_schema()).unwrap_or_default(),
        SchemaOf::Reference => spec::reference(),
    };
    printing::out(&format!("{}\n", text.trim_end()));
    Ok(End::Done)
}

//! `septet completions SHELL`.

use clap::CommandFactory as _;

use super::arguments::{Cli, CompletionsArguments};
use super::{End, printing};

pub fn completions(arguments: &CompletionsArguments) -> Result<End, End> {
    let mut bytes = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "septet", &mut bytes);
    printing::out(&String::from_utf8_lossy(&bytes));
    Ok(End::Done)
}

//! The command line: one file per command, printing, exit codes.

mod arguments;
mod catalogue;
mod check;
mod completions;
mod explain;
mod gc;
mod generate;
mod infer;
mod init;
mod load;
mod ls;
mod printing;
mod progress;
mod quarantine;
mod query;
mod rollback;
mod run;
mod runs;
mod schema;
mod select;
mod show;

use std::process::ExitCode;

use clap::Parser as _;

use crate::diag::Diagnostics;
use crate::ingest;
use crate::run::{Class, Error};

pub use arguments::{Cli, Command, Global};

/// Exit code of an interrupted run: 128 and the signal.
pub enum End {
    Done,
    /// Nothing new, and the caller asked to be told so.
    Code(u8),
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        End::Failed(error)
    }
}

impl From<Diagnostics> for End {
    fn from(diagnostics: Diagnostics) -> Self {
        End::Failed(diagnostics.into())
    }
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not mistakes.
            let code = if error.use_stderr() { Class::Usage.exit_code() } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    printing::logging(&cli.global);
    // What a panic says can hold the value that it fell over.
    std::panic::set_hook(Box::new(|info| {
        if ingest::guarded() {
            return;
        }
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        eprintln!("error[S0499]: the program broke off{place}; please report this");
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cli.global.threads()).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error[S0400]: the program could not start: {error}");
            return ExitCode::from(Class::Transient.exit_code());
        }
    };
    let end = runtime.block_on(dispatch(&cli));
    // Work that was dropped may still be on a blocking thread; it has been told to stop.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match end {
        End::Done => ExitCode::SUCCESS,
        End::Code(code) => ExitCode::from(code),
        End::Failed(error) => {
            printing::error(&cli.global, &error);
            ExitCode::from(error.class.exit_code())
        }
    }
}

async fn dispatch(cli: &Cli) -> End {
    let global = &cli.global;
    let result = match &cli.command {
        Command::Run(arguments) => run::run(global, arguments).await,
        Command::Check(arguments) => check::check(global, arguments).await,
        Command::Show(arguments) => show::show(global, arguments).await,
        Command::Explain(arguments) => explain::explain(global, arguments).await,
        Command::Query(arguments) => query::query(global, arguments).await,
        Command::Quarantine(arguments) => quarantine::quarantine(global, arguments),
        Command::Ls(arguments) => ls::ls(global, arguments).await,
        Command::Runs(arguments) => runs::runs(global, arguments).await,
        Command::Rollback(arguments) => rollback::rollback(global, arguments).await,
        Command::Gc(arguments) => gc::gc(global, arguments).await,
        Command::Init(arguments) => init::init(global, arguments),
        Command::Generate(arguments) => generate::generate(global, arguments),
        Command::Schema(arguments) => schema::schema(global, arguments),
        Command::Completions(arguments) => completions::completions(arguments),
    };
    result.unwrap_or_else(|end| end)
}

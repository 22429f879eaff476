//! Every flag, with its twin in the environment. Flag before environment before file.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::observe::machine;

/// A CRM data warehouse in one binary: raw exports in, verified 7P marts out.
#[derive(Debug, Parser)]
#[command(name = "septet", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build what changed, audit it, publish one release
    Run(RunArguments),
    /// Find everything that can be known to be wrong without reading data
    Check(PipelineArguments),
    /// First rows of a published table or of a model, computed now
    Show(ShowArguments),
    /// Why two records are one entity, or are not: what each comparison says, or in general how much it says
    Explain(ExplainArguments),
    /// Ask a release in SQL: `select * from tier_table`
    Query(QueryArguments),
    /// Records that could not be read, and rows that fail a data test
    Quarantine(QuarantineArguments),
    /// List sources, models and marts
    Ls(LsArguments),
    /// History of releases
    Runs(RunsArguments),
    /// Publish the content of an earlier release as a new one
    Rollback(RollbackArguments),
    /// Remove old releases and what dead runs left
    Gc(GcArguments),
    /// A new project from a template
    Init(InitArguments),
    /// Make sample CRM exports of any size
    Generate(GenerateArguments),
    /// JSON schema of the YAML, for editors; `schema infer FILE` proposes a source's YAML
    Schema(SchemaArguments),
    /// Completions for a shell
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
pub struct Global {
    /// Folder of the project
    #[arg(long, global = true, env = "SEPTET_PROJECT_DIR", default_value = ".", help_heading = "Everywhere")]
    pub project_dir: PathBuf,
    /// Which of the pipeline's targets
    #[arg(long, global = true, env = "SEPTET_TARGET", help_heading = "Everywhere")]
    pub target: Option<String>,
    /// A declared variable: `--var rfm_scoring=ntile`
    #[arg(long, global = true, value_name = "NAME=VALUE", help_heading = "Everywhere")]
    pub var: Vec<String>,
    /// Declared variables as one JSON object
    #[arg(long, global = true, env = "SEPTET_VARS", value_name = "JSON", help_heading = "Everywhere")]
    pub vars: Option<String>,
    /// The day the marts are about (`as_of`), inclusive
    #[arg(long, global = true, env = "SEPTET_LOGICAL_DATE", value_name = "YYYY-MM-DD", help_heading = "Everywhere")]
    pub logical_date: Option<NaiveDate>,
    /// Queries worked on at once, and threads each may use; all processors when not said
    #[arg(long, global = true, env = "SEPTET_THREADS", value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "Everywhere")]
    pub threads: Option<u16>,
    /// Memory that queries may hold before they spill: `2GB`, `512MiB`, `60%`
    #[arg(long, global = true, env = "SEPTET_MEMORY_LIMIT", default_value = "60%", value_parser = memory_limit, help_heading = "Everywhere")]
    pub memory_limit: u64,
    /// Name of the run in files and logs; made from the clock when not said
    #[arg(long, global = true, env = "SEPTET_RUN_ID", help_heading = "Everywhere")]
    pub run_id: Option<String>,
    /// Folder for what runs keep between them; beside the marts when not said
    #[arg(long, global = true, env = "SEPTET_STATE", help_heading = "Everywhere")]
    pub state: Option<PathBuf>,
    /// How progress and messages are written to stderr
    #[arg(long, global = true, env = "SEPTET_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, help_heading = "Everywhere")]
    pub log_format: LogFormat,
    /// error, warn, info or debug; nothing below, since libraries print rows there
    #[arg(long, global = true, env = "SEPTET_LOG_LEVEL", default_value = "warn", help_heading = "Everywhere")]
    pub log_level: String,
    /// How results are written to stdout
    #[arg(long, global = true, env = "SEPTET_OUTPUT", value_enum, default_value_t = Output::Text, help_heading = "Everywhere")]
    pub output: Output,
    /// Only errors and the last line
    #[arg(long, short, global = true, env = "SEPTET_QUIET", help_heading = "Everywhere")]
    pub quiet: bool,
    /// No colours
    #[arg(long, global = true, env = "SEPTET_NO_COLOR", help_heading = "Everywhere")]
    pub no_color: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, Args)]
pub struct PipelineArguments {
    /// Name of a pipeline in pipelines/, or the path of its file
    #[arg(env = "SEPTET_PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    pub pipeline: PipelineArguments,
    /// Only these tables: `customer_profile`, `core.sale+`, `+tier_table`, `source:crm_orders+`
    #[arg(long, short, env = "SEPTET_SELECT")]
    pub select: Option<String>,
    /// But not these
    #[arg(long, env = "SEPTET_EXCLUDE")]
    pub exclude: Option<String>,
    /// Build everything, whatever is unchanged
    #[arg(long, env = "SEPTET_FULL_REFRESH")]
    pub full_refresh: bool,
    /// Stop at the first table that cannot be built
    #[arg(long, env = "SEPTET_FAIL_FAST")]
    pub fail_fast: bool,
    /// Run for every month end from this day on
    #[arg(long, env = "SEPTET_START", value_name = "YYYY-MM-DD", requires = "end", conflicts_with = "logical_date")]
    pub start: Option<NaiveDate>,
    /// … to this day
    #[arg(long, env = "SEPTET_END", value_name = "YYYY-MM-DD", requires = "start")]
    pub end: Option<NaiveDate>,
    /// Exit code when there was nothing to do
    #[arg(long, env = "SEPTET_SKIP_EXIT_CODE", value_name = "CODE")]
    pub skip_exit_code: Option<u8>,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A record, as `system:id`: source_system and source_customer_id; without records the weights are shown
    #[arg(requires = "right")]
    pub left: Option<String>,
    /// Another
    pub right: Option<String>,
    /// The stage under `match:`; the first when not said
    #[arg(long)]
    pub stage: Option<String>,
    #[arg(long, env = "SEPTET_PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// A published table (`tier_table`), or a model: `staging.crm_sale`, `core.sale`, `work.sale_order`
    pub model: String,
    #[arg(long, env = "SEPTET_PIPELINE")]
    pub pipeline: Option<String>,
    /// Rows shown
    #[arg(long, short = 'n', default_value_t = 10)]
    pub limit: usize,
    #[arg(long, short, value_enum, default_value_t = Rows::Table)]
    pub format: Rows,
}

#[derive(Debug, Args)]
pub struct QueryArguments {
    /// A query over the published tables, by their names
    pub sql: String,
    #[arg(long, env = "SEPTET_PIPELINE")]
    pub pipeline: Option<String>,
    /// Of which release; the newest when not said
    #[arg(long)]
    pub release: Option<u64>,
    #[arg(long, short, value_enum, default_value_t = Rows::Table)]
    pub format: Rows,
}

#[derive(Debug, Args)]
pub struct LsArguments {
    #[command(flatten)]
    pub pipeline: PipelineArguments,
    /// Only these: `marts.*`, `+tier_table`, `source:crm_orders+`
    #[arg(long, short, env = "SEPTET_SELECT")]
    pub select: Option<String>,
    /// But not these
    #[arg(long, env = "SEPTET_EXCLUDE")]
    pub exclude: Option<String>,
}

#[derive(Debug, Args)]
pub struct QuarantineArguments {
    #[command(subcommand)]
    pub of: QuarantineOf,
}

#[derive(Debug, Subcommand)]
pub enum QuarantineOf {
    /// Runs, their sources and why records were set aside, the newest run first
    Ls {
        /// At most so many runs
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: usize,
    },
    /// Records of a source that were set aside
    Show {
        /// Name of the source
        source: String,
        #[command(flatten)]
        chosen: QuarantineChosen,
        /// Records shown
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: usize,
        #[arg(long, short, value_enum, default_value_t = Rows::Table)]
        format: Rows,
    },
    /// All records of a source that were set aside, to a file
    Export {
        /// Name of the source
        source: String,
        #[command(flatten)]
        chosen: QuarantineChosen,
        /// A `.csv`, `.json` or `.parquet` file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Rows that failed data tests of the last run: which there are, or those of one test
    Failures {
        /// `fct_sale.order_id.not_null`, as listed; of several pipelines, `crm/fct_sale.order_id.not_null`
        test: Option<String>,
        /// Rows shown
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: usize,
        #[arg(long, short, value_enum, default_value_t = Rows::Table)]
        format: Rows,
    },
}

#[derive(Debug, Args)]
pub struct QuarantineChosen {
    /// Of which run; the newest that read the source when not said
    #[arg(long)]
    pub run: Option<String>,
    /// Only those with this reason, such as `not_a_date`
    #[arg(long)]
    pub reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunsArguments {
    #[command(flatten)]
    pub pipeline: PipelineArguments,
    /// At most so many, the newest first
    #[arg(long, short = 'n', default_value_t = 20)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// Number of the release whose content is wanted
    pub to: u64,
    #[arg(long, env = "SEPTET_PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Debug, Args)]
pub struct GcArguments {
    #[command(flatten)]
    pub pipeline: PipelineArguments,
    /// Releases that stay at least; the pipeline's `retention` when not said
    #[arg(long)]
    pub keep: Option<usize>,
    /// Hours that every release stays at least
    #[arg(long)]
    pub hours: Option<u64>,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// Folder to write to
    #[arg(long, default_value = "sample")]
    pub out: PathBuf,
    /// Customers of the company
    #[arg(long, default_value_t = 3_000)]
    pub customers: u64,
    /// Sale lines, about
    #[arg(long, default_value_t = 42_000)]
    pub lines: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// Folder to make; it must be new or empty
    pub folder: PathBuf,
    /// What the project reads
    #[arg(long, value_enum, default_value_t = Preset::Sample)]
    pub from: Preset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// A made-up company in two systems, with `septet generate`
    Sample,
    /// Accounts, contacts, leads, orders, opportunities, tasks and events
    Salesforce,
    /// Companies, contacts, deals, tickets, mails and engagements
    Hubspot,
    /// Customers, orders, refunds, products and stock
    Shopify,
    /// CSV with Chinese headers in any encoding: 客户, 订单, 商品, 商机, 活动, 工单
    CsvCn,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SchemaArguments {
    #[command(subcommand)]
    pub command: Option<SchemaCommand>,
    #[arg(value_enum, default_value_t = SchemaOf::Pipeline)]
    pub of: SchemaOf,
}

#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Propose the YAML of a source from its files
    Infer(InferArguments),
}

#[derive(Debug, Args)]
pub struct InferArguments {
    /// A file, or a glob of files of the same kind
    pub path: String,
    /// Name of the source; made from the file's when not said
    #[arg(long)]
    pub name: Option<String>,
    /// WHATWG label of the text's encoding, such as gbk; found out when not said
    #[arg(long)]
    pub encoding: Option<String>,
    /// Folder that `storage.raw` will be: paths are proposed relative to it
    #[arg(long, env = "SEPTET_RAW", default_value = "raw")]
    pub raw: PathBuf,
    /// IANA zone of times without an offset
    #[arg(long, default_value = "UTC")]
    pub timezone: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// pipelines/<name>.yaml
    Pipeline,
    /// Contract files
    Contract,
    /// Both as the reference in docs/yaml.md
    Reference,
}

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl Global {
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(machine::threads, usize::from)
    }
}

fn memory_limit(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not an amount of memory; write 2GB, 512MiB or 60%");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "%" if number <= 100.0 => machine::memory() as f64 / 100.0,
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let bytes = (number * factor) as u64;
    if bytes < 32 << 20 { Err("a run needs at least 32MiB".to_owned()) } else { Ok(bytes) }
}

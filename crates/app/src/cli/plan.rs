//! `pipestreet plan`: everything that would be written, without writing.

use model::RecordKey;

use super::{LIST_ROWS, Print, subject};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Only this record, such as person/12
    #[arg(long, value_parser = subject::record)]
    pub record: Option<RecordKey>,
    /// Show at most so many records; the counts are of all
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

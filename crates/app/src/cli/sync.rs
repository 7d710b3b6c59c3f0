//! `pipestreet sync`: brings both sides into step.

use model::RecordKey;

use super::{Print, subject};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Approve the first plan of this workspace; from then on changes are written as they come
    #[arg(long)]
    pub approve: bool,
    /// Stop when nothing is left to do, instead of going on
    #[arg(long)]
    pub once: bool,
    /// Only this record, such as person/12
    #[arg(long, value_parser = subject::record)]
    pub record: Option<RecordKey>,
    /// Write at most so many records, then stop
    #[arg(long)]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub print: Print,
}

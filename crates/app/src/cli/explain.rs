//! `pipestreet explain`: why a record is as it is, and what would happen to it next.

use model::RecordKey;

use super::{Print, subject};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The record, such as person/12 or contact/ID
    #[arg(value_parser = subject::record)]
    pub record: RecordKey,
    #[command(flatten)]
    pub print: Print,
}

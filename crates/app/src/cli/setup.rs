//! `pipestreet setup`: makes the custom fields and registers the webhooks, or takes the webhooks away again.

use super::Print;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Only say what would be made
    #[arg(long)]
    pub dry_run: bool,
    /// Take the webhooks away; pairs, fields and everything remembered stay
    #[arg(long)]
    pub remove: bool,
    #[command(flatten)]
    pub print: Print,
}

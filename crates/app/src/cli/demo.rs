//! `pipestreet demo`: both services made up in this process, a first sync, and edits on both sides as they travel.

use std::path::PathBuf;

use super::Print;
use super::choice::Limits;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where webhooks are received on this machine; 0 takes any free port
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Stop when both sides agree, print a summary and compare both services' records
    #[arg(long)]
    pub once: bool,
    /// The made-up brokerage is the same for the same seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 200)]
    pub persons: u32,
    #[arg(long, default_value_t = 50)]
    pub organizations: u32,
    /// Deals with notes, activities, products and leads in Pipedrive; those in the pipeline for sales are kept in step with projects
    #[arg(long, default_value_t = 120)]
    pub deals: u32,
    /// Projects with their properties and prospects in Propstreet; they are kept in step with deals
    #[arg(long, default_value_t = 40)]
    pub projects: u32,
    /// Only count what breaks the services' limits, or keep to them as in reality
    #[arg(long, value_parser = Limits::parse, default_value = "counted", value_name = "counted|real")]
    pub limits: Limits,
    /// Keep the database and both services' states here, so that a second run finds nothing to write
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub print: Print,
}

//! `pipestreet emulate`: one of the two services, made up, on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::choice::{Limits, parse_subscription};
use crate::config::Subscription;

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// An emulator of the Pipedrive API
    Pipedrive(PipedriveArgs),
    /// An emulator of the Propstreet API
    Propstreet(PropstreetArgs),
}

#[derive(Debug, Clone, clap::Args)]
pub struct CommonArgs {
    /// Where to listen; only this machine can reach it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The made-up brokerage is the same for the same seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 200)]
    pub persons: u32,
    #[arg(long, default_value_t = 50)]
    pub organizations: u32,
    /// Keep to the service's limits, only count what breaks them, or neither
    #[arg(long, value_parser = Limits::parse, default_value = "real", value_name = "real|counted|off")]
    pub limits: Limits,
    /// The token that is accepted; made up and printed when it is left out
    #[arg(long)]
    pub token: Option<String>,
    /// Added to every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// Keep the state in this file, and begin with it when it is there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub struct PipedriveArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// The account's subscription
    #[arg(long, value_parser = parse_subscription, default_value = "growth", value_name = "lite|growth|premium|ultimate")]
    pub subscription: Subscription,
    #[arg(long, default_value_t = 1)]
    pub seats: u32,
    /// Tokens per day, instead of what subscription and seats give
    #[arg(long, value_name = "N")]
    pub daily_tokens: Option<u32>,
}

#[derive(Debug, Clone, clap::Args)]
pub struct PropstreetArgs {
    #[command(flatten)]
    pub common: CommonArgs,
}

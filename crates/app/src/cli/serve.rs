//! `pipestreet serve`: receives webhooks and keeps both sides in step until it is stopped.

use std::net::SocketAddr;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Listen here instead of at server.listen
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

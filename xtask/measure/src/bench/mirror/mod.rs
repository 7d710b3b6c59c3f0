//! `bench mirror`: the first read of an account into the mirror, beside the same read by others.
//!
//! In: how many records. Out: tables with the limit beside each figure. The service, the program and its peers are processes of
//! their own, which end with this one; each program reads from the same service, one after the other, so that a busy machine
//! slows all of them.

mod ours;
mod peers;
mod postgres;
mod report;
mod services;
#[cfg(test)]
mod tests;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Context;
use api_client::HttpTransport;
use clap::Args;

use self::peers::Place;
use self::postgres::Postgres;
use self::report::Line;
use self::services::{Service, Size};

const QUICK: u32 = 50;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[arg(long, default_value_t = 100_000)]
    deals: u32,
    #[arg(long, default_value_t = 100_000)]
    persons: u32,
    #[arg(long, default_value_t = 20_000)]
    organizations: u32,
    /// Of every entity
    #[arg(long, default_value_t = 60)]
    custom_fields: u32,
    /// Custom fields with a value, in each record
    #[arg(long, default_value_t = 5)]
    set: u32,
    /// Deals in the second account in which memory is looked at; the first one has a hundredth
    #[arg(long, default_value_t = 1_000_000)]
    many: u32,
    /// A fiftieth of everything: does it work at all
    #[arg(long)]
    quick: bool,
    /// Leave the peers out
    #[arg(long)]
    alone: bool,
    /// A program that is built already
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

impl Options {
    fn size(&self) -> Size {
        let part = if self.quick { QUICK } else { 1 };
        Size {
            deals: self.deals / part,
            persons: (self.persons / part).max(1),
            organizations: (self.organizations / part).max(1),
            custom_fields: self.custom_fields,
            set: self.set,
        }
    }

    /// Deals alone.
    fn with_deals(&self, deals: u32) -> Size {
        Size {
            deals,
            persons: 1,
            organizations: 1,
            ..self.size()
        }
    }
}

pub(super) async fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => crate::crash::build()?,
    };
    let transport = HttpTransport::new()?;
    let size = options.size();
    println!(
        "{} records: {} deals, {} persons, {} organizations; {} custom fields, of which {} are set\n",
        size.records(),
        size.deals,
        size.persons,
        size.organizations,
        size.custom_fields,
        size.set
    );
    let pipedrive = Service::pipedrive(&binary, size)?;
    let propstreet = Service::propstreet(&binary)?;
    let ours = ours::backfill(&binary, (&pipedrive, &propstreet), size, &transport).await?;
    let peers = if options.alone {
        Vec::new()
    } else {
        by_peers(&pipedrive, &transport).await?
    };
    println!("{}", report::backfills(size, &ours, &peers));
    anyhow::ensure!(
        ours.counted.tokens_of_lists <= report::tokens_min(size),
        "more was spent than the lists cost"
    );
    pipedrive.stop();
    let part = if options.quick { QUICK } else { 1 };
    let many = options.many / part;
    let mut lines: Vec<Line> = Vec::new();
    for deals in [many / 100, many] {
        let size = options.with_deals(deals);
        let pipedrive = Service::pipedrive(&binary, size)?;
        lines.push(ours::backfill(&binary, (&pipedrive, &propstreet), size, &transport).await?);
    }
    if let [few, many] = lines.as_slice() {
        println!("\n{}", report::memory(few, many));
    }
    Ok(())
}

/// The peers' runs, or in words why there is none.
async fn by_peers(
    service: &Service,
    transport: &HttpTransport,
) -> anyhow::Result<Vec<(&'static str, Result<Line, String>)>> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let own = std::env::current_exe()?;
    let build = own.ancestors().nth(2);
    let tools = build
        .context("this program lies in no folder")?
        .join("peers");
    let postgres = match Postgres::start().await {
        Ok(postgres) => postgres,
        Err(error) => {
            let why = format!("{error:#}");
            return Ok(vec![("dlt", Err(why.clone())), ("tap-pipedrive", Err(why))]);
        }
    };
    let place = Place {
        service,
        postgres: &postgres,
        scripts: &scripts,
        tools: &tools,
        transport,
    };
    let dlt = peers::dlt(&place).await;
    let tap = peers::tap(&place).await;
    let told = |line: anyhow::Result<Line>| line.map_err(|error| format!("{error:#}"));
    Ok(vec![("dlt", told(dlt)), ("tap-pipedrive", told(tap))])
}

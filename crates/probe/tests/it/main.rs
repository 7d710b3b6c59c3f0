#![cfg(test)]
//! Probes against emulated accounts that answer the open questions at random.

mod office;
mod pipedrive;
mod wire;

#![cfg(test)]
//! Probes against emulated accounts that answer the open questions at random.

mod house;
mod office;
mod pipedrive;
mod propstreet;
mod wire;

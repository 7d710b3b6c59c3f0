//! The program people run: configuration, secrets, command line and HTTP face around the engine.
//!
//! Only `startup` picks concrete things; only `http` knows the web framework; nothing here has SQL.

pub mod cli;
pub mod config;
pub mod demo;
pub mod figures;
pub mod http;
pub mod intake;
pub mod log;
pub mod occupancy;
pub mod pipedrive_access;
pub mod running;
pub mod secrets;
pub mod startup;
pub mod stop_signal;

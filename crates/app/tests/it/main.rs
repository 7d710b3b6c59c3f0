//! The program as it is used: its configuration, its command line, its server.
#![cfg(test)] // tells the lints that what the tests share is test code too, where unwrap is fine

mod command_line;
mod commands;
mod configuration;
mod connections;
mod emulate;
mod example;
mod flow;
mod init;
mod review;
mod secrets;
mod server;
mod webhooks;

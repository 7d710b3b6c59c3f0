//! The house rules, as tests: each reads the repository as it is and says what to do instead.
//!
//! Beside the rules stand tests of the rules: each is shown a text that breaks it.
#![cfg(test)] // tells the lints that helpers are test code too, where unwrap is fine

mod arrows;
mod lock_file;
mod manifests;
mod pages;
mod repository;
mod shape;
mod sql;
mod words;

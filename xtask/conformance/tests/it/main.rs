#![cfg(test)]

mod judging;
mod published;
mod reporting;

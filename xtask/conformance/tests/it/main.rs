#![cfg(test)]

mod judging;
mod published;

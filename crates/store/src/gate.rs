//! A seam before each transaction: a test can wait, fail or stop there. The program itself uses [`OpenGate`].

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::StoreError;

/// Passed before each transaction, with its name.
pub trait Gate: Send + Sync + Debug {
    /// Waits, or refuses the transaction with an error.
    fn pass(
        &self,
        transaction: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>>;

    /// Whether `pass` never waits and never refuses, so that it need not be called.
    fn is_open(&self) -> bool {
        false
    }
}

/// Lets everything through.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenGate;

impl Gate for OpenGate {
    fn pass(
        &self,
        _transaction: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn is_open(&self) -> bool {
        true
    }
}

//! The clock that everything here is given: what time it is, and a wait until a moment.
//!
//! In: nothing. Out: the time, and futures that end at a moment. Nothing in this crate asks the machine for the time
//! except `system_clock`.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

/// A future whose type is not named.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What time it is. A test and a simulation hold their own.
pub trait Clock: Send + Sync + Debug {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Ends when the clock shows `at` or later.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

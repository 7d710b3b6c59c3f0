//! How to call any HTTP API politely: within its limits, on a clock that is given, and with errors that say what to do
//! next.
//!
//! In: a call with its cost, its purpose and whether it changes anything. Out: the answer, or a [`CallError`]. It never
//! tries a call a second time, never logs, and knows nothing of what the calls mean.

mod base_url;
mod budget;
mod call;
mod circuit;
mod classify;
mod clock;
mod credentials;
mod error;
mod http_transport;
mod ledger;
mod next_step;
mod offset;
mod patch;
mod rate_headers;
mod redact;
mod refusal;
mod row;
mod spec;
mod system_clock;
pub mod tolerant;
mod transport;

pub use base_url::{BaseUrl, BaseUrlError};
pub use budget::{
    Budget, BudgetSettings, Forecast, ForeignRate, Limits, Need, PutOff, Rate, Reservation,
    Spending, SpentOn, Standing, WindowLimit,
};
pub use call::{Answer, CALL_TIMEOUT, Caller};
pub use clock::{BoxFuture, Clock};
pub use credentials::{Credentials, FixedHeader, Rejected};
pub use error::{CallError, NotNowReason, UnknownBecause};
pub use http_transport::{HttpTransport, HttpTransportError, RESPONSE_BYTES_MAX};
pub use ledger::{Booking, Entry, Ledger, LedgerError, MemoryLedger};
pub use next_step::{ATTEMPTS_MAX, Attempt, NextStep, next_step};
pub use offset::ClockOffset;
pub use patch::Patch;
pub use redact::{redact_body, redact_path, redact_text};
pub use refusal::{Refusal, VendorText};
pub use row::{Page, Row, Unreadable};
pub use spec::{CallContext, CallSpec, Cost, Counted, Effect, Priority, encode_into};
pub use system_clock::SystemClock;
pub use transport::{Transport, TransportError};

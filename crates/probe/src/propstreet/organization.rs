//! The organization that is asked, and what it is asked with.
//!
//! In: what a person or a test gives. Out: plain values. It calls nobody.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use api_client::{Clock, Transport};
use secrecy::SecretString;

use crate::post_box::PostBox;

/// Who asks.
#[derive(Clone)]
pub enum Login {
    PersonalToken(SecretString),
    Client { id: String, secret: SecretString },
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PersonalToken(_) => "PersonalToken([secret])",
            Self::Client { .. } => "Client([secret])",
        })
    }
}

/// The organization that is asked.
pub struct Organization {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// Such as `https://app.propstreet.com`, without a slash at its end.
    pub base: String,
    pub login: Login,
    /// Where its webhooks come in, when they can.
    pub post_box: Option<Arc<PostBox>>,
    /// What every record that is made has in its name.
    pub mark: String,
    /// The most requests that may be made, tidying up included.
    pub allowance: u32,
    /// Set by who stops the probe: it ends at its next call or pause, and tidies up.
    pub is_stopped: Arc<AtomicBool>,
}

impl fmt::Debug for Organization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Organization")
            .field("base", &self.base)
            .field("mark", &self.mark)
            .field("allowance", &self.allowance)
            .finish_non_exhaustive()
    }
}

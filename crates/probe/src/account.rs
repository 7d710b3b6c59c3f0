//! The account that is asked, what it is asked with, and what ends a question or the whole probe.
//!
//! In: what a person or a test gives. Out: plain values. It calls nobody.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use api_client::{Clock, Transport, TransportError};
use pipedrive::OauthLogin;
use secrecy::SecretString;

use crate::post_box::PostBox;

/// The account that is asked.
pub struct Account {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// Such as `https://nordlysbrokers.pipedrive.com`, without a slash at its end.
    pub base: String,
    pub token: SecretString,
    pub means: Means,
    /// What every record that is made has in its name.
    pub mark: String,
    /// The most tokens that may be spent, tidying up included.
    pub allowance: u32,
    /// Set by who stops the probe: it ends at its next call or pause, and tidies up.
    pub is_stopped: Arc<AtomicBool>,
}

/// What some questions take beyond the account's token.
#[derive(Default)]
pub struct Means {
    /// Of a user who is no administrator.
    pub second_token: Option<SecretString>,
    pub post_box: Option<Arc<PostBox>>,
    pub login: Option<Arc<OauthLogin>>,
    /// Whether a limit may be met on purpose, which hinders others for a minute or so.
    pub may_meet_limits: bool,
    /// Whether it may take until a day has passed.
    pub may_wait_a_day: bool,
}

/// Which of them a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    Nothing,
    SecondUser,
    PostBox,
    Login,
    MeetingLimits,
    WaitingADay,
    /// Projects that can be deleted again.
    DeletableProjects,
}

impl Means {
    /// Whether a question can be asked with these.
    #[must_use]
    pub const fn have(&self, takes: Takes) -> bool {
        match takes {
            Takes::Nothing => true,
            Takes::SecondUser => self.second_token.is_some(),
            Takes::PostBox => self.post_box.is_some(),
            Takes::Login => self.login.is_some(),
            Takes::MeetingLimits => self.may_meet_limits,
            Takes::WaitingADay => self.may_wait_a_day,
            // Only Propstreet has projects.
            Takes::DeletableProjects => false,
        }
    }
}

impl std::fmt::Debug for Means {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Means").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Account")
            .field("base", &self.base)
            .field("mark", &self.mark)
            .field("allowance", &self.allowance)
            .finish_non_exhaustive()
    }
}

/// Why a question, or the whole probe, cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error(
        "the allowance of {allowance} is used up; what was asked so far is told, and the rest needs a larger allowance"
    )]
    Allowance { allowance: u32 },
    #[error("the account refuses the token; check it with `pipestreet doctor`")]
    Unauthorized,
    #[error("somebody stopped the probe; what was made is removed")]
    Stopped,
    #[error("the account refuses the second user's token; give another")]
    SecondUnauthorized,
    #[error("the login could not be renewed: {0}")]
    Login(String),
    #[error(
        "the account was asked too much for longer than the probe waits; try again when nobody else uses it"
    )]
    Busy,
    #[error("no answer came: {0}")]
    Transport(TransportError),
    #[error("{what} was answered with {status}, which the question does not expect")]
    Unexpected { what: String, status: u16 },
}

impl Stop {
    /// Whether other questions can still be asked.
    pub(crate) const fn is_of_question(&self) -> bool {
        match self {
            Self::Unexpected { .. }
            | Self::Transport(_)
            | Self::SecondUnauthorized
            | Self::Login(_) => true,
            Self::Allowance { .. } | Self::Unauthorized | Self::Busy | Self::Stopped => false,
        }
    }
}

//! Words that several commands take.

use crate::config::Subscription;

/// What an emulator does about its service's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Refuses what breaks them.
    Real,
    /// Counts what breaks them.
    Counted,
    /// Does not even count.
    Off,
}

impl Limits {
    /// # Errors
    /// When it is another word.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "real" => Ok(Self::Real),
            "counted" => Ok(Self::Counted),
            "off" => Ok(Self::Off),
            _ => Err("it is real, counted or off".to_owned()),
        }
    }
}

/// Reads a Pipedrive subscription.
///
/// # Errors
/// When it is another word.
pub(super) fn parse_subscription(text: &str) -> Result<Subscription, String> {
    Subscription::parse(text).ok_or_else(|| "it is lite, growth, premium or ultimate".to_owned())
}

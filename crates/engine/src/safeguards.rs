//! The mechanisms that keep two uncontrolled services right, each with a switch, so that a simulation can take one away and
//! show that its loss is noticed. No setting reaches them.

/// All on, always, outside of simulations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Safeguards {
    /// Compare with what the sides last agreed on; without it the later record wins whole.
    pub merge_base: bool,
    /// Look for the marker before a create whose answer was lost is made again.
    pub marker_lookup: bool,
    /// Wait for late writes and lagging lists before looking.
    pub grace: bool,
    /// Send the version a Propstreet write was planned from.
    pub if_match: bool,
    /// Compare what our Pipedrive writes replaced with what they meant to replace.
    pub overwrite_audit: bool,
}

impl Default for Safeguards {
    fn default() -> Self {
        Self {
            merge_base: true,
            marker_lookup: true,
            grace: true,
            if_match: true,
            overwrite_audit: true,
        }
    }
}

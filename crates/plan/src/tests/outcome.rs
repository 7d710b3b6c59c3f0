//! Facts about outcome.

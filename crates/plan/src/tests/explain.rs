//! Facts about explain.

//! Facts about matching.

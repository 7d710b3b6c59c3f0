//! Facts about creates.

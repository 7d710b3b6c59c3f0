//! Facts about deletes.

//! Facts about references.

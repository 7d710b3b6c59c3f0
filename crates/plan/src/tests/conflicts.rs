//! Facts about conflicts.

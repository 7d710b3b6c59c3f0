//! Facts about tags.

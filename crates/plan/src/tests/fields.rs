//! Facts about fields.

//! Facts about restores.

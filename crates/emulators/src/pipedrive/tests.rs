//! Sentences about parts that no request reaches directly.

//! propstreet

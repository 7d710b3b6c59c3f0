//! pipedrive

//! The Pipedrive emulator.

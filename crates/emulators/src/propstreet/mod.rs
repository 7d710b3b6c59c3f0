//! The Propstreet emulator.

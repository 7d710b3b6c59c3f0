//! What the engine needs from outside: a clock and a transport (owned by `api-client`), and randomness. Nothing in the engine
//! reads a clock, sleeps, spawns or draws a number in another way, so that a whole run can be repeated exactly.

use std::sync::Mutex;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// The engine's only source of randomness.
#[derive(Debug)]
pub struct Randomness(Mutex<ChaCha8Rng>);

impl Randomness {
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    #[must_use]
    pub fn next(&self) -> u64 {
        self.0
            .lock()
            .expect("no holder of this lock can panic")
            .next_u64()
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn token(&self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }
}

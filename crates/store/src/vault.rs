//! Secrets at rest: encrypted with a key that is not in the database, and bound to their workspace and name.
//!
//! In: a key, a secret's name, its text and a fresh nonce. Out: what may lie in the database, and back. Never stores
//! anything and never draws randomness.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use model::WorkspaceId;
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

/// The first byte of everything sealed, so that another way of sealing can be told apart later.
const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 24;
const KEY_LENGTH: usize = 32;

/// Why a secret cannot be had, told by what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("the key must be 32 bytes, written as 64 hexadecimal digits or as base64")]
    BadKey,
    #[error(
        "the secret {name} was sealed by a newer version of pipestreet; use that version or set it again"
    )]
    TooNew { name: String },
    #[error(
        "the secret {name} cannot be opened with this key; use the key it was sealed with or set it again"
    )]
    WrongKey { name: String },
}

/// Seals and opens with one key.
#[derive(Clone)]
pub struct Vault {
    key: Zeroizing<[u8; KEY_LENGTH]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault([secret])")
    }
}

impl Vault {
    #[must_use]
    pub fn new(key: [u8; KEY_LENGTH]) -> Self {
        Self {
            key: Zeroizing::new(key),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    /// What may lie in the database. The nonce must be new for every call.
    #[must_use]
    pub fn seal(
        &self,
        workspace: WorkspaceId,
        name: &str,
        plaintext: &str,
        nonce: [u8; NONCE_LENGTH],
    ) -> Vec<u8> {
        let payload = Payload {
            msg: plaintext.as_bytes(),
            aad: &associated(workspace, name),
        };
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a text in memory is shorter than the cipher's limit of 256 GiB");
        let mut sealed = Vec::with_capacity(1 + NONCE_LENGTH + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        sealed
    }

    /// The secret again, if it was sealed with this key for this workspace and name.
    pub fn open(
        &self,
        workspace: WorkspaceId,
        name: &str,
        sealed: &[u8],
    ) -> Result<SecretString, VaultError> {
        let wrong_key = || VaultError::WrongKey {
            name: name.to_owned(),
        };
        let (version, rest) = sealed.split_first().ok_or_else(wrong_key)?;
        if *version != VERSION {
            return Err(VaultError::TooNew {
                name: name.to_owned(),
            });
        }
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or_else(wrong_key)?;
        let payload = Payload {
            msg: ciphertext,
            aad: &associated(workspace, name),
        };
        let plaintext = self
            .cipher()
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| wrong_key())?;
        match String::from_utf8(plaintext) {
            Ok(text) => Ok(SecretString::from(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(wrong_key())
            }
        }
    }
}

/// The place a secret belongs to, so that one moved to another row is refused.
fn associated(workspace: WorkspaceId, name: &str) -> Vec<u8> {
    format!("{workspace}|{name}|{VERSION}").into_bytes()
}

/// Reads a key written as 64 hexadecimal digits or as base64 of 32 bytes.
pub fn parse_key(text: &str) -> Result<[u8; KEY_LENGTH], VaultError> {
    let text = text.trim();
    let bytes = Zeroizing::new(match from_hex(text) {
        Some(bytes) => bytes,
        None => STANDARD
            .decode(text)
            .or_else(|_| URL_SAFE.decode(text))
            .map_err(|_| VaultError::BadKey)?,
    });
    <[u8; KEY_LENGTH]>::try_from(bytes.as_slice()).map_err(|_| VaultError::BadKey)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * KEY_LENGTH || !text.is_ascii() {
        return None;
    }
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests;

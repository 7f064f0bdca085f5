//! A wallet: a key that signs.

use chorale_domain::id::{Signature, Wallet};
use ed25519_dalek::{Signer, SigningKey};

pub struct Keys(SigningKey);

impl Keys {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub fn wallet(&self) -> Wallet {
        Wallet(self.0.verifying_key().to_bytes())
    }

    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

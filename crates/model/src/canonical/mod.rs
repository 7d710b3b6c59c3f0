//! Canonical forms: the one spelling two values share when they mean the same.
//!
//! In: text as a person or a server wrote it. Out: its canonical form, or `None` where the text is not
//! a value of that kind at all (the caller then keeps the text as it is). Never looks at a record, a
//! side or a policy, never panics on hostile text, and takes time in proportion to its length.

pub mod country;
pub mod domain;
pub mod email;
mod memo;
pub mod money;
pub mod name;
pub mod organization_number;
pub mod phone;
pub mod similarity;
pub mod slug;
pub mod text;

#[cfg(test)]
mod tests;

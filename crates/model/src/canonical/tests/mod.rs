//! Tests of the canonical forms, a file per topic; `laws` holds what is true of all of them.

mod country;
mod domain;
mod email;
mod laws;
mod memo;
mod money;
mod name;
mod organization_number;
mod phone;
mod similarity;
mod slug;
mod text;

//! References to the same record in other systems.
//!
//! In: a namespace and an id there. Out: the record that carries them. A namespace is compared without regard to case,
//! an id with.

use api_client::{CallContext, CallError, CallSpec, encode_into, tolerant};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::companies::Company;
use crate::contacts::Contact;
use crate::cost;
use crate::etag::Versioned;

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalRef {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub namespace: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
}

impl ExternalRef {
    /// A reference in one line.
    #[must_use]
    pub fn new(namespace: &str, id: impl Into<String>) -> Self {
        Self {
            namespace: namespace.to_owned(),
            id: id.into(),
        }
    }

    /// The id in a namespace, if there is one.
    #[must_use]
    pub fn find<'a>(refs: &'a [Self], namespace: &str) -> Option<&'a str> {
        let reference = refs
            .iter()
            .find(|reference| reference.namespace.eq_ignore_ascii_case(namespace))?;
        Some(&reference.id)
    }

    pub(crate) fn path(&self, collection: &str) -> String {
        let mut path = format!("{collection}/external/");
        encode_into(&mut path, &self.namespace);
        path.push('/');
        encode_into(&mut path, &self.id);
        path
    }
}

impl Client {
    /// The living contact that carries a reference.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none; else as [`CallError`] says.
    pub async fn find_contact(
        &self,
        reference: &ExternalRef,
        context: &CallContext,
    ) -> Result<Versioned<Contact>, CallError> {
        let path = reference.path("/api/v1/network/contacts");
        let spec = CallSpec::read("look up a contact", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// The living company that carries a reference.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none; else as [`CallError`] says.
    pub async fn find_company(
        &self,
        reference: &ExternalRef,
        context: &CallContext,
    ) -> Result<Versioned<Company>, CallError> {
        let path = reference.path("/api/v1/network/companies");
        let spec = CallSpec::read("look up a company", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }
}

//! Users: who we are, and who else there is.
//!
//! In: nothing. Out: users as read.

use api_client::{CallContext, CallError, CallSpec, Page, Row, tolerant};
use serde::Deserialize;

use crate::client::Client;
use crate::{cost, envelope};

/// A user of the company. The company's own details come with the user we act as only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub email: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub active_flag: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub company_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub company_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub company_domain: Option<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    access: Vec<Access>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Access {
    #[serde(default, deserialize_with = "tolerant::text")]
    app: String,
    #[serde(default, deserialize_with = "tolerant::flag")]
    admin: bool,
}

impl User {
    /// Whether the user sees every deal, person and organization as an administrator does.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.access
            .iter()
            .any(|access| access.admin && matches!(access.app.as_str(), "sales" | "global"))
    }
}

impl Client {
    /// The user the token belongs to, with the company.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn me(&self, context: &CallContext) -> Result<Row<User>, CallError> {
        let spec = CallSpec::read("read our own user", "/api/v1/users/me", cost::ME, *context);
        envelope::one(&self.send(spec).await?)
    }

    /// All users, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_users(&self, context: &CallContext) -> Result<Page<Row<User>>, CallError> {
        let spec = CallSpec::read("list users", "/api/v1/users", cost::USERS, *context);
        envelope::page(&self.send(spec).await?)
    }
}

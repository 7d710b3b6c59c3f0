//! Users: who we are, who else there is, and who may see what.
//!
//! In: ids and words to look for. Out: users as read.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::operation::Query;
use crate::record_kind::RecordKind;
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
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
    /// Whether it is the user we act as.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_you: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub role_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub default_currency: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub locale: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub timezone_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub modified: Option<Timestamp>,
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

/// What users are looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindUsersBy<'a> {
    Name(&'a str),
    Email(&'a str),
}

impl Client {
    /// The user the token belongs to, with the company.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn me(&self, context: &CallContext) -> Result<Row<User>, CallError> {
        let call = cost::ME.call(&[], context);
        envelope::one(&self.send(call).await?)
    }

    /// Reads one user.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_user(&self, id: i64, context: &CallContext) -> Result<Row<User>, CallError> {
        let call = cost::USER.call(&[&id], context);
        envelope::one(&self.send(call).await?)
    }

    /// All users, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_users(&self, context: &CallContext) -> Result<Page<Row<User>>, CallError> {
        let call = cost::USERS.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }

    /// The users of a name or an address. It costs more than the list of all.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn find_users(
        &self,
        by: FindUsersBy<'_>,
        context: &CallContext,
    ) -> Result<Page<Row<User>>, CallError> {
        let query = match by {
            FindUsersBy::Name(name) => Query::new().with("term", name),
            FindUsersBy::Email(address) => Query::new()
                .with("term", address)
                .with("search_by_email", 1),
        };
        let call = cost::USERS_FIND.ask(&[], &query, context);
        envelope::page(&self.send(call).await?, None)
    }

    /// The ids of the users who may see a record.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_permitted_users(
        &self,
        kind: RecordKind,
        id: &str,
        context: &CallContext,
    ) -> Result<Vec<i64>, CallError> {
        let call = cost::PERMITTED_USERS.call(&[&kind.collection(), &id], context);
        let ids: Row<Ids> = envelope::one(&self.send(call).await?)?;
        Ok(ids.value.0)
    }
}

#[derive(Deserialize)]
struct Ids(#[serde(deserialize_with = "tolerant::integers")] Vec<i64>);

//! Currencies that the account knows.
//!
//! In: nothing. Out: currencies as read.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use serde::Deserialize;

use crate::client::Client;
use crate::{cost, envelope, values};

/// A currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Currency {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub code: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub symbol: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub decimal_points: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_custom_flag: bool,
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

impl Client {
    /// All currencies, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_currencies(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<Currency>>, CallError> {
        let call = cost::CURRENCIES.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }
}

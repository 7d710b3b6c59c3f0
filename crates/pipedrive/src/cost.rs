//! What each call costs of the day's tokens.
//!
//! In: nothing. Out: the cost table. Calls under `/api/v1` cost about twice those under `/api/v2`.

use api_client::Cost;

/// Read one record.
pub const GET: Cost = Cost::request(1);
/// Read one page of a list, whatever its length.
pub const LIST: Cost = Cost::request(10);
/// Create or update one record.
pub const WRITE: Cost = Cost::request(5);
/// Delete one record.
pub const DELETE: Cost = Cost::request(3);

/// Read one page of field definitions.
pub const FIELD_LIST: Cost = Cost::request(10);
/// Create a field or change its options.
pub const FIELD_WRITE: Cost = Cost::request(5);
/// Delete a field.
pub const FIELD_DELETE: Cost = Cost::request(3);

/// Read the user we act as.
pub const ME: Cost = Cost::request(2);
/// Read all users.
pub const USERS: Cost = Cost::request(20);

/// Read all webhooks.
pub const WEBHOOK_LIST: Cost = Cost::request(10);
/// Create a webhook.
pub const WEBHOOK_CREATE: Cost = Cost::request(10);
/// Delete a webhook.
pub const WEBHOOK_DELETE: Cost = Cost::request(6);

/// Read one page of a record's changelog.
pub const CHANGELOG: Cost = Cost::request(20);
/// Merge two records.
pub const MERGE: Cost = Cost::request(40);

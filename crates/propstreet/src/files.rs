//! Files that notes may carry.
//!
//! In: a name, a kind and the content. Out: what Propstreet knows of the file, and where it is.

use api_client::{CallContext, CallError, CallSpec, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::{Client, idempotent};
use crate::contacts::record_path;
use crate::cost;

const FILES: &str = "/api/v1/files";
/// The smaller of the two limits that are documented.
pub const FILE_MAX: usize = 25 * 1_024 * 1_024;
const CONTENT_TYPE: &str = "multipart/form-data; boundary=pipestreet-5f0c1e7ab84d4c3fb2a96d1c7e90";
const BOUNDARY: &str = "pipestreet-5f0c1e7ab84d4c3fb2a96d1c7e90";

/// A file as Propstreet keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadedFile {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub file_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub content_type: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub content_length: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub uploaded_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub url: Option<String>,
}

/// A file to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewFile<'a> {
    pub name: &'a str,
    /// Such as `application/pdf`.
    pub content_type: &'a str,
    /// At most [`FILE_MAX`].
    pub content: &'a [u8],
}

impl NewFile<'_> {
    /// The form with the file in it. Signs that would end a header are left out of the names.
    fn form(&self) -> Vec<u8> {
        let plain = |text: &str| -> String {
            let is_plain = |sign: &char| !sign.is_control() && *sign != '"';
            text.chars().filter(is_plain).collect()
        };
        let (name, kind) = (plain(self.name), plain(self.content_type));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        );
        let mut form = Vec::with_capacity(head.len() + self.content.len() + 64);
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(self.content);
        form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        form
    }
}

impl Client {
    /// Sends a file, once for each key.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn upload_file(
        &self,
        file: NewFile<'_>,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<UploadedFile, CallError> {
        let spec = CallSpec::write("send a file", Method::POST, FILES, cost::CALL, *context);
        let spec = spec.content(CONTENT_TYPE, file.form());
        self.send(idempotent(spec, idempotency_key)).await?.read()
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none, or none that the login reaches; else as [`CallError`] says.
    pub async fn get_file(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<UploadedFile, CallError> {
        let spec = CallSpec::read("read a file", record_path(FILES, id), cost::CALL, *context);
        self.send(spec).await?.read()
    }
}

//! Files that notes may carry.
//!
//! In: uploads as multipart forms. Out: what is told of a file. Only that is kept: what is in a file nobody reads here.

use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::fields::{Fields, Given};
use super::json;
use super::problem::{Refused, invalid, not_found, too_large, unsupported_form};

/// The smaller of the two limits that are documented.
pub(super) const FILE_MAX: usize = 25 * 1_024 * 1_024;
/// What may stand around a file in its form.
pub(super) const FORM_MAX: usize = FILE_MAX + 64 * 1_024;
const FIRST_FILE: u64 = 700;
const ID_MAX: usize = 50;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) id: u64,
    pub(super) name: String,
    content_type: String,
    length: usize,
    uploaded: i64,
}

/// All files, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Files(Vec<File>);

impl Files {
    pub(super) fn get(&self, id: u64) -> Option<&File> {
        self.0.iter().find(|file| file.id == id)
    }

    /// The file that a body names, if it names one.
    pub(super) fn named(&self, fields: &mut Fields<'_>) -> Given<u64> {
        match fields.text("fileId", ID_MAX) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(text) => {
                let id = text.parse().ok().filter(|&id| self.get(id).is_some());
                if id.is_none() {
                    fields.wrong("fileId", "There is no such file.");
                }
                id.map_or(Given::Absent, Given::Set)
            }
        }
    }
}

pub(super) fn post(files: &mut Files, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let boundary = call.content_type.and_then(boundary);
    let boundary = boundary.ok_or_else(unsupported_form)?;
    let part = file_part(call.body, &boundary)
        .ok_or_else(|| invalid("file", "The form needs one part `file` with a file name."))?;
    if part.content.len() > FILE_MAX {
        return Err(too_large(413, "The file is larger than 25 MB."));
    }
    call.refuse_taken_key()?;
    let file = File {
        id: files.0.last().map_or(FIRST_FILE, |last| last.id) + 1,
        name: part.name,
        content_type: part.content_type,
        length: part.content.len(),
        uploaded: call.when.at,
    };
    let location = format!("/api/v1/files/{}", file.id);
    let reply = shown(&file).made(location);
    files.0.push(file);
    Ok(reply)
}

pub(super) fn get(files: &Files, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let file = files.get(id);
    let file = file.ok_or_else(|| not_found("There is no such file."))?;
    call.only_parameters(&[])?;
    Ok(shown(file))
}

fn shown(file: &File) -> Reply {
    let mut out = String::from("{\"id\":");
    json::id(&mut out, file.id);
    json::key_text(&mut out, "fileName", Some(&file.name));
    json::key_text(&mut out, "contentType", Some(&file.content_type));
    let length = i64::try_from(file.length).unwrap_or(i64::MAX);
    json::key_number(&mut out, "contentLength", length);
    json::key_time(&mut out, "uploadedUtc", Some(file.uploaded));
    json::key_text(&mut out, "url", Some(&url(file)));
    out.push('}');
    Reply::ok(out)
}

/// A note tells of its file in short.
pub(super) fn write_short(out: &mut String, file: Option<&File>) {
    json::key(out, "file");
    let Some(file) = file else {
        out.push_str("null");
        return;
    };
    out.push_str("{\"id\":");
    json::id(out, file.id);
    json::key_text(out, "fileName", Some(&file.name));
    json::key_text(out, "url", Some(&url(file)));
    out.push('}');
}

fn url(file: &File) -> String {
    format!("https://app.propstreet.com/files/{}", file.id)
}

struct Part<'a> {
    name: String,
    content_type: String,
    content: &'a [u8],
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    let boundary = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    (is_form && !boundary.is_empty()).then(|| boundary.to_owned())
}

/// The part `file` of a form, which ends as it should.
fn file_part<'a>(body: &'a [u8], boundary: &str) -> Option<Part<'a>> {
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(&delimiter.as_bytes()[2..])?;
    let mut found = None;
    loop {
        if rest.starts_with(b"--") {
            return found;
        }
        let (part, after) = split_at(rest.strip_prefix(b"\r\n")?, delimiter.as_bytes())?;
        if let Some(part) = read_part(part) {
            found = Some(part);
        }
        rest = after;
    }
}

fn read_part(part: &[u8]) -> Option<Part<'_>> {
    let (head, content) = split_at(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(head).ok()?;
    let line = |name: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value.trim()))
    };
    let disposition = line("content-disposition")?;
    let told = |key: &str| {
        let value = disposition.split(&format!("; {key}=\"")).nth(1)?;
        value.split('"').next()
    };
    let name = told("filename").filter(|name| told("name") == Some("file") && !name.is_empty());
    Some(Part {
        name: name?.to_owned(),
        content_type: line("content-type")
            .unwrap_or("application/octet-stream")
            .to_owned(),
        content,
    })
}

fn split_at<'a>(text: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(by.len()).position(|window| window == by)?;
    Some((&text[..place], &text[place + by.len()..]))
}

//! An emulator that writes its answers down.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{PipedriveConfig, PipedriveEmulator};
use emulators::recording::Recorded;
use emulators::{Emulator, Moment};
use http::Request;
use serde_json::Value;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn read(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn call(path: &str) -> Request<Bytes> {
    Request::builder()
        .uri(path)
        .header("x-api-token", PipedriveConfig::default().token)
        .body(Bytes::new())
        .unwrap()
}

#[test]
fn answers_are_written_down_as_they_were_given_and_tokens_are_not() {
    let lines = Lines::default();
    let emulator = PipedriveEmulator::new(PipedriveConfig::default());
    let mut recorded = Recorded::new(emulator, Some(Box::new(lines.clone())));
    let answer = recorded.answer(&call("/api/v2/persons?limit=3"), Moment(0));
    recorded.answer(&call("/_emulator/state"), Moment(0));

    let written = lines.read();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["method"], "GET");
    assert_eq!(written[0]["path"], "/api/v2/persons?limit=3");
    assert_eq!(written[0]["status"], 200);
    assert_eq!(
        written[0]["body"].as_str().unwrap().as_bytes(),
        &answer.response.body()[..]
    );
    assert!(
        !written[0]
            .to_string()
            .contains(&PipedriveConfig::default().token)
    );
}

#[test]
fn an_answer_that_never_arrives_is_not_written_down() {
    let lines = Lines::default();
    let mut emulator = PipedriveEmulator::new(PipedriveConfig::default());
    emulator
        .faults
        .next(Fault::Hold { written: false }, CallMatch::any());
    let mut recorded = Recorded::new(emulator, Some(Box::new(lines.clone())));
    recorded.answer(&call("/api/v2/persons"), Moment(0));
    assert!(lines.read().is_empty());
}

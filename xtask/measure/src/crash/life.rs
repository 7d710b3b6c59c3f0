//! One life of the program: started, waited for until it can do its work, and killed.
//!
//! In: an office. Out: a child process that dies by `SIGKILL`, by its own id, and never outlives its handle.

use std::process::Stdio;

use anyhow::{Context, bail};
use api_client::{Clock, HttpTransport, SystemClock, Transport};
use bytes::Bytes;
use model::time;
use tokio::process::Child;

use super::office::Office;

const READY_MILLIS_MAX: i64 = 20_000;
const LOOK_EVERY_MILLIS: i64 = 3;

/// A running program.
#[derive(Debug)]
pub(super) struct Life(Child);

impl Life {
    pub(super) fn begin(office: &Office) -> anyhow::Result<Self> {
        let mut command = office.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(office.log_file()?);
        Ok(Self(
            command.spawn().context("the program cannot be started")?,
        ))
    }

    /// Waits until it says that it is ready; answers after how many milliseconds.
    pub(super) async fn ready(
        &mut self,
        office: &Office,
        transport: &HttpTransport,
    ) -> anyhow::Result<i64> {
        let began = SystemClock.now();
        loop {
            if let Some(status) = self.0.try_wait()? {
                let said = std::fs::read_to_string(office.log()).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(3).collect();
                bail!(
                    "the program ended by itself with {status}: {}",
                    last.join(" | ")
                );
            }
            let request = http::Request::get(format!("http://{}/readyz", office.address))
                .body(Bytes::new())?;
            let waited = time::to_millis(SystemClock.now()) - time::to_millis(began);
            if transport
                .send(request)
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(waited);
            }
            if waited > READY_MILLIS_MAX {
                bail!("the program was not ready after {waited} ms");
            }
            pause(LOOK_EVERY_MILLIS).await;
        }
    }

    /// As by `kill -9`.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.0
            .start_kill()
            .context("the program could not be killed")?;
        self.0.wait().await?;
        Ok(())
    }
}

/// Waits on the machine's clock.
pub(super) async fn pause(millis: i64) {
    SystemClock
        .sleep_until(time::plus_millis(SystemClock.now(), millis))
        .await;
}

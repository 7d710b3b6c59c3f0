//! A program in a process of its own, watched until it ends: how long it took, its processor time and its memory.
//!
//! In: children that were started. Out: figures. The system tells them under `/proc`; where it does not, they stay nought. Whoever
//! takes longer than allowed is killed, and so is whoever is still there when its handle is dropped.

use std::collections::BTreeMap;
use std::process::Child;

use api_client::{Clock, SystemClock};
use model::time;

const LOOK_EVERY_MILLIS: i64 = 15;
/// Processor time is counted by the system in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;
const KIB: u64 = 1_024;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spent {
    pub(super) seconds: f64,
    pub(super) processor_seconds: f64,
    /// The most memory at one moment, of the program and all that it started.
    pub(super) peak_bytes: u64,
    pub(super) was_stopped: bool,
    pub(super) succeeded: bool,
}

/// Children that die with their handle.
#[derive(Debug, Default)]
pub(super) struct Group(pub(super) Vec<Child>);

impl Drop for Group {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // Ended already, as a rule.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Group {
    /// Waits until all have ended, or the time is over.
    pub(super) async fn watch(mut self, millis_max: i64) -> anyhow::Result<Spent> {
        let began = time::to_millis(SystemClock.now());
        let mut spent = Spent::default();
        let mut ticks: BTreeMap<u32, u64> = BTreeMap::new();
        loop {
            let table = processes();
            let roots: Vec<u32> = self.0.iter().map(Child::id).collect();
            let family = family_of(&roots, &table);
            let resident: u64 = family.iter().map(|id| resident_bytes(*id)).sum();
            let highest = if family.len() == 1 {
                highest_bytes(family[0])
            } else {
                0
            };
            spent.peak_bytes = spent.peak_bytes.max(resident).max(highest);
            for id in &family {
                if let Some(process) = table.get(id) {
                    ticks.insert(*id, process.own_ticks);
                }
            }
            let millis = time::to_millis(SystemClock.now()) - began;
            let over = roots
                .iter()
                .all(|id| table.get(id).is_none_or(|process| process.has_ended));
            spent.was_stopped = !over && millis >= millis_max;
            if over || spent.was_stopped {
                spent.seconds = as_seconds(millis);
                break;
            }
            pause(LOOK_EVERY_MILLIS).await;
        }
        spent.succeeded = !spent.was_stopped;
        for child in &mut self.0 {
            if spent.was_stopped {
                child.kill()?;
            }
            spent.succeeded &= child.wait()?.success();
        }
        spent.processor_seconds = as_ticks(ticks.values().sum());
        Ok(spent)
    }
}

/// One process as `/proc` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) parent: u32,
    pub(super) has_ended: bool,
    /// Its own processor time, without that of its children, which are counted as long as they are there.
    pub(super) own_ticks: u64,
}

impl Process {
    /// Reads a line of `/proc/ID/stat`. The name in brackets may hold anything.
    pub(super) fn read(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<u64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            has_ended: matches!(*fields.first()?, "Z" | "X"),
            own_ticks: ticks(11)? + ticks(12)?,
        })
    }
}

fn processes() -> BTreeMap<u32, Process> {
    let Ok(folders) = std::fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    let named = folders.filter_map(|folder| folder.ok()?.file_name().to_str()?.parse().ok());
    named
        .filter_map(|id: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            Some((id, Process::read(&stat)?))
        })
        .collect()
}

/// These processes and all that descend from them.
pub(super) fn family_of(roots: &[u32], table: &BTreeMap<u32, Process>) -> Vec<u32> {
    let mut family: Vec<u32> = roots.to_vec();
    let mut place = 0;
    while let Some(parent) = family.get(place).copied() {
        let children = table
            .iter()
            .filter(|(_, process)| process.parent == parent)
            .map(|(id, _)| *id);
        let new: Vec<u32> = children.filter(|id| !family.contains(id)).collect();
        family.extend(new);
        place += 1;
    }
    family
}

fn resident_bytes(id: u32) -> u64 {
    status_bytes(id, "VmRSS:")
}

fn highest_bytes(id: u32) -> u64 {
    status_bytes(id, "VmHWM:")
}

fn status_bytes(id: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib: Option<u64> = line.and_then(|text| text.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0) * KIB
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, far below the precision of a float"
)]
fn as_seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, far below the precision of a float"
)]
fn as_ticks(ticks: u64) -> f64 {
    ticks as f64 / TICKS_PER_SECOND
}

/// Waits on the machine's clock.
pub(super) async fn pause(millis: i64) {
    SystemClock
        .sleep_until(time::plus_millis(SystemClock.now(), millis))
        .await;
}

//! `[timing]`: all waits and intervals.

use engine::settings::Timing;

use super::duration::{self, DAY, HOUR, MINUTE, SECOND};
use super::mistake::Mistake;
use super::section::Section;

const OFF: &str = "off";
const FOR_EVER: &str = "for ever";
const ATTEMPTS_MAX: i64 = 100;

pub(super) fn read(mut section: Section<'_, '_>) -> Timing {
    let default = Timing::default();
    let mut wait = |key: &str, shortest: i64, longest: i64, default: i64| {
        section
            .parsed(key, |text| duration::parse(text, &(shortest..=longest)))
            .unwrap_or(default)
    };
    let timing = Timing {
        grace: wait("grace", SECOND, HOUR, default.grace),
        audit_wait: wait("audit_wait", SECOND, HOUR, default.audit_wait),
        poll_interval: wait("poll_interval", 10 * SECOND, DAY, default.poll_interval),
        poll_interval_longest: wait(
            "poll_interval_longest",
            10 * SECOND,
            DAY,
            default.poll_interval_longest,
        ),
        poll_overlap: wait("poll_overlap", SECOND, HOUR, default.poll_overlap),
        sweep_interval: wait(
            "sweep_interval",
            10 * MINUTE,
            30 * DAY,
            default.sweep_interval,
        ),
        definitions_interval: wait(
            "definitions_interval",
            MINUTE,
            30 * DAY,
            default.definitions_interval,
        ),
        retry_first: wait("retry_first", SECOND, HOUR, default.retry_first),
        retry_longest: wait("retry_longest", SECOND, DAY, default.retry_longest),
        inbox_bodies_kept: wait(
            "inbox_bodies_kept",
            HOUR,
            365 * DAY,
            default.inbox_bodies_kept,
        ),
        settle_longest: wait("settle_longest", SECOND, HOUR, default.settle_longest),
        settle: default.settle,
        attempts_max: default.attempts_max,
        versions_kept: None,
    };
    let settle = read_settle(&mut section, &timing);
    let versions_kept = section.parsed("versions_kept", |text| match text {
        FOR_EVER => Ok(None),
        text => duration::parse(text, &(DAY..=duration::LONGEST)).map(Some),
    });
    let attempts = section.integer(
        "attempts_max",
        1..=ATTEMPTS_MAX,
        i64::from(default.attempts_max),
    );
    if timing.retry_first > timing.retry_longest {
        let message = "`timing.retry_first` is longer than `timing.retry_longest`";
        section.note(Mistake::new(section.place(), message));
    }
    section.finish();
    Timing {
        settle,
        versions_kept: versions_kept.unwrap_or(default.versions_kept),
        attempts_max: u32::try_from(attempts).unwrap_or(default.attempts_max),
        ..timing
    }
}

fn read_settle(section: &mut Section<'_, '_>, timing: &Timing) -> i64 {
    let settle = section.parsed("settle", |text| match text {
        OFF => Ok(0),
        text => duration::parse(text, &(SECOND..=HOUR)),
    });
    let settle = settle.unwrap_or(timing.settle);
    if settle > timing.settle_longest {
        let message = "`timing.settle` is longer than `timing.settle_longest`";
        section.note(Mistake::new(section.place(), message));
    }
    settle
}

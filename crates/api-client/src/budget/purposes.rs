//! What is spent on what: today, of late, and what was put off.
//!
//! In: calls as they are paid, given back or refused. Out: sums by class and purpose, entries for the ledger, and how things
//! stand for the forecast. It decides nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::meter::Meter;
use super::standing::{Need, PutOff, Rate};
use crate::error::NotNowReason;
use crate::ledger::Entry;
use crate::spec::{CallContext, Cost, Priority};

/// What one purpose has cost today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpentOn {
    pub calls: u64,
    pub tokens: u64,
}

#[derive(Debug, Clone)]
struct Line {
    priority: Priority,
    purpose: Cow<'static, str>,
    today: SpentOn,
    /// Not in the ledger yet; negative when more was given back than spent since the last booking.
    unbooked: (i64, i64),
    meter: Meter,
    put_off: Option<(i64, NotNowReason)>,
}

/// All purposes of one account.
#[derive(Debug, Default)]
pub(super) struct Purposes {
    lines: Vec<Line>,
    /// What jobs will still spend, by the job's name.
    needs: BTreeMap<&'static str, (CallContext, u64)>,
}

impl Purposes {
    fn line(&mut self, priority: Priority, purpose: &str) -> Option<&mut Line> {
        self.lines
            .iter_mut()
            .find(|line| line.priority == priority && line.purpose == purpose)
    }

    fn line_of(&mut self, priority: Priority, purpose: Cow<'static, str>) -> &mut Line {
        let known = self
            .lines
            .iter()
            .position(|line| line.priority == priority && line.purpose == purpose);
        let place = known.unwrap_or_else(|| {
            self.lines.push(Line {
                priority,
                purpose,
                today: SpentOn::default(),
                unbooked: (0, 0),
                meter: Meter::default(),
                put_off: None,
            });
            self.lines.len() - 1
        });
        &mut self.lines[place]
    }

    pub(super) fn spend(&mut self, cost: Cost, context: CallContext, now: i64) {
        let line = self.line_of(context.priority, Cow::Borrowed(context.purpose));
        line.today.calls += 1;
        line.today.tokens += u64::from(cost.tokens);
        line.unbooked.0 += 1;
        line.unbooked.1 += i64::from(cost.tokens);
        line.meter.add(f64::from(cost.tokens), now);
        line.put_off = None;
    }

    pub(super) fn give_back(&mut self, cost: Cost, context: CallContext, now: i64) {
        let Some(line) = self.line(context.priority, context.purpose) else {
            return;
        };
        line.today.calls = line.today.calls.saturating_sub(1);
        line.today.tokens = line.today.tokens.saturating_sub(u64::from(cost.tokens));
        line.unbooked.0 -= 1;
        line.unbooked.1 -= i64::from(cost.tokens);
        line.meter.add(-f64::from(cost.tokens), now);
    }

    /// Whether it was not put off before.
    pub(super) fn put_off(&mut self, context: CallContext, until: i64, why: NotNowReason) -> bool {
        let line = self.line_of(context.priority, Cow::Borrowed(context.purpose));
        let is_news = line.put_off.is_none_or(|(before, _)| before != until);
        line.put_off = Some((until, why));
        is_news
    }

    /// What a job will still spend; nothing once it is done.
    pub(super) fn needs(&mut self, job: &'static str, context: CallContext, tokens: u64) {
        if tokens == 0 {
            self.needs.remove(job);
        } else {
            self.needs.insert(job, (context, tokens));
        }
    }

    /// A new day: sums begin at nought, what is known of late stays.
    pub(super) fn turn_day(&mut self) {
        for line in &mut self.lines {
            line.today = SpentOn::default();
            line.unbooked = (0, 0);
            line.put_off = None;
        }
    }

    /// What the ledger does not know yet; from now on it does.
    pub(super) fn take_unbooked(&mut self) -> Vec<Entry> {
        let unbooked = self.lines.iter_mut().filter(|line| line.unbooked != (0, 0));
        unbooked
            .map(|line| {
                let (calls, tokens) = std::mem::take(&mut line.unbooked);
                Entry {
                    priority: line.priority,
                    purpose: line.purpose.clone(),
                    calls,
                    tokens,
                }
            })
            .collect()
    }

    /// The ledger could not be written.
    pub(super) fn put_back(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            let line = self.line_of(entry.priority, entry.purpose);
            line.unbooked.0 += entry.calls;
            line.unbooked.1 += entry.tokens;
        }
    }

    /// Of late, as another process knew it.
    pub(super) fn recall(&mut self, rates: Vec<Rate>) {
        for rate in rates {
            let line = self.line_of(rate.priority, Cow::Owned(rate.purpose));
            if line.meter == Meter::default() {
                line.meter = rate.meter;
            }
        }
    }

    pub(super) fn rates(&self) -> Vec<Rate> {
        let spending = self
            .lines
            .iter()
            .filter(|line| line.meter != Meter::default());
        spending
            .map(|line| Rate {
                priority: line.priority,
                purpose: line.purpose.clone().into_owned(),
                meter: line.meter,
            })
            .collect()
    }

    pub(super) fn all_needs(&self) -> Vec<Need> {
        let needs = self.needs.iter().map(|(job, (context, tokens))| Need {
            job: (*job).to_owned(),
            priority: context.priority,
            purpose: context.purpose.to_owned(),
            tokens: *tokens,
        });
        needs.collect()
    }

    pub(super) fn all_put_off(&self, now: i64) -> Vec<PutOff> {
        let put_off = self.lines.iter().filter_map(|line| {
            let (until, why) = line.put_off.filter(|(until, _)| *until > now)?;
            Some(PutOff {
                priority: line.priority,
                purpose: line.purpose.clone().into_owned(),
                until,
                why: why.to_string(),
            })
        });
        put_off.collect()
    }

    /// Today's sums by purpose, whatever the class, in the order of their names.
    pub(super) fn today(&self) -> Vec<(String, SpentOn)> {
        let mut sums = BTreeMap::<&str, SpentOn>::new();
        for line in self.lines.iter().filter(|line| line.today.calls > 0) {
            let sum = sums.entry(&line.purpose).or_default();
            sum.calls += line.today.calls;
            sum.tokens += line.today.tokens;
        }
        sums.into_iter()
            .map(|(purpose, spent)| (purpose.to_owned(), spent))
            .collect()
    }
}

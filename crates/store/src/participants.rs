//! Who takes part in deals, and what is known about whether that is still so.
//!
//! In: how many participants a list of deals shows, who takes part in a deal. Out: which deals are to be read. Pure.

pub mod members;

use std::sync::Arc;

use model::{RemoteId, Timestamp, time};

/// So many reads in a row may show another number than the list of deals does before that is taken for the truth: somebody whom
/// we may not see takes part.
const ODD_READS_MAX: u32 = 3;

/// How many participants a list of deals shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCount {
    pub deal: RemoteId,
    pub count: u32,
    /// Neither won, lost, archived nor deleted.
    pub is_open: bool,
}

/// One participant, as a read of its deal shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenParticipant {
    /// Of the participation, not of the person.
    pub id: i64,
    pub person_id: i64,
    pub added_at: Option<Timestamp>,
    pub raw: Arc<str>,
}

/// What a read of a deal's participants came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenParticipants {
    /// These, and nobody else.
    All(Vec<SeenParticipant>),
    /// The same, by a read that began at this moment: what we have changed since then it may not show yet.
    AllSince {
        begun_at: Timestamp,
        all: Vec<SeenParticipant>,
    },
    /// No read, but a write of ours: these came, and these participations ended.
    Changed {
        came: Vec<SeenParticipant>,
        went: Vec<i64>,
    },
    /// There is no such deal (any more).
    NoDeal,
    /// The answer makes no sense, or there is none for this deal: who takes part stays as it was known.
    Unreadable,
}

impl SeenParticipants {
    /// By a read that began at this moment.
    #[must_use]
    pub fn since(self, begun_at: Timestamp) -> Self {
        match self {
            Self::All(all) => Self::AllSince { begun_at, all },
            Self::AllSince { .. } | Self::Changed { .. } | Self::NoDeal | Self::Unreadable => self,
        }
    }
}

/// Who takes part in a deal, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    pub deal: RemoteId,
    pub id: i64,
    pub person_id: i64,
    pub added_at: Option<Timestamp>,
    pub raw: Arc<str>,
    pub synced_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// What a read has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ParticipantsKept {
    pub added: u32,
    pub removed: u32,
    pub changed: u32,
}

/// A deal whose participants are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedDeal {
    pub deal: RemoteId,
    /// They were never read.
    pub is_first: bool,
}

/// How the participants in the mirror stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ParticipantsStanding {
    pub open_deals: u64,
    /// Open deals in which somebody takes part.
    pub with_participants: u64,
    /// Deals that were never read and are to be.
    pub unread: u64,
    /// Deals in which something seems to have changed since they were read.
    pub moved: u64,
    /// When the open deal that was read longest ago was read.
    pub oldest_check: Option<Timestamp>,
    pub live: u64,
    pub deleted: u64,
}

/// What is known about the participants of a deal that is or was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) deal: RemoteId,
    pub(crate) is_open: bool,
    /// They are to be read.
    pub(crate) is_due: bool,
    /// By the list of deals, lately.
    pub(crate) count_shown: u32,
    /// By the last read.
    pub(crate) count_read: Option<u32>,
    /// By the list of deals when they were read.
    pub(crate) count_at_read: Option<u32>,
    /// Reads in a row that showed another number than the list.
    pub(crate) odd_reads: u32,
    pub(crate) checked_at: Option<Timestamp>,
    /// Its place in the rotation.
    pub(crate) turn_at: Timestamp,
}

impl Check {
    /// `None` for a deal that is closed and never was open when we looked.
    pub(crate) fn first_seen(shown: &ShownCount) -> Option<Self> {
        shown.is_open.then(|| Self {
            deal: shown.deal.clone(),
            is_open: true,
            is_due: shown.count > 0,
            count_shown: shown.count,
            count_read: None,
            count_at_read: None,
            odd_reads: 0,
            checked_at: None,
            turn_at: time::from_millis(0),
        })
    }

    /// The list of deals shows this.
    pub(crate) fn shown(&self, shown: &ShownCount) -> Self {
        let moved = match (self.count_read, self.count_at_read) {
            (_, Some(at_read)) if self.odd_reads >= ODD_READS_MAX => shown.count != at_read,
            (Some(read), _) => shown.count != read,
            (None, _) => shown.count > 0,
        };
        let agrees = self.count_read == Some(shown.count);
        Self {
            is_open: shown.is_open,
            is_due: self.is_due || moved,
            count_shown: shown.count,
            odd_reads: if agrees { 0 } else { self.odd_reads },
            ..self.clone()
        }
    }

    /// So many were read.
    pub(crate) fn read(&self, count: u32, now: Timestamp) -> Self {
        let odd_reads = if count == self.count_shown {
            0
        } else {
            (self.odd_reads + 1).min(ODD_READS_MAX)
        };
        Self {
            is_due: false,
            count_read: Some(count),
            count_at_read: Some(self.count_shown),
            odd_reads,
            checked_at: Some(now),
            turn_at: now,
            ..self.clone()
        }
    }

    /// So many take part more, or less, because of us: what the list of deals will show is no news.
    pub(crate) fn changed_by(&self, change: i64) -> Self {
        let moved = |count: u32| count.saturating_add_signed(i32::try_from(change).unwrap_or(0));
        Self {
            count_read: self.count_read.map(moved),
            ..self.clone()
        }
    }

    /// It could not be read.
    pub(crate) fn unreadable(&self, now: Timestamp) -> Self {
        Self {
            is_due: false,
            count_at_read: Some(self.count_shown),
            odd_reads: (self.odd_reads + 1).min(ODD_READS_MAX),
            checked_at: Some(now),
            turn_at: now,
            ..self.clone()
        }
    }

    /// What is unread and to be read, or was read and is to be read again.
    pub(crate) const fn is_wanted_first(&self) -> bool {
        self.is_due && self.checked_at.is_none()
    }

    /// Whether it takes part in the rotation: somebody who is there can be swapped for somebody else.
    pub(crate) const fn takes_turns(&self) -> bool {
        self.is_open && !self.is_due && self.checked_at.is_some() && self.count_shown > 0
    }
}

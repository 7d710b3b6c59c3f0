//! Who takes part in deals, which no webhook tells: the open deals are listed with the numbers of their participants, a deal whose
//! number has moved is read, and all of them are read in turn, because one who takes another's place leaves the number as it is.
//!
//! In: numbers, and what the day's tokens allow. Out: participants in the mirror. Lists of deals that are read anyway bring their
//! numbers along; what they make due is read here, too. Never reads a deal's participants only because the deal has changed.

use api_client::{CallContext, CallError, Priority};
use futures_util::future::join_all;
use model::{Entity, RecordKey, RemoteId, Side, Timestamp, time};
use serde::{Deserialize, Serialize};
use store::{
    Authority, InboxSource, NewInboxRow, Observation, ParticipantsStanding, SeenParticipants,
    Store, StoreError, WorkspaceCtx,
};

use crate::core::Core;
use crate::failure::EngineError;
use crate::settings::ParticipantsPace;
use crate::{pace, remote, sweep};

/// What tokens are booked under.
pub(crate) const PURPOSE: &str = "participants";
/// Where the rounds stand.
const FACT: &str = "participants";
/// What puts off the first reads of deals, which are less urgent than everything else.
const FIRST_READS: &str = "participants:first";
/// Deals that are read in one go, and at once.
const READS_MAX: u32 = 200;
const AT_ONCE: usize = 8;
const PAGES_MAX: usize = 10_000;
/// A round that comes late reads at most so many times what is usual.
const LATE_ROUNDS_MAX: i64 = 12;
const TURNS_WHOLE: u64 = 1_000;

/// Where the rounds stand: each lists the open deals, and reads those whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Rounds {
    begun_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    /// How much longer than usual the wait is, in percent.
    percent: u32,
    /// Open deals in which somebody takes part, and all of them.
    with_participants: u64,
    open_deals: u64,
    /// Thousandths of a deal whose turn has come and that was not read: they are carried to the next round.
    turns_owed: u64,
}

/// How the mirror of participants stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub known: ParticipantsStanding,
    /// When the open deals are listed next; nothing before they were listed once.
    pub next_at: Option<Timestamp>,
    /// How much longer than usual the wait is, in percent.
    pub percent: u32,
}

fn pace_of<S>(core: &Core<S>) -> Option<ParticipantsPace> {
    let follows_deals = core.settings.mirrored.contains(&Entity::Deal);
    core.settings.participants.filter(|_| follows_deals)
}

async fn rounds<S: Store>(store: &S, ctx: WorkspaceCtx) -> Result<Rounds, StoreError> {
    let text = store.fact(ctx, FACT).await?;
    let known = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(known.unwrap_or_default())
}

async fn remember<S: Store>(core: &Core<S>, rounds: &Rounds) -> Result<(), EngineError> {
    let text = serde_json::to_string(rounds).expect("rounds are plain data");
    core.store
        .put_fact(core.ctx(), FACT, Some(&text), core.now())
        .await?;
    Ok(())
}

/// How the mirror of participants stands, from what is remembered alone.
///
/// # Errors
/// When the store cannot be reached.
pub async fn standing<S: Store>(store: &S, ctx: WorkspaceCtx) -> Result<Standing, StoreError> {
    let rounds = rounds(store, ctx).await?;
    Ok(Standing {
        known: store.participants_standing(ctx).await?,
        next_at: rounds.next_at,
        percent: rounds.percent.max(pace::USUAL),
    })
}

/// What following them as often as usual takes in so many milliseconds, in tokens.
pub(crate) async fn tokens_within<S: Store>(
    core: &Core<S>,
    millis: i64,
) -> Result<u64, EngineError> {
    let Some(usual) = pace_of(core) else {
        return Ok(0);
    };
    let rounds = rounds(&core.store, core.ctx()).await?;
    let list = pace::pages_of(rounds.open_deals) * pace::deals_page_tokens();
    let reads = rounds.with_participants * u64::from(pipedrive::cost::PARTICIPANTS_PAGE.tokens);
    Ok(pace::tokens_in(list, 1, (millis, usual.interval))
        + pace::tokens_in(reads, 1, (millis, usual.rotation)))
}

/// When there is something to do next: a round, or a deal to read.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    let Some(first_at) = first_round_at(core).await? else {
        return Ok(None);
    };
    let now = core.now();
    let put_off =
        |what: &str, due: Timestamp| core.not_before(what).map_or(due, |until| until.max(due));
    let round = rounds(&core.store, core.ctx()).await?.next_at;
    let mut due = put_off(FACT, round.unwrap_or(first_at));
    // Those in which something has moved come first.
    let wanted = core.store.participants_wanted(core.ctx(), 1).await?;
    if let Some(first) = wanted.first() {
        due = due.min(put_off(name_of(first.is_first), now));
    }
    Ok(Some(due))
}

/// Makes the next round due now.
///
/// # Errors
/// When the store cannot be reached.
pub async fn make_due<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let rounds = rounds(&core.store, core.ctx()).await?;
    if rounds.next_at.is_none() {
        return Ok(());
    }
    remember(
        core,
        &Rounds {
            next_at: Some(core.now()),
            ..rounds
        },
    )
    .await
}

/// When the open deals are listed for the first time; nothing while deals are not known, before which it makes no sense to ask who
/// takes part in them. The list that made them known has shown their numbers, too.
async fn first_round_at<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    let Some(usual) = pace_of(core) else {
        return Ok(None);
    };
    let swept_at = sweep::swept_at(&core.store, core.ctx(), Entity::Deal).await?;
    Ok(swept_at.map(|at| time::plus_millis(at, usual.interval)))
}

/// Carries out the round that is due, and reads the deals that are; answers how many calls of lists and deals were made.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let Some(usual) = pace_of(core) else {
        return Ok(0);
    };
    let Some(first_at) = first_round_at(core).await? else {
        return Ok(0);
    };
    let mut done = 0;
    let mut rounds = rounds(&core.store, core.ctx()).await?;
    if rounds.next_at.is_none() {
        rounds.next_at = Some(first_at);
        remember(core, &rounds).await?;
    }
    let now = core.now();
    if rounds.next_at <= Some(now) && is_open(core, FACT) {
        match round(core, usual, rounds).await {
            Ok(calls) => done += calls,
            Err(error) => core.put_off(FACT, error)?,
        }
    }
    Ok(done + read_wanted(core).await?)
}

fn is_open<S: Store>(core: &Core<S>, what: &str) -> bool {
    core.not_before(what)
        .is_none_or(|until| until <= core.now())
}

const fn name_of(is_first: bool) -> &'static str {
    if is_first { FIRST_READS } else { FACT }
}

async fn round<S: Store>(
    core: &Core<S>,
    usual: ParticipantsPace,
    before: Rounds,
) -> Result<u64, EngineError> {
    let begun_at = core.now();
    let listed = list_open_deals(core).await?;
    let known = core.store.participants_standing(core.ctx()).await?;
    let known = Rounds {
        with_participants: known.with_participants,
        open_deals: known.open_deals,
        ..before
    };
    // What the rounds need is told by what is open now.
    remember(core, &known).await?;
    let percent = pace::of_budget(core).await?;
    let rotation = pace::stretched(usual.rotation, percent);
    let interval = pace::stretched(usual.interval, percent);
    let (turns, turns_owed) = turns(&known, begun_at, (interval, rotation));
    let turn = core.store.participants_in_turn(core.ctx(), turns).await?;
    let call = CallContext::new(Priority::Poll, PURPOSE);
    let read = read_all(core, &turn, &call).await?;
    let after = Rounds {
        begun_at: Some(begun_at),
        next_at: Some(time::plus_millis(begun_at, interval)),
        percent,
        turns_owed,
        ..known
    };
    remember(core, &after).await?;
    Ok(listed + read)
}

/// How many deals' turn it is, and what is carried to the next round: as many as pass by in the time since the last one, when all
/// pass by within a rotation.
fn turns(known: &Rounds, now: Timestamp, (interval, rotation): (i64, i64)) -> (u32, u64) {
    let since = known.begun_at.map_or(interval, |at| {
        time::to_millis(now).saturating_sub(time::to_millis(at))
    });
    let since = since.clamp(0, interval.saturating_mul(LATE_ROUNDS_MAX));
    let passed = pace::tokens_in(known.with_participants * TURNS_WHOLE, 1, (since, rotation));
    let owed = known.turns_owed + passed;
    let whole = u32::try_from(owed / TURNS_WHOLE).unwrap_or(u32::MAX);
    (whole, owed % TURNS_WHOLE)
}

/// Lists the open deals. What it shows of the deals themselves is taken in as from any list.
async fn list_open_deals<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let call = CallContext::new(Priority::Poll, PURPOSE);
    let mut cursor = None;
    let mut pages = 0;
    for _ in 0..PAGES_MAX {
        let mut page = remote::open_deals(core, cursor.take(), &call).await?;
        pages += 1;
        if core.plans(Entity::Deal) {
            crate::intake::page::note_changes(core, &mut page.rows).await?;
        }
        let mut observation = Observation {
            authority: Authority::Page,
            rows: page.rows,
            participant_counts: page.participant_counts,
            ..Observation::none()
        };
        crate::deals::mark(core, &mut observation);
        let observed = core
            .store
            .commit_observation(&core.lease, observation, None, core.now())
            .await?;
        if observed.unsure > 0 {
            core.bells.read.ring();
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(pages)
}

/// Reads the deals in which something has moved, and then those that were never read; each sort waits by itself when the day does
/// not pay it.
async fn read_wanted<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let wanted = core
        .store
        .participants_wanted(core.ctx(), READS_MAX)
        .await?;
    let mut read = 0;
    for (is_first, priority) in [(false, Priority::Poll), (true, Priority::Backfill)] {
        let deals = wanted.iter().filter(|wanted| wanted.is_first == is_first);
        let deals: Vec<RemoteId> = deals.map(|wanted| wanted.deal.clone()).collect();
        if deals.is_empty() || !is_open(core, name_of(is_first)) {
            continue;
        }
        let call = CallContext::new(priority, PURPOSE);
        match read_all(core, &deals, &call).await {
            Ok(deals) => read += deals,
            Err(error) => core.put_off(name_of(is_first), error)?,
        }
    }
    Ok(read)
}

/// Reads these deals, some at once; what was read before an error is kept.
async fn read_all<S: Store>(
    core: &Core<S>,
    deals: &[RemoteId],
    call: &CallContext,
) -> Result<u64, EngineError> {
    let mut read = 0;
    for some in deals.chunks(AT_ONCE) {
        let reads = some.iter().map(|deal| read_deal(core, deal, call));
        for ended in join_all(reads).await {
            ended?;
            read += 1;
        }
    }
    Ok(read)
}

async fn read_deal<S: Store>(
    core: &Core<S>,
    deal: &RemoteId,
    call: &CallContext,
) -> Result<(), EngineError> {
    let failed = |error: CallError| EngineError::call(Side::Pipedrive, error);
    let begun_at = core.now();
    let seen = remote::participants_of(core, deal, call).await;
    // We may make somebody come or go while it is read.
    let seen = seen.map_err(failed)?.since(begun_at);
    match &seen {
        SeenParticipants::All(_)
        | SeenParticipants::AllSince { .. }
        | SeenParticipants::Changed { .. } => {}
        SeenParticipants::NoDeal => ask_for_deal(core, deal).await?,
        SeenParticipants::Unreadable => {
            tracing::warn!(deal = %deal, "the participants of a deal make no sense; they stay as they were known");
        }
    }
    core.store
        .commit_participants(&core.lease, deal, seen, core.now())
        .await?;
    Ok(())
}

/// A deal that has no participants because there is no such deal: a read of it settles that.
async fn ask_for_deal<S: Store>(core: &Core<S>, deal: &RemoteId) -> Result<(), EngineError> {
    let record = RecordKey {
        entity: Entity::Deal,
        id: deal.clone(),
    };
    let row = NewInboxRow {
        source: InboxSource::Sweep,
        dedup: None,
        summary: format!("{record} was not there when its participants were asked for"),
        record: Some(record),
        body: None,
    };
    core.store
        .append_inbox(core.ctx(), vec![row], core.now())
        .await?;
    core.bells.read.ring();
    Ok(())
}

//! What records are asked for besides and activities, notes and files have to answer: counts, the next and the last activity.
//!
//! In: the name of what is asked for. Out: its value. It looks through all notes and files, because hardly anyone asks.

use super::super::json::Json;
use super::super::kinds::{ActivityDetails, Entity};
use super::super::record::Record;
use super::super::state::State;
use super::PaperLinks;

/// Writes the value and says so, or leaves it to others.
pub(in super::super) fn write(
    out: &mut Json,
    name: &str,
    (entity, id): (Entity, i64),
    state: &State,
) -> bool {
    let table = state.table(Entity::Activity);
    let records = table
        .belonging_to((entity, id))
        .filter_map(|id| table.live(id));
    let activities = records.filter_map(|record| Some((record, record.activity()?)));
    let count = |done: bool| {
        let records = table
            .belonging_to((entity, id))
            .filter_map(|id| table.live(id));
        let fitting = records
            .filter_map(Record::activity)
            .filter(|activity| activity.done == done);
        fitting.count()
    };
    let is_about = |links: &PaperLinks| links.is_to(entity, id);
    match name {
        "activities_count" => out.value(&activities.count()),
        "done_activities_count" => out.value(&count(true)),
        "undone_activities_count" => out.value(&count(false)),
        "next_activity_id" => {
            let coming = activities.filter(|(_, activity)| !activity.done);
            let next = coming.min_by_key(|(record, activity)| due(record, activity));
            out.value(&next.map(|(record, _)| record.id));
        }
        "last_activity_id" => {
            let done = activities.filter(|(_, activity)| activity.done);
            let last =
                done.max_by_key(|(record, activity)| (activity.marked_as_done_time, record.id));
            out.value(&last.map(|(record, _)| record.id));
        }
        "notes_count" => {
            let notes = state.papers.notes.values().filter(|note| note.is_active);
            out.value(&notes.filter(|note| is_about(&note.links)).count());
        }
        "files_count" => {
            let files = state.papers.files.values().filter(|file| file.is_active);
            out.value(&files.filter(|file| is_about(&file.links)).count());
        }
        _ => return false,
    }
    true
}

/// What comes first.
fn due<'a>(record: &Record, activity: &'a ActivityDetails) -> (&'a str, Option<&'a str>, i64) {
    (&activity.due_date, activity.due_time.as_deref(), record.id)
}

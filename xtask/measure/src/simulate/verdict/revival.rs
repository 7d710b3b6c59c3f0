//! Revival (S8): what a user has deleted stays deleted until a user gets it back, and is not made anew for its counterpart.
//!
//! In: what users deleted and got back, and what is seen at rest. Out: every record that lives again by itself.

use model::Side;

use super::super::edits::named;
use super::super::run::Run;
use super::super::world::Place;
use super::sight::Sight;

pub(super) fn nothing_comes_back(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    for place in run.world.deeds.stay_deleted() {
        let is_live = |place: &Place| sight.shown.get(place).is_some_and(|shown| shown.is_live);
        if is_live(place) {
            wrong.push(format!(
                "S8: {} lives again although a user deleted it",
                named(place)
            ));
        }
        let Some(opposite) = sight.opposite(place).filter(|opposite| is_live(opposite)) else {
            continue;
        };
        for (other, shown) in &sight.shown {
            let is_anew = other != place
                && (other.0, other.1) == (place.0, place.1)
                && shown.is_live
                && shown.marker.as_ref() == Some(&opposite.2)
                && !has_users(run, other);
            if is_anew {
                wrong.push(format!(
                    "S8: {} was made in place of {}, which a user deleted",
                    named(other),
                    named(place)
                ));
            }
        }
    }
}

/// Whether a user has made a record, or has ever touched it.
fn has_users(run: &Run, place: &Place) -> bool {
    let mut writes = run.world.deeds.writes.iter();
    let side: Side = place.0;
    writes.any(|write| (write.side, write.kind, &write.id) == (side, place.1, &place.2))
}

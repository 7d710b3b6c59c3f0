//! What the mirror promises.

use model::{Entity, RecordKey};
use store::{
    Authority, FirstReadStore, IdRange, Keys, MatchKey, MatchKeyKind, MirrorRow, Observation,
    Observed, Stage, Store,
};

use crate::both::{Desk, on_both};
use crate::made_up::{at, contact, gone, hint, link, person, read_up_to, row, seen};

async fn see(
    desk: &Desk,
    authority: Authority,
    remote_time: i64,
    name: &str,
    now: i64,
) -> Observed {
    let rows = vec![row(&person(1), remote_time, name)];
    desk.store
        .commit_observation(&desk.lease, seen(authority, rows), None, at(now))
        .await
        .unwrap()
}

async fn raw(desk: &Desk) -> String {
    desk.store
        .mirror_row(desk.ctx, &person(1))
        .await
        .unwrap()
        .unwrap()
        .raw
        .to_string()
}

#[test]
fn a_row_never_goes_back_in_time() {
    on_both(|desk| async move {
        assert_eq!(see(&desk, Authority::Read, 5, "Anna", 6).await.new, 1);
        for authority in [Authority::Page, Authority::Read] {
            assert_eq!(see(&desk, authority, 4, "Ann", 7).await.older, 1);
        }
        assert!(raw(&desk).await.contains("Anna"));
        assert_eq!(see(&desk, Authority::Page, 6, "Anne", 8).await.changed, 1);
        assert!(raw(&desk).await.contains("Anne"));
    });
}

#[test]
fn a_page_that_cannot_be_told_apart_by_time_asks_for_a_read_and_a_read_settles_it() {
    on_both(|desk| async move {
        see(&desk, Authority::Read, 5, "Anna", 6).await;
        assert_eq!(see(&desk, Authority::Page, 5, "Ann", 7).await.unsure, 1);
        assert!(raw(&desk).await.contains("Anna"));
        assert_eq!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(7), 1)
                .await
                .unwrap()
                .len(),
            1
        );
        assert_eq!(see(&desk, Authority::Read, 5, "Ann", 8).await.changed, 1);
    });
}

#[test]
fn what_a_read_did_not_find_is_not_taken_on_the_word_of_a_list() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(2), 1)
            .await
            .unwrap()
            .remove(0)
            .lane;
        let done = Some(read_up_to(lane.id, lane.hint));
        desk.store
            .commit_observation(&desk.lease, gone(&person(1)), done, at(2))
            .await
            .unwrap();
        assert_eq!(see(&desk, Authority::Page, 1, "Anna", 3).await.unsure, 1);
        let known = desk.store.mirror_row(desk.ctx, &person(1)).await.unwrap();
        assert_eq!(known, None);
        let due = desk.store.claim_lanes(&desk.lease, Stage::Read, at(3), 1);
        assert_eq!(due.await.unwrap().len(), 1);
        assert_eq!(see(&desk, Authority::Read, 1, "Anna", 4).await.new, 1);
    });
}

#[test]
fn what_is_seen_again_unchanged_makes_nothing_due() {
    on_both(|desk| async move {
        see(&desk, Authority::Read, 5, "Anna", 6).await;
        let before = desk
            .store
            .lane_of(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap()
            .lane
            .version;
        assert_eq!(see(&desk, Authority::Page, 5, "Anna", 7).await.unchanged, 1);
        let after = desk
            .store
            .lane_of(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap()
            .lane
            .version;
        assert_eq!(before, after);
    });
}

#[test]
fn a_changed_record_is_due_for_planning_and_a_finished_read_ends_its_claim() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(1), 1)
            .await
            .unwrap()
            .remove(0)
            .lane;
        let observation = seen(Authority::Read, vec![row(&person(1), 1, "Ann")]);
        let done = Some(read_up_to(lane.id, lane.hint));
        desk.store
            .commit_observation(&desk.lease, observation, done, at(2))
            .await
            .unwrap();

        let planned = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(2), 1)
            .await
            .unwrap();
        assert_eq!(planned[0].lane.id, lane.id);
        assert!(planned[0].rows.pipedrive.is_some());
        assert!(planned[0].inbox.is_empty());
    });
}

#[test]
fn a_hint_that_came_during_a_read_is_read_again() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(1), 1)
            .await
            .unwrap()
            .remove(0)
            .lane;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(2))
            .await
            .unwrap();
        let done = Some(read_up_to(lane.id, lane.hint));
        desk.store
            .commit_observation(&desk.lease, Observation::none(), done, at(3))
            .await
            .unwrap();
        assert_eq!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(3), 1)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn a_record_found_gone_keeps_what_it_showed_and_a_lagging_page_does_not_bring_it_back() {
    on_both(|desk| async move {
        see(&desk, Authority::Read, 5, "Anna", 6).await;
        let observed = desk
            .store
            .commit_observation(&desk.lease, gone(&person(1)), None, at(7))
            .await
            .unwrap();
        assert_eq!(observed.changed, 1);
        let row = desk
            .store
            .mirror_row(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.deleted_at, Some(at(7)));
        assert!(row.raw.contains("Anna"));

        assert_eq!(see(&desk, Authority::Page, 6, "Anna", 8).await.unsure, 1);
        assert!(
            desk.store
                .live_ids(desk.ctx, model::Entity::Person)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(see(&desk, Authority::Read, 6, "Anna", 9).await.changed, 1);
        assert_eq!(
            desk.store
                .live_ids(desk.ctx, model::Entity::Person)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn a_page_its_inbox_row_and_its_cursor_are_kept_together() {
    on_both(|desk| async move {
        let mut page = hint(&person(9));
        page.record = None;
        let mut observation = seen(
            Authority::Page,
            vec![row(&person(1), 1, "Ann"), row(&person(2), 1, "Bo")],
        );
        observation.page = Some(page);
        observation.facts = vec![("cursor.persons".to_owned(), Some("next".to_owned()))];
        desk.store
            .commit_observation(&desk.lease, observation, None, at(2))
            .await
            .unwrap();

        assert_eq!(
            desk.store
                .fact(desk.ctx, "cursor.persons")
                .await
                .unwrap()
                .as_deref(),
            Some("next")
        );
        let status = desk.store.status(desk.ctx, at(2)).await.unwrap();
        assert_eq!((status.inbox_rows, status.lanes_due), (1, 2));
        assert_eq!(status.mirror[&model::Entity::Person], (2, 0));
    });
}

#[test]
fn records_are_found_by_the_keys_of_their_live_rows() {
    on_both(|desk| async move {
        let rows = vec![
            row(&contact(1), 1, "Ann"),
            row(&contact(2), 1, "Ann"),
            row(&contact(3), 1, "Bo"),
        ];
        desk.store
            .commit_observation(&desk.lease, seen(Authority::Read, rows), None, at(2))
            .await
            .unwrap();
        desk.store
            .commit_observation(&desk.lease, gone(&contact(2)), None, at(3))
            .await
            .unwrap();
        let rename = vec![row(&contact(3), 4, "Ann")];
        desk.store
            .commit_observation(&desk.lease, seen(Authority::Read, rename), None, at(4))
            .await
            .unwrap();

        let ann = MatchKey {
            kind: MatchKeyKind::Name,
            value: "ann".to_owned(),
        };
        let matches = desk
            .store
            .find_matches(desk.ctx, model::Entity::Contact, &[ann])
            .await
            .unwrap();
        let found: Vec<_> = matches.iter().map(|found| found.row.key.clone()).collect();
        assert_eq!(found, [contact(1), contact(3)]);
    });
}

#[test]
fn records_of_a_first_read_are_found_when_it_has_ended_by_what_they_carry_then() {
    on_both(|desk| async move {
        let take = async |rows: Vec<MirrorRow>, keys: Keys, second: i64| {
            let mut shown = seen(Authority::Read, rows);
            shown.keys = keys;
            desk.store
                .commit_observation(&desk.lease, shown, None, at(second))
                .await
                .unwrap();
        };
        let find = async |name: &str| {
            let key = MatchKey {
                kind: MatchKeyKind::Name,
                value: name.to_owned(),
            };
            let found = desk
                .store
                .find_matches(desk.ctx, model::Entity::Contact, &[key])
                .await;
            let found = found.unwrap().into_iter();
            found.map(|found| found.row.key).collect::<Vec<_>>()
        };
        let names = ["Ann", "Bo", "Ann"];
        let rows = (1..)
            .zip(names)
            .map(|(id, name)| row(&contact(id), 1, name));
        take(rows.collect(), Keys::Later, 1).await;
        assert_eq!(find("ann").await, []);
        // What a webhook tells meanwhile is found at once.
        take(vec![row(&contact(3), 2, "Cleo")], Keys::Now, 2).await;
        assert_eq!(find("cleo").await, [contact(3)]);
        let mut after = String::new();
        while let Some(last) = desk
            .store
            .index_keys(&desk.lease, model::Entity::Contact, &after)
            .await
            .unwrap()
        {
            after = last.to_string();
        }
        assert_eq!(find("ann").await, [contact(1)]);
        assert_eq!(find("bo").await, [contact(2)]);
        assert_eq!(find("cleo").await, [contact(3)]);
    });
}

#[test]
fn a_contact_whose_link_was_listed_first_is_taken_in_from_its_list() {
    on_both(|desk| async move {
        let listed = |row| seen(Authority::Page, vec![row]);
        let rows = [link(1, &contact(7), 3), row(&contact(7), 5, "Ann Berg")];
        for shown in rows {
            let key = shown.key.clone();
            let observed = desk
                .store
                .commit_observation(&desk.lease, listed(shown), None, at(9))
                .await
                .unwrap();
            assert_eq!((observed.new, observed.unsure), (1, 0), "{key}");
            let kept = desk.store.mirror_row(desk.ctx, &key).await.unwrap();
            assert!(kept.is_some(), "{key}");
        }
    });
}

#[test]
fn a_part_of_the_ids_is_told_in_their_order_without_those_that_are_gone() {
    on_both(|desk| async move {
        let contact = |id: &str| RecordKey::new(Entity::Contact, id);
        let note = |of: &str, id| contact(of).with_under(Entity::TimelineNote, id);
        let notes = [
            note("5", "1"),
            note("5", "2"),
            note("5", "3"),
            note("51", "4"),
        ];
        let rows = notes.iter().map(|key| row(key, 1, "Ann")).collect();
        let shown = seen(Authority::Read, rows);
        desk.store
            .commit_observation(&desk.lease, shown, None, at(2))
            .await
            .unwrap();
        desk.store
            .commit_observation(&desk.lease, gone(&notes[1]), None, at(3))
            .await
            .unwrap();
        let ask = async |range| {
            let ids = desk
                .store
                .live_ids_in(desk.ctx, Entity::TimelineNote, &range);
            let ids: Vec<String> = ids.await.unwrap().iter().map(ToString::to_string).collect();
            ids
        };
        let of_five = IdRange::beginning_with(&contact("5").prefix_of(Entity::TimelineNote));
        assert_eq!(ask(of_five).await, ["contact/5/1", "contact/5/3"]);
        assert_eq!(
            ask(IdRange::after("", 2)).await,
            ["contact/5/1", "contact/5/3"]
        );
        assert_eq!(
            ask(IdRange::after("contact/5/1", 9)).await,
            ["contact/5/3", "contact/51/4"]
        );
    });
}

#[test]
fn what_is_mirrored_of_propstreet_beside_pairs_is_kept_counted_and_makes_no_lane() {
    on_both(|desk| async move {
        let project = RecordKey::new(Entity::Project, "1201");
        let records = [
            project.clone(),
            project.with_under(Entity::Prospect, "40001"),
            RecordKey::new(Entity::Property, "8001"),
            RecordKey::new(Entity::Company, "7").with_under(Entity::TimelineNote, "9"),
        ];
        let rows = records.iter().map(|key| row(key, 1, "Harbour")).collect();
        let shown = seen(Authority::Page, rows);
        desk.store
            .commit_observation(&desk.lease, shown, None, at(2))
            .await
            .unwrap();
        for key in &records {
            let kept = desk.store.mirror_row(desk.ctx, key).await.unwrap();
            assert_eq!(kept.unwrap().key, *key);
        }
        desk.store
            .commit_observation(&desk.lease, gone(&records[1]), None, at(3))
            .await
            .unwrap();
        let status = desk.store.status(desk.ctx, at(4)).await.unwrap();
        assert_eq!(status.mirror[&Entity::Project], (1, 0));
        assert_eq!(status.mirror[&Entity::Prospect], (0, 1));
        assert_eq!(status.lanes_due, 0);
    });
}

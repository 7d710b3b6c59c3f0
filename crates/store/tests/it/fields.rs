//! What lists of field definitions leave behind.

use model::{Field, PairId, Side};
use store::{
    FieldChangeKind, FieldEntity, FieldOption, FieldStore, LaneKey, Reconsider, SeenField,
    SeenFields, Stage, Store, StoreError, StoredField,
};

use crate::both::{Desk, on_both};
use crate::made_up::{at, person};
use crate::pairing::pair_up;

fn field(code: &str, name: &str, field_type: &str) -> SeenField {
    SeenField {
        code: code.to_owned(),
        name: name.to_owned(),
        field_type: field_type.to_owned(),
        is_custom: true,
        is_writable: None,
        options: Vec::new(),
    }
}

fn built_in(code: &str, name: &str) -> SeenField {
    SeenField {
        is_custom: false,
        ..field(code, name, "varchar")
    }
}

fn with_options(options: &[(i64, &str)]) -> SeenField {
    SeenField {
        options: options
            .iter()
            .map(|(id, label)| FieldOption {
                id: *id,
                label: (*label).to_owned(),
            })
            .collect(),
        ..field("9f", "Tier", "enum")
    }
}

async fn list(desk: &Desk, fields: &[SeenField], now: i64) -> Vec<(FieldChangeKind, String)> {
    let list = SeenFields {
        entity: FieldEntity::Deal,
        fields: fields.to_vec(),
    };
    let fact = ("definitions", "{}".to_owned());
    let changes = desk
        .store
        .commit_fields(desk.ctx, vec![list], fact, at(now))
        .await
        .unwrap();
    changes
        .into_iter()
        .map(|change| (change.kind, change.code))
        .collect()
}

async fn known(desk: &Desk, code: &str) -> StoredField {
    let fields = desk.store.fields(desk.ctx).await.unwrap();
    fields.into_iter().find(|field| field.code == code).unwrap()
}

async fn slugs(desk: &Desk) -> Vec<String> {
    let mut fields = desk.store.fields(desk.ctx).await.unwrap();
    fields.sort_by_key(|field| field.position);
    fields.into_iter().map(|field| field.slug).collect()
}

#[test]
fn the_first_list_is_no_news_and_the_same_list_again_is_none_either() {
    on_both(|desk| async move {
        let fields = [built_in("title", "Title"), field("9f", "Tier", "text")];
        assert_eq!(list(&desk, &fields, 1).await, []);
        assert_eq!(list(&desk, &fields, 2).await, []);
        let tier = known(&desk, "9f").await;
        assert_eq!((tier.first_seen_at, tier.last_seen_at), (at(1), at(2)));
        assert_eq!(desk.store.field_changes(desk.ctx, 9).await.unwrap(), []);
    });
}

#[test]
fn a_rename_keeps_the_former_name_and_every_change_is_logged() {
    on_both(|desk| async move {
        list(&desk, &[field("9f", "Tier", "text")], 1).await;
        let renamed = (FieldChangeKind::Renamed, "9f".to_owned());
        let changes = list(&desk, &[field("9f", "Level", "text")], 2).await;
        assert_eq!(changes, [renamed]);

        let level = known(&desk, "9f").await;
        assert_eq!(
            (level.name.as_str(), level.slug.as_str()),
            ("Level", "level")
        );
        assert!(level.was_called("Tier"));
        assert_eq!(level.former[0].slug, "tier");
        assert_eq!(level.former[0].until, at(2));
        let logged = desk.store.field_changes(desk.ctx, 9).await.unwrap();
        assert_eq!(logged[0].before.as_deref(), Some("Tier"));
        assert_eq!(logged[0].after.as_deref(), Some("Level"));
        assert_eq!(logged[0].at, at(2));
    });
}

#[test]
fn a_field_that_left_the_list_is_remembered_as_deleted_and_may_come_back() {
    on_both(|desk| async move {
        let title = built_in("title", "Title");
        let tier = field("9f", "Tier", "text");
        list(&desk, &[title.clone(), tier.clone()], 1).await;
        let gone = list(&desk, std::slice::from_ref(&title), 2).await;
        assert_eq!(gone, [(FieldChangeKind::Deleted, "9f".to_owned())]);
        assert_eq!(known(&desk, "9f").await.deleted_at, Some(at(2)));
        assert_eq!(list(&desk, std::slice::from_ref(&title), 3).await, []);

        let back = list(&desk, &[title, tier], 4).await;
        assert_eq!(back, [(FieldChangeKind::Restored, "9f".to_owned())]);
        let tier = known(&desk, "9f").await;
        assert_eq!((tier.deleted_at, tier.first_seen_at), (None, at(1)));
    });
}

#[test]
fn another_entitys_fields_are_left_alone() {
    on_both(|desk| async move {
        list(&desk, &[field("9f", "Tier", "text")], 1).await;
        let of_persons = SeenFields {
            entity: FieldEntity::Person,
            fields: vec![field("aa", "Strategy", "text")],
        };
        let fact = ("definitions", "{}".to_owned());
        let changes = desk
            .store
            .commit_fields(desk.ctx, vec![of_persons], fact, at(2))
            .await
            .unwrap();
        assert_eq!(changes, []);
        assert!(known(&desk, "9f").await.is_live());
        assert_eq!(
            desk.store.fact(desk.ctx, "definitions").await.unwrap(),
            Some("{}".to_owned())
        );
    });
}

#[test]
fn options_are_told_by_their_ids() {
    use FieldChangeKind::{OptionAdded, OptionRemoved, OptionRenamed, TypeChanged};
    on_both(|desk| async move {
        list(&desk, &[with_options(&[(1, "Gold"), (2, "Silver")])], 1).await;
        let changes = list(&desk, &[with_options(&[(1, "Platinum"), (3, "Bronze")])], 2).await;
        let kinds: Vec<_> = changes.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [OptionRenamed, OptionAdded, OptionRemoved]);
        let tier = known(&desk, "9f").await;
        assert_eq!(tier.option_label(1), Some("Platinum"));
        assert_eq!(tier.option_label(2), None);

        let changes = list(&desk, &[field("9f", "Tier", "text")], 3).await;
        assert_eq!(changes[0].0, TypeChanged);
    });
}

#[test]
fn readable_names_are_unique_and_stay_with_their_fields() {
    on_both(|desk| async move {
        let title = built_in("title", "Title");
        let theirs = field("aa", "Title", "text");
        let first = field("bb", "Property address", "text");
        let second = field("cc", "property address", "text");
        let all = [title.clone(), theirs.clone(), first.clone(), second.clone()];
        list(&desk, &all, 1).await;
        let expected = ["title", "title_2", "property_address", "property_address_2"];
        assert_eq!(slugs(&desk).await, expected);

        // Another order gives nobody another name.
        let turned = [second.clone(), first, theirs.clone(), title.clone()];
        list(&desk, &turned, 2).await;
        let expected = ["property_address_2", "property_address", "title_2", "title"];
        assert_eq!(slugs(&desk).await, expected);

        // A name that a living field had is not given to another one.
        let renamed = field("bb", "Address", "text");
        let new = field("dd", "Property address", "text");
        list(&desk, &[title, renamed, second, new], 3).await;
        assert_eq!(known(&desk, "bb").await.slug, "address");
        assert_eq!(known(&desk, "cc").await.slug, "property_address_2");
        assert_eq!(known(&desk, "dd").await.slug, "property_address_3");
    });
}

#[test]
fn a_field_made_anew_takes_the_readable_name_of_the_deleted_one() {
    on_both(|desk| async move {
        let title = built_in("title", "Title");
        let tier = field("aa", "Tier", "text");
        list(&desk, &[title.clone(), tier.clone()], 1).await;
        list(&desk, std::slice::from_ref(&title), 2).await;
        let anew = field("bb", "Tier", "text");
        list(&desk, &[title.clone(), anew.clone()], 3).await;
        assert_eq!(known(&desk, "bb").await.slug, "tier");

        list(&desk, &[title, tier, anew], 4).await;
        assert_eq!(known(&desk, "bb").await.slug, "tier");
        assert_eq!(known(&desk, "aa").await.slug, "tier_2");
    });
}

#[test]
fn reconsidered_pairs_are_due_for_planning_and_have_forgotten_the_named_fields() {
    on_both(|desk| async move {
        let (one, two) = (pair_up(&desk, 1, 11).await, pair_up(&desk, 2, 12).await);
        let what = |after| Reconsider {
            kind: model::Kind::Person,
            forget: vec![Field::PersonName],
            after,
            limit: 1,
        };
        let reconsider = async |after| {
            desk.store
                .reconsider_pairs(&desk.lease, what(after), at(9))
                .await
                .unwrap()
        };
        assert_eq!(reconsider(PairId(0)).await, Some(one));
        assert_eq!(reconsider(one).await, Some(two));
        assert_eq!(reconsider(two).await, None);
        for pair in [one, two] {
            let pair = desk.store.pair(desk.ctx, pair).await.unwrap().unwrap();
            for side in Side::BOTH {
                assert_eq!(pair.base.get(side).get(Field::PersonName), None);
            }
        }
        let view = desk
            .store
            .lane_of(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(view.lane.key, LaneKey::Pair(one));
        assert_eq!(view.lane.stage(), Stage::Plan);

        desk.store
            .acquire_lease(desk.lease.workspace, at(10))
            .await
            .unwrap();
        let late = desk
            .store
            .reconsider_pairs(&desk.lease, what(PairId(0)), at(11))
            .await;
        assert!(matches!(late, Err(StoreError::LeaseLost)));
    });
}

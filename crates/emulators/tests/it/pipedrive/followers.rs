//! Followers of deals, persons, organizations and products, in both shapes.

use serde_json::json;

use super::Account;

#[test]
fn every_kind_can_be_followed_once_by_each_user() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let org = account.organization("Alnäs AB");
    let deal = account.deal(json!({}));
    account.post("/api/v2/products", &json!({"name": "Photography"}));
    for path in [
        format!("/api/v2/persons/{person}/followers"),
        format!("/api/v2/organizations/{org}/followers"),
        format!("/api/v2/deals/{deal}/followers"),
        "/api/v2/products/1/followers".to_owned(),
    ] {
        account.pass_seconds(3);
        let made = account.post(&path, &json!({"user_id": 13}));
        assert_eq!(made.status, 201, "{}", made.text);
        let time = made.data()["add_time"].clone();
        assert_eq!(made.data(), json!({"user_id": 13, "add_time": time}));
        account
            .post(&path, &json!({"user_id": 13}))
            .refused_for("follower already");
        account
            .post(&path, &json!({"user_id": 99}))
            .refused_for("user does not exist");
        assert_eq!(
            account.get(&path).data(),
            json!([{"user_id": 13, "add_time": time}])
        );
        assert_eq!(
            account.delete(&format!("{path}/13")).data(),
            json!({"user_id": 13})
        );
        assert_eq!(account.delete(&format!("{path}/13")).status, 404);
        let log = account.get(&format!("{path}/changelog")).data();
        assert_eq!(
            (&log[0]["action"], &log[1]["action"]),
            (&json!("removed"), &json!("added"))
        );
        assert_eq!(
            (&log[0]["actor_user_id"], &log[0]["follower_user_id"]),
            (&json!(11), &json!(13))
        );
    }
}

#[test]
fn the_older_shape_numbers_each_follower() {
    let mut account = Account::new();
    let deal = account.deal(json!({}));
    let path = format!("/v1/deals/{deal}/followers");
    let made = account.post(&path, &json!({"user_id": 13}));
    assert_eq!(made.status, 200);
    let id = made.data()["id"].clone();
    assert_eq!(
        made.data(),
        json!({"user_id": 13, "id": id, "deal_id": deal, "add_time": "2026-01-14 10:00:00"})
    );
    assert_eq!(account.get(&path).data()[0]["id"], id);
    assert_eq!(
        account.delete(&format!("{path}/{id}")).data(),
        json!({"id": id})
    );
    assert_eq!(account.get(&path).data(), json!(null));
}

#[test]
fn followers_fire_no_event_and_move_no_time() {
    let mut account = Account::new();
    account.subscribe();
    let deal = account.deal(json!({}));
    account.received();
    account.post(
        &format!("/api/v2/deals/{deal}/followers"),
        &json!({"user_id": 13}),
    );
    assert!(account.received().is_empty());
    assert!(account.deal_now(deal)["update_time"].is_null());
}

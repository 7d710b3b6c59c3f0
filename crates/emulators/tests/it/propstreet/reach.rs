//! Several addresses and numbers of one contact.

use super::{CONTACTS, Org};
use serde_json::{Value, json};

fn two_addresses(org: &mut Org) -> String {
    let emails = json!([{"address": "ann@fjordkapital.se", "type": "work"}, {"address": "ann@hemma.se", "type": "personal"}]);
    let id = org.contact(&json!({"firstName": "Ann", "emails": emails}));
    format!("{CONTACTS}/{id}")
}

fn addresses(body: &Value) -> Vec<(String, bool)> {
    let read = |email: &Value| {
        (
            email["address"].as_str().unwrap().to_owned(),
            email["isPrimary"].as_bool().unwrap(),
        )
    };
    body["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

fn known(address: &str, primary: bool) -> (String, bool) {
    (address.to_owned(), primary)
}

#[test]
fn the_first_of_a_list_is_primary() {
    let mut org = Org::new();
    let path = two_addresses(&mut org);
    let told = org.get(&path);
    assert_eq!(told.body["email"], "ann@fjordkapital.se");
    assert_eq!(
        addresses(&told.body),
        [
            known("ann@fjordkapital.se", true),
            known("ann@hemma.se", false)
        ]
    );
}

#[test]
fn changing_the_address_replaces_the_primary_one_and_keeps_the_others() {
    let mut org = Org::new();
    let path = two_addresses(&mut org);
    let told = org
        .patch(&path, &json!({"email": "ann@nyttbolag.se"}))
        .expect(200);
    assert_eq!(
        addresses(&told.body),
        [
            known("ann@nyttbolag.se", true),
            known("ann@hemma.se", false)
        ]
    );
    assert_eq!(told.body["emails"][0]["type"], "work");
}

#[test]
fn another_of_its_addresses_can_take_the_place_of_the_primary_one() {
    let mut org = Org::new();
    let path = two_addresses(&mut org);
    let told = org
        .patch(&path, &json!({"email": "ann@hemma.se"}))
        .expect(200);
    assert_eq!(addresses(&told.body), [known("ann@hemma.se", true)]);
}

#[test]
fn clearing_the_address_leaves_the_others_and_no_primary_one() {
    let mut org = Org::new();
    let path = two_addresses(&mut org);
    let told = org.patch(&path, &json!({"email": null})).expect(200);
    assert_eq!(told.body["email"], Value::Null);
    assert_eq!(addresses(&told.body), [known("ann@hemma.se", false)]);
}

#[test]
fn a_list_and_a_single_address_together_keep_the_list_and_say_which_is_primary() {
    let mut org = Org::new();
    let path = two_addresses(&mut org);
    let body = json!({"email": "c@c.se", "emails": [{"address": "a@a.se"}, {"address": "b@b.se"}]});
    let told = org.patch(&path, &body).expect(200);
    assert_eq!(
        addresses(&told.body),
        [
            known("c@c.se", true),
            known("a@a.se", false),
            known("b@b.se", false)
        ]
    );
    let body = json!({"email": "b@b.se", "emails": [{"address": "a@a.se"}, {"address": "b@b.se"}]});
    let told = org.patch(&path, &body).expect(200);
    assert_eq!(
        addresses(&told.body),
        [known("a@a.se", false), known("b@b.se", true)]
    );
}

#[test]
fn numbers_follow_the_same_rules() {
    let mut org = Org::new();
    let phones =
        json!([{"number": "070-123 45 67", "type": "mobile"}, {"number": "+47 22 12 34 56"}]);
    let id = org.contact(&json!({"firstName": "Ann", "phones": phones}));
    let told = org
        .patch(
            &format!("{CONTACTS}/{id}"),
            &json!({"phone": "0046 8 123 456 78"}),
        )
        .expect(200);
    assert_eq!(told.body["phone"], "+46812345678");
    let numbers: Vec<&str> = told.body["phones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phone| phone["number"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["+46812345678", "+4722123456"]);
}

#[test]
fn a_kind_of_address_is_one_of_three() {
    let mut org = Org::new();
    let body = json!({"firstName": "Ann", "emails": [{"address": "a@a.se", "type": "home"}]});
    org.post(CONTACTS, &body).expect(400);
}

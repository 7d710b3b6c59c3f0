//! What people do in the web interface.

use super::{CONTACTS, Org, ann};
use serde_json::{Value, json};

#[test]
fn a_persons_edit_is_a_change_of_its_own_origin() {
    let mut org = Org::new();
    let now = org.now();
    let id = org.emulator.add_contact(&ann(), now).unwrap();
    let contact = &org.emulator.contacts()[0];
    assert_eq!(contact["changeOrigin"], "ui");
    org.emulator
        .edit_contact(&id, &json!({"strategy": "Logistics"}), now)
        .unwrap();
    assert_eq!(
        org.get(&format!("{CONTACTS}/{id}")).body["strategy"],
        "Logistics"
    );
}

#[test]
fn the_rules_for_values_hold_for_people_too() {
    let mut org = Org::new();
    let now = org.now();
    org.emulator.add_contact(&ann(), now).unwrap();
    let refused = org.emulator.add_contact(&ann(), now).unwrap_err();
    assert!(refused.to_string().contains("email"));
    assert!(org.emulator.add_company(&json!({}), now).is_err());
    assert!(org.emulator.edit_contact("ann", &json!({}), now).is_err());
    assert!(org.emulator.delete_link("1", now).is_err());
}

#[test]
fn what_is_deleted_can_be_restored_without_its_links() {
    let mut org = Org::new();
    let now = org.now();
    let contact = org.emulator.add_contact(&ann(), now).unwrap();
    let company = org
        .emulator
        .add_company(&json!({"name": "Fjord"}), now)
        .unwrap();
    let link = org
        .emulator
        .add_link((&contact, &company), Some("CFO"), now)
        .unwrap();
    org.emulator
        .edit_link(&link, &json!({"jobTitle": "CEO"}), now)
        .unwrap();
    org.emulator.delete_contact(&contact, now).unwrap();
    assert!(org.emulator.restore_company(&company, now).is_err());
    org.emulator.restore_contact(&contact, now).unwrap();
    let shown = org.get(&format!("{CONTACTS}/{contact}")).expect(200).body;
    assert_eq!(shown["companies"], json!([]));
    assert_eq!(shown["deletedUtc"], Value::Null);
    assert!(org.emulator.links()[0]["deletedUtc"].is_string());
    org.emulator.delete_company(&company, now).unwrap();
    org.emulator.restore_company(&company, now).unwrap();
}

#[test]
fn people_have_no_limits() {
    let mut org = Org::new();
    let now = org.now();
    for number in 0..700 {
        org.emulator
            .add_company(&json!({"name": format!("Fjord {number}")}), now)
            .unwrap();
    }
    assert_eq!(org.emulator.counters().violations, 0);
    assert_eq!(org.emulator.companies().len(), 700);
}

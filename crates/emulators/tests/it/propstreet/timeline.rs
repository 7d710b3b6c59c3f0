//! What timelines tell of changes.

use super::{COMPANIES, CONTACTS, LINKS, Org, Told, ann};
use emulators::brokerage::Brokerage;
use emulators::faults::{CallMatch, Fault};
use emulators::propstreet::PropstreetEmulator;
use http::Method;
use serde_json::{Value, json};

/// The audit rows of a record, oldest first.
fn audit(org: &mut Org, path: &str) -> Vec<Value> {
    let mut told = org.get(&format!("{path}/actions?type=audit")).expect(200);
    let mut rows = told.body["data"].take();
    rows.as_array_mut().unwrap().reverse();
    rows.as_array().unwrap().clone()
}

/// Each row in a word: what was done, to which fields.
fn story(org: &mut Org, path: &str) -> Vec<String> {
    let tell = |row: &Value| {
        let details = &row["details"];
        assert_eq!(row["event"], details["operation"]);
        let fields: Vec<&str> = details["changedFields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field.as_str().unwrap())
            .collect();
        let operation = details["operation"].as_str().unwrap();
        format!("{operation} {}", fields.join(" "))
            .trim()
            .to_owned()
    };
    audit(org, path).iter().map(tell).collect()
}

fn change_link(org: &mut Org, link: &str, body: &Value) -> Told {
    let path = format!("{LINKS}/{link}");
    let version = org.get(&path).header("etag").to_owned();
    org.call("PATCH", &path, &[("if-match", &version)], body)
}

fn contact_path(id: &str) -> String {
    format!("{CONTACTS}/{id}")
}

fn company_path(id: &str) -> String {
    format!("{COMPANIES}/{id}")
}

#[test]
fn a_row_tells_who_did_what_when_and_under_which_key() {
    let mut org = Org::new();
    let key = [("idempotency-key", "contact-5")];
    let contact = org.call("POST", CONTACTS, &key, &ann()).expect(201);
    org.call("POST", CONTACTS, &key, &ann()).expect(201);
    let rows = audit(&mut org, &contact_path(&contact.id()));
    assert_eq!(rows.len(), 1, "a repeated call is no second change");
    let row = &rows[0];
    assert!(row["id"].is_string() && row["cursor"].is_string());
    let (at, made) = (&row["timestampUtc"], &contact.body["createdUtc"]);
    let millis = |time: &serde_json::Value| time.as_str().unwrap()[..23].to_owned();
    assert_eq!(
        millis(at),
        millis(made),
        "told finer, and of the same moment"
    );
    assert_eq!(row["type"], "audit");
    assert_eq!(row["user"]["id"], "bot-1");
    assert_eq!(row["source"], "PublicApi");
    assert_eq!(row["importId"], Value::Null);
    assert_eq!(
        row["details"],
        json!({
            "kind": "audit", "operation": "ContactCreated", "changedFields": ["firstName", "lastName", "email", "emails"],
            "idempotencyKey": "contact-5", "importId": null, "linkId": null, "oauthClientId": "nordhav-sync"
        })
    );
}

#[test]
fn a_change_names_the_fields_that_are_others_now_and_no_others() {
    let mut org = Org::new();
    let contact = contact_path(&org.contact(&ann()));
    for body in [
        json!({"firstName": "Ann", "tags": ["Core"]}),
        json!({"emails": [{"address": "ann.berg@fjordkapital.se"}, {"address": "ann@berg.example"}]}),
        json!({"email": "a.berg@fjordkapital.se"}),
        json!({"phone": "+46701234567", "strategy": "Logistics", "blocked": true}),
        json!({"firstName": "Ann"}),
        json!({}),
    ] {
        org.patch(&contact, &body).expect(200);
    }
    assert_eq!(
        story(&mut org, &contact),
        [
            "ContactCreated firstName lastName email emails",
            "ContactUpdated tags",
            "ContactUpdated emails",
            "ContactUpdated email emails",
            "ContactUpdated phone phones strategy blocked",
        ]
    );
    let company = company_path(&org.company("Fjord Kapital AB"));
    org.patch(&company, &json!({"homepageUrl": "https://fjord.example"}))
        .expect(200);
    org.patch(
        &company,
        &json!({"externalRefs": [{"namespace": "pipedrive", "id": "7"}]}),
    )
    .expect(200);
    assert_eq!(
        story(&mut org, &company),
        [
            "CompanyCreated name",
            "CompanyUpdated domain homepageUrl",
            "CompanyUpdated externalRefs"
        ]
    );
}

#[test]
fn a_link_is_told_on_both_timelines_and_moves_nobodys_fields() {
    let mut org = Org::new();
    let (contact, company) = (org.contact(&ann()), org.company("Fjord Kapital AB"));
    let link = org.link(&contact, &company);
    change_link(&mut org, &link, &json!({"jobTitle": "CFO"})).expect(200);
    change_link(&mut org, &link, &json!({"jobTitle": "CFO"})).expect(200);
    org.delete(&format!("{LINKS}/{link}")).expect(204);
    let links = [
        "LinkCreated contactId companyId isPrimary",
        "LinkUpdated jobTitle",
        "LinkDeleted",
    ];
    for path in [contact_path(&contact), company_path(&company)] {
        assert_eq!(story(&mut org, &path)[1..], links, "{path}");
        let rows = audit(&mut org, &path);
        let named = rows[1..]
            .iter()
            .filter(|row| row["details"]["linkId"] == link.as_str());
        assert_eq!(named.count(), 3, "{path}");
    }
}

#[test]
fn the_primary_flag_is_told_of_the_link_that_loses_it_and_of_the_one_that_gains_it() {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let (first, second) = (
        org.company("Fjord Kapital AB"),
        org.company("Lindaholm A/S"),
    );
    let first_link = org.link(&contact, &first);
    let second_link = org.link(&contact, &second);
    change_link(&mut org, &second_link, &json!({"isPrimary": true})).expect(200);
    let now = org.now();
    org.emulator.delete_company(&second, now).unwrap();
    let rows = audit(&mut org, &contact_path(&contact));
    let told: Vec<_> = rows[3..]
        .iter()
        .map(|row| {
            let details = &row["details"];
            (
                details["operation"].as_str().unwrap(),
                details["linkId"].as_str().unwrap(),
                details["changedFields"] == json!(["isPrimary"]),
                row["source"].as_str(),
            )
        })
        .collect();
    let api = Some("PublicApi");
    assert_eq!(
        told,
        [
            ("LinkUpdated", first_link.as_str(), true, api),
            ("LinkUpdated", second_link.as_str(), true, api),
            ("LinkDeleted", second_link.as_str(), false, None),
            ("LinkUpdated", first_link.as_str(), true, None),
        ]
    );
    assert_eq!(
        story(&mut org, &company_path(&first))[2..],
        ["LinkUpdated isPrimary", "LinkUpdated isPrimary"]
    );
}

#[test]
fn what_is_deleted_takes_its_links_along_and_tells_it_when_it_comes_back() {
    let mut org = Org::new();
    let (contact, company) = (org.contact(&ann()), org.company("Fjord Kapital AB"));
    org.link(&contact, &company);
    let path = contact_path(&contact);
    org.delete(&path).expect(204);
    org.get(&format!("{path}/actions")).expect(404);
    assert_eq!(
        story(&mut org, &company_path(&company))[1..],
        ["LinkCreated contactId companyId isPrimary", "LinkDeleted"]
    );
    let now = org.now();
    org.emulator.restore_contact(&contact, now).unwrap();
    assert_eq!(
        story(&mut org, &path)[2..],
        ["ContactDeleted", "LinkDeleted", "ContactRestored"]
    );
    let company = company_path(&company);
    org.patch(
        &company,
        &json!({"externalRefs": [{"namespace": "pipedrive", "id": "7"}]}),
    )
    .expect(200);
    org.delete(&company).expect(204);
    org.patch(
        &format!("{COMPANIES}/external/pipedrive/7"),
        &json!({"name": "Fjord AB"}),
    )
    .expect(200);
    assert_eq!(
        story(&mut org, &company)[4..],
        ["CompanyDeleted", "CompanyRestored name"]
    );
}

#[test]
fn people_personal_tokens_and_the_server_itself_are_told_apart() {
    let mut org = Org::new();
    let now = org.now();
    let contact = org.emulator.add_contact_quietly(&ann(), now).unwrap();
    let path = contact_path(&contact);
    org.token = "pat_nordhav".to_owned();
    org.patch(&path, &json!({"firstName": "Anna"})).expect(200);
    org.post(&format!("{path}/notes"), &json!({"note": "Met in Oslo"}))
        .expect(204);
    org.emulator.faults.next(
        Fault::StaleVersion,
        CallMatch::call(&Method::PATCH, CONTACTS),
    );
    let version = org.get(&path).header("etag").to_owned();
    org.call(
        "PATCH",
        &path,
        &[("if-match", &version)],
        &json!({"firstName": "Ann"}),
    )
    .expect(412);
    let rows = org.get(&format!("{path}/actions")).body["data"].clone();
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|row| {
            assert_eq!(row["details"]["oauthClientId"], Value::Null);
            (
                row["event"].as_str().unwrap(),
                row["user"]["name"].as_str(),
                row["source"].as_str(),
            )
        })
        .collect();
    let person = Some("Ellen Strand");
    assert_eq!(
        told,
        [
            ("ContactCreated", person, None),
            ("ContactUpdated", person, Some("PublicApi")),
            ("NoteAdded", person, Some("PublicApi")),
            ("ContactUpdated", None, Some("System")),
        ]
    );
}

#[test]
fn notes_and_changes_share_one_order_and_their_pages() {
    let mut org = Org::new();
    let company = org.company("Fjord Kapital AB");
    let path = company_path(&company);
    for number in 0..4 {
        org.patch(&path, &json!({"strategy": format!("Plan {number}")}))
            .expect(200);
        org.post(&format!("{path}/notes"), &json!({"note": "Called"}))
            .expect(204);
    }
    for (kind, expected) in [("all", 9), ("audit", 5), ("notes", 4)] {
        let mut ids: Vec<u64> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = org
                .get(&format!("{path}/actions?type={kind}&page_size=2{cursor}"))
                .expect(200)
                .body;
            let rows = page["data"].as_array().unwrap();
            ids.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().unwrap().parse::<u64>().unwrap()),
            );
            let Some(next) = page["page"]["nextCursor"].as_str() else {
                break;
            };
            assert_eq!(rows[1]["cursor"], next);
            let next = next.replace('=', "%3D").replace('+', "%2B");
            cursor = format!("&cursor={next}");
        }
        assert_eq!(ids.len(), expected, "{kind}");
        assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    }
    let all = org.get(&format!("{path}/actions?page_size=3")).body;
    let kinds: Vec<_> = (0..3).map(|place| &all["data"][place]["type"]).collect();
    assert_eq!(kinds, ["note", "audit", "note"]);
}

#[test]
fn timelines_outlive_a_restart_and_old_files_have_none() {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let path = contact_path(&contact);
    org.post(&format!("{path}/notes"), &json!({"note": "Called"}))
        .expect(204);
    let before = org.get(&format!("{path}/actions")).expect(200).body;
    let mut saved = org.emulator.save();
    org.emulator = PropstreetEmulator::load(saved.clone()).unwrap();
    org.sign_in();
    assert_eq!(org.get(&format!("{path}/actions")).body, before);

    saved.as_object_mut().unwrap().remove("timeline");
    org.emulator = PropstreetEmulator::load(saved).unwrap();
    org.sign_in();
    org.patch(&path, &json!({"firstName": "Anna"})).expect(200);
    let rows = org.get(&format!("{path}/actions")).body["data"].clone();
    assert_eq!(rows[0]["event"], "ContactUpdated");
    assert_eq!(rows[1], before["data"][0]);
    assert!(rows[0]["id"].as_str() > rows[1]["id"].as_str());
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[test]
fn a_seeded_organization_begins_with_empty_timelines() {
    let mut org = Org::new();
    let now = org.now();
    org.emulator.seed_own(&Brokerage::generate(8, 10, 40), now);
    let link = &org.emulator.links()[0];
    let contact = contact_path(link["contactId"].as_str().unwrap());
    let company = company_path(link["companyId"].as_str().unwrap());
    for path in [contact, company] {
        assert_eq!(story(&mut org, &path), [""; 0]);
    }
}

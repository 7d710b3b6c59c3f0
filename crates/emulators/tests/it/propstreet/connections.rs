//! The places that come with a contact.

use super::webhooks::{due_names, everything};
use super::{COMPANIES, CONTACTS, LINKS, Org, ann};
use serde_json::{Value, json};

fn at(company: &Value, job_title: &str, primary: bool) -> Value {
    json!({"company": company, "jobTitle": job_title, "primary": primary})
}

fn existing(id: &str) -> Value {
    json!({"kind": "existing", "id": id})
}

fn places(org: &mut Org, contact: &str) -> Vec<(String, String, bool)> {
    let told = org.get(&format!("{CONTACTS}/{contact}")).expect(200).body;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let companies = told["companies"].as_array().unwrap().iter();
    companies
        .map(|place| {
            let is_main = place["isPrimary"] == true;
            (text(&place["name"]), text(&place["jobTitle"]), is_main)
        })
        .collect()
}

#[test]
fn a_contact_comes_with_its_places_and_a_new_company() {
    let mut org = Org::new();
    let fjord = org.company("Fjord Kapital AB");
    let mut body = ann();
    let new = json!({"kind": "new", "name": "Lindaholm A/S", "countryCode": "dk"});
    body["connections"] = json!([at(&existing(&fjord), "CFO", false), at(&new, "Chair", true)]);
    let contact = org.contact(&body);
    let row = |name: &str, title: &str, main| (name.to_owned(), title.to_owned(), main);
    assert_eq!(
        places(&mut org, &contact),
        [
            row("Lindaholm A/S", "Chair", true),
            row("Fjord Kapital AB", "CFO", false)
        ]
    );
    let companies = org.get(COMPANIES).body["data"].clone();
    assert_eq!(companies[1]["countryCode"], "DK");
    // The list replaces what was there, and none of it ends every place.
    let path = format!("{CONTACTS}/{contact}");
    let only = json!({"connections": [at(&existing(&fjord), "CEO", true)]});
    org.patch(&path, &only).expect(200);
    assert_eq!(
        places(&mut org, &contact),
        [row("Fjord Kapital AB", "CEO", true)]
    );
    let version = org.get(&path).header("etag").to_owned();
    org.patch(&path, &only).expect(200);
    assert_eq!(org.get(&path).header("etag"), version);
    org.patch(&path, &json!({"connections": []})).expect(200);
    assert_eq!(places(&mut org, &contact), []);
    assert_eq!(org.get(LINKS).body["data"], json!([]));
}

#[test]
fn places_that_make_no_sense_change_nothing() {
    let mut org = Org::new();
    let fjord = org.company("Fjord Kapital AB");
    let contact = org.contact(&ann());
    everything(&mut org);
    let path = format!("{CONTACTS}/{contact}");
    let here = existing(&fjord);
    for (status, connections) in [
        (400, json!([at(&here, "CFO", false)])),
        (
            400,
            json!([at(&here, "CFO", true), at(&here, "CEO", false)]),
        ),
        (
            400,
            json!([at(&json!({"kind": "old", "id": fjord}), "CFO", true)]),
        ),
        (
            400,
            json!([at(&json!({"kind": "existing", "id": 5}), "CFO", true)]),
        ),
        (400, json!([at(&json!({"kind": "new"}), "CFO", true)])),
        (404, json!([at(&existing("9"), "CFO", true)])),
    ] {
        let body = json!({"lastName": "Holm", "connections": connections});
        org.patch(&path, &body).expect(status);
    }
    assert_eq!(due_names(&mut org), Vec::<String>::new());
}

//! Links, primary companies, and the versions they touch.

use super::{COMPANIES, CONTACTS, LINKS, Org, Told, ann};
use serde_json::{Value, json};

struct Pair {
    org: Org,
    contact: String,
    company: String,
    link: String,
}

fn pair() -> Pair {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let company = org.company("Fjord Kapital AB");
    let link = org.link(&contact, &company);
    Pair {
        org,
        contact,
        company,
        link,
    }
}

impl Pair {
    fn change(&mut self, link: &str, body: &Value) -> Told {
        let path = format!("{LINKS}/{link}");
        let version = self.org.get(&path).header("etag").to_owned();
        self.org
            .call("PATCH", &path, &[("if-match", &version)], body)
    }

    fn contact(&mut self) -> Value {
        self.org
            .get(&format!("{CONTACTS}/{}", self.contact))
            .expect(200)
            .body
    }

    fn company(&mut self) -> Value {
        self.org
            .get(&format!("{COMPANIES}/{}", self.company))
            .expect(200)
            .body
    }

    fn primary(&mut self) -> String {
        let contact = self.contact();
        assert_eq!(contact["companies"][0]["isPrimary"], true);
        assert_eq!(contact["companies"][0]["id"], contact["primaryCompanyId"]);
        let flags = contact["companies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|company| company["isPrimary"] == true);
        assert_eq!(flags.count(), 1);
        contact["primaryCompanyId"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_link_shows_its_ends_and_not_whether_it_is_primary() {
    let Pair {
        mut org,
        contact,
        company,
        link,
    } = pair();
    let told = org.get(&format!("{LINKS}/{link}")).expect(200);
    assert_eq!(told.body["contactId"], contact.as_str());
    assert_eq!(told.body["companyId"], company.as_str());
    assert!(told.body.get("isPrimary").is_none());
}

#[test]
fn a_number_is_no_id_and_unknown_ends_are_not_found() {
    let Pair {
        mut org,
        contact,
        company,
        ..
    } = pair();
    let number: u64 = contact.parse().unwrap();
    org.post(LINKS, &json!({"contactId": number, "companyId": company}))
        .expect(400);
    org.post(LINKS, &json!({"contactId": "1", "companyId": company}))
        .expect(404);
    org.post(LINKS, &json!({"contactId": contact, "companyId": "1"}))
        .expect(404);
    org.post(LINKS, &json!({"contactId": contact})).expect(400);
    org.post(
        LINKS,
        &json!({"contactId": contact, "companyId": company, "isPrimary": true}),
    )
    .expect(400);
}

#[test]
fn a_pair_is_linked_once() {
    let Pair {
        mut org,
        contact,
        company,
        link,
    } = pair();
    let body = json!({"contactId": contact, "companyId": company});
    org.post(LINKS, &body).expect(409);
    org.delete(&format!("{LINKS}/{link}")).expect(204);
    org.post(LINKS, &body).expect(201);
}

#[test]
fn changing_a_link_needs_its_version() {
    let Pair { mut org, link, .. } = pair();
    let path = format!("{LINKS}/{link}");
    let told = org.patch(&path, &json!({"jobTitle": "CFO"})).expect(428);
    assert_eq!(told.body["type"], "/help/precondition-required");
    org.call(
        "PATCH",
        &path,
        &[("if-match", " ")],
        &json!({"jobTitle": "CFO"}),
    )
    .expect(428);
    org.call(
        "PATCH",
        &path,
        &[("if-match", "W/\"AAAAAAAAAAA=\"")],
        &json!({"jobTitle": "CFO"}),
    )
    .expect(412);
}

#[test]
fn a_change_of_a_link_gives_contact_and_company_new_versions() {
    let mut pair = pair();
    let before = (
        pair.contact()["etag"].clone(),
        pair.company()["etag"].clone(),
    );
    let link = pair.link.clone();
    pair.org.now += 1_000;
    pair.change(&link, &json!({"jobTitle": "Head of leasing"}))
        .expect(200);
    let (contact, company) = (pair.contact(), pair.company());
    assert_ne!(contact["etag"], before.0);
    assert_ne!(company["etag"], before.1);
    assert_eq!(contact["companies"][0]["jobTitle"], "Head of leasing");
    assert_eq!(company["contacts"][0]["jobTitle"], "Head of leasing");
    assert_eq!(contact["updatedUtc"], company["updatedUtc"]);
    pair.change(
        &link,
        &json!({"jobTitle": "Head of leasing", "isPrimary": true}),
    )
    .expect(200);
    assert_eq!(pair.contact()["etag"], contact["etag"]);
}

#[test]
fn the_first_link_is_primary_and_the_flag_moves() {
    let mut pair = pair();
    let first = pair.company.clone();
    let second = pair.org.company("Lindaholm A/S");
    let second_link = pair.org.link(&pair.contact.clone(), &second);
    assert_eq!(pair.primary(), first);
    let company_before = pair.company()["etag"].clone();
    pair.change(&second_link, &json!({"isPrimary": true}))
        .expect(200);
    assert_eq!(pair.primary(), second);
    assert_ne!(pair.company()["etag"], company_before);
    pair.change(&second_link, &json!({"isPrimary": false}))
        .expect(200);
    assert_eq!(pair.primary(), first);
    let first_link = pair.link.clone();
    pair.org
        .delete(&format!("{LINKS}/{first_link}"))
        .expect(204);
    assert_eq!(pair.primary(), second);
    pair.change(&second_link, &json!({"isPrimary": false}))
        .expect(200);
    assert_eq!(pair.primary(), second);
}

#[test]
fn deleting_either_end_ends_the_link() {
    for end in ["contact", "company"] {
        let mut pair = pair();
        let path = if end == "contact" {
            format!("{CONTACTS}/{}", pair.contact)
        } else {
            format!("{COMPANIES}/{}", pair.company)
        };
        pair.org.delete(&path).expect(204);
        let link = pair.link.clone();
        pair.org.get(&format!("{LINKS}/{link}")).expect(404);
        let all = pair.org.get(&format!(
            "{LINKS}?include_deleted=true&updated_since=2020-01-01T00:00:00Z"
        ));
        assert_eq!(all.body["data"][0]["changeType"], "delete");
        let left = if end == "contact" {
            pair.company()["contacts"].clone()
        } else {
            pair.contact()["companies"].clone()
        };
        assert_eq!(left, json!([]), "{end}");
    }
}

#[test]
fn links_are_listed_by_contact_and_by_company() {
    let mut pair = pair();
    let second = pair.org.company("Lindaholm A/S");
    let contact = pair.contact.clone();
    pair.org.link(&contact, &second);
    let mut count = |query: &str| {
        pair.org.get(&format!("{LINKS}?{query}")).expect(200).body["data"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(""), 2);
    assert_eq!(count(&format!("contact_id={contact}")), 2);
    assert_eq!(count(&format!("company_id={second}")), 1);
    assert_eq!(
        count(&format!("contact_id={contact}&company_id={second}")),
        1
    );
    assert_eq!(count("contact_id=1"), 0);
    pair.org.get(&format!("{LINKS}?contact_id=ann")).expect(400);
}

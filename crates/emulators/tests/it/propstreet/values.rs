//! Values as the server keeps them, and what it refuses.

use super::{COMPANIES, CONTACTS, Org};
use serde_json::{Value, json};

fn kept(field: &str, sent: &str) -> (u16, Value) {
    let told = Org::new().post(CONTACTS, &json!({"lastName": "Holm", field: sent}));
    (told.status, told.body[field].clone())
}

fn kept_of_company(field: &str, sent: &str) -> (u16, Value) {
    let told = Org::new().post(COMPANIES, &json!({"name": "Holm & Co", field: sent}));
    (told.status, told.body[field].clone())
}

#[test]
fn phones_that_can_be_read_are_kept_in_international_form_and_others_as_they_are() {
    for (sent, expected) in [
        ("070-123 45 67", "+46701234567"),
        ("+46 (0)70 123 45 67", "+46701234567"),
        ("0047 22 12 34 56", "+4722123456"),
        ("+358 40 123 4567", "+358401234567"),
        ("22 12 34 56", "22 12 34 56"),
        ("+46 70 123 45 67 ext 4", "+46 70 123 45 67 ext 4"),
        ("växel 12", "växel 12"),
        ("0701", "0701"),
    ] {
        assert_eq!(kept("phone", sent), (201, json!(expected)), "{sent}");
    }
}

#[test]
fn addresses_keep_their_case_and_must_be_addresses() {
    assert_eq!(
        kept("email", " Ann.Berg@Fjord.se "),
        (201, json!("Ann.Berg@Fjord.se"))
    );
    for wrong in [
        "ann",
        "ann@",
        "@fjord.se",
        "ann@fjord",
        "a b@fjord.se",
        "ann@@fjord.se",
        "ann@fjord..se",
    ] {
        assert_eq!(kept("email", wrong).0, 400, "{wrong}");
    }
    let longest = format!(
        "{}@{}.se",
        "a".repeat(60),
        ["b".repeat(60), "c".repeat(60), "d".repeat(60)].join(".")
    );
    assert_eq!(kept("email", &longest).0, 201);
    assert_eq!(kept("email", &format!("{longest}xxxxxxxxx")).0, 400);
}

#[test]
fn names_are_trimmed_and_end_at_255() {
    assert_eq!(kept("firstName", "  Åsa "), (201, json!("Åsa")));
    assert_eq!(kept("firstName", &"å".repeat(255)).0, 201);
    assert_eq!(kept("firstName", &"å".repeat(256)).0, 400);
    assert_eq!(kept("phone", &"1".repeat(51)).0, 400);
}

#[test]
fn languages_and_profiles_have_forms() {
    assert_eq!(kept("primaryLanguage", "sv"), (201, json!("sv")));
    assert_eq!(kept("primaryLanguage", "swe").0, 400);
    assert_eq!(kept("primaryLanguage", "xx").0, 400);
    let profile = json!("https://www.linkedin.com/in/ann-berg");
    assert_eq!(
        kept("linkedInUrl", "http://se.linkedin.com/in/ann-berg/?trk=x"),
        (201, profile)
    );
    assert_eq!(kept("linkedInUrl", "https://example.com/in/ann").0, 400);
}

#[test]
fn domains_are_kept_in_lower_case_without_www() {
    assert_eq!(
        kept_of_company("domain", "WWW.Holm.SE"),
        (201, json!("holm.se"))
    );
    assert_eq!(kept_of_company("domain", "holm").0, 400);
    assert_eq!(kept_of_company("domain", "https://holm.se").0, 400);
}

#[test]
fn a_home_page_decides_the_domain() {
    let mut org = Org::new();
    let body = json!({"name": "Holm", "homepageUrl": "https://www.Holm.se/kontakt?x=1", "domain": "other.se"});
    let told = org.post(COMPANIES, &body).expect(201);
    assert_eq!(told.body["domain"], "holm.se");
    assert_eq!(told.body["homepageUrl"], "https://www.Holm.se/kontakt?x=1");
    let path = format!("{COMPANIES}/{}", told.id());
    let told = org.patch(&path, &json!({"domain": "holm.no"})).expect(200);
    assert_eq!(told.body["domain"], "holm.no");
    assert_eq!(kept_of_company("homepageUrl", "holm.se").0, 400);
}

#[test]
fn countries_are_two_letters_in_upper_case() {
    assert_eq!(kept_of_company("countryCode", "se"), (201, json!("SE")));
    for wrong in ["SWE", "Sweden", "S1"] {
        assert_eq!(kept_of_company("countryCode", wrong).0, 400, "{wrong}");
    }
}

#[test]
fn tags_are_strings_each_once_and_at_most_a_hundred() {
    let mut org = Org::new();
    let told = org
        .post(
            CONTACTS,
            &json!({"firstName": "A", "tags": [" Investor ", "Investor", "Core"]}),
        )
        .expect(201);
    assert_eq!(told.body["tags"], json!(["Investor", "Core"]));
    let many: Vec<String> = (0..101).map(|number| format!("tag {number}")).collect();
    org.post(CONTACTS, &json!({"firstName": "A", "tags": &many[..100]}))
        .expect(201);
    org.post(CONTACTS, &json!({"firstName": "A", "tags": many}))
        .expect(400);
    org.post(CONTACTS, &json!({"firstName": "A", "tags": [7]}))
        .expect(400);
    org.post(CONTACTS, &json!({"firstName": "A", "tags": "Core"}))
        .expect(400);
}

#[test]
fn references_have_two_members_and_each_namespace_once() {
    let mut org = Org::new();
    let many: Vec<Value> = (0..51)
        .map(|number| json!({"namespace": format!("n{number}"), "id": "1"}))
        .collect();
    for wrong in [
        json!([{"source": "pipedrive", "externalId": "1"}]),
        json!([{"namespace": "pipedrive", "id": 1}]),
        json!([{"namespace": "pipedrive", "id": ""}]),
        json!([{"namespace": "x".repeat(51), "id": "1"}]),
        json!([{"namespace": "pipedrive", "id": "x".repeat(256)}]),
        json!([{"namespace": "pipedrive", "id": "1"}, {"namespace": "Pipedrive", "id": "2"}]),
        json!(many),
    ] {
        org.post(CONTACTS, &json!({"firstName": "A", "externalRefs": wrong}))
            .expect(400);
    }
    org.post(
        CONTACTS,
        &json!({"firstName": "A", "externalRefs": &many[..50]}),
    )
    .expect(201);
}

#[test]
fn numbers_do_not_pass_for_text() {
    let mut org = Org::new();
    org.post(CONTACTS, &json!({"firstName": 5})).expect(400);
    org.post(CONTACTS, &json!(["firstName"])).expect(400);
    org.post(COMPANIES, &json!({"name": true})).expect(400);
}

#[test]
fn letters_outside_ascii_and_control_letters_survive() {
    let text = "Kontor \"A\"\n\tlager\\hall \u{1} – Ærø 🏢";
    assert_eq!(kept("strategy", text), (201, json!(text)));
}

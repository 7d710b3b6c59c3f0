//! Writes name exactly what is to change.

use api_client::Patch;
use propstreet::{CompanyBody, ContactBody, ExternalRef, LinkBody, NewLink};

fn written(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).unwrap()
}

#[test]
fn an_empty_body_writes_nothing() {
    assert_eq!(written(&ContactBody::default()), "{}");
    assert_eq!(written(&CompanyBody::default()), "{}");
    assert_eq!(written(&LinkBody::default()), "{}");
}

#[test]
fn a_contact_names_only_what_changes() {
    let body = ContactBody {
        first_name: Patch::Set("Astrid".to_owned()),
        phone: Patch::Clear,
        tags: Patch::Clear,
        linked_in_url: Patch::Set("https://www.linkedin.com/in/astrid".to_owned()),
        external_refs: Patch::Set(vec![ExternalRef::new("pipedrive", "21")]),
        ..ContactBody::default()
    };
    assert_eq!(
        written(&body),
        concat!(
            r#"{"firstName":"Astrid","phone":null,"linkedInUrl":"https://www.linkedin.com/in/astrid","#,
            r#""tags":[],"externalRefs":[{"namespace":"pipedrive","id":"21"}]}"#
        )
    );
}

#[test]
fn a_link_names_its_ends_and_its_title() {
    let link = NewLink {
        contact_id: "789".to_owned(),
        company_id: "12".to_owned(),
        job_title: None,
    };
    assert_eq!(written(&link), r#"{"contactId":"789","companyId":"12"}"#);
    let body = LinkBody {
        job_title: Patch::Clear,
        is_primary: Patch::Set(true),
    };
    assert_eq!(written(&body), r#"{"jobTitle":null,"isPrimary":true}"#);
}

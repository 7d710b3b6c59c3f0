//! Documented answers are understood, and odd ones do not spoil anything.

use propstreet::{Company, Contact, ExternalRef, Link};
use serde_json::json;

#[test]
fn a_contact_is_read_with_all_that_is_known_of_it() {
    let contact: Contact = serde_json::from_value(json!({
        "id": "789", "uri": null, "firstName": "Astrid", "lastName": "Lindqvist", "email": "astrid@fastighetshuset.se",
        "phone": "+46701234567", "emails": [{"address": "astrid@fastighetshuset.se", "type": "work", "isPrimary": true}],
        "phones": [{"number": "+46701234567", "type": "mobile", "isPrimary": true}], "tags": ["Investor"],
        "linkedInUrl": "https://www.linkedin.com/in/astrid", "strategy": "Core", "primaryCompanyId": "12",
        "companies": [{"id": "12", "uri": null, "name": "Fastighetshuset", "jobTitle": "CIO", "isPrimary": true}],
        "externalRefs": [{"namespace": "Pipedrive", "id": "21"}], "createdUtc": "2026-05-05T17:18:39.880Z",
        "updatedUtc": "2026-05-05T17:18:39.880Z", "deletedUtc": null, "etag": "W/\"AAAAAAAAK0Q=\"", "changeOrigin": "api"
    }))
    .unwrap();
    assert_eq!(
        (contact.id.as_str(), contact.linked_in_url.is_some()),
        ("789", true)
    );
    assert_eq!(contact.companies[0].job_title.as_deref(), Some("CIO"));
    assert_eq!(
        ExternalRef::find(&contact.external_refs, "pipedrive"),
        Some("21")
    );
    assert_eq!(
        contact.updated_utc.unwrap().to_string(),
        "2026-05-05T17:18:39.88Z"
    );
}

#[test]
fn ids_may_be_numbers_and_lists_may_be_missing() {
    let link: Link =
        serde_json::from_value(json!({"id": 5, "contactId": 789, "companyId": "12"})).unwrap();
    assert_eq!(
        (
            link.id.as_str(),
            link.contact_id.as_str(),
            link.company_id.as_str()
        ),
        ("5", "789", "12")
    );
    let company: Company =
        serde_json::from_value(json!({"id": "12", "tags": null, "contacts": [{"no": "id"}]}))
            .unwrap();
    assert!(company.tags.is_empty() && company.contacts.is_empty());
    assert!(serde_json::from_value::<Contact>(json!({"id": ""})).is_err());
}

//! Documented answers are understood, and odd ones do not spoil anything.

use propstreet::{Company, Contact, ExternalRef, Link, Note, Project, Prospect, Scale};
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

#[test]
fn numbers_of_projects_may_be_text_and_what_makes_no_sense_is_nothing() {
    let project: Project = serde_json::from_value(json!({
        "id": 12, "status": "open", "asset": {"type": "portfolio", "propertyCount": "4"},
        "price": {"value": "12.50", "currency": "EUR", "scale": null},
        "priceRange": {"min": "10", "max": null, "currency": "EUR", "scale": "millions"},
        "teaser": "soon", "properties": [{"id": 5, "yearBuilt": "1934", "parcelArea": {"value": "1200", "unit": "sqm"}}, 7]
    }))
    .unwrap();
    assert_eq!(project.asset.unwrap().property_count, Some(4));
    let price = project.price.unwrap();
    assert_eq!((price.value.as_str(), price.scale), ("12.50", Scale::None));
    let range = project.price_range.unwrap();
    assert_eq!((range.min.as_deref(), range.max), (Some("10"), None));
    assert!(project.teaser.is_none());
    assert_eq!(project.properties.len(), 1);
    assert_eq!(project.properties[0].year_built, Some(1934));
    assert_eq!(
        project.properties[0].parcel_area.as_ref().unwrap().value,
        "1200"
    );
    let odd: Project = serde_json::from_value(json!({
        "id": "12", "asset": [], "price": {"value": "much", "currency": "EUR"},
        "priceRange": {"min": 1, "currency": "EUR", "scale": "dozens"}, "properties": null, "deletedUtc": "never"
    }))
    .unwrap();
    assert!(odd.asset.is_none() && odd.price.is_none() && odd.price_range.is_none());
    assert!(odd.deleted_utc.is_none() && !odd.is_open());
    let missing = json!({"id": "5", "contactId": "7"});
    assert!(serde_json::from_value::<Prospect>(missing).is_err());
    let bare: Prospect =
        serde_json::from_value(json!({"id": 5, "projectId": 12, "teaser": {}})).unwrap();
    assert_eq!(bare.project_id, "12");
    let note = json!({"id": 7, "details": {"message": "Called", "archivedAt": null, "supersedesActivityId": 6}});
    let note: Note = serde_json::from_value(note).unwrap();
    assert_eq!(
        (note.supersedes.as_deref(), note.is_in_force()),
        (Some("6"), true)
    );
    assert!(
        serde_json::from_value::<Note>(json!({"id": 7, "details": {"message": null}})).is_err()
    );
}

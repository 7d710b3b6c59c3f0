//! Fields, users and webhooks: what setting up needs.

use api_client::{CallError, Patch};
use pipedrive::{CustomValue, FieldType, FieldsOf, NewField, NewWebhook, PersonBody};

use crate::world::{CHANGE, World};

#[test]
fn a_custom_field_is_created_filled_and_deleted() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let field = NewField {
            field_name: "investor_strategy".to_owned(),
            field_type: FieldType::Text,
            options: Vec::new(),
        };
        let field = client
            .create_field(FieldsOf::Person, &field, &CHANGE)
            .await
            .unwrap()
            .value;
        assert!(field.is_custom_field);
        assert_eq!(field.field_code.len(), 40);

        let mut body = PersonBody {
            name: Patch::Set("Eva Sand".to_owned()),
            ..PersonBody::default()
        };
        body.custom_fields.insert(
            field.field_code.clone(),
            Patch::Set(CustomValue::Text("Core offices".to_owned())),
        );
        let person = client.create_person(&body, &CHANGE).await.unwrap().value;
        assert_eq!(person.custom_fields[&field.field_code], "Core offices");

        let listed = client
            .list_fields(FieldsOf::Person, None, &CHANGE)
            .await
            .unwrap();
        assert!(
            listed
                .rows
                .iter()
                .any(|row| row.value.field_code == field.field_code)
        );
        client
            .delete_field(FieldsOf::Person, &field.field_code, &CHANGE)
            .await
            .unwrap();
        let error = client
            .update_person(person.id, &body, &CHANGE)
            .await
            .unwrap_err();
        assert!(
            matches!(error, CallError::Refused(_)),
            "a field that is gone is refused: {error:?}"
        );
    });
}

#[test]
fn a_label_can_be_added() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let added = client
            .add_field_options(FieldsOf::Organization, "label_ids", &["Investor"], &CHANGE)
            .await
            .unwrap();
        assert_eq!(added[0].label, "Investor");
        let listed = client
            .list_fields(FieldsOf::Organization, None, &CHANGE)
            .await
            .unwrap();
        let labels = listed
            .rows
            .iter()
            .find(|row| row.value.field_code == "label_ids")
            .unwrap();
        assert!(labels.value.options.contains(&added[0]));
    });
}

#[test]
fn our_own_user_tells_the_company() {
    let world = World::start();
    let me = world.run(world.client.me(&CHANGE)).unwrap().value;
    assert_eq!(me.company_domain.as_deref(), Some("nordlysbrokers"));
    assert!(me.is_admin());
    let users = world.run(world.client.list_users(&CHANGE)).unwrap();
    assert!(users.rows.iter().any(|row| row.value.id == me.id));
}

#[test]
fn a_webhook_is_registered_listed_and_taken_away() {
    let world = World::start();
    let client = &world.client;
    let webhook = NewWebhook {
        name: "pipestreet persons".to_owned(),
        subscription_url: "https://sync.nordlysbrokers.example/webhooks/main/pipedrive/x1"
            .to_owned(),
        event_object: "person".to_owned(),
        http_auth_user: "pipedrive".to_owned(),
        http_auth_password: "tofu-cloud-9".to_owned().into(),
    };
    assert!(!format!("{webhook:?}").contains("tofu"));
    world.run(async {
        let made = client
            .create_webhook(&webhook, &CHANGE)
            .await
            .unwrap()
            .value;
        assert!(made.is_active);
        assert_eq!(
            (made.event_action.as_str(), made.version.as_str()),
            ("*", "2.0")
        );
        let listed = client.list_webhooks(&CHANGE).await.unwrap();
        assert_eq!(
            listed.rows[0].value.subscription_url,
            webhook.subscription_url
        );
        client.delete_webhook(made.id, &CHANGE).await.unwrap();
        assert!(client.list_webhooks(&CHANGE).await.unwrap().rows.is_empty());
        assert_eq!(
            client.delete_webhook(made.id, &CHANGE).await,
            Err(CallError::NotFound)
        );
    });
}

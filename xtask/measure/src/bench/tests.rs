//! What is sent to the measured server is what Pipedrive sends, each time another event.

use std::collections::BTreeSet;

use pipedrive::{Entity, EventAction, WebhookTopic};

use super::deliveries::Deliveries;

fn body_of(deliveries: &Deliveries, number: u64) -> String {
    let mut request = Vec::new();
    deliveries.write(number, &mut request);
    let request = String::from_utf8(request).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", body.len());
    assert!(head.contains(&length), "{head}");
    body.to_owned()
}

#[test]
fn every_delivery_is_a_change_of_a_person_with_an_event_of_its_own() {
    let deliveries = Deliveries::to("127.0.0.1:9").unwrap();
    let mut events = BTreeSet::new();
    for number in 0..2_000 {
        let topic = WebhookTopic::decode(body_of(&deliveries, number).as_bytes()).unwrap();
        assert_eq!(
            (&topic.entity, &topic.action),
            (&Entity::Person, &EventAction::Change)
        );
        events.insert(topic.event_id);
    }
    assert_eq!(events.len(), 2_000);
}

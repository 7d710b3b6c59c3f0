//! Every call of the client, once: for tests of what holds for all of them.

use std::pin::Pin;

use api_client::{CallContext, CallError, Patch};
use pipedrive::{
    ActivityBody, ActivityQuery, ActivityTypeBody, Client, DealBody, DealExtra, DealProductBody,
    DealQuery, FieldBody, FieldMatch, FieldType, FieldsOf, FilterBody, FilterOf, FindUsersBy,
    Followed, LeadBody, LeadLabelBody, LeadQuery, ListQuery, Mergeable, NewDealPlace, NewField,
    NewWebhook, NoteBody, NoteOn, NoteQuery, OlderFieldsOf, OrganizationBody, PersonBody,
    PersonsOf, PipelineBody, ProductBody, RecordKind, SearchQuery, StageBody,
};

const LEAD: &str = "adf21080-0e10-11eb-879b-05d71fb426ec";
const CODE: &str = "d4de1c1518b4531717c676029a45911c340390a6";

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<(), CallError>> + 'a>>;

/// One call: what it is, in our own words, and the call itself.
pub(crate) type Named<'a> = (&'static str, Outcome<'a>);

macro_rules! calls {
    ($($call:expr;)+) => {
        vec![$((
            stringify!($call),
            Box::pin(async move { $call.await.map(|_| ()) }) as Outcome<'_>,
        )),+]
    };
}

pub(crate) fn every_call<'a>(client: &'a Client, context: &'a CallContext) -> Vec<Named<'a>> {
    let mut calls = deals(client, context);
    calls.extend(contacts(client, context));
    calls.extend(work(client, context));
    calls.extend(leads(client, context));
    calls.extend(fields(client, context));
    calls.extend(people(client, context));
    calls.extend(histories(client, context));
    calls
}

fn deals<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    calls![
        client.get_deal(1, &[DealExtra::ParticipantsCount], c);
        client.list_deals(&DealQuery::default(), c);
        client.list_archived_deals(&DealQuery::default(), c);
        client.create_deal(&DealBody::default(), c);
        client.update_deal(1, &DealBody::default(), c);
        client.delete_deal(1, c);
        client.duplicate_deal(1, c);
        client.list_deal_products(1, None, c);
        client.list_products_of_deals(&[1, 2], None, c);
        client.add_deal_product(1, &DealProductBody::default(), c);
        client.add_deal_products(1, &[DealProductBody::default()], c);
        client.update_deal_product(1, 2, &DealProductBody::default(), c);
        client.remove_deal_product(1, 2, c);
        client.remove_deal_products(1, &[2], c);
        client.list_participants(1, None, c);
        client.add_participant(1, 2, c);
        client.remove_participant(1, 2, c);
        client.participants_changelog(1, None, c);
        client.get_product(1, c);
        client.list_products(&ListQuery::all(), c);
        client.create_product(&ProductBody::default(), c);
        client.update_product(1, &ProductBody::default(), c);
        client.delete_product(1, c);
        client.get_pipeline(1, c);
        client.list_pipelines(None, c);
        client.create_pipeline(&PipelineBody::default(), c);
        client.update_pipeline(1, &PipelineBody::default(), c);
        client.delete_pipeline(1, c);
        client.get_stage(1, c);
        client.list_stages(Some(1), None, c);
        client.create_stage(&StageBody::default(), c);
        client.update_stage(1, &StageBody::default(), c);
        client.delete_stage(1, c);
    ]
}

fn contacts<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    calls![
        client.get_person(1, c);
        client.list_persons(&ListQuery::all(), c);
        client.list_persons_of(PersonsOf::Deal(1), &ListQuery::all(), c);
        client.create_person(&PersonBody::default(), c);
        client.update_person(1, &PersonBody::default(), c);
        client.delete_person(1, c);
        client.get_organization(1, c);
        client.list_organizations(&ListQuery::all(), c);
        client.create_organization(&OrganizationBody::default(), c);
        client.update_organization(1, &OrganizationBody::default(), c);
        client.delete_organization(1, c);
    ]
}

fn work<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    calls![
        client.get_activity(1, c);
        client.list_activities(&ActivityQuery::default(), c);
        client.create_activity(&ActivityBody::default(), c);
        client.update_activity(1, &ActivityBody::default(), c);
        client.delete_activity(1, c);
        client.list_activity_types(c);
        client.create_activity_type(&ActivityTypeBody::default(), c);
        client.update_activity_type(1, &ActivityTypeBody::default(), c);
        client.delete_activity_type(1, c);
        client.get_note(1, c);
        client.list_notes(&NoteQuery::default(), c);
        client.create_note(&NoteBody::new("<p>x</p>".to_owned(), NoteOn::Deal(1)), c);
        client.update_note(1, &NoteBody::default(), c);
        client.delete_note(1, c);
        client.get_file(1, c);
        client.list_files(None, c);
        client.list_files_of(Followed::Deal, 1, None, c);
    ]
}

fn leads<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    calls![
        client.get_lead(LEAD, c);
        client.list_leads(&LeadQuery::default(), c);
        client.list_archived_leads(&LeadQuery::default(), c);
        client.create_lead(&LeadBody::default(), c);
        client.update_lead(LEAD, &LeadBody::default(), c);
        client.delete_lead(LEAD, c);
        client.list_lead_labels(c);
        client.create_lead_label(&LeadLabelBody::default(), c);
        client.update_lead_label(LEAD, &LeadLabelBody::default(), c);
        client.delete_lead_label(LEAD, c);
        client.list_lead_sources(c);
        client.convert_lead(LEAD, NewDealPlace::Stage(1), c);
        client.lead_conversion(LEAD, LEAD, c);
        client.convert_deal(1, c);
        client.deal_conversion(1, LEAD, c);
    ]
}

fn fields<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    let renamed = || FieldBody {
        field_name: Patch::Set("Strategy".to_owned()),
        ..FieldBody::default()
    };
    let new = || NewField {
        field_name: "Strategy".to_owned(),
        field_type: FieldType::Text,
        options: Vec::new(),
    };
    let mut calls = Vec::new();
    for of in FieldsOf::ALL {
        calls.extend(calls![
            client.list_fields(of, None, c);
            client.get_field(of, CODE, c);
        ]);
        if of == FieldsOf::Activity {
            continue;
        }
        calls.extend(calls![
            client.create_field(of, &new(), c);
            client.update_field(of, CODE, &renamed(), c);
            client.delete_field(of, CODE, c);
            client.add_field_options(of, CODE, &["Core"], c);
            client.rename_field_options(of, CODE, &[(1, "Core")], c);
            client.delete_field_options(of, CODE, &[1], c);
        ]);
    }
    calls.extend(calls![
        client.list_older_fields(OlderFieldsOf::Lead, None, c);
        client.list_older_fields(OlderFieldsOf::Note, None, c);
    ]);
    calls
}

fn people<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    let webhook = || NewWebhook {
        name: "deals".to_owned(),
        subscription_url: "https://sync.nordlysbrokers.example/in".to_owned(),
        event_object: "deal".to_owned(),
        http_auth_user: "pipedrive".to_owned(),
        http_auth_password: "secret".to_owned().into(),
    };
    let mut calls = calls![
        client.me(c);
        client.get_user(1, c);
        client.list_users(c);
        client.find_users(FindUsersBy::Email("maja@example.com"), c);
        client.get_filter(1, c);
        client.list_filters(Some(FilterOf::Deals), c);
        client.create_filter(&FilterBody::default(), c);
        client.update_filter(1, &FilterBody::default(), c);
        client.delete_filter(1, c);
        client.list_currencies(c);
        client.list_webhooks(c);
        client.create_webhook(&webhook(), c);
        client.delete_webhook(1, c);
        client.search(&[RecordKind::Person], &SearchQuery::containing("maja"), c);
        client.search_field(
            (RecordKind::Person, CODE),
            FieldMatch::Exact,
            &SearchQuery::containing("maja"),
            c,
        );
    ];
    for kind in [
        RecordKind::Deal,
        RecordKind::Person,
        RecordKind::Organization,
        RecordKind::Product,
        RecordKind::Lead,
    ] {
        calls.extend(calls![
            client.list_permitted_users(kind, "1", c);
            client.search_records(kind, &SearchQuery::containing("maja"), c);
        ]);
    }
    calls
}

fn histories<'a>(client: &'a Client, c: &'a CallContext) -> Vec<Named<'a>> {
    let mut calls = Vec::new();
    for kind in [Mergeable::Deal, Mergeable::Person, Mergeable::Organization] {
        calls.extend(calls![
            client.changelog(kind, 1, None, c);
            client.flow(kind, 1, None, c);
            client.merge(kind, 1, 2, c);
        ]);
    }
    for kind in [
        Followed::Deal,
        Followed::Person,
        Followed::Organization,
        Followed::Product,
    ] {
        calls.extend(calls![
            client.list_followers(kind, 1, None, c);
            client.add_follower(kind, 1, 2, c);
            client.remove_follower(kind, 1, 2, c);
            client.followers_changelog(kind, 1, None, c);
            client.list_files_of(kind, 1, None, c);
        ]);
    }
    calls
}

//! Every call of the client, once: for tests of what holds for all of them.

use std::pin::Pin;

use api_client::CallError;
use jiff::Timestamp;
use propstreet::{
    Buyer, Classification, Client, Closing, CompanyBody, ContactBody, DuplicateQuery, ExternalRef,
    Investor, LinkBody, LinksOf, ListQuery, NewBot, NewFile, NewLink, NewProspect, NewWebhook,
    NoteRevision, NotesQuery, ProjectBody, PropertyBody, PropertySearch, ProspectBody, SearchArea,
    SearchQuery, TimelineOf, UpsertOptions, WebhookBody,
};

use crate::world::CHANGE;

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<(), CallError>> + 'a>>;

/// One call: its source text and the call itself.
pub(crate) type Named<'a> = (&'static str, Outcome<'a>);

macro_rules! calls {
    ($($call:expr;)+) => {
        vec![$((
            stringify!($call),
            Box::pin(async move { $call.await.map(|_| ()) }) as Outcome<'_>,
        )),+]
    };
}

const C: &api_client::CallContext = &CHANGE;
const V: &str = "W/\"AAAAAAAAAAE=\"";
const TIMELINES: [TimelineOf<'static>; 4] = [
    TimelineOf::Contact("1"),
    TimelineOf::Company("1"),
    TimelineOf::Project("1"),
    TimelineOf::Prospect {
        project: "1",
        id: "1",
    },
];

pub(crate) fn every_call(client: &Client) -> Vec<Named<'_>> {
    let mut calls = network(client);
    calls.extend(portfolio(client));
    for of in TIMELINES {
        calls.extend(calls![
            client.create_note(of, "Called", "k", C);
            client.create_note_with_file(of, ("Called", "701"), "k", C);
            client.revise_note(of, "1", NoteRevision::Archive, V, C);
            client.list_notes(of, &NotesQuery::in_force(), C);
            client.changes(of, None, C);
        ]);
    }
    // The last of these takes our own login away.
    calls.extend(house(client));
    calls
}

fn reference() -> ExternalRef {
    ExternalRef::new("pipedrive", "7")
}

fn network(client: &Client) -> Vec<Named<'_>> {
    calls![
        client.list_contacts(&ListQuery::all(), C);
        client.create_contact(&ContactBody::default(), "k", C);
        client.get_contact("1", C);
        client.update_contact("1", &ContactBody::default(), V, C);
        client.delete_contact("1", V, C);
        client.find_contact(&reference(), C);
        client.upsert_contact(&reference(), &ContactBody::default(), UpsertOptions::default(), C);
        client.list_companies(&ListQuery::all(), C);
        client.create_company(&CompanyBody::default(), "k", C);
        client.get_company("1", C);
        client.update_company("1", &CompanyBody::default(), V, C);
        client.delete_company("1", V, C);
        client.find_company(&reference(), C);
        client.list_contacts_of_company("1", None, C);
        client.find_duplicate_companies(&DuplicateQuery { name: "Fjord".to_owned(), country_code: None, domain: None }, C);
        client.list_links(LinksOf::Everybody, &ListQuery::all(), C);
        client.create_link(&NewLink { contact_id: "1".to_owned(), company_id: "1".to_owned(), job_title: None }, "k", C);
        client.get_link("1", C);
        client.update_link("1", &LinkBody::default(), V, C);
        client.delete_link("1", V, C);
    ]
}

fn portfolio(client: &Client) -> Vec<Named<'_>> {
    let prospect = || NewProspect {
        who: Investor::Contact("1".to_owned()),
        external_refs: Vec::new(),
    };
    calls![
        client.list_projects(&ListQuery::all(), C);
        client.create_project(&ProjectBody::default(), "k", C);
        client.get_project("1", C);
        client.update_project("1", &ProjectBody::default(), V, C);
        client.delete_project("1", V, C);
        client.find_project(&reference(), C);
        client.close_project("1", &Closing { buyer: Buyer::Nobody, closed_at: None, price: None, returns: None }, V, "k", C);
        client.list_properties_of("1", &ListQuery::all(), C);
        client.list_prospects("1", &ListQuery::all(), C);
        client.add_prospect("1", &prospect(), "k", C);
        client.add_prospects("1", &[prospect()], "k", C);
        client.classify_prospects("1", &["1".to_owned()], Classification::Bidder, "k", C);
        client.get_prospect("1", "1", C);
        client.update_prospect("1", "1", &ProspectBody::default(), V, C);
        client.delete_prospect("1", "1", V, C);
        client.remove_prospect("1", "1", V, C);
        client.find_prospect("1", &reference(), C);
        client.list_properties(&ListQuery::all(), C);
        client.create_property(&PropertyBody::default(), "k", C);
        client.get_property("1", C);
        client.update_property("1", &PropertyBody::default(), V, C);
        client.delete_property("1", V, C);
        client.find_property(&reference(), C);
        client.search_properties(&PropertySearch::of(SearchArea::Anywhere), C);
    ]
}

fn house(client: &Client) -> Vec<Named<'_>> {
    calls![
        client.list_registered_clients(C);
        client.register_client("Sync", "bot-1", C);
        client.delete_registered_client("1", C);
        client.list_bots(C);
        client.create_bot(&NewBot { email: String::new(), first_name: String::new(), last_name: String::new() }, C);
        client.get_bot("bot-1", C);
        client.create_personal_token("Sync", C);
        client.search(&SearchQuery { query: "Ann".to_owned(), limit: 1, types: Vec::new() }, C);
        client.upload_file(NewFile { name: "a.txt", content_type: "text/plain", content: b"a" }, "k", C);
        client.get_file("1", C);
        client.list_webhooks(C);
        client.create_webhook(&NewWebhook { url: String::new(), events: Vec::new(), name: String::new() }, C);
        client.get_webhook("1", C);
        client.update_webhook("1", &WebhookBody::default(), C);
        client.delete_webhook("1", C);
        client.test_webhook("1", "contact.created", C);
        client.replay_deliveries("1", Timestamp::UNIX_EPOCH, C);
        client.list_deliveries("1", C);
        client.delete_all_registered_clients(C);
    ]
}

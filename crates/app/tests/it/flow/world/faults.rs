//! Faults by the names of calls, so that a sentence reads: the next create of a contact loses its answer.
//!
//! In: a fault and a call's name. Out: the same in the emulators' terms.

use std::sync::Arc;

use emulators::faults::CallMatch;
pub(crate) use emulators::faults::Fault;
use emulators::http_face::EmulatorServer;
use emulators::pipedrive::PipedriveEmulator;
use emulators::propstreet::PropstreetEmulator;
use http::Method;

/// Ways in which nobody learns whether a call was carried out; with the first four it was.
pub(crate) const LOSSES: [Fault; 7] = [
    Fault::LoseAnswer,
    Fault::FailAfterWriting,
    Fault::Truncate,
    Fault::Hold { written: true },
    Fault::Hold { written: false },
    Fault::FailBeforeWriting,
    // The call is given up after thirty seconds.
    Fault::CommitLate {
        after_millis: 45_000,
    },
];

/// A call or a webhook that something can befall.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    Any,
    CreatePerson,
    ReadPerson,
    UpdatePerson,
    DeletePerson,
    ListPersons,
    ListDeals,
    ListProductFields,
    /// An option of a field of persons, such as a label.
    AddLabel,
    /// What Pipedrive tells of a person's changes.
    ReadChangelog,
    CreateDeal,
    ReadDeal,
    UpdateDeal,
    CreateOrganization,
    UpdateOrganization,
    CreateContact,
    ReadContact,
    UpdateContact,
    DeleteContact,
    ListContacts,
    CreateCompany,
    UpdateCompany,
    CreateLink,
    UpdateLink,
    CreateProject,
    UpdateProject,
    CloseProject,
    DeleteProject,
    ListProjects,
    ListPropertiesOfProject,
    AddProspects,
    RemoveProspect,
    AddParticipant,
    RemoveParticipant,
    CreateNote,
    ReadNote,
    UpdateNote,
    DeleteNote,
    /// A note in the timeline of a contact.
    CreateTimelineNote,
    /// The same, changed or archived.
    ReviseTimelineNote,
    /// A webhook of this event, such as `person.change` or `contact.updated`.
    Webhook(&'static str),
}

impl Call {
    fn matcher(self) -> CallMatch {
        let of = |method: &Method, prefix: &str| CallMatch::call(method, prefix);
        match self {
            Self::Any => CallMatch::any(),
            Self::CreatePerson => of(&Method::POST, "/api/v2/persons"),
            Self::ReadPerson => of(&Method::GET, "/api/v2/persons/"),
            Self::UpdatePerson => of(&Method::PATCH, "/api/v2/persons/"),
            Self::DeletePerson => of(&Method::DELETE, "/api/v2/persons/"),
            Self::ListPersons => of(&Method::GET, "/api/v2/persons").ending("persons"),
            Self::ListDeals => of(&Method::GET, "/api/v2/deals").ending("deals"),
            Self::ListProductFields => of(&Method::GET, "/api/v2/productFields"),
            Self::AddLabel => of(&Method::POST, "/api/v2/personFields/").ending("options"),
            Self::ReadChangelog => of(&Method::GET, "/api/v1/persons/").ending("changelog"),
            Self::CreateDeal => of(&Method::POST, "/api/v2/deals"),
            Self::ReadDeal => of(&Method::GET, "/api/v2/deals/"),
            Self::UpdateDeal => of(&Method::PATCH, "/api/v2/deals/"),
            Self::CreateOrganization => of(&Method::POST, "/api/v2/organizations"),
            Self::UpdateOrganization => of(&Method::PATCH, "/api/v2/organizations/"),
            Self::CreateContact => of(&Method::POST, "/api/v1/network/contacts"),
            Self::ReadContact => of(&Method::GET, "/api/v1/network/contacts/"),
            Self::UpdateContact => of(&Method::PATCH, "/api/v1/network/contacts/"),
            Self::DeleteContact => of(&Method::DELETE, "/api/v1/network/contacts/"),
            Self::ListContacts => of(&Method::GET, "/api/v1/network/contacts").ending("contacts"),
            Self::CreateCompany => of(&Method::POST, "/api/v1/network/companies"),
            Self::UpdateCompany => of(&Method::PATCH, "/api/v1/network/companies/"),
            Self::CreateLink => of(&Method::POST, "/api/v1/network/links"),
            Self::UpdateLink => of(&Method::PATCH, "/api/v1/network/links/"),
            Self::CreateProject => of(&Method::POST, "/api/v1/projects").ending("projects"),
            Self::UpdateProject => of(&Method::PATCH, "/api/v1/projects/"),
            Self::CloseProject => of(&Method::POST, "/api/v1/projects/").ending("close"),
            Self::DeleteProject => of(&Method::DELETE, "/api/v1/projects/"),
            Self::ListProjects => of(&Method::GET, "/api/v1/projects").ending("projects"),
            Self::ListPropertiesOfProject => {
                of(&Method::GET, "/api/v1/projects/").ending("properties")
            }
            Self::AddProspects => of(&Method::POST, "/api/v1/projects/").ending("prospects:batch"),
            Self::RemoveProspect => of(&Method::POST, "/api/v1/projects/").ending("remove"),
            Self::AddParticipant => of(&Method::POST, "/api/v1/deals/").ending("participants"),
            Self::RemoveParticipant => of(&Method::DELETE, "/api/v1/deals/"),
            Self::CreateNote => of(&Method::POST, "/api/v1/notes"),
            Self::ReadNote => of(&Method::GET, "/api/v1/notes/"),
            Self::UpdateNote => of(&Method::PUT, "/api/v1/notes/"),
            Self::DeleteNote => of(&Method::DELETE, "/api/v1/notes/"),
            Self::CreateTimelineNote => {
                of(&Method::POST, "/api/v1/network/contacts/").ending("notes")
            }
            Self::ReviseTimelineNote => CallMatch {
                path_contains: Some("/notes/".to_owned()),
                ..of(&Method::PATCH, "/api/v1/network/contacts/")
            },
            Self::Webhook(event) => CallMatch::prefix(event),
        }
    }
}

/// A fault that waits to hear which call it shall befall.
#[must_use]
pub(crate) struct Befalls {
    pub(crate) fault: Fault,
    pub(crate) times: u32,
    pub(crate) on: Service,
}

/// Whose calls and webhooks go wrong.
pub(crate) enum Service {
    Pipedrive(Arc<EmulatorServer<PipedriveEmulator>>),
    Propstreet(Arc<EmulatorServer<PropstreetEmulator>>),
}

impl Befalls {
    pub(crate) fn on(self, call: Call) {
        let matcher = call.matcher();
        match self.on {
            Service::Pipedrive(server) => server
                .emulator()
                .faults
                .next_times(self.times, self.fault, matcher),
            Service::Propstreet(server) => server
                .emulator()
                .faults
                .next_times(self.times, self.fault, matcher),
        }
    }
}

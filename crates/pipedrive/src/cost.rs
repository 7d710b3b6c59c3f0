//! The cost table: every operation that the client calls, with its address and what it costs of the day's tokens.
//!
//! In: nothing. Out: the operations. Calls under `/api/v1` cost about twice those under `/api/v2`; those that are called
//! there exist nowhere else. What the vendor asks for each is test data, and a test compares the two.

use crate::operation::{Operation, Verb};

macro_rules! operations {
    ($($name:ident = $verb:ident $path:literal $tokens:literal $what:literal;)+) => {
        $(pub(crate) const $name: Operation = Operation::new(Verb::$verb, $path, $tokens, $what);)+

        /// Every operation that the client calls.
        pub const OPERATIONS: &[Operation] = &[$($name),+];
    };
}

operations! {
    DEAL = Get "/api/v2/deals/{id}" 1 "read a deal";
    DEALS = Get "/api/v2/deals" 10 "list deals";
    DEALS_ARCHIVED = Get "/api/v2/deals/archived" 20 "list archived deals";
    DEAL_CREATE = Post "/api/v2/deals" 5 "create a deal";
    DEAL_UPDATE = Patch "/api/v2/deals/{id}" 5 "update a deal";
    DEAL_DELETE = Delete "/api/v2/deals/{id}" 3 "delete a deal";
    DEAL_DUPLICATE = Post "/api/v1/deals/{id}/duplicate" 10 "duplicate a deal";

    DEAL_PRODUCTS = Get "/api/v2/deals/{id}/products" 10 "list the products of a deal";
    DEALS_PRODUCTS = Get "/api/v2/deals/products" 10 "list the products of deals";
    DEAL_PRODUCT_ADD = Post "/api/v2/deals/{id}/products" 5 "add a product to a deal";
    DEAL_PRODUCTS_ADD = Post "/api/v2/deals/{id}/products/bulk" 25 "add products to a deal";
    DEAL_PRODUCT_UPDATE = Patch "/api/v2/deals/{id}/products/{product_attachment_id}" 5 "update a product of a deal";
    DEAL_PRODUCT_REMOVE = Delete "/api/v2/deals/{id}/products/{product_attachment_id}" 3 "remove a product from a deal";
    DEAL_PRODUCTS_REMOVE = Delete "/api/v2/deals/{id}/products" 15 "remove products from a deal";

    PARTICIPANTS = Get "/api/v1/deals/{id}/participants" 10 "list the participants of a deal";
    PARTICIPANT_ADD = Post "/api/v1/deals/{id}/participants" 10 "add a participant to a deal";
    PARTICIPANT_REMOVE = Delete "/api/v1/deals/{id}/participants/{deal_participant_id}" 6 "remove a participant from a deal";
    PARTICIPANTS_CHANGELOG = Get "/api/v1/deals/{id}/participantsChangelog" 10 "read a changelog of participants";

    PERSON = Get "/api/v2/persons/{id}" 1 "read a person";
    PERSONS = Get "/api/v2/persons" 10 "list persons";
    PERSON_CREATE = Post "/api/v2/persons" 5 "create a person";
    PERSON_UPDATE = Patch "/api/v2/persons/{id}" 5 "update a person";
    PERSON_DELETE = Delete "/api/v2/persons/{id}" 3 "delete a person";

    ORGANIZATION = Get "/api/v2/organizations/{id}" 1 "read an organization";
    ORGANIZATIONS = Get "/api/v2/organizations" 10 "list organizations";
    ORGANIZATION_CREATE = Post "/api/v2/organizations" 5 "create an organization";
    ORGANIZATION_UPDATE = Patch "/api/v2/organizations/{id}" 5 "update an organization";
    ORGANIZATION_DELETE = Delete "/api/v2/organizations/{id}" 3 "delete an organization";

    ACTIVITY = Get "/api/v2/activities/{id}" 1 "read an activity";
    ACTIVITIES = Get "/api/v2/activities" 10 "list activities";
    ACTIVITY_CREATE = Post "/api/v2/activities" 5 "create an activity";
    ACTIVITY_UPDATE = Patch "/api/v2/activities/{id}" 5 "update an activity";
    ACTIVITY_DELETE = Delete "/api/v2/activities/{id}" 3 "delete an activity";

    ACTIVITY_TYPES = Get "/api/v1/activityTypes" 20 "list activity types";
    ACTIVITY_TYPE_CREATE = Post "/api/v1/activityTypes" 10 "create an activity type";
    ACTIVITY_TYPE_UPDATE = Put "/api/v1/activityTypes/{id}" 10 "update an activity type";
    ACTIVITY_TYPE_DELETE = Delete "/api/v1/activityTypes/{id}" 6 "delete an activity type";

    PRODUCT = Get "/api/v2/products/{id}" 1 "read a product";
    PRODUCTS = Get "/api/v2/products" 10 "list products";
    PRODUCT_CREATE = Post "/api/v2/products" 5 "create a product";
    PRODUCT_UPDATE = Patch "/api/v2/products/{id}" 5 "update a product";
    PRODUCT_DELETE = Delete "/api/v2/products/{id}" 3 "delete a product";

    PIPELINE = Get "/api/v2/pipelines/{id}" 1 "read a pipeline";
    PIPELINES = Get "/api/v2/pipelines" 5 "list pipelines";
    PIPELINE_CREATE = Post "/api/v2/pipelines" 5 "create a pipeline";
    PIPELINE_UPDATE = Patch "/api/v2/pipelines/{id}" 5 "update a pipeline";
    PIPELINE_DELETE = Delete "/api/v2/pipelines/{id}" 3 "delete a pipeline";

    STAGE = Get "/api/v2/stages/{id}" 1 "read a stage";
    STAGES = Get "/api/v2/stages" 5 "list stages";
    STAGE_CREATE = Post "/api/v2/stages" 5 "create a stage";
    STAGE_UPDATE = Patch "/api/v2/stages/{id}" 5 "update a stage";
    STAGE_DELETE = Delete "/api/v2/stages/{id}" 3 "delete a stage";

    LEAD = Get "/api/v1/leads/{id}" 2 "read a lead";
    LEADS = Get "/api/v1/leads" 20 "list leads";
    LEADS_ARCHIVED = Get "/api/v1/leads/archived" 40 "list archived leads";
    LEAD_CREATE = Post "/api/v1/leads" 10 "create a lead";
    LEAD_UPDATE = Patch "/api/v1/leads/{id}" 10 "update a lead";
    LEAD_DELETE = Delete "/api/v1/leads/{id}" 6 "delete a lead";
    LEAD_LABELS = Get "/api/v1/leadLabels" 10 "list lead labels";
    LEAD_LABEL_CREATE = Post "/api/v1/leadLabels" 10 "create a lead label";
    LEAD_LABEL_UPDATE = Patch "/api/v1/leadLabels/{id}" 10 "update a lead label";
    LEAD_LABEL_DELETE = Delete "/api/v1/leadLabels/{id}" 6 "delete a lead label";
    LEAD_SOURCES = Get "/api/v1/leadSources" 2 "list lead sources";

    LEAD_CONVERT = Post "/api/v2/leads/{id}/convert/deal" 40 "make a deal of a lead";
    LEAD_CONVERSION = Get "/api/v2/leads/{id}/convert/status/{conversion_id}" 1 "see how a lead's conversion stands";
    DEAL_CONVERT = Post "/api/v2/deals/{id}/convert/lead" 40 "make a lead of a deal";
    DEAL_CONVERSION = Get "/api/v2/deals/{id}/convert/status/{conversion_id}" 1 "see how a deal's conversion stands";

    NOTE = Get "/api/v1/notes/{id}" 2 "read a note";
    NOTES = Get "/api/v1/notes" 20 "list notes";
    NOTE_CREATE = Post "/api/v1/notes" 10 "create a note";
    NOTE_UPDATE = Put "/api/v1/notes/{id}" 10 "update a note";
    NOTE_DELETE = Delete "/api/v1/notes/{id}" 6 "delete a note";

    FIELDS = Get "/api/v2/{entity}Fields" 10 "list field definitions";
    FIELD = Get "/api/v2/{entity}Fields/{field_code}" 1 "read a field definition";
    FIELD_CREATE = Post "/api/v2/{entity}Fields" 5 "create a custom field";
    FIELD_UPDATE = Patch "/api/v2/{entity}Fields/{field_code}" 5 "update a custom field";
    FIELD_DELETE = Delete "/api/v2/{entity}Fields/{field_code}" 3 "delete a custom field";
    FIELD_OPTIONS_ADD = Post "/api/v2/{entity}Fields/{field_code}/options" 5 "add options to a field";
    FIELD_OPTIONS_RENAME = Patch "/api/v2/{entity}Fields/{field_code}/options" 5 "rename options of a field";
    FIELD_OPTIONS_DELETE = Delete "/api/v2/{entity}Fields/{field_code}/options" 3 "delete options of a field";
    LEAD_FIELDS = Get "/api/v1/leadFields" 20 "list the fields of leads";
    NOTE_FIELDS = Get "/api/v1/noteFields" 20 "list the fields of notes";

    ME = Get "/api/v1/users/me" 2 "read our own user";
    USER = Get "/api/v1/users/{id}" 2 "read a user";
    USERS = Get "/api/v1/users" 20 "list users";
    USERS_FIND = Get "/api/v1/users/find" 40 "find users";
    PERMITTED_USERS = Get "/api/v1/{entities}/{id}/permittedUsers" 10 "list who may see a record";

    FILTER = Get "/api/v1/filters/{id}" 2 "read a filter";
    FILTERS = Get "/api/v1/filters" 20 "list filters";
    FILTER_CREATE = Post "/api/v1/filters" 10 "create a filter";
    FILTER_UPDATE = Put "/api/v1/filters/{id}" 10 "update a filter";
    FILTER_DELETE = Delete "/api/v1/filters/{id}" 6 "delete a filter";

    FOLLOWERS = Get "/api/v2/{entities}/{id}/followers" 10 "list followers";
    FOLLOWER_ADD = Post "/api/v2/{entities}/{id}/followers" 5 "add a follower";
    FOLLOWER_REMOVE = Delete "/api/v2/{entities}/{id}/followers/{follower_id}" 3 "remove a follower";
    FOLLOWERS_CHANGELOG = Get "/api/v2/{entities}/{id}/followers/changelog" 10 "read a changelog of followers";

    CHANGELOG = Get "/api/v1/{entities}/{id}/changelog" 20 "read a changelog";
    FLOW = Get "/api/v1/{entities}/{id}/flow" 40 "read what happened to a record";
    MERGE = Put "/api/v1/{entities}/{id}/merge" 40 "merge two records";

    FILES = Get "/api/v1/files" 20 "list files";
    FILES_OF = Get "/api/v1/{entities}/{id}/files" 20 "list the files of a record";
    FILE = Get "/api/v1/files/{id}" 2 "read about a file";

    SEARCH = Search "/api/v2/itemSearch" 20 "search everything";
    SEARCH_FIELD = Search "/api/v2/itemSearch/field" 20 "search a field";
    SEARCH_ONE = Search "/api/v2/{entities}/search" 20 "search records of one kind";

    CURRENCIES = Get "/api/v1/currencies" 20 "list currencies";

    WEBHOOKS = Get "/api/v1/webhooks" 10 "list webhooks";
    WEBHOOK_CREATE = Post "/api/v1/webhooks" 10 "create a webhook";
    WEBHOOK_DELETE = Delete "/api/v1/webhooks/{id}" 6 "delete a webhook";
}

/// What a page of persons, organizations, deals, activities or products costs, whatever its length.
pub const RECORDS_PAGE: api_client::Cost = PERSONS.cost();
/// What a page of archived deals costs.
pub const ARCHIVED_DEALS_PAGE: api_client::Cost = DEALS_ARCHIVED.cost();
/// What one record costs, read alone.
pub const RECORD: api_client::Cost = PERSON.cost();
/// What one record costs where it is read as in the older version: leads, notes, users.
pub const OLDER_RECORD: api_client::Cost = NOTE.cost();
pub const LEADS_PAGE: api_client::Cost = LEADS.cost();
pub const ARCHIVED_LEADS_PAGE: api_client::Cost = LEADS_ARCHIVED.cost();
pub const NOTES_PAGE: api_client::Cost = NOTES.cost();
/// What the list of all users costs.
pub const USERS_LIST: api_client::Cost = USERS.cost();
/// What a page of pipelines or stages costs.
pub const STAGES_PAGE: api_client::Cost = STAGES.cost();
/// Who takes part in a deal.
pub const PARTICIPANTS_PAGE: api_client::Cost = PARTICIPANTS.cost();

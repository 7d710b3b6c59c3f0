-- The fields of records that are columns become columns of their own, written with the record: they were computed from raw by
-- every statement that wrote a row, which cost more than the write itself. `custom_fields` keeps those that are set; `raw` comes last,
-- so that whoever asks for columns alone need not read past it.
pragma legacy_alter_table = on; -- Views that name the tables stay as they are.

alter table pipedrive_persons rename to pipedrive_persons_before;
create table pipedrive_persons (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    first_name text,
    last_name text,
    owner_id integer,
    org_id integer,
    add_time text,
    update_time text,
    visible_to integer,
    label_ids text,
    emails text,
    phones text,
    is_deleted integer,
    custom_fields text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_persons (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, first_name, last_name, owner_id, org_id, add_time,
    update_time, visible_to, label_ids, emails, phones, is_deleted, custom_fields
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, first_name, last_name, owner_id, org_id, add_time,
    update_time, visible_to, label_ids, emails, phones, is_deleted, json_patch('{}', custom_fields)
from pipedrive_persons_before;
drop table pipedrive_persons_before;
create index pipedrive_persons_live on pipedrive_persons (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_organizations rename to pipedrive_organizations_before;
create table pipedrive_organizations (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    owner_id integer,
    add_time text,
    update_time text,
    visible_to integer,
    label_ids text,
    address text,
    website text,
    linkedin text,
    industry integer,
    annual_revenue real,
    employee_count integer,
    is_deleted integer,
    custom_fields text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_organizations (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, owner_id, add_time, update_time, visible_to, label_ids,
    address, website, linkedin, industry, annual_revenue, employee_count, is_deleted, custom_fields
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, owner_id, add_time, update_time, visible_to, label_ids,
    address, website, linkedin, industry, annual_revenue, employee_count, is_deleted, json_patch('{}', custom_fields)
from pipedrive_organizations_before;
drop table pipedrive_organizations_before;
create index pipedrive_organizations_live on pipedrive_organizations (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table propstreet_contacts rename to propstreet_contacts_before;
create table propstreet_contacts (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    firstName text,
    lastName text,
    email text,
    phone text,
    emails text,
    phones text,
    linkedInUrl text,
    primaryLanguage text,
    primaryCompanyId text,
    strategy text,
    tags text,
    companies text,
    externalRefs text,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    changeType text,
    changeOrigin text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_contacts (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, firstName, lastName, email, phone, emails, phones, linkedInUrl,
    primaryLanguage, primaryCompanyId, strategy, tags, companies, externalRefs, createdUtc, updatedUtc, deletedUtc, etag,
    changeType, changeOrigin
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, firstName, lastName, email, phone, emails, phones, linkedInUrl,
    primaryLanguage, primaryCompanyId, strategy, tags, companies, externalRefs, createdUtc, updatedUtc, deletedUtc, etag,
    changeType, changeOrigin
from propstreet_contacts_before;
drop table propstreet_contacts_before;
create index propstreet_contacts_live on propstreet_contacts (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

alter table propstreet_companies rename to propstreet_companies_before;
create table propstreet_companies (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    name text,
    domain text,
    homepageUrl text,
    linkedInUrl text,
    countryCode text,
    strategy text,
    tags text,
    contacts text,
    externalRefs text,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    changeType text,
    changeOrigin text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_companies (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, domain, homepageUrl, linkedInUrl, countryCode, strategy,
    tags, contacts, externalRefs, createdUtc, updatedUtc, deletedUtc, etag, changeType, changeOrigin
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, domain, homepageUrl, linkedInUrl, countryCode, strategy,
    tags, contacts, externalRefs, createdUtc, updatedUtc, deletedUtc, etag, changeType, changeOrigin
from propstreet_companies_before;
drop table propstreet_companies_before;
create index propstreet_companies_live on propstreet_companies (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

alter table propstreet_links rename to propstreet_links_before;
create table propstreet_links (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    contactId text,
    companyId text,
    jobTitle text,
    isPrimary integer,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_links (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, contactId, companyId, jobTitle, isPrimary, createdUtc,
    updatedUtc, deletedUtc, etag
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, contactId, companyId, jobTitle, isPrimary, createdUtc,
    updatedUtc, deletedUtc, etag
from propstreet_links_before;
drop table propstreet_links_before;
create index propstreet_links_live on propstreet_links (workspace_id, propstreet_id, deleted_at) where deleted_at is null;
create index propstreet_links_by_owner on propstreet_links (workspace_id, owner_entity, owner_remote_id, propstreet_id);

alter table pipedrive_users rename to pipedrive_users_before;
create table pipedrive_users (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    email text,
    phone text,
    active_flag integer,
    is_deleted integer,
    role_id integer,
    default_currency text,
    locale text,
    lang integer,
    timezone_name text,
    last_login text,
    created text,
    modified text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_users (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, email, phone, active_flag, is_deleted, role_id,
    default_currency, locale, lang, timezone_name, last_login, created, modified
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, email, phone, active_flag, is_deleted, role_id,
    default_currency, locale, lang, timezone_name, last_login, created, modified
from pipedrive_users_before;
drop table pipedrive_users_before;
create index pipedrive_users_live on pipedrive_users (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_pipelines rename to pipedrive_pipelines_before;
create table pipedrive_pipelines (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    order_nr integer,
    is_deal_probability_enabled integer,
    add_time text,
    update_time text,
    is_deleted integer,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_pipelines (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, order_nr, is_deal_probability_enabled, add_time,
    update_time, is_deleted
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, order_nr, is_deal_probability_enabled, add_time,
    update_time, is_deleted
from pipedrive_pipelines_before;
drop table pipedrive_pipelines_before;
create index pipedrive_pipelines_live on pipedrive_pipelines (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_stages rename to pipedrive_stages_before;
create table pipedrive_stages (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    pipeline_id integer,
    order_nr integer,
    deal_probability integer,
    is_deal_rot_enabled integer,
    days_to_rotten integer,
    add_time text,
    update_time text,
    is_deleted integer,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_stages (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, pipeline_id, order_nr, deal_probability,
    is_deal_rot_enabled, days_to_rotten, add_time, update_time, is_deleted
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, pipeline_id, order_nr, deal_probability,
    is_deal_rot_enabled, days_to_rotten, add_time, update_time, is_deleted
from pipedrive_stages_before;
drop table pipedrive_stages_before;
create index pipedrive_stages_live on pipedrive_stages (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_deals rename to pipedrive_deals_before;
create table pipedrive_deals (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    title text,
    value real,
    currency text,
    status text,
    probability real,
    lost_reason text,
    person_id integer,
    org_id integer,
    owner_id integer,
    creator_user_id integer,
    pipeline_id integer,
    stage_id integer,
    label_ids text,
    visible_to integer,
    expected_close_date text,
    stage_change_time text,
    close_time text,
    won_time text,
    lost_time text,
    origin text,
    origin_id text,
    channel integer,
    channel_id text,
    is_archived integer,
    archive_time text,
    add_time text,
    update_time text,
    is_deleted integer,
    custom_fields text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_deals (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, title, value, currency, status, probability, lost_reason,
    person_id, org_id, owner_id, creator_user_id, pipeline_id, stage_id, label_ids, visible_to, expected_close_date,
    stage_change_time, close_time, won_time, lost_time, origin, origin_id, channel, channel_id, is_archived, archive_time,
    add_time, update_time, is_deleted, custom_fields
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, title, value, currency, status, probability, lost_reason,
    person_id, org_id, owner_id, creator_user_id, pipeline_id, stage_id, label_ids, visible_to, expected_close_date,
    stage_change_time, close_time, won_time, lost_time, origin, origin_id, channel, channel_id, is_archived, archive_time,
    add_time, update_time, is_deleted, json_patch('{}', custom_fields)
from pipedrive_deals_before;
drop table pipedrive_deals_before;
create index pipedrive_deals_live on pipedrive_deals (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;
create index pipedrive_deals_newest on pipedrive_deals
    (workspace_id, pipeline_id, stage_id, status, remote_time, pipedrive_id)
    where deleted_at is null and coalesce(is_archived, 0) = 0;
create index pipedrive_deals_newest_of_owner on pipedrive_deals
    (workspace_id, pipeline_id, stage_id, status, owner_id, remote_time, pipedrive_id)
    where deleted_at is null and coalesce(is_archived, 0) = 0;
create index pipedrive_deals_closing on pipedrive_deals
    (workspace_id, pipeline_id, stage_id, status, expected_close_date, pipedrive_id)
    where deleted_at is null and coalesce(is_archived, 0) = 0 and expected_close_date is not null;
create index pipedrive_deals_closing_of_owner on pipedrive_deals
    (workspace_id, pipeline_id, stage_id, status, owner_id, expected_close_date, pipedrive_id)
    where deleted_at is null and coalesce(is_archived, 0) = 0 and expected_close_date is not null;

alter table pipedrive_leads rename to pipedrive_leads_before;
create table pipedrive_leads (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    title text,
    owner_id integer,
    creator_id integer,
    label_ids text,
    person_id integer,
    organization_id integer,
    value text,
    expected_close_date text,
    is_archived integer,
    archive_time text,
    source_name text,
    source_deal_id integer,
    origin text,
    origin_id text,
    channel integer,
    channel_id text,
    was_seen integer,
    next_activity_id integer,
    visible_to text,
    add_time text,
    update_time text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_leads (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, title, owner_id, creator_id, label_ids, person_id,
    organization_id, value, expected_close_date, is_archived, archive_time, source_name, source_deal_id, origin, origin_id,
    channel, channel_id, was_seen, next_activity_id, visible_to, add_time, update_time
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, title, owner_id, creator_id, label_ids, person_id,
    organization_id, value, expected_close_date, is_archived, archive_time, source_name, source_deal_id, origin, origin_id,
    channel, channel_id, was_seen, next_activity_id, visible_to, add_time, update_time
from pipedrive_leads_before;
drop table pipedrive_leads_before;
create index pipedrive_leads_live on pipedrive_leads (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_activities rename to pipedrive_activities_before;
create table pipedrive_activities (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    subject text,
    type text,
    owner_id integer,
    creator_user_id integer,
    deal_id integer,
    lead_id text,
    person_id integer,
    org_id integer,
    project_id integer,
    due_date text,
    due_time text,
    duration text,
    done integer,
    busy integer,
    marked_as_done_time text,
    location text,
    participants text,
    attendees text,
    public_description text,
    priority integer,
    note text,
    add_time text,
    update_time text,
    is_deleted integer,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_activities (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, subject, type, owner_id, creator_user_id, deal_id, lead_id,
    person_id, org_id, project_id, due_date, due_time, duration, done, busy, marked_as_done_time, location, participants,
    attendees, public_description, priority, note, add_time, update_time, is_deleted
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, subject, type, owner_id, creator_user_id, deal_id, lead_id,
    person_id, org_id, project_id, due_date, due_time, duration, done, busy, marked_as_done_time, location, participants,
    attendees, public_description, priority, note, add_time, update_time, is_deleted
from pipedrive_activities_before;
drop table pipedrive_activities_before;
create index pipedrive_activities_live on pipedrive_activities (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_notes rename to pipedrive_notes_before;
create table pipedrive_notes (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    content text,
    user_id integer,
    last_update_user_id integer,
    deal_id integer,
    person_id integer,
    org_id integer,
    lead_id text,
    project_id integer,
    pinned_to_deal_flag integer,
    pinned_to_person_flag integer,
    pinned_to_organization_flag integer,
    pinned_to_lead_flag integer,
    active_flag integer,
    add_time text,
    update_time text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_notes (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, content, user_id, last_update_user_id, deal_id, person_id,
    org_id, lead_id, project_id, pinned_to_deal_flag, pinned_to_person_flag, pinned_to_organization_flag,
    pinned_to_lead_flag, active_flag, add_time, update_time
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, content, user_id, last_update_user_id, deal_id, person_id,
    org_id, lead_id, project_id, pinned_to_deal_flag, pinned_to_person_flag, pinned_to_organization_flag,
    pinned_to_lead_flag, active_flag, add_time, update_time
from pipedrive_notes_before;
drop table pipedrive_notes_before;
create index pipedrive_notes_live on pipedrive_notes (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table pipedrive_products rename to pipedrive_products_before;
create table pipedrive_products (
    workspace_id integer not null,
    pipedrive_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id integer,
    name text,
    code text,
    description text,
    unit text,
    tax real,
    category integer,
    owner_id integer,
    is_linkable integer,
    prices text,
    billing_frequency text,
    billing_frequency_cycles integer,
    visible_to integer,
    add_time text,
    update_time text,
    is_deleted integer,
    custom_fields text,
    raw text not null,
    primary key (workspace_id, pipedrive_id)
) strict;
insert into pipedrive_products (
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, code, description, unit, tax, category, owner_id,
    is_linkable, prices, billing_frequency, billing_frequency_cycles, visible_to, add_time, update_time, is_deleted,
    custom_fields
) select
    workspace_id, pipedrive_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, name, code, description, unit, tax, category, owner_id,
    is_linkable, prices, billing_frequency, billing_frequency_cycles, visible_to, add_time, update_time, is_deleted,
    json_patch('{}', custom_fields)
from pipedrive_products_before;
drop table pipedrive_products_before;
create index pipedrive_products_live on pipedrive_products (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

alter table propstreet_projects rename to propstreet_projects_before;
create table propstreet_projects (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    uri text,
    name text,
    status text,
    classification text,
    exclusivity text,
    mandate text,
    asset text,
    price text,
    priceRange text,
    teaser text,
    properties text,
    externalRefs text,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    changeType text,
    changeOrigin text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_projects (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, name, status, classification, exclusivity, mandate, asset,
    price, priceRange, teaser, properties, externalRefs, createdUtc, updatedUtc, deletedUtc, etag, changeType,
    changeOrigin
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, name, status, classification, exclusivity, mandate, asset,
    price, priceRange, teaser, properties, externalRefs, createdUtc, updatedUtc, deletedUtc, etag, changeType,
    changeOrigin
from propstreet_projects_before;
drop table propstreet_projects_before;
create index propstreet_projects_live on propstreet_projects (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

alter table propstreet_properties rename to propstreet_properties_before;
create table propstreet_properties (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    uri text,
    name text,
    description text,
    location text,
    categories text,
    operatingCosts text,
    price text,
    parcelArea text,
    tags text,
    tenure text,
    yearBuilt integer,
    avgContractLengthYears real,
    externalRefs text,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    changeType text,
    changeOrigin text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_properties (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, name, description, location, categories, operatingCosts,
    price, parcelArea, tags, tenure, yearBuilt, avgContractLengthYears, externalRefs, createdUtc, updatedUtc, deletedUtc,
    etag, changeType, changeOrigin
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, name, description, location, categories, operatingCosts,
    price, parcelArea, tags, tenure, yearBuilt, avgContractLengthYears, externalRefs, createdUtc, updatedUtc, deletedUtc,
    etag, changeType, changeOrigin
from propstreet_properties_before;
drop table propstreet_properties_before;
create index propstreet_properties_live on propstreet_properties (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

alter table propstreet_prospects rename to propstreet_prospects_before;
create table propstreet_prospects (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    uri text,
    projectId text,
    displayName text,
    organizationName text,
    contactId text,
    companyId text,
    classification text,
    capabilities text,
    tags text,
    teaser text,
    externalRefs text,
    createdUtc text,
    updatedUtc text,
    deletedUtc text,
    etag text,
    changeType text,
    changeOrigin text,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_prospects (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, projectId, displayName, organizationName, contactId,
    companyId, classification, capabilities, tags, teaser, externalRefs, createdUtc, updatedUtc, deletedUtc, etag,
    changeType, changeOrigin
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, uri, projectId, displayName, organizationName, contactId,
    companyId, classification, capabilities, tags, teaser, externalRefs, createdUtc, updatedUtc, deletedUtc, etag,
    changeType, changeOrigin
from propstreet_prospects_before;
drop table propstreet_prospects_before;
create index propstreet_prospects_live on propstreet_prospects (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

alter table propstreet_notes rename to propstreet_notes_before;
create table propstreet_notes (
    workspace_id integer not null,
    propstreet_id text not null,
    remote_version text not null,
    remote_time integer not null,
    owner_entity text not null,
    owner_remote_id text not null,
    refers_to text not null,
    match_keys text not null,
    field_seen_at text not null,
    left_records text not null,
    synced_at integer not null,
    deleted_at integer,
    id text,
    type text,
    event text,
    timestampUtc text,
    user text,
    source text,
    importId text,
    details text,
    etag text,
    contactId text generated always as (iif(owner_entity = 'contact', owner_remote_id, null)) virtual,
    companyId text generated always as (iif(owner_entity = 'company', owner_remote_id, null)) virtual,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_notes (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, type, event, timestampUtc, user, source, importId, details,
    etag
) select
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, type, event, timestampUtc, user, source, importId, details,
    etag
from propstreet_notes_before;
drop table propstreet_notes_before;
create index propstreet_notes_live on propstreet_notes (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

pragma legacy_alter_table = off;

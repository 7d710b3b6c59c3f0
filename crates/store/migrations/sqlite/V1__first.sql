-- Times are milliseconds since 1970 in UTC. workspace_id leads every key.

create table workspaces (
    workspace_id integer primary key,
    epoch integer not null,
    leased_at integer not null
) strict;

-- Sequences, and the counts that a status page would otherwise have to scan for.
create table counters (
    workspace_id integer not null,
    name text not null,
    value integer not null,
    primary key (workspace_id, name)
) strict, without rowid;

create table inbox (
    workspace_id integer not null,
    seq integer not null,
    source text not null,
    dedup text,
    entity text,
    remote_id text,
    body text,
    summary text not null,
    received_at integer not null,
    primary key (workspace_id, seq)
) strict;
create unique index inbox_by_dedup on inbox (workspace_id, source, dedup) where dedup is not null;
create index inbox_by_record on inbox (workspace_id, entity, remote_id, seq) where entity is not null;
create index inbox_by_source on inbox (workspace_id, source, seq);
create index inbox_with_body on inbox (workspace_id, received_at) where body is not null;

-- A lane is a pair's (pair_id) or a record's (entity, remote_id). The stage is worked out from the other columns.
create table lanes (
    workspace_id integer not null,
    lane_id integer not null,
    stage text not null,
    pair_id integer,
    entity text,
    remote_id text,
    hint_pipedrive integer not null,
    hint_propstreet integer not null,
    read_pipedrive integer not null,
    read_propstreet integer not null,
    version integer not null,
    planned_version integer not null,
    open_outbox integer,
    due_at integer not null,
    attempts integer not null,
    problem text,
    quarantined integer not null,
    deaths integer not null,
    waits_for text not null,
    notes text not null,
    claimed_by_epoch integer,
    primary key (workspace_id, lane_id),
    check ((pair_id is null) <> (entity is null))
) strict, without rowid;
create unique index lanes_by_pair on lanes (workspace_id, pair_id) where pair_id is not null;
create unique index lanes_by_record on lanes (workspace_id, entity, remote_id) where entity is not null;
-- The last column lets the index answer alone: SQLite looks at what a partial index has promised once more.
create index lanes_due on lanes (workspace_id, stage, due_at, lane_id, claimed_by_epoch) where claimed_by_epoch is null and stage <> 'rest';
create index lanes_at_work on lanes (workspace_id, stage, lane_id) where stage <> 'rest';
create index lanes_claimed on lanes (workspace_id, lane_id) where claimed_by_epoch is not null;

create table lane_waits (
    workspace_id integer not null,
    entity text not null,
    remote_id text not null,
    lane_id integer not null,
    primary key (workspace_id, entity, remote_id, lane_id),
    foreign key (workspace_id, lane_id) references lanes (workspace_id, lane_id) on delete cascade
) strict, without rowid;
create index lane_waits_by_lane on lane_waits (workspace_id, lane_id);

create table pairs (
    workspace_id integer not null,
    pair_id integer not null,
    kind text not null,
    pipedrive_id text,
    propstreet_id text,
    base text not null,
    state text not null,
    deleted_on text,
    state_at integer,
    restores text not null,
    primary key (workspace_id, pair_id)
) strict;
create unique index pairs_by_pipedrive on pairs (workspace_id, kind, pipedrive_id) where pipedrive_id is not null;
create unique index pairs_by_propstreet on pairs (workspace_id, kind, propstreet_id) where propstreet_id is not null;

create table outbox (
    workspace_id integer not null,
    outbox_id integer not null,
    lane_id integer not null,
    pair_id integer not null,
    write text not null,
    if_match text,
    idempotency_key text not null,
    conflicts text not null,
    snapshot_before text not null,
    state text not null,
    state_at integer,
    state_until integer,
    state_reason text,
    planned_at integer not null,
    primary key (workspace_id, outbox_id),
    foreign key (workspace_id, pair_id) references pairs (workspace_id, pair_id)
) strict;
create index outbox_audits_due on outbox (workspace_id, state_until, outbox_id) where state = 'awaiting_audit';
create index outbox_audits_of on outbox (workspace_id, pair_id, outbox_id) where state = 'awaiting_audit';

create table conflicts (
    workspace_id integer not null,
    conflict_id integer not null,
    pair_id integer not null,
    kind text not null,
    pipedrive_id text,
    propstreet_id text,
    field text not null,
    field_values text not null,
    base text not null,
    winner text,
    rule text not null,
    at integer not null,
    decided_at integer,
    settled_at integer,
    primary key (workspace_id, conflict_id),
    foreign key (workspace_id, pair_id) references pairs (workspace_id, pair_id)
) strict;
create index conflicts_by_pair on conflicts (workspace_id, pair_id, field, conflict_id);
create index conflicts_open on conflicts (workspace_id, pair_id, conflict_id) where settled_at is null;
create index conflicts_waiting on conflicts (workspace_id, conflict_id) where winner is null and settled_at is null;

create table history (
    workspace_id integer not null,
    history_id integer not null,
    pair_id integer not null,
    outbox_id integer,
    at integer not null,
    kind text not null,
    side text not null,
    field text,
    value_before text,
    value_after text,
    why text not null,
    primary key (workspace_id, history_id),
    foreign key (workspace_id, pair_id) references pairs (workspace_id, pair_id)
) strict;
create index history_by_pair on history (workspace_id, pair_id, history_id);
create index history_by_time on history (workspace_id, at, history_id);
create index history_by_kind on history (workspace_id, kind, at);

create table suggestions (
    workspace_id integer not null,
    suggestion_id integer not null,
    entity text not null,
    remote_id text not null,
    candidate_entity text not null,
    candidate_id text not null,
    rule text not null,
    similarity real not null,
    at integer not null,
    primary key (workspace_id, suggestion_id)
) strict;
create index suggestions_by_record on suggestions (workspace_id, entity, remote_id);

-- Keys of live mirror rows, by which records are found on the other side.
create table match_keys (
    workspace_id integer not null,
    entity text not null,
    kind text not null,
    value text not null,
    remote_id text not null,
    primary key (workspace_id, entity, kind, value, remote_id)
) strict, without rowid;

create table facts (
    workspace_id integer not null,
    name text not null,
    value text not null,
    changed_at integer not null,
    primary key (workspace_id, name)
) strict, without rowid;

create table ledger (
    workspace_id integer not null,
    api text not null,
    day text not null,
    purpose text not null,
    tokens integer not null,
    primary key (workspace_id, api, day, purpose)
) strict, without rowid;

create table secrets (
    workspace_id integer not null,
    name text not null,
    sealed blob not null,
    changed_at integer not null,
    primary key (workspace_id, name)
) strict, without rowid;

-- What each side last showed. The columns after field_seen_at are read out of raw, under the vendor's own names.

create table pipedrive_persons (
    workspace_id integer not null,
    pipedrive_id text not null,
    raw text not null,
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
    id integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.id'), null) as integer)) virtual,
    name text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.name'), null) as text)) virtual,
    first_name text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.first_name'), null) as text)) virtual,
    last_name text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.last_name'), null) as text)) virtual,
    owner_id integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.owner_id'), null) as integer)) virtual,
    org_id integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.org_id'), null) as integer)) virtual,
    add_time text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.add_time'), null) as text)) virtual,
    update_time text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.update_time'), null) as text)) virtual,
    visible_to integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.visible_to'), null) as integer)) virtual,
    label_ids text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.label_ids'), null) as text)) virtual,
    emails text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.emails'), null) as text)) virtual,
    phones text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.phones'), null) as text)) virtual,
    is_deleted integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.is_deleted'), null) as integer)) virtual,
    custom_fields text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.custom_fields'), null) as text)) virtual,
    primary key (workspace_id, pipedrive_id)
) strict;
create index pipedrive_persons_live on pipedrive_persons (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

create table pipedrive_organizations (
    workspace_id integer not null,
    pipedrive_id text not null,
    raw text not null,
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
    id integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.id'), null) as integer)) virtual,
    name text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.name'), null) as text)) virtual,
    owner_id integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.owner_id'), null) as integer)) virtual,
    add_time text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.add_time'), null) as text)) virtual,
    update_time text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.update_time'), null) as text)) virtual,
    visible_to integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.visible_to'), null) as integer)) virtual,
    label_ids text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.label_ids'), null) as text)) virtual,
    address text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.address'), null) as text)) virtual,
    website text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.website'), null) as text)) virtual,
    linkedin text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.linkedin'), null) as text)) virtual,
    industry integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.industry'), null) as integer)) virtual,
    annual_revenue real generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.annual_revenue'), null) as real)) virtual,
    employee_count integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.employee_count'), null) as integer)) virtual,
    is_deleted integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.is_deleted'), null) as integer)) virtual,
    custom_fields text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.custom_fields'), null) as text)) virtual,
    primary key (workspace_id, pipedrive_id)
) strict;
create index pipedrive_organizations_live on pipedrive_organizations (workspace_id, pipedrive_id, deleted_at) where deleted_at is null;

create table propstreet_contacts (
    workspace_id integer not null,
    propstreet_id text not null,
    raw text not null,
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
    id text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.id'), null) as text)) virtual,
    firstName text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.firstName'), null) as text)) virtual,
    lastName text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.lastName'), null) as text)) virtual,
    email text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.email'), null) as text)) virtual,
    phone text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.phone'), null) as text)) virtual,
    emails text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.emails'), null) as text)) virtual,
    phones text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.phones'), null) as text)) virtual,
    linkedInUrl text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.linkedInUrl'), null) as text)) virtual,
    primaryLanguage text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.primaryLanguage'), null) as text)) virtual,
    primaryCompanyId text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.primaryCompanyId'), null) as text)) virtual,
    strategy text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.strategy'), null) as text)) virtual,
    tags text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.tags'), null) as text)) virtual,
    companies text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.companies'), null) as text)) virtual,
    externalRefs text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.externalRefs'), null) as text)) virtual,
    createdUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.createdUtc'), null) as text)) virtual,
    updatedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.updatedUtc'), null) as text)) virtual,
    deletedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.deletedUtc'), null) as text)) virtual,
    etag text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.etag'), null) as text)) virtual,
    changeType text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.changeType'), null) as text)) virtual,
    changeOrigin text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.changeOrigin'), null) as text)) virtual,
    primary key (workspace_id, propstreet_id)
) strict;
create index propstreet_contacts_live on propstreet_contacts (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

create table propstreet_companies (
    workspace_id integer not null,
    propstreet_id text not null,
    raw text not null,
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
    id text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.id'), null) as text)) virtual,
    name text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.name'), null) as text)) virtual,
    domain text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.domain'), null) as text)) virtual,
    homepageUrl text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.homepageUrl'), null) as text)) virtual,
    linkedInUrl text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.linkedInUrl'), null) as text)) virtual,
    countryCode text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.countryCode'), null) as text)) virtual,
    strategy text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.strategy'), null) as text)) virtual,
    tags text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.tags'), null) as text)) virtual,
    contacts text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.contacts'), null) as text)) virtual,
    externalRefs text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.externalRefs'), null) as text)) virtual,
    createdUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.createdUtc'), null) as text)) virtual,
    updatedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.updatedUtc'), null) as text)) virtual,
    deletedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.deletedUtc'), null) as text)) virtual,
    etag text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.etag'), null) as text)) virtual,
    changeType text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.changeType'), null) as text)) virtual,
    changeOrigin text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.changeOrigin'), null) as text)) virtual,
    primary key (workspace_id, propstreet_id)
) strict;
create index propstreet_companies_live on propstreet_companies (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

create table propstreet_links (
    workspace_id integer not null,
    propstreet_id text not null,
    raw text not null,
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
    id text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.id'), null) as text)) virtual,
    contactId text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.contactId'), null) as text)) virtual,
    companyId text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.companyId'), null) as text)) virtual,
    jobTitle text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.jobTitle'), null) as text)) virtual,
    isPrimary integer generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.isPrimary'), null) as integer)) virtual,
    createdUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.createdUtc'), null) as text)) virtual,
    updatedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.updatedUtc'), null) as text)) virtual,
    deletedUtc text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.deletedUtc'), null) as text)) virtual,
    etag text generated always as (cast(iif(json_valid(raw), json_extract(raw, '$.etag'), null) as text)) virtual,
    primary key (workspace_id, propstreet_id)
) strict;
create index propstreet_links_live on propstreet_links (workspace_id, propstreet_id, deleted_at) where deleted_at is null;

create index propstreet_links_by_owner on propstreet_links (workspace_id, owner_entity, owner_remote_id, propstreet_id);

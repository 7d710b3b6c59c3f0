-- A note of Propstreet is a record of its own, known by its first revision, so that it can be in a pair; what it is on is in its id.
-- All of them are read once more: which revisions are one note, nothing that is kept tells.
pragma legacy_alter_table = on; -- Views that name the table stay as they are.

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
    contactId text generated always as (
        iif(propstreet_id like 'contact/%', substr(propstreet_id, 9, instr(substr(propstreet_id, 9), '/') - 1), null)
    ) virtual,
    companyId text generated always as (
        iif(propstreet_id like 'company/%', substr(propstreet_id, 9, instr(substr(propstreet_id, 9), '/') - 1), null)
    ) virtual,
    projectId text generated always as (
        iif(propstreet_id like 'project/%', substr(propstreet_id, 9, instr(substr(propstreet_id, 9), '/') - 1), null)
    ) virtual,
    raw text not null,
    primary key (workspace_id, propstreet_id)
) strict;
insert into propstreet_notes (
    workspace_id, propstreet_id, raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, type, event, timestampUtc, user, source, importId, details,
    etag
) select
    workspace_id, propstreet_id, raw, remote_version, 0, 'timeline_note', propstreet_id, refers_to, match_keys,
    field_seen_at, left_records, synced_at, deleted_at, id, type, event, timestampUtc, user, source, importId, details,
    etag
from propstreet_notes_before;
drop table propstreet_notes_before;
create index propstreet_notes_live on propstreet_notes (workspace_id, propstreet_id, deleted_at) where deleted_at is null;
delete from facts where name in ('sweep:timeline_note', 'complete:timeline_note', 'poll:timeline_note', 'round:timeline_note');

pragma legacy_alter_table = off;

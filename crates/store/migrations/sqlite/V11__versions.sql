-- Every version of a record, where that is switched on. A version holds until the next one; is_gap is 1 where others may have
-- come before it. raw is empty for the time in which the record was deleted.
create table record_versions (
    workspace_id integer not null,
    entity text not null,
    remote_id text not null,
    valid_from integer not null,
    raw text,
    source text not null,
    is_gap integer not null,
    seen_at integer not null,
    primary key (workspace_id, entity, remote_id, valid_from)
) strict;
create index record_versions_by_time on record_versions (workspace_id, valid_from);

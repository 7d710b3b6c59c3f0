-- Fields that are or were, by their codes. Options and former names are JSON lists.
create table pipedrive_fields (
    workspace_id integer not null,
    entity text not null,
    field_code text not null,
    name text not null,
    slug text not null,
    former_names text not null,
    field_type text not null,
    is_custom integer not null,
    is_writable integer,
    options text not null,
    position integer not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    deleted_at integer,
    primary key (workspace_id, entity, field_code)
) strict, without rowid;

create table pipedrive_field_changes (
    workspace_id integer not null,
    change_id integer not null,
    entity text not null,
    field_code text not null,
    kind text not null,
    option_id integer,
    before text,
    after text,
    at integer not null,
    primary key (workspace_id, change_id)
) strict, without rowid;

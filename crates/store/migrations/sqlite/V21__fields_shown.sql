-- Every record shows every custom field of its account, and most are empty. `raw` is kept without those that are; which ones the
-- record showed all the same is told by a set that it shares with all records that show the same ones, so that the whole can be
-- put together again. Rows from before have all of it in `raw`, and no set.
create table custom_field_sets (
    workspace_id integer not null,
    set_id integer not null,
    keys text not null,
    primary key (workspace_id, set_id)
) strict;
create unique index custom_field_sets_by_keys on custom_field_sets (workspace_id, keys);
alter table pipedrive_persons add column fields_shown integer;
alter table pipedrive_organizations add column fields_shown integer;
alter table pipedrive_deals add column fields_shown integer;
alter table pipedrive_products add column fields_shown integer;

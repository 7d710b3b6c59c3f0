-- Who takes part in which deal, as last listed. Who does no more keeps the row, with deleted_at. raw is what Pipedrive showed,
-- without the whole person, which is mirrored in pipedrive_persons.
create table pipedrive_deal_participants (
    workspace_id integer not null,
    deal_id text not null,
    participant_id integer not null,
    person_id integer not null,
    added_at integer,
    raw text not null,
    synced_at integer not null,
    deleted_at integer,
    primary key (workspace_id, deal_id, participant_id)
) strict, without rowid;
create index pipedrive_deal_participants_by_person on pipedrive_deal_participants (workspace_id, person_id, deal_id);

-- What is known of the participants of a deal that is or was open: how many the list of deals showed last, how many were read, how
-- many the list had shown then, and when. turn_at is the deal's place in the rotation: when it was read, or 0 where something
-- about it seems to have changed.
create table deal_participant_checks (
    workspace_id integer not null,
    deal_id text not null,
    is_open integer not null,
    is_due integer not null,
    count_shown integer not null,
    count_read integer,
    count_at_read integer,
    odd_reads integer not null,
    checked_at integer,
    turn_at integer not null,
    primary key (workspace_id, deal_id)
) strict, without rowid;
create index deal_participant_checks_due on deal_participant_checks (workspace_id, turn_at, deal_id) where is_due = 1;
create index deal_participant_checks_turn on deal_participant_checks (workspace_id, turn_at, deal_id)
    where is_open = 1 and is_due = 0 and checked_at is not null and count_shown > 0;

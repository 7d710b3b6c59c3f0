-- A stage of a board, and a stage of one owner's board: newest change first, and by the day on which deals are expected to close.
-- Archived deals are on no board.
drop index pipedrive_deals_board;
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

-- What each stage held at the end of a day (days since 1970, UTC), kept by the first change of deals after it.
create table stage_days_kept (
    workspace_id integer not null,
    pipeline_id integer not null,
    day integer not null,
    stage_id integer not null,
    status text not null,
    currency text not null,
    deals integer not null,
    value_hundredths integer not null,
    weighed_hundredths integer not null,
    unweighed_hundredths integer not null,
    primary key (workspace_id, pipeline_id, status, day, stage_id, currency)
) strict, without rowid;

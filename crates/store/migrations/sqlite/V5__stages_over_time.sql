-- What is in each stage, kept in the transaction that changes a deal. Money is in hundredths, so that sums are exact; what a deal
-- weighs by its own probability is kept apart from what is weighed by its stage's, which may change without any deal changing.
create table stage_totals_kept (
    workspace_id integer not null,
    pipeline_id integer not null,
    stage_id integer not null,
    status text not null,
    currency text not null,
    owner_id integer not null,
    deals integer not null,
    value_hundredths integer not null,
    weighed_hundredths integer not null,
    unweighed_hundredths integer not null,
    primary key (workspace_id, pipeline_id, stage_id, status, currency, owner_id)
) strict, without rowid;

-- Moves of deals from stage to stage. Where a move was told by no webhook, others may have come between: is_gap is 1, and who
-- made it is not known.
create table deal_stage_changes (
    workspace_id integer not null,
    deal_id text not null,
    at integer not null,
    to_stage_id integer not null,
    from_stage_id integer not null,
    user_id integer,
    since integer,
    is_gap integer not null,
    primary key (workspace_id, deal_id, at, to_stage_id)
) strict, without rowid;
create index deal_stage_changes_by_time on deal_stage_changes (workspace_id, at);

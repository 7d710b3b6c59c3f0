-- What an API has cost, by the class of the calls and what they were for.
create table spending (
    workspace_id integer not null,
    api text not null,
    day text not null,
    class text not null,
    purpose text not null,
    calls integer not null,
    tokens integer not null,
    primary key (workspace_id, api, day, class, purpose)
) strict, without rowid;

-- Until now only blocks were kept, and not what they were spent on.
insert into spending (workspace_id, api, day, class, purpose, calls, tokens)
    select workspace_id, api, day, 'none', purpose, 0, tokens from ledger;

drop table ledger;

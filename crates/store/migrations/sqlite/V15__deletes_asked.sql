-- Pairs in which a person is asked whether the remaining record shall be deleted, too.
create index pairs_asked on pairs (workspace_id, pair_id) where state = 'asked';

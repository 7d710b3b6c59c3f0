// Deals through the official client, from the first write to the last read.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, ids, olderApi, refused, shows, TIME, walk } = require('./account');
const { addDeal, changeDeal, office } = require('./sales');

const deals = api('Deals');
let place;

before(async () => {
  place = await office();
});

test('a deal is shown as it was written', async () => {
  const written = {
    title: 'Warehouse in Solna', value: 1250000.5, currency: 'SEK', stage_id: place.stages[0].id, person_id: place.person.id,
    org_id: place.organization.id, expected_close_date: '2026-12-31', visible_to: 3,
  };
  const made = await addDeal(written);
  shows(made, {
    ...written, pipeline_id: place.pipeline.id, status: 'open', is_deleted: false, is_archived: false, update_time: null,
    label_ids: [], origin: 'API',
  });
  assert.match(made.add_time, TIME);
  shows(await data(deals.getDeal({ id: made.id })), made);
});

test('a deal moves through its stages and tells when', async () => {
  const made = await addDeal({ title: 'Moves', stage_id: place.stages[0].id });
  const moved = await changeDeal(made.id, { stage_id: place.stages[1].id });
  shows(moved, { title: 'Moves', stage_id: place.stages[1].id, pipeline_id: place.pipeline.id });
  assert.match(moved.stage_change_time, TIME);
});

test('a deal is won, reopened and lost, with its reason', async () => {
  const made = await addDeal({ title: 'Up and down', stage_id: place.stages[2].id, value: 10 });
  const won = await changeDeal(made.id, { status: 'won' });
  shows(won, { status: 'won', lost_time: null });
  assert.match(won.won_time, TIME);
  assert.equal(won.close_time, won.won_time);
  shows(await changeDeal(made.id, { status: 'open' }), { status: 'open', won_time: null, close_time: null });
  shows(await changeDeal(made.id, { status: 'lost', lost_reason: 'Found another' }), {
    status: 'lost', lost_reason: 'Found another', won_time: null,
  });
  await refused(deals.addDeal({ AddDealRequest: { title: 'A', lost_reason: 'No', stage_id: place.stages[0].id } }), 'lost_reason');
});

test('deals are walked by cursors, and by what they belong to', async () => {
  const made = [];
  for (const [number, title] of ['One', 'Two', 'Three', 'Four', 'Five'].entries()) {
    made.push(await addDeal({ title, stage_id: place.stages[number % 2].id, person_id: place.person.id }));
  }
  const { rows, pages } = await walk((page) => deals.getDeals({ pipeline_id: place.pipeline.id, ...page }));
  for (const { id } of made) assert.equal(ids(rows).filter((one) => one === id).length, 1);
  assert.ok(pages >= 3);
  const of_stage = await walk((page) => deals.getDeals({ stage_id: place.stages[1].id, ...page }), 100);
  assert.ok(of_stage.rows.every((deal) => deal.stage_id === place.stages[1].id));
  assert.ok(ids(of_stage.rows).includes(made[1].id) && !ids(of_stage.rows).includes(made[0].id));
  const of_person = await data(deals.getDeals({ person_id: place.person.id, limit: 500 }));
  assert.ok(made.every(({ id }) => ids(of_person).includes(id)));
});

test('counts are told to who asks for them', async () => {
  const made = await addDeal({ title: 'Counted', stage_id: place.stages[0].id, person_id: place.person.id });
  shows(await data(deals.getDeal({ id: made.id, include_fields: 'participants_count,products_count,notes_count' })), {
    participants_count: 1, products_count: 0,
  });
});

test('an archived deal stands in a list of its own and takes no changes', async () => {
  const made = await addDeal({ title: 'Put away', stage_id: place.stages[0].id });
  const archived = await changeDeal(made.id, { is_archived: true });
  shows(archived, { is_archived: true });
  assert.match(archived.archive_time, TIME);
  const listed = await data(deals.getDeals({ ids: String(made.id) }));
  assert.deepEqual(listed, []);
  assert.deepEqual(ids(await data(deals.getArchivedDeals({ ids: String(made.id) }))), [made.id]);
  await refused(deals.updateDeal({ id: made.id, UpdateDealRequest: { title: 'Changed' } }), 'archived');
  shows(await changeDeal(made.id, { is_archived: false }), { is_archived: false, archive_time: null });
  assert.deepEqual(ids(await data(deals.getDeals({ ids: String(made.id) }))), [made.id]);
});

test('a deleted deal is listed only to who asks for deleted ones', async () => {
  const made = await addDeal({ title: 'Deleted', stage_id: place.stages[0].id });
  assert.deepEqual(await data(deals.deleteDeal({ id: made.id })), { id: made.id });
  const open = await walk((page) => deals.getDeals({ pipeline_id: place.pipeline.id, ...page }), 500);
  assert.ok(!ids(open.rows).includes(made.id));
  const deleted = await walk((page) => deals.getDeals({ pipeline_id: place.pipeline.id, status: 'deleted', ...page }), 500);
  assert.ok(ids(deleted.rows).includes(made.id) && deleted.rows.every((deal) => deal.is_deleted));
  await refused(deals.deleteDeal({ id: made.id }), 'not found');
});

test('a copy and a merge of deals leave the right ones', async () => {
  const first = await addDeal({ title: 'First', stage_id: place.stages[0].id, person_id: place.person.id });
  const copy = await data(olderApi('Deals').duplicateDeal({ id: first.id }));
  shows(copy, { title: 'First (copy)', person_id: place.person.id, stage_id: place.stages[0].id });
  const merged = await data(olderApi('Deals').mergeDeals({ id: copy.id, MergeDealsRequest: { merge_with_id: first.id } }));
  assert.equal(merged.id, first.id);
  assert.deepEqual(ids(await data(deals.getDeals({ ids: `${first.id},${copy.id}` }))), [first.id]);
});

test('the history of a deal, what happened to it and who may see it are told', async () => {
  const made = await addDeal({ title: 'Once', stage_id: place.stages[0].id });
  await changeDeal(made.id, { title: 'Twice' });
  const changes = await data(olderApi('Deals').getDealChangelog({ id: made.id }));
  shows(changes.find((change) => change.field_key === 'title' && change.old_value !== null), {
    old_value: 'Once', new_value: 'Twice', change_source: 'api',
  });
  assert.ok((await data(olderApi('Deals').getDealUpdates({ id: made.id }))).length > 0);
  const me = await data(olderApi('Users').getCurrentUser());
  assert.ok((await data(olderApi('Deals').getDealUsers({ id: made.id }))).includes(me.id));
});

test('what is wrong with a write is said', async () => {
  await refused(deals.addDeal({ AddDealRequest: {} }), 'title');
  await refused(deals.addDeal({ AddDealRequest: { title: 'A', value: '10' } }), 'value');
  await refused(deals.addDeal({ AddDealRequest: { title: 'A', stage_id: 99999999 } }), 'stage_id');
  await refused(deals.addDeal({ AddDealRequest: { title: 'A', probability: 101 } }), 'probability');
  await refused(deals.updateDeal({ id: 99999999, UpdateDealRequest: { title: 'A' } }), 'not found');
});

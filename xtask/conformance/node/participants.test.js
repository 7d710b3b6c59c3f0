// People on a deal, through the official client; the older entry point alone has them.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, olderApi, refused, shows, walkOlder } = require('./account');
const { addDeal, addPerson, office } = require('./sales');

const deals = olderApi('Deals');
const people = (rows) => rows.map((row) => row.person_id.value).sort((a, b) => a - b);
let place;
let deal;

before(async () => {
  place = await office();
  deal = await addDeal({ title: 'With people', stage_id: place.stages[0].id, person_id: place.person.id });
});

test('people come to a deal and go, and the deal tells how many there are', async () => {
  const guest = await addPerson({ name: 'Adviser Berg', emails: [{ value: 'adviser@x.example', primary: true }] });
  const added = await data(deals.addDealParticipant({ id: deal.id, AddDealParticipantRequest: { person_id: guest.id } }));
  shows(added, { person_id: { value: guest.id, name: 'Adviser Berg' }, related_item_type: 'deal', related_item_id: deal.id });

  const { rows } = await walkOlder((page) => deals.getDealParticipants({ id: deal.id, ...page }), 1);
  assert.deepEqual(people(rows), [place.person.id, guest.id].sort((a, b) => a - b));
  const counted = await data(api('Deals').getDeal({ id: deal.id, include_fields: 'participants_count' }));
  assert.equal(counted.participants_count, 2);
  const of_deal = await data(api('Persons').getPersons({ deal_id: deal.id }));
  assert.deepEqual(of_deal.map((person) => person.id).sort((a, b) => a - b), people(rows));

  await refused(deals.addDealParticipant({ id: deal.id, AddDealParticipantRequest: { person_id: guest.id } }));
  assert.deepEqual(await data(deals.deleteDealParticipant({ id: deal.id, deal_participant_id: added.id })), { id: added.id });
  const left = await data(deals.getDealParticipants({ id: deal.id }));
  assert.deepEqual(people(left), [place.person.id]);

  const log = await data(deals.getDealParticipantsChangelog({ id: deal.id }));
  const actions = log.filter((line) => line.person_id === guest.id).map((line) => line.action);
  assert.deepEqual(actions.sort(), ['added', 'removed']);
});

test('the person of a deal cannot be taken off as a participant', async () => {
  const own = (await data(deals.getDealParticipants({ id: deal.id }))).find((row) => row.person_id.value === place.person.id);
  await refused(deals.deleteDealParticipant({ id: deal.id, deal_participant_id: own.id }));
});

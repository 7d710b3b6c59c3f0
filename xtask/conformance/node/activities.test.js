// Activities through the official client.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, ids, refused, shows, TIME, walk } = require('./account');
const { addDeal, addPerson, office } = require('./sales');

const activities = api('Activities');
const add = (activity) => data(activities.addActivity({ AddActivityRequest: activity }));
const change = (id, activity) => data(activities.updateActivity({ id, AddActivityRequest: activity }));
let place;
let deal;

before(async () => {
  place = await office();
  deal = await addDeal({ title: 'Visited', stage_id: place.stages[0].id, org_id: place.organization.id, person_id: place.person.id });
});

test('an activity is shown as it was written', async () => {
  const written = {
    subject: 'Show the premises', type: 'meeting', deal_id: deal.id, org_id: place.organization.id,
    participants: [{ person_id: place.person.id, primary: true }], due_date: '2026-12-24', due_time: '09:30:00',
    duration: '01:00:00', busy: true, done: false, note: '<p>Bring keys</p>', public_description: 'Meet at the door',
  };
  const made = await add(written);
  shows(made, { ...written, person_id: place.person.id, is_deleted: false, marked_as_done_time: null });
  assert.match(made.add_time, TIME);
  shows(await data(activities.getActivity({ id: made.id })), written);
});

test('an activity is done, and tells when', async () => {
  const made = await add({ subject: 'Call back', type: 'call', due_time: '08:15' });
  assert.equal(made.due_time, '08:15:00');
  const done = await change(made.id, { done: true });
  shows(done, { done: true, subject: 'Call back' });
  assert.match(done.marked_as_done_time, TIME);
  shows(await change(made.id, { done: false }), { done: false, marked_as_done_time: null });
});

test('guests are told to who asks for them', async () => {
  const attendees = [{ email: 'guest@x.example', name: 'Guest' }];
  const made = await add({ subject: 'With guests', type: 'meeting', attendees });
  assert.ok(!('attendees' in made));
  shows(await data(activities.getActivity({ id: made.id, include_fields: 'attendees' })), { attendees });
});

test('the activities of a deal and of a person are walked by cursors, once each', async () => {
  const person = await addPerson({ name: 'Busy Person' });
  const made = [];
  for (const subject of ['One', 'Two', 'Three']) {
    made.push(await add({ subject, type: 'task', deal_id: deal.id, participants: [{ person_id: person.id, primary: true }] }));
  }
  const of_deal = await walk((page) => activities.getActivities({ deal_id: deal.id, sort_by: 'due_date', ...page }));
  for (const { id } of made) assert.equal(ids(of_deal.rows).filter((one) => one === id).length, 1);
  const of_person = await walk((page) => activities.getActivities({ person_id: person.id, ...page }));
  assert.deepEqual(new Set(ids(of_person.rows)), new Set(ids(made)));
  await change(made[0].id, { done: true });
  assert.deepEqual(ids(await data(activities.getActivities({ person_id: person.id, done: true }))), [made[0].id]);
});

test('a deleted activity is listed no more', async () => {
  const made = await add({ subject: 'Cancelled', type: 'task' });
  assert.deepEqual(await data(activities.deleteActivity({ id: made.id })), { id: made.id });
  assert.deepEqual(await data(activities.getActivities({ ids: String(made.id) })), []);
  shows(await data(activities.getActivity({ id: made.id })), { is_deleted: true });
});

test('what is wrong with a write is said', async () => {
  await refused(activities.addActivity({ AddActivityRequest: { type: 'task' } }), 'subject');
  await refused(activities.addActivity({ AddActivityRequest: { subject: 'A', type: 'siesta' } }), 'type');
  await refused(activities.addActivity({ AddActivityRequest: { subject: 'A', type: 'task', deal_id: 99999999 } }), 'deal_id');
});

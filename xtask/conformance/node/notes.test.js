// Notes through the official client. They live at the older entry point alone.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, ids, olderApi, OLDER_TIME, refused, shows, walkOlder } = require('./account');

const notes = olderApi('Notes');
const add = (note) => data(notes.addNote({ AddNoteRequest: note }));
let person;
let organization;

before(async () => {
  organization = await data(api('Organizations').addOrganization({ AddOrganizationRequest: { name: 'Noted AB' } }));
  person = await data(api('Persons').addPerson({ AddPersonRequest: { name: 'Noted Person' } }));
});

test('a note is shown as it was written', async () => {
  const made = await add({ content: '<p>Wants 400 m² in Solna</p>', person_id: person.id, pinned_to_person_flag: 1 });
  shows(made, {
    content: '<p>Wants 400 m² in Solna</p>', person_id: person.id, active_flag: true, pinned_to_person_flag: true,
    pinned_to_deal_flag: false, person: { name: 'Noted Person' }, deal_id: null, org_id: null, update_time: made.add_time,
  });
  assert.match(made.add_time, OLDER_TIME);
  const read = await data(notes.getNote({ id: made.id }));
  shows(read, { id: made.id, content: made.content, person_id: person.id });
});

test('an update changes what it names', async () => {
  const made = await add({ content: 'First words', org_id: organization.id });
  const changed = await data(notes.updateNote({ id: made.id, NoteRequest: { content: 'Second words' } }));
  shows(changed, { id: made.id, content: 'Second words', org_id: organization.id, organization: { name: 'Noted AB' } });
});

test('the notes of an organization are walked by offsets, once each', async () => {
  const made = [];
  for (const content of ['one', 'two', 'three', 'four', 'five']) made.push(await add({ content, org_id: organization.id }));
  const { rows, pages } = await walkOlder((page) => notes.getNotes({ org_id: organization.id, sort: 'id ASC', ...page }));
  for (const { id } of made) assert.equal(ids(rows).filter((one) => one === id).length, 1);
  assert.ok(rows.every((note) => note.org_id === organization.id));
  assert.ok(pages >= 3);
});

test('a deleted note is listed no more', async () => {
  const made = await add({ content: 'Never mind', person_id: person.id });
  assert.equal(await data(notes.deleteNote({ id: made.id })), true);
  const left = (await data(notes.getNotes({ person_id: person.id }))) ?? [];
  assert.ok(!ids(left).includes(made.id));
});

test('a note needs words and something it is about', async () => {
  await refused(notes.addNote({ AddNoteRequest: { person_id: person.id } }), 'content');
  await refused(notes.addNote({ AddNoteRequest: { content: 'About nothing' } }));
  await refused(notes.getNote({ id: 99999999 }));
});

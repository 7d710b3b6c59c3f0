// Persons through the official client, from the first write to the last read.

'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { api, data, eventually, ids, named, olderApi, refused, shows, TIME, walk } = require('./account');

const persons = api('Persons');
const organizations = api('Organizations');
const add = (person) => data(persons.addPerson({ AddPersonRequest: person }));
let organization;

before(async () => {
  organization = await data(organizations.addOrganization({ AddOrganizationRequest: { name: named('Fjord Eiendom') } }));
});

after(() => data(organizations.deleteOrganization({ id: organization.id })));

test('a person is shown as it was written', async () => {
  const written = {
    name: 'Anna Maria Berg',
    org_id: organization.id,
    emails: [
      { value: 'anna@fjord.example', primary: true, label: 'work' },
      { value: 'berg@home.example', primary: false, label: 'home' },
    ],
    phones: [{ value: '+47 400 11 222', primary: true, label: 'mobile' }],
    visible_to: 3,
  };
  const made = await add(written);
  shows(made, { ...written, first_name: 'Anna Maria', last_name: 'Berg', is_deleted: false, update_time: null });
  assert.match(made.add_time, TIME);
  const read = await data(persons.getPerson({ id: made.id }));
  assert.deepEqual(read, made);
});

test('an update changes what it names and leaves the rest', async () => {
  const emails = [{ value: 'old@fjord.example', primary: true, label: 'work' }];
  const made = await add({ name: 'Ola Lie', emails });
  const changed = await data(persons.updatePerson({
    id: made.id,
    UpdatePersonRequest: { name: 'Ola Lien', org_id: organization.id },
  }));
  shows(changed, { id: made.id, name: 'Ola Lien', last_name: 'Lien', org_id: organization.id, emails });
  assert.match(changed.update_time, TIME);

  const emptied = await data(persons.updatePerson({ id: made.id, UpdatePersonRequest: { org_id: null, emails: [] } }));
  shows(emptied, { org_id: null, emails: [], name: 'Ola Lien' });
});

test('a list is walked by its cursors, once each', async () => {
  const made = [];
  for (const name of ['Per', 'Pål', 'Espen', 'Kari', 'Siri']) {
    made.push(await add({ name: `${name} Askeladd`, org_id: organization.id }));
  }
  const { rows, pages } = await walk((page) => persons.getPersons({ org_id: organization.id, ...page }));
  for (const person of made) assert.equal(ids(rows).filter((id) => id === person.id).length, 1);
  assert.deepEqual(ids(rows), [...ids(rows)].sort((a, b) => a - b));
  assert.ok(pages >= 3);

  const backwards = await walk((page) => persons.getPersons({
    org_id: organization.id, sort_by: 'add_time', sort_direction: 'desc', ...page,
  }));
  assert.deepEqual(new Set(ids(backwards.rows)), new Set(ids(rows)));

  const some = await data(persons.getPersons({ ids: `${made[0].id},${made[3].id},99999999` }));
  assert.deepEqual(ids(some).sort((a, b) => a - b), [made[0].id, made[3].id]);
});

test('what was changed since a moment is listed', async () => {
  const made = await add({ name: named('Since') });
  const changed = await data(persons.updatePerson({ id: made.id, UpdatePersonRequest: { name: named('Later') } }));
  const since = await walk((page) => persons.getPersons({ updated_since: changed.update_time, ...page }), 500);
  assert.ok(ids(since.rows).includes(made.id));
  const until = await walk((page) => persons.getPersons({ updated_until: changed.update_time, ...page }), 500);
  assert.ok(!ids(until.rows).includes(made.id));
});

test('the history of a person tells who changed what', async () => {
  const made = await add({ name: 'Before After' });
  await data(persons.updatePerson({ id: made.id, UpdatePersonRequest: { name: 'After Before' } }));
  const changes = await data(olderApi('Persons').getPersonChangelog({ id: made.id }));
  const renamed = changes.find((change) => change.field_key === 'name' && change.old_value !== null);
  shows(renamed, { old_value: 'Before After', new_value: 'After Before', change_source: 'api', is_bulk_update_flag: false });
});

test('of two merged persons the second stays and the first is gone', async () => {
  const gone = await add({ name: 'Double Hansen', emails: [{ value: named('double').replaceAll(' ', '') + '@x.example' }] });
  const stays = await add({ name: 'Single Hansen' });
  const merged = await data(olderApi('Persons').mergePersons({ id: gone.id, MergePersonsRequest: { merge_with_id: stays.id } }));
  assert.equal(merged.id, stays.id);
  const read = await data(persons.getPerson({ id: stays.id }));
  shows(read, { name: 'Single Hansen', emails: [{ value: gone.emails[0].value }] });
  const listed = await data(persons.getPersons({ ids: `${gone.id},${stays.id}` }));
  assert.deepEqual(ids(listed), [stays.id]);
});

test('a deleted person is listed no more, and cannot be changed or deleted again', async () => {
  const made = await add({ name: 'Short Stay' });
  assert.deepEqual(await data(persons.deletePerson({ id: made.id })), { id: made.id });
  assert.deepEqual(await data(persons.getPersons({ ids: String(made.id) })), []);
  shows(await data(persons.getPerson({ id: made.id })), { id: made.id, is_deleted: true });
  await refused(persons.updatePerson({ id: made.id, UpdatePersonRequest: { name: 'Long Stay' } }), 'not found');
  await refused(persons.deletePerson({ id: made.id }), 'not found');
});

test('what is wrong with a write is said', async () => {
  await refused(persons.addPerson({ AddPersonRequest: {} }), 'name');
  await refused(persons.addPerson({ AddPersonRequest: { name: 'A', shoe_size: 43 } }), 'shoe_size');
  await refused(persons.addPerson({ AddPersonRequest: { name: 'A', org_id: 99999999 } }), 'org_id');
  await refused(persons.getPerson({ id: 99999999 }), 'not found');
  await refused(persons.getPersons({ limit: 501 }), 'limit');
});

// Organizations through the official client, from the first write to the last read.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { api, data, ids, named, olderApi, refused, shows, TIME, walk } = require('./account');

const organizations = api('Organizations');
const persons = api('Persons');
const add = (organization) => data(organizations.addOrganization({ AddOrganizationRequest: organization }));
const change = (id, organization) => data(organizations.updateOrganization({ id, UpdateOrganizationRequest: organization }));

test('an organization is shown as it was written', async () => {
  const written = {
    name: 'Alnäs Fastigheter AB',
    address: { value: 'Storgatan 1, 111 22 Stockholm' },
    website: 'https://alnas.example',
    annual_revenue: 250000000,
    employee_count: 42,
    visible_to: 3,
  };
  const made = await add(written);
  shows(made, { ...written, is_deleted: false, update_time: null, label_ids: [] });
  assert.match(made.add_time, TIME);
  assert.deepEqual(await data(organizations.getOrganization({ id: made.id })), made);
});

test('an update changes what it names and leaves the rest', async () => {
  const made = await add({ name: 'Nordlys AS', website: 'https://nordlys.example' });
  shows(await change(made.id, { name: 'Nordlys ASA', employee_count: 7 }), {
    name: 'Nordlys ASA', employee_count: 7, website: 'https://nordlys.example',
  });
  shows(await change(made.id, { website: null }), { name: 'Nordlys ASA', website: null, employee_count: 7 });
});

test('a list is walked by its cursors, once each', async () => {
  const made = [];
  for (const name of ['A', 'B', 'C', 'D', 'E']) made.push(await add({ name: named(name) }));
  const first = made[0].id;
  const { rows, pages } = await walk((page) => organizations.getOrganizations({ ...page }), 3);
  for (const one of made) assert.equal(ids(rows).filter((id) => id === one.id).length, 1);
  assert.ok(pages >= 2);
  const some = await data(organizations.getOrganizations({ ids: `${first},99999999` }));
  assert.deepEqual(ids(some), [first]);
  const newest = await data(organizations.getOrganizations({ sort_by: 'id', sort_direction: 'desc', limit: 1 }));
  assert.ok(newest[0].id >= made[4].id);
});

test('who asks for counts and people is told them', async () => {
  const made = await add({ name: named('People') });
  for (const name of ['One Person', 'Two Person']) {
    await data(persons.addPerson({ AddPersonRequest: { name, org_id: made.id } }));
  }
  const counted = await data(organizations.getOrganization({ id: made.id, include_fields: 'people_count' }));
  assert.equal(counted.people_count, 2);
  const people = await data(persons.getPersons({ org_id: made.id }));
  assert.deepEqual(people.map((person) => person.name).sort(), ['One Person', 'Two Person']);
});

test('the history of an organization tells who changed what', async () => {
  const made = await add({ name: 'Old Name AB' });
  await change(made.id, { name: 'New Name AB' });
  const changes = await data(olderApi('Organizations').getOrganizationChangelog({ id: made.id }));
  const renamed = changes.find((one) => one.field_key === 'name' && one.old_value !== null);
  shows(renamed, { old_value: 'Old Name AB', new_value: 'New Name AB', change_source: 'api' });
});

test('of two merged organizations the second stays with the people of both', async () => {
  const [gone, stays] = [await add({ name: 'Twice AB' }), await add({ name: 'Once AB' })];
  const person = await data(persons.addPerson({ AddPersonRequest: { name: 'Moves Along', org_id: gone.id } }));
  const merged = await data(olderApi('Organizations').mergeOrganizations({
    id: gone.id, MergeOrganizationsRequest: { merge_with_id: stays.id },
  }));
  assert.equal(merged.id, stays.id);
  assert.equal((await data(persons.getPerson({ id: person.id }))).org_id, stays.id);
  assert.deepEqual(ids(await data(organizations.getOrganizations({ ids: `${gone.id},${stays.id}` }))), [stays.id]);
});

test('a deleted organization is listed no more and leaves its people without one', async () => {
  const made = await add({ name: 'Closing AB' });
  const person = await data(persons.addPerson({ AddPersonRequest: { name: 'Left Behind', org_id: made.id } }));
  assert.deepEqual(await data(organizations.deleteOrganization({ id: made.id })), { id: made.id });
  assert.deepEqual(await data(organizations.getOrganizations({ ids: String(made.id) })), []);
  shows(await data(organizations.getOrganization({ id: made.id })), { is_deleted: true });
  assert.equal((await data(persons.getPerson({ id: person.id }))).org_id, null);
  await refused(organizations.deleteOrganization({ id: made.id }), 'not found');
});

test('what is wrong with a write is said', async () => {
  await refused(organizations.addOrganization({ AddOrganizationRequest: {} }), 'name');
  await refused(organizations.addOrganization({ AddOrganizationRequest: { name: 'A', address: { value: 7 } } }), 'address');
  await refused(organizations.updateOrganization({ id: 99999999, UpdateOrganizationRequest: { name: 'A' } }), 'not found');
});

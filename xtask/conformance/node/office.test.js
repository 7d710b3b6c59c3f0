// What an office sets up once: types of activities, filters, currencies, files, and field definitions in their older shape.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { api, data, ids, named, olderApi, refused, shows, walkOlder } = require('./account');

test('a type of activity is made, renamed, listed and removed', async () => {
  const types = olderApi('ActivityTypes');
  const name = named('Site visit');
  const made = await data(types.addActivityType({ AddActivityTypeRequest: { name, icon_key: 'camera', color: 'AABBCC' } }));
  shows(made, { name, icon_key: 'camera', active_flag: true, is_custom_flag: true });
  assert.match(made.key_string, /^[a-z0-9_]+$/);
  const renamed = await data(types.updateActivityType({ id: made.id, UpdateActivityTypeRequest: { name: `${name}!` } }));
  shows(renamed, { id: made.id, name: `${name}!`, key_string: made.key_string });
  const listed = await data(types.getActivityTypes());
  assert.equal(ids(listed).filter((id) => id === made.id).length, 1);
  assert.ok(listed.some((type) => type.key_string === 'call' && type.active_flag));
  shows(await data(types.deleteActivityType({ id: made.id })), { id: made.id, active_flag: false });
  await refused(types.addActivityType({ AddActivityTypeRequest: { name } }), 'icon_key');
});

test('a filter is made, used, changed and removed', async () => {
  const filters = olderApi('Filters');
  const name = named('Filtered');
  await data(api('Persons').addPerson({ AddPersonRequest: { name } }));
  const { rows } = await walkOlder((page) => olderApi('PersonFields').getPersonFields(page), 500);
  const field_id = String(rows.find((field) => field.key === 'name').id);
  const conditions = (value) => ({
    glue: 'and',
    conditions: [
      { glue: 'and', conditions: [{ object: 'person', field_id, operator: '=', value, extra_value: null }] },
      { glue: 'or', conditions: [] },
    ],
  });
  const made = await data(filters.addFilter({ AddFilterRequest: { name, type: 'people', conditions: conditions(name) } }));
  const found = await data(api('Persons').getPersons({ filter_id: made.id }));
  assert.deepEqual(found.map((person) => person.name), [name]);

  await data(filters.updateFilter({ id: made.id, UpdateFilterRequest: { name: `${name}!`, conditions: conditions('nobody') } }));
  assert.deepEqual(await data(api('Persons').getPersons({ filter_id: made.id })), []);
  shows(await data(filters.getFilter({ id: made.id })), { id: made.id, name: `${name}!`, type: 'people' });
  const with_codes = await data(filters.getFilter({ id: made.id, include_field_code: true }));
  assert.equal(with_codes.conditions.conditions[0].conditions[0].field_code, 'name');
  assert.ok(ids(await data(filters.getFilters({ type: 'people' }))).includes(made.id));
  assert.ok((await filters.getFilterHelpers()).success !== false);
  shows(await data(filters.deleteFilter({ id: made.id })), { id: made.id });
  await refused(filters.getFilter({ id: made.id }));
});

test('several filters are removed at once', async () => {
  const filters = olderApi('Filters');
  const conditions = { glue: 'and', conditions: [{ glue: 'and', conditions: [] }, { glue: 'or', conditions: [] }] };
  const made = [];
  for (const name of [named('One'), named('Two')]) {
    made.push((await data(filters.addFilter({ AddFilterRequest: { name, type: 'org', conditions } }))).id);
  }
  shows(await data(filters.deleteFilters({ ids: made.join(',') })), { id: made });
});

test('the currencies of the North are known', async () => {
  const all = await data(olderApi('Currencies').getCurrencies());
  const codes = all.map((currency) => currency.code);
  for (const code of ['SEK', 'NOK', 'DKK', 'EUR', 'USD']) assert.ok(codes.includes(code), code);
  const some = await data(olderApi('Currencies').getCurrencies({ term: 'SEK' }));
  assert.deepEqual(some.map((currency) => currency.code), ['SEK']);
});

test('the files of the company are listed', async () => {
  shows(await olderApi('Files').getFiles({ limit: 5 }), { success: true, additional_data: { pagination: { start: 0, limit: 5 } } });
  await refused(olderApi('Files').getFile({ id: 99999999 }));
});

test('a colleague is found by name and by address', async () => {
  const users = olderApi('Users');
  const colleague = (await data(users.getUsers())).find((user) => !user.is_you);
  const by_name = await data(users.findUsersByName({ term: colleague.name.slice(0, 4) }));
  assert.ok(ids(by_name).includes(colleague.id));
  const by_address = await data(users.findUsersByName({ term: colleague.email, search_by_email: 1 }));
  assert.deepEqual(ids(by_address), [colleague.id]);
});

for (const kind of ['Person', 'Organization']) {
  const records = api(`${kind}s`);
  const older = olderApi(`${kind}s`);
  const add = (name) => data(records[`add${kind}`]({ [`Add${kind}Request`]: { name } }));

  test(`who may see a ${kind} is told by number`, async () => {
    const me = await data(olderApi('Users').getCurrentUser());
    const { id } = await add(named('Seen'));
    assert.ok((await data(older[`get${kind}Users`]({ id }))).includes(me.id));
  });

  test(`what happened to a ${kind} is told in one line of time`, async () => {
    const { id } = await add(named('Storied'));
    await data(records[`update${kind}`]({ id, [`Update${kind}Request`]: { name: named('Storied again') } }));
    assert.ok((await data(older[`get${kind}Updates`]({ id }))).length > 0);
  });

  test(`a ${kind} without files has none`, async () => {
    const { id } = await add(named('Bare'));
    assert.equal(await data(older[`get${kind}Files`]({ id })), null);
  });

  test(`a ${kind} field has a number, a key and options in its older shape`, async () => {
    const fields = olderApi(`${kind}Fields`);
    const add = (field) => data(fields[`add${kind}Field`]({ CreateFieldRequest: field }));
    const made = await add({ name: named('Older'), field_type: 'enum', options: [{ label: 'One' }, { label: 'Two' }] });
    assert.match(made.key, /^[0-9a-f]{40}$/);
    assert.deepEqual(made.options.map((option) => option.label), ['One', 'Two']);
    const newer = await data(api(`${kind}Fields`)[`get${kind}Field`]({ field_code: made.key }));
    shows(newer, { field_code: made.key, field_type: 'enum', is_custom_field: true });
    const renamed = await data(fields[`update${kind}Field`]({ id: made.id, UpdateFieldRequest: { name: 'Older Renamed' } }));
    shows(renamed, { id: made.id, key: made.key, name: 'Older Renamed' });
    shows(await data(fields[`get${kind}Field`]({ id: made.id })), { key: made.key, edit_flag: true });
    shows(await data(fields[`delete${kind}Field`]({ id: made.id })), { id: made.id });

    const more = [await add({ name: named('A'), field_type: 'varchar' }), await add({ name: named('B'), field_type: 'date' })];
    const { rows } = await walkOlder((page) => fields[`get${kind}Fields`](page), 7);
    for (const { id } of more) assert.equal(ids(rows).filter((one) => one === id).length, 1);
    shows(await data(fields[`delete${kind}Fields`]({ ids: ids(more).join(',') })), { id: ids(more) });
  });
}

test('the fields of notes are listed', async () => {
  const { rows } = await walkOlder((page) => olderApi('NoteFields').getNoteFields(page), 5);
  assert.ok(rows.some((field) => field.key === 'content'));
});

test('a colleague comes and is told to stay away', async () => {
  const users = olderApi('Users');
  const email = `new${process.pid}@brokers.example`;
  const made = await data(users.addUser({ AddUserRequest: { email, access: [{ app: 'sales' }] } }));
  shows(made, { email, is_you: false });
  shows(await data(users.updateUser({ id: made.id, UpdateUserRequest: { active_flag: false } })), { id: made.id, active_flag: false });
  shows(await data(users.getUser({ id: made.id })), { active_flag: false });
});

// Custom fields through the official client: definitions, options, and values of every type on every kind of record.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { api, data, named, refused, shows, walk } = require('./account');

const HASH = /^[0-9a-f]{40}$/;

/** The calls for one kind of record. The client names the options of every kind after those of deals. */
function kind(entity, requests) {
  const fields = api(`${entity}Fields`);
  const records = api(requests);
  return {
    entity,
    add: (field) => data(fields[`add${entity}Field`]({ [`Add${entity}FieldRequest`]: field })),
    get: (field_code) => fields[`get${entity}Field`]({ field_code }),
    list: (page) => fields[`get${entity}Fields`](page),
    change: (field_code, change) => data(fields[`update${entity}Field`]({ field_code, [`Update${entity}FieldRequest`]: change })),
    remove: (field_code) => data(fields[`delete${entity}Field`]({ field_code })),
    addOptions: (field_code, options) => data(fields[`add${entity}FieldOptions`]({ field_code, AddDealFieldOptionsRequestInner: options })),
    changeOptions: (field_code, options) => data(fields[`update${entity}FieldOptions`]({ field_code, UpdateDealFieldOptionsRequestInner: options })),
    removeOptions: (field_code, options) => data(fields[`delete${entity}FieldOptions`]({ field_code, DeleteDealFieldOptionsRequestInner: options })),
    write: (record) => data(records[`add${entity}`]({ [`Add${entity}Request`]: record })),
    rewrite: (id, record) => data(records[`update${entity}`]({ id, [`Update${entity}Request`]: record })),
    read: (id, options = {}) => data(records[`get${entity}`]({ id, ...options })),
    // The vendor shows labels, and fewer fields, of all but products.
    narrows: entity !== 'Product',
    name: (text) => (entity === 'Deal' ? { title: text } : { name: text }),
  };
}

const KINDS = [kind('Person', 'Persons'), kind('Organization', 'Organizations'), kind('Deal', 'Deals'), kind('Product', 'Products')];

/** A value to write for each type that is not a choice, and what is shown for it. */
const VALUES = {
  varchar: ['Sjølyst', 'Sjølyst'],
  varchar_auto: ['Office', 'Office'],
  text: ['Two\nlines', 'Two\nlines'],
  double: [1250.5, 1250.5],
  monetary: [{ value: 990000, currency: 'SEK' }, { value: 990000, currency: 'SEK' }],
  date: ['2026-02-28', '2026-02-28'],
  daterange: [{ value: '2026-01-01', until: '2026-06-30' }, { value: '2026-01-01', until: '2026-06-30' }],
  time: [{ value: '09:30:00', timezone_name: 'Europe/Oslo' }, { value: '09:30:00', timezone_name: 'Europe/Oslo' }],
  timerange: [
    { value: '09:00:00', until: '17:00:00', timezone_name: 'Europe/Oslo' },
    { value: '09:00:00', until: '17:00:00', timezone_name: 'Europe/Oslo' },
  ],
  phone: ['+46 8 123 456', '+46 8 123 456'],
  address: [{ value: 'Karl Johans gate 1, Oslo' }, { value: 'Karl Johans gate 1, Oslo' }],
};

for (const of of KINDS) {
  test(`values of every type on a ${of.entity} are shown as written, changed alone and cleared`, async () => {
    const codes = {};
    for (const field_type of Object.keys(VALUES)) {
      const field = await of.add({ field_name: named(field_type), field_type });
      shows(field, { field_type, is_custom_field: true });
      assert.match(field.field_code, HASH);
      codes[field_type] = field.field_code;
    }
    const written = Object.fromEntries(Object.entries(VALUES).map(([type, [value]]) => [codes[type], value]));
    const expected = Object.fromEntries(Object.entries(VALUES).map(([type, [, value]]) => [codes[type], value]));
    const made = await of.write({ ...of.name('All Types'), custom_fields: written });
    shows(made.custom_fields, expected);

    const changed = await of.rewrite(made.id, { custom_fields: { [codes.double]: 7, [codes.text]: null } });
    shows(changed.custom_fields, { ...expected, [codes.double]: 7, [codes.text]: null });

    if (of.narrows) {
      const one = await of.read(made.id, { custom_fields: codes.varchar });
      assert.deepEqual(one.custom_fields, { [codes.varchar]: 'Sjølyst' });
    }

    for (const code of Object.values(codes)) shows(await of.remove(code), { field_code: code });
    const bare = await of.read(made.id);
    for (const code of Object.values(codes)) assert.ok(!(code in bare.custom_fields));
  });

  test(`choices on a ${of.entity} are told by number, and their labels to who asks`, async () => {
    const options = [{ label: 'Leasing' }, { label: 'Sale' }, { label: 'Valuation' }];
    const one = await of.add({ field_name: named('Kind'), field_type: 'enum', options });
    const many = await of.add({ field_name: named('Kinds'), field_type: 'set', options });
    assert.deepEqual(one.options.map(({ label }) => label), ['Leasing', 'Sale', 'Valuation']);
    const id = (field, label) => field.options.find((option) => option.label === label).id;
    const custom_fields = {
      [one.field_code]: id(one, 'Sale'),
      [many.field_code]: [id(many, 'Leasing'), id(many, 'Valuation')],
    };
    const made = await of.write({ ...of.name('Choices Made'), custom_fields });
    shows(made.custom_fields, custom_fields);
    if (of.narrows) {
      const labelled = await of.read(made.id, { include_option_labels: true });
      shows(labelled.custom_fields, {
        [one.field_code]: { id: id(one, 'Sale'), label: 'Sale' },
        [many.field_code]: [{ label: 'Leasing' }, { label: 'Valuation' }],
      });
    }
    await refused(of.write({ ...of.name('Wrong Choice'), custom_fields: { [one.field_code]: 99999999 } }), one.field_code);
    await refused(of.write({ ...of.name('Wrong Choice'), custom_fields: { [one.field_code]: 'Sale' } }), one.field_code);
    await of.remove(one.field_code);
    await of.remove(many.field_code);
  });

  test(`options of a ${of.entity} field are added, renamed and removed`, async () => {
    const field = await of.add({ field_name: named('Tier'), field_type: 'enum', options: [{ label: 'A' }] });
    const added = await of.addOptions(field.field_code, [{ label: 'B' }, { label: 'C' }]);
    assert.deepEqual(added.map(({ label }) => label), ['B', 'C']);
    await of.changeOptions(field.field_code, [{ id: added[0].id, label: 'B plus' }]);
    await of.removeOptions(field.field_code, [{ id: added[1].id }]);
    const { options } = await data(of.get(field.field_code));
    assert.deepEqual(options.map(({ label }) => label), ['A', 'B plus']);
    assert.equal(options[1].id, added[0].id);
    await of.remove(field.field_code);
  });

  test(`a ${of.entity} field is renamed, listed and deleted; its code stays the same`, async () => {
    const field = await of.add({ field_name: named('Before'), field_type: 'varchar' });
    const renamed = await of.change(field.field_code, { field_name: 'After' });
    shows(renamed, { field_code: field.field_code, field_name: 'After', field_type: 'varchar' });
    const { rows } = await walk(of.list, 7);
    const listed = rows.filter((row) => row.field_code === field.field_code);
    assert.equal(listed.length, 1);
    shows(listed[0], { field_name: 'After', is_custom_field: true });
    assert.ok(rows.some((row) => !row.is_custom_field));

    shows(await of.remove(field.field_code), { field_code: field.field_code });
    await refused(of.get(field.field_code));
    await refused(of.write({ ...of.name('Too Late'), custom_fields: { [field.field_code]: 'x' } }), field.field_code);
  });
}

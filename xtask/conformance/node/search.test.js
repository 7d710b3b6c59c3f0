// Search through the official client: of everything, of one kind, and of one field. What was written is found a little later.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, eventually, named, olderApi, refused, shows } = require('./account');
const { addDeal, addOrganization, addPerson, office } = require('./sales');

const word = `quaint${process.pid}`;
const made = {};

before(async () => {
  const place = await office();
  made.organization = await addOrganization({ name: `${word} Holding AB`, address: { value: 'Sveavägen 1, Stockholm' } });
  made.person = await addPerson({
    name: `${word} Person`, org_id: made.organization.id, emails: [{ value: `${word}@x.example`, primary: true, label: 'work' }],
  });
  made.deal = await addDeal({ title: `${word} deal`, stage_id: place.stages[0].id, org_id: made.organization.id });
  made.product = await data(api('Products').addProduct({ AddProductRequest: { name: `${word} product`, code: `${word}-1` } }));
  made.lead = await data(olderApi('Leads').addLead({ AddLeadRequest: { title: `${word} lead`, person_id: made.person.id } }));
});

const found = (items, kind) => items.find(({ item }) => item.type === kind)?.item;

test('everything with a word in it is found at once', async () => {
  const { items } = await eventually(
    () => data(api('ItemSearch').searchItem({ term: word })), ({ items }) => items.length >= 5, 'all five records',
  );
  for (const kind of ['person', 'organization', 'deal', 'product', 'lead']) {
    assert.equal(found(items, kind)?.id, made[kind].id, kind);
  }
  assert.ok(items.every((one) => one.result_score > 0));
  const some = await data(api('ItemSearch').searchItem({ term: word, item_types: 'person', limit: 1 }));
  assert.deepEqual(some.items.map(({ item }) => item.id), [made.person.id]);
});

const SEARCHES = {
  person: (options) => api('Persons').searchPersons(options),
  organization: (options) => api('Organizations').searchOrganization(options),
  deal: (options) => api('Deals').searchDeals(options),
  product: (options) => api('Products').searchProducts(options),
  lead: (options) => api('Leads').searchLeads(options),
};

for (const [kind, search] of Object.entries(SEARCHES)) {
  test(`a ${kind} is found by a part of its name, and by the whole of it`, async () => {
    const { items } = await eventually(() => data(search({ term: word.slice(0, -1) })), ({ items }) =>
      items.some(({ item }) => item.id === made[kind].id), `the ${kind}`);
    shows(found(items, kind) ?? items[0].item, { type: kind });
    const name = made[kind].title ?? made[kind].name;
    const exact = await data(search({ term: name.toUpperCase(), exact_match: true }));
    assert.deepEqual(exact.items.map(({ item }) => item.id), [made[kind].id]);
    await refused(search({ term: 'x' }));
  });
}

test('a person is found by address, and within an organization alone', async () => {
  const found = await eventually(
    () => data(SEARCHES.person({ term: `${word}@x.example`, fields: 'email', exact_match: true })), ({ items }) => items.length === 1, 'the address',
  );
  shows(found.items[0].item, { id: made.person.id, emails: [`${word}@x.example`], organization: { id: made.organization.id } });
  const elsewhere = await addOrganization({ name: named('Elsewhere AB') });
  assert.deepEqual((await data(SEARCHES.person({ term: word, organization_id: elsewhere.id }))).items, []);
});

test('one field is searched by itself', async () => {
  const answer = await eventually(
    () => data(api('ItemSearch').searchItemByField({ term: `${word}@x.example`, entity_type: 'person', field: 'email', match: 'exact' })),
    (answer) => JSON.stringify(answer).includes(String(made.person.id)), 'the person by one field',
  );
  assert.ok(answer);
});

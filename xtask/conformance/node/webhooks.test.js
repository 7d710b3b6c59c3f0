// Webhooks: made and removed through the official client, received by a server of this suite.

'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { api, data, ids, named, olderApi, refused, shows } = require('./account');
const { receiver } = require('./receiver');

const webhooks = olderApi('Webhooks');
const persons = api('Persons');
const organizations = api('Organizations');
const add = (webhook) => data(webhooks.addWebhook({ AddWebhookRequest: webhook }));
let ear;

before(async () => {
  ear = await receiver();
});
after(() => ear.close());

const about = (action, entity, id) => ({ body }) =>
  body.meta.action === action && body.meta.entity === entity && body.meta.entity_id === String(id);
const take = (action, entity, id) => ear.take(`${action} ${entity} ${id}`, about(action, entity, id));

test('a webhook is made, listed and removed', async () => {
  const wanted = {
    subscription_url: `${ear.url}/listed`, event_action: 'change', event_object: 'person', name: named('listed'), version: '2.0',
  };
  const made = await add(wanted);
  shows(made, { ...wanted, is_active: 1, type: 'general' });
  const listed = await data(webhooks.getWebhooks());
  assert.equal(ids(listed).filter((id) => id === made.id).length, 1);
  shows(await webhooks.deleteWebhook({ id: made.id }), { success: true, status: 'ok' });
  assert.ok(!ids(await data(webhooks.getWebhooks())).includes(made.id));
  await refused(webhooks.deleteWebhook({ id: made.id }), 'not found');
});

test('a webhook to nowhere is refused', async () => {
  const wrong = { event_action: '*', event_object: '*', name: 'wrong' };
  await refused(webhooks.addWebhook({ AddWebhookRequest: { ...wrong, subscription_url: 'nowhere' } }), 'subscription_url');
  await refused(webhooks.addWebhook({ AddWebhookRequest: { ...wrong, subscription_url: ear.url, event_object: 'house' } }), 'event_object');
});

test('the life of a person and an organization is told as it happens', async () => {
  const hook = await add({
    subscription_url: ear.url, event_action: '*', event_object: '*', name: named('everything'), version: '2.0',
    http_auth_user: 'suite', http_auth_password: 'sesame',
  });
  const organization = await data(organizations.addOrganization({ AddOrganizationRequest: { name: 'Heard AB' } }));
  const person = await data(persons.addPerson({ AddPersonRequest: { name: 'Heard Of', org_id: organization.id } }));
  const born = await take('create', 'person', person.id);
  assert.equal(born.authorization, `Basic ${Buffer.from('suite:sesame').toString('base64')}`);
  assert.match(born.type, /^application\/json/);
  shows(born.body, {
    data: { id: person.id, name: 'Heard Of', org_id: organization.id, visible_to: String(person.visible_to) },
    previous: null,
    meta: {
      version: '2.0', webhook_id: String(hook.id), user_id: String(person.owner_id), attempt: 1, change_source: 'api',
      is_bulk_edit: false, type: 'general',
    },
  });
  shows((await take('create', 'organization', organization.id)).body, { data: { name: 'Heard AB' } });

  await data(persons.updatePerson({ id: person.id, UpdatePersonRequest: { name: 'Heard Again' } }));
  const changed = await ear.take('the new name', (one) =>
    about('change', 'person', person.id)(one) && one.body.data.name === 'Heard Again');
  assert.equal(changed.body.previous.name, 'Heard Of');
  assert.ok(!('emails' in changed.body.previous));

  await data(persons.deletePerson({ id: person.id }));
  const gone = await take('delete', 'person', person.id);
  assert.equal(gone.body.data, null);
  assert.equal(gone.body.previous.name, 'Heard Again');
  await data(organizations.deleteOrganization({ id: organization.id }));
  await take('delete', 'organization', organization.id);
  await webhooks.deleteWebhook({ id: hook.id });
});

// Webhooks of every kind of record, received by a server of this suite. Their bodies have shapes of their own.

'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { api, data, named, olderApi, shows } = require('./account');
const { receiver } = require('./receiver');
const { addDeal, addPipeline, addStage, changeDeal, office } = require('./sales');

let ear;
let hook;
let place;

before(async () => {
  ear = await receiver();
  place = await office();
  hook = await data(olderApi('Webhooks').addWebhook({
    AddWebhookRequest: { subscription_url: ear.url, event_action: '*', event_object: '*', name: named('all kinds'), version: '2.0' },
  }));
});
after(async () => {
  await olderApi('Webhooks').deleteWebhook({ id: hook.id });
  await ear.close();
});

/** The next delivery about this record; `fits` tells two changes of one record apart. */
async function heard(action, entity, id, fits = () => true) {
  const about = ({ body: { meta } }) => meta.action === action && meta.entity === entity && meta.entity_id === String(id);
  const { body } = await ear.take(`${action} ${entity} ${id}`, (one) => about(one) && fits(one.body));
  shows(body.meta, { version: '2.0', change_source: 'api', webhook_id: String(hook.id) });
  if (action === 'create') assert.equal(body.previous, null);
  if (action === 'delete') assert.equal(body.data, null);
  return body;
}

test('a deal tells of its stages and of its end', async () => {
  const deal = await addDeal({ title: 'Heard deal', stage_id: place.stages[0].id, value: 1200, currency: 'SEK', org_id: place.organization.id });
  shows((await heard('create', 'deal', deal.id)).data, {
    id: deal.id, title: 'Heard deal', stage_id: place.stages[0].id, value: 1200, currency: 'SEK', org_id: place.organization.id,
    visible_to: String(deal.visible_to), status: 'open',
  });
  await changeDeal(deal.id, { stage_id: place.stages[1].id });
  const moved = await heard('change', 'deal', deal.id, ({ data }) => data.stage_id === place.stages[1].id);
  assert.equal(moved.previous.stage_id, place.stages[0].id);
  assert.ok(!('title' in moved.previous));
  await data(api('Deals').deleteDeal({ id: deal.id }));
  assert.equal((await heard('delete', 'deal', deal.id)).previous.title, 'Heard deal');
});

test('of two merged deals one tells that it is gone and one that it stayed', async () => {
  const [gone, stays] = [await addDeal({ title: 'Gone', stage_id: place.stages[0].id }), await addDeal({ title: 'Stays', stage_id: place.stages[0].id })];
  await data(olderApi('Deals').mergeDeals({ id: gone.id, MergeDealsRequest: { merge_with_id: stays.id } }));
  assert.equal((await heard('delete', 'deal', gone.id)).meta.merged_to_id, String(stays.id));
  assert.equal((await heard('change', 'deal', stays.id, ({ meta }) => meta.merged_from_id)).meta.merged_from_id, String(gone.id));
});

test('a lead tells of itself by its long number', async () => {
  const lead = await data(olderApi('Leads').addLead({ AddLeadRequest: { title: 'Heard lead', person_id: place.person.id } }));
  shows((await heard('create', 'lead', lead.id)).data, { id: lead.id, title: 'Heard lead', person_id: place.person.id });
  await data(olderApi('Leads').updateLead({ id: lead.id, UpdateLeadRequest: { title: 'Heard again' } }));
  const changed = await heard('change', 'lead', lead.id, ({ data }) => data.title === 'Heard again');
  assert.equal(changed.previous.title, 'Heard lead');
  await data(olderApi('Leads').deleteLead({ id: lead.id }));
  await heard('delete', 'lead', lead.id);
});

test('a product tells of its prices', async () => {
  const product = await data(api('Products').addProduct({
    AddProductRequest: { name: named('Heard product'), prices: [{ currency: 'SEK', price: 10, cost: 1, notes: '' }] },
  }));
  shows((await heard('create', 'product', product.id)).data, { id: product.id, name: product.name });
  await data(api('Products').updateProduct({ id: product.id, UpdateProductRequest: { code: 'H-1' } }));
  shows((await heard('change', 'product', product.id)).data, { code: 'H-1' });
  await data(api('Products').deleteProduct({ id: product.id }));
  await heard('delete', 'product', product.id);
});

test('a pipeline and a stage tell of themselves by their older names', async () => {
  const pipeline = await addPipeline({ name: named('Heard pipeline') });
  shows((await heard('create', 'pipeline', pipeline.id)).data, { id: pipeline.id, name: pipeline.name, active_flag: true });
  const stage = await addStage({ name: 'Heard stage', pipeline_id: pipeline.id, is_deal_rot_enabled: true, days_to_rotten: 9 });
  shows((await heard('create', 'stage', stage.id)).data, {
    id: stage.id, name: 'Heard stage', pipeline_id: pipeline.id, rotten_flag: true, rotten_days: 9, active_flag: true,
  });
  await data(api('Stages').updateStage({ id: stage.id, UpdateStageRequest: { name: 'Heard again' } }));
  assert.equal((await heard('change', 'stage', stage.id)).previous.name, 'Heard stage');
  await data(api('Stages').deleteStage({ id: stage.id }));
  await heard('delete', 'stage', stage.id);
  await data(api('Pipelines').deletePipeline({ id: pipeline.id }));
  await heard('delete', 'pipeline', pipeline.id);
});

test('a note tells of itself', async () => {
  const notes = olderApi('Notes');
  const note = await data(notes.addNote({ AddNoteRequest: { content: 'Heard note', person_id: place.person.id } }));
  shows((await heard('create', 'note', note.id)).data, { id: note.id, content: 'Heard note', person_id: place.person.id, active_flag: true });
  await data(notes.updateNote({ id: note.id, NoteRequest: { content: 'Heard again' } }));
  assert.equal((await heard('change', 'note', note.id)).previous.content, 'Heard note');
  await data(notes.deleteNote({ id: note.id }));
  await heard('delete', 'note', note.id);
});

test('an activity tells of itself by its older names', async () => {
  const activities = api('Activities');
  const activity = await data(activities.addActivity({ AddActivityRequest: { subject: 'Heard call', type: 'call', busy: true } }));
  shows((await heard('create', 'activity', activity.id)).data, { id: activity.id, subject: 'Heard call', type: 'call', busy_flag: true });
  await data(activities.updateActivity({ id: activity.id, AddActivityRequest: { done: true } }));
  shows((await heard('change', 'activity', activity.id)).data, { done: true });
  await data(activities.deleteActivity({ id: activity.id }));
  await heard('delete', 'activity', activity.id);
});

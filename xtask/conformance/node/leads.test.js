// Leads, their labels and sources, and the way between lead and deal, through the official client.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, eventually, ids, named, olderApi, refused, shows, walkOlder } = require('./account');
const { office } = require('./sales');

const leads = olderApi('Leads');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const add = (lead) => data(leads.addLead({ AddLeadRequest: lead }));
let place;

before(async () => {
  place = await office();
});

test('a lead is shown as it was written, and changed', async () => {
  const written = {
    title: 'Looks for an office', person_id: place.person.id, value: { amount: 3000, currency: 'SEK' },
    expected_close_date: '2026-12-01',
  };
  const made = await add(written);
  shows(made, { ...written, is_archived: false, source_name: 'API', update_time: made.add_time });
  assert.match(made.id, UUID);
  shows(await data(leads.getLead({ id: made.id })), written);
  const changed = await data(leads.updateLead({ id: made.id, UpdateLeadRequest: { title: 'Looks for two', organization_id: place.organization.id } }));
  shows(changed, { title: 'Looks for two', person_id: place.person.id, organization_id: place.organization.id });
  await refused(leads.addLead({ AddLeadRequest: { title: 'About nobody' } }));
});

test('leads are walked by offsets, archived ones apart, and deleted ones not at all', async () => {
  const made = [];
  for (const title of ['One', 'Two', 'Three']) made.push(await add({ title, organization_id: place.organization.id }));
  const of_place = (page) => leads.getLeads({ organization_id: place.organization.id, ...page });
  const { rows } = await walkOlder(of_place);
  for (const { id } of made) assert.equal(ids(rows).filter((one) => one === id).length, 1);
  await data(leads.updateLead({ id: made[0].id, UpdateLeadRequest: { is_archived: true } }));
  assert.deepEqual(await data(leads.deleteLead({ id: made[1].id })), { id: made[1].id });
  const left = await walkOlder(of_place);
  assert.ok(!ids(left.rows).includes(made[0].id) && !ids(left.rows).includes(made[1].id));
  const archived = await walkOlder((page) => leads.getArchivedLeads({ organization_id: place.organization.id, ...page }));
  assert.deepEqual(ids(archived.rows), [made[0].id]);
});

test('a label is made, worn, renamed and removed; sources are given', async () => {
  const labels = olderApi('LeadLabels');
  const made = await data(labels.addLeadLabel({ AddLeadLabelRequest: { name: named('Hot'), color: 'red' } }));
  assert.match(made.id, UUID);
  const lead = await add({ title: 'Labelled', person_id: place.person.id, label_ids: [made.id] });
  assert.deepEqual(lead.label_ids, [made.id]);
  shows(await data(labels.updateLeadLabel({ id: made.id, UpdateLeadLabelRequest: { color: 'blue' } })), { id: made.id, color: 'blue' });
  assert.ok(ids(await data(labels.getLeadLabels())).includes(made.id));
  shows(await data(labels.deleteLeadLabel({ id: made.id })), { id: made.id });
  const sources = await data(olderApi('LeadSources').getLeadSources());
  assert.ok(sources.some((source) => source.name === 'API'));
});

test('a lead becomes a deal, and the deal a lead again', async () => {
  const lead = await add({ title: 'Turns', person_id: place.person.id, value: { amount: 70, currency: 'NOK' } });
  const turned = await data(api('Leads').convertLeadToDeal({ id: lead.id, ConvertLeadToDealRequest: { stage_id: place.stages[1].id } }));
  const done = await eventually(
    () => data(api('Leads').getLeadConversionStatus({ id: lead.id, conversion_id: turned.conversion_id })),
    ({ status }) => status === 'completed', 'the deal of a lead',
  );
  const deal = await data(api('Deals').getDeal({ id: done.deal_id }));
  shows(deal, { title: 'Turns', person_id: place.person.id, stage_id: place.stages[1].id, value: 70, currency: 'NOK' });

  const back = await data(api('Deals').convertDealToLead({ id: deal.id }));
  const returned = await eventually(
    () => data(api('Deals').getDealConversionStatus({ id: deal.id, conversion_id: back.conversion_id })),
    ({ status }) => status === 'completed', 'the lead of a deal',
  );
  shows(await data(leads.getLead({ id: returned.lead_id })), { title: 'Turns', person_id: place.person.id });
  shows(await data(api('Deals').getDeal({ id: deal.id })), { is_deleted: true });
});

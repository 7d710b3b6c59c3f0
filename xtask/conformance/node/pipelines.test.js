// Pipelines and stages through the official client.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { api, data, ids, named, refused, shows, walk } = require('./account');
const { addDeal, addPipeline, addStage } = require('./sales');

const pipelines = api('Pipelines');
const stages = api('Stages');

test('a pipeline is made, renamed, listed and deleted', async () => {
  const name = named('Investment');
  const made = await addPipeline({ name, is_deal_probability_enabled: true });
  shows(made, { name, is_deal_probability_enabled: true, is_deleted: false });
  shows(await data(pipelines.updatePipeline({ id: made.id, UpdatePipelineRequest: { name: `${name}!` } })), { name: `${name}!` });
  shows(await data(pipelines.getPipeline({ id: made.id })), { id: made.id, name: `${name}!` });
  const { rows } = await walk((page) => pipelines.getPipelines(page), 3);
  assert.equal(ids(rows).filter((id) => id === made.id).length, 1);
  assert.deepEqual(await data(pipelines.deletePipeline({ id: made.id })), { id: made.id });
});

test('stages stand in the order of their making, within their pipeline', async () => {
  const pipeline = await addPipeline({ name: named('Sales') });
  const made = [];
  for (const name of ['First', 'Second', 'Third']) {
    made.push(await addStage({ name, pipeline_id: pipeline.id, deal_probability: 40, is_deal_rot_enabled: true, days_to_rotten: 30 }));
  }
  shows(made[0], { name: 'First', pipeline_id: pipeline.id, deal_probability: 40, is_deal_rot_enabled: true, days_to_rotten: 30 });
  const { rows } = await walk((page) => stages.getStages({ pipeline_id: pipeline.id, sort_by: 'order_nr', ...page }));
  assert.deepEqual(ids(rows), ids(made));
  shows(await data(stages.updateStage({ id: made[1].id, UpdateStageRequest: { name: 'Middle', is_deal_rot_enabled: false } })), {
    id: made[1].id, name: 'Middle', is_deal_rot_enabled: false,
  });
  shows(await data(stages.getStage({ id: made[1].id })), { name: 'Middle' });
  assert.deepEqual(await data(stages.deleteStage({ id: made[2].id })), { id: made[2].id });
  const left = await walk((page) => stages.getStages({ pipeline_id: pipeline.id, ...page }));
  assert.deepEqual(new Set(ids(left.rows)), new Set(ids(made.slice(0, 2))));
});

test('a stage with open deals stays', async () => {
  const pipeline = await addPipeline({ name: named('Busy') });
  const stage = await addStage({ name: 'Only', pipeline_id: pipeline.id });
  const deal = await addDeal({ title: 'Open', pipeline_id: pipeline.id });
  assert.equal(deal.stage_id, stage.id);
  await refused(stages.deleteStage({ id: stage.id }));
  await refused(pipelines.deletePipeline({ id: pipeline.id }));
});

test('what is wrong with a write is said', async () => {
  await refused(pipelines.addPipeline({ AddPipelineRequest: {} }), 'name');
  await refused(stages.addStage({ AddStageRequest: { name: 'Nowhere' } }), 'pipeline_id');
  await refused(stages.addStage({ AddStageRequest: { name: 'Nowhere', pipeline_id: 99999999 } }), 'pipeline_id');
  await refused(stages.getStage({ id: 99999999 }), 'not found');
});

// What tests of deals need before they begin: a pipeline of their own, people, and short words for writing.
//
// In: nothing. Out: records made through the official client.

'use strict';

const { api, data, named } = require('./account');

const addDeal = (deal) => data(api('Deals').addDeal({ AddDealRequest: deal }));
const changeDeal = (id, deal) => data(api('Deals').updateDeal({ id, UpdateDealRequest: deal }));
const addPerson = (person) => data(api('Persons').addPerson({ AddPersonRequest: person }));
const addOrganization = (organization) => data(api('Organizations').addOrganization({ AddOrganizationRequest: organization }));
const addStage = (stage) => data(api('Stages').addStage({ AddStageRequest: stage }));
const addPipeline = (pipeline) => data(api('Pipelines').addPipeline({ AddPipelineRequest: pipeline }));

/** A pipeline with three stages, a person and an organization. */
async function office() {
  const pipeline = await addPipeline({ name: named('Leasing') });
  const stages = [];
  for (const name of ['Enquiry', 'Viewing', 'Contract']) stages.push(await addStage({ name, pipeline_id: pipeline.id }));
  return {
    pipeline,
    stages,
    organization: await addOrganization({ name: named('Tenant AB') }),
    person: await addPerson({ name: 'Tenant Person' }),
  };
}

module.exports = { addDeal, addOrganization, addPerson, addPipeline, addStage, changeDeal, office };

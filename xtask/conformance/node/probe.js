// Calls every published operation once, so that a recording shows which of them the emulator has.
//
// In: the operations, from data/, and where the emulator is. Out: nothing but the calls. The addresses name records that
// do not exist and the bodies are empty, so that nothing is made and nothing is lost.

'use strict';

const fs = require('node:fs');
const path = require('node:path');

const { PIPEDRIVE_BASE: base, PIPEDRIVE_TOKEN: token } = process.env;
const UUID = '00000000-0000-4000-8000-000000000000';
const OF_UUID = /^\/(v1|api\/v2)\/leads|leadLabels|comments|conversion/i;

const operations = ['pipedrive-v1.jsonl', 'pipedrive-v2.jsonl']
  .map((name) => fs.readFileSync(path.join(__dirname, '..', 'data', name), 'utf8'))
  .flatMap((text) => text.trim().split('\n').map((line) => JSON.parse(line)));

function address({ path: template }) {
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    if (name === 'field_code') return 'f'.repeat(40);
    const before = template.slice(0, template.indexOf(`{${name}}`));
    return OF_UUID.test(before) || name === 'conversion_id' ? UUID : '99999999';
  });
}

async function main() {
  for (const operation of operations) {
    const { method } = operation;
    const headers = { 'x-api-token': token };
    const body = method === 'GET' ? undefined : '{}';
    if (body) headers['content-type'] = 'application/json';
    const answer = await fetch(base + address(operation), { method, headers, body, redirect: 'manual' });
    await answer.arrayBuffer();
  }
  console.log(`${operations.length} published operations called`);
}

main();

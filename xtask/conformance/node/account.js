// One account on the emulator, reached by nothing but Pipedrive's official client.
//
// In: where the emulator is and its token, from the environment; an access token of OAuth is taken instead where there is
// one. Out: the client's classes, ready to call, and small words for what tests say often. It never talks to the emulator
// past the client.

'use strict';

const assert = require('node:assert/strict');
const v1 = require('pipedrive/v1');
const v2 = require('pipedrive/v2');

const base = needed('PIPEDRIVE_BASE');
const token = needed('PIPEDRIVE_TOKEN');

function needed(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run this suite by \`cargo xtask conformance pipedrive\``);
  return value;
}

const bearer = process.env.PIPEDRIVE_ACCESS_TOKEN;
const access = bearer ? { accessToken: bearer } : { apiKey: token };
const newer = new v2.Configuration({ ...access, basePath: `${base}/api/v2` });
const older = new v1.Configuration({ ...access, basePath: `${base}/v1` });

/** The client's class of this name, of the newer or the older entry point, with the account's access. */
const api = (name) => new v2[`${name}Api`](newer);
const olderApi = (name) => new v1[`${name}Api`](older);

/** Everything that was written is in what is shown; what is shown may have more. */
function shows(shown, written, where = 'answer') {
  if (Array.isArray(written)) {
    assert.ok(Array.isArray(shown), `${where} is no list: ${JSON.stringify(shown)}`);
    assert.equal(shown.length, written.length, `${where}: ${JSON.stringify(shown)}`);
    written.forEach((value, place) => shows(shown[place], value, `${where}[${place}]`));
  } else if (written !== null && typeof written === 'object') {
    assert.ok(shown !== null && typeof shown === 'object', `${where} is ${JSON.stringify(shown)}`);
    for (const [key, value] of Object.entries(written)) shows(shown[key], value, `${where}.${key}`);
  } else {
    assert.deepEqual(shown, written, where);
  }
}

/** The `data` of a call that succeeded. */
async function data(call) {
  const answer = await call;
  assert.equal(answer.success, true, JSON.stringify(answer).slice(0, 500));
  return answer.data;
}

/** The call is refused; the client then gives the refusal's body and nothing else. Gives that body back. */
async function refused(call, words = '') {
  let refusal;
  try {
    await call;
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal, 'the call was not refused');
  assert.equal(refusal.success, false, String(refusal));
  assert.match(JSON.stringify(refusal), new RegExp(words));
  return refusal;
}

/** Every row of a newer list, by its cursors, with so many rows a page. */
async function walk(page, limit = 2) {
  const rows = [];
  let cursor;
  let pages = 0;
  do {
    const answer = await page({ limit, cursor });
    assert.equal(answer.success, true);
    assert.ok(answer.data.length <= limit, 'a page is longer than asked for');
    rows.push(...answer.data);
    cursor = answer.additional_data.next_cursor ?? undefined;
    pages += 1;
  } while (cursor);
  return { rows, pages };
}

/** Every row of an older list, by its offsets. */
async function walkOlder(page, limit = 2) {
  const rows = [];
  let start = 0;
  let pages = 0;
  for (;;) {
    const answer = await page({ limit, start });
    assert.equal(answer.success, true);
    rows.push(...(answer.data ?? []));
    pages += 1;
    const { pagination } = answer.additional_data;
    assert.equal(pagination.start, start);
    if (!pagination.more_items_in_collection) return { rows, pages };
    start = pagination.next_start;
  }
}

const ids = (rows) => rows.map((row) => row.id);

/** Asks again until the answer is as wanted: searches and webhooks come late. */
async function eventually(ask, wanted, what) {
  const patience = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < patience, `${what} did not come: ${JSON.stringify(answer).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A name that no other test uses. */
let names = 0;
const named = (name) => `${name} ${process.pid}x${(names += 1)}`;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;
const OLDER_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

module.exports = {
  api, base, data, eventually, ids, named, newer, older, olderApi, refused, shows, token, v1, v2, walk, walkOlder,
  OLDER_TIME, TIME,
};

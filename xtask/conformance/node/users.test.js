// Users through the official client.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { base, data, ids, older, olderApi, refused, shows, v1 } = require('./account');

const users = olderApi('Users');

test('the caller is told who and where they are', async () => {
  const me = await data(users.getCurrentUser());
  shows(me, { is_you: true, active_flag: true });
  assert.match(me.company_domain, /^[a-z0-9-]+$/);
  assert.match(me.email, /@/);
  const same = await data(users.getUser({ id: me.id }));
  shows(same, { id: me.id, name: me.name, email: me.email });
});

test('all users are listed at once', async () => {
  const me = await data(users.getCurrentUser());
  const all = await data(users.getUsers());
  assert.ok(all.length > 1);
  assert.equal(ids(all).filter((id) => id === me.id).length, 1);
  assert.deepEqual(all.filter((user) => user.is_you).map((user) => user.id), [me.id]);
});

test('a wrong token is turned away', async () => {
  const stranger = new v1.Configuration({ apiKey: 'f'.repeat(40), basePath: `${base}/v1` });
  const refusal = await refused(new v1.UsersApi(stranger).getCurrentUser());
  shows(refusal, { error: 'unauthorized access', errorCode: 401 });
});

test('both prefixes of the older entry point are the same', async () => {
  const longer = new v1.Configuration({ ...older, basePath: `${base}/api/v1` });
  const [one, other] = await Promise.all([users.getCurrentUser(), new v1.UsersApi(longer).getCurrentUser()]);
  assert.deepEqual(one.data, other.data);
});

test('an unknown user is not found', () => refused(users.getUser({ id: 99999999 }), 'not found'));

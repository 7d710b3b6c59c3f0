// OAuth through the official client: a user lets the app in, tokens are used, renewed and taken back.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { base, data, named, refused, shows, v1, v2 } = require('./account');
const { app, decide, letIn } = require('./login');


const called = (entry, oauth) => new entry.Configuration({ accessToken: oauth.getAccessToken, basePath: oauth.basePath });

for (const [name, entry, prefix] of [['newer', v2, '/api/v2'], ['older', v1, '/api/v1']]) {
  test(`a user lets the app in, and the ${name} entry point is reached where the token says`, async () => {
    const { oauth, token } = await letIn(entry, base);
    assert.match(token.token_type, /^bearer$/i);
    shows(token, { expires_in: 3600, api_domain: base });
    assert.ok(token.scope.split(',').includes('base'));
    assert.equal(oauth.basePath, base + prefix);
  });
}

test('records are written and read with an access token, at both entry points', async () => {
  const { oauth } = await letIn(v2, base);
  const persons = new v2.PersonsApi(called(v2, oauth));
  const made = await data(persons.addPerson({ AddPersonRequest: { name: named('By Token') } }));
  shows(await data(persons.getPerson({ id: made.id })), { name: made.name });
  const older = new v1.Configuration({ accessToken: oauth.getAccessToken, basePath: `${base}/api/v1` });
  shows(await data(new v1.UsersApi(older).getCurrentUser()), { is_you: true });
});

test('a token that has expired is renewed by the client, unasked', async () => {
  const { oauth, token } = await letIn(v2, base);
  oauth.expiresAt = Date.now() - 1;
  const persons = new v2.PersonsApi(called(v2, oauth));
  await data(persons.getPersons({ limit: 1 }));
  assert.notEqual(oauth.accessToken, token.access_token);
  assert.ok(oauth.refreshToken);
  assert.ok(oauth.expiresAt > Date.now());
});

test('a code works once', async () => {
  const { code } = await letIn(v2, base);
  await assert.rejects(app(v2, base).authorize(code));
  await assert.rejects(app(v2, base).authorize('made-up'));
});

test('a user who says no sends no code', async () => {
  const callback = await decide(app(v2, base), 'deny');
  assert.equal(callback.searchParams.get('error'), 'user_denied');
  assert.equal(callback.searchParams.get('code'), null);
});

test('an app that is not who it says gets nothing', async () => {
  const oauth = app(v2, base);
  const code = (await decide(oauth, 'allow')).searchParams.get('code');
  await assert.rejects(app(v2, base, { clientSecret: 'guessed' }).authorize(code));
});

for (const hint of ['refresh_token', 'access_token']) {
  test(`a taken back ${hint} ends the access`, async () => {
    const { oauth } = await letIn(v2, base);
    const persons = new v2.PersonsApi(called(v2, oauth));
    await data(persons.getPersons({ limit: 1 }));
    await oauth.revokeToken(hint);
    shows(await refused(persons.getPersons({ limit: 1 })), { errorCode: 401 });
  });
}

// Letting the app in, as a user would: the official client makes the calls, a user's choice is made here.
//
// In: an entry point of the client, where the emulator is. Out: the client's OAuth configuration, with tokens. Run by
// itself, it prints an access token: a user has the app once, so that one login has to serve a whole run.

'use strict';

const assert = require('node:assert/strict');

// The app as the emulator has it registered.
const APP = {
  clientId: '4f2f0c3d9b6a1e57',
  clientSecret: 'c0a1b59e7d3f48d2a6f10b9c8e7d6a5b4c3d2e1f',
  redirectUri: 'http://localhost:8421/oauth/callback',
};

const app = (entry, host, changes = {}) => new entry.OAuth2Configuration({ ...APP, host, ...changes });

/** Where the consent page sends the user's browser when they have decided. */
async function decide(oauth, decision) {
  const page = await fetch(`${oauth.authorizationUrl}&state=x%26y`);
  assert.equal(page.status, 200);
  const text = await page.text();
  const form = new URLSearchParams({ decision });
  for (const [, name, value] of text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)) {
    form.set(name, value.replaceAll('&amp;', '&'));
  }
  const [, action] = text.match(/<form method="post" action="([^"]+)">/);
  const answer = await fetch(oauth.host + action, { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(answer.status, 302);
  const callback = new URL(answer.headers.get('location'));
  assert.equal(callback.searchParams.get('state'), 'x&y');
  return callback;
}

async function letIn(entry, host) {
  const oauth = app(entry, host);
  const code = (await decide(oauth, 'allow')).searchParams.get('code');
  const token = await oauth.authorize(code);
  return { oauth, code, token };
}

module.exports = { app, decide, letIn };

if (require.main === module) {
  letIn(require('pipedrive/v2'), process.env.PIPEDRIVE_BASE).then(({ token }) => console.log(token.access_token));
}

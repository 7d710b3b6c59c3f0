// Followers of every kind of record, through the official client.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, named, olderApi, refused, shows, v2, newer } = require('./account');
const { addDeal, addOrganization, addPerson, office } = require('./sales');

let colleague;
let place;

before(async () => {
  colleague = (await data(olderApi('Users').getUsers())).find((user) => !user.is_you && user.active_flag);
  place = await office();
});

const KINDS = {
  Person: () => addPerson({ name: 'Followed Person' }),
  Organization: () => addOrganization({ name: named('Followed AB') }),
  Deal: () => addDeal({ title: 'Followed', stage_id: place.stages[0].id }),
  Product: () => data(api('Products').addProduct({ AddProductRequest: { name: named('Followed') } })),
};

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a colleague follows a ${kind} and leaves it, and the log tells of it`, async () => {
    const records = new v2[`${kind}sApi`](newer);
    const { id } = await make();
    const added = await data(records[`add${kind}Follower`]({ id, AddDealFollowerRequest: { user_id: colleague.id } }));
    shows(added, { user_id: colleague.id });
    const followers = await data(records[`get${kind}Followers`]({ id }));
    assert.equal(followers.filter((follower) => follower.user_id === colleague.id).length, 1);
    await refused(records[`add${kind}Follower`]({ id, AddDealFollowerRequest: { user_id: colleague.id } }));
    await data(records[`delete${kind}Follower`]({ id, follower_id: colleague.id }));
    const left = await data(records[`get${kind}Followers`]({ id }));
    assert.ok(left.every((follower) => follower.user_id !== colleague.id));
    const log = await data(records[`get${kind}FollowersChangelog`]({ id }));
    const actions = log.filter((line) => line.follower_user_id === colleague.id).map((line) => line.action);
    assert.deepEqual(actions.sort(), ['added', 'removed']);
  });
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a ${kind} is followed at the older entry point as well`, async () => {
    const { id } = await make();
    const records = olderApi(`${kind}s`);
    const added = await data(records[`add${kind}Follower`]({ id, [`Add${kind}FollowerRequest`]: { user_id: colleague.id } }));
    shows(added, { user_id: colleague.id });
    const followers = await data(records[`get${kind}Followers`]({ id }));
    const own = followers.find((follower) => follower.user_id === colleague.id);
    shows(await data(records[`delete${kind}Follower`]({ id, follower_id: own.id })), { id: own.id });
  });
}

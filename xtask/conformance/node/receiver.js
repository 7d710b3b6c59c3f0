// A receiver of webhooks on this machine.
//
// In: deliveries. Out: their bodies, in the order of arrival. It answers all of them with 200 and looks at nothing.

'use strict';

const http = require('node:http');

/** Starts one; `take` gives the first delivery that fits, waiting for it, and forgets it. */
async function receiver() {
  const arrived = [];
  const waiting = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString('utf8'));
      arrived.push({ body, authorization: request.headers.authorization, type: request.headers['content-type'] });
      response.writeHead(200).end();
      for (const look of [...waiting]) look();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  function take(what, fits) {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        done();
        const seen = arrived.map(({ body }) => `${body.meta?.action} ${body.meta?.entity} ${body.meta?.entity_id}`);
        reject(new Error(`no webhook: ${what}; there were: ${seen.join(', ') || 'none'}`));
      }, 20_000);
      const done = () => {
        clearTimeout(patience);
        waiting.splice(waiting.indexOf(look), 1);
      };
      const look = () => {
        const place = arrived.findIndex(fits);
        if (place < 0) return;
        done();
        resolve(arrived.splice(place, 1)[0]);
      };
      waiting.push(look);
      look();
    });
  }

  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    take,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

module.exports = { receiver };

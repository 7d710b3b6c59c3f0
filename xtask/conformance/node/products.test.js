// Products, their variations, and products on deals, through the official client.

'use strict';

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { api, data, ids, named, refused, shows, walk } = require('./account');
const { addDeal, office } = require('./sales');

const products = api('Products');
const onDeals = api('DealProducts');
const add = (product) => data(products.addProduct({ AddProductRequest: product }));
let place;

before(async () => {
  place = await office();
});

test('a product is shown as it was written, changed, copied, listed and deleted', async () => {
  const written = {
    name: named('Valuation'), code: 'VAL-1', description: 'By a certified valuer', unit: 'report', tax: 25, visible_to: 3,
    prices: [{ currency: 'SEK', price: 18000, cost: 4000, notes: 'fixed' }],
  };
  const made = await add(written);
  shows(made, { ...written, is_deleted: false });
  shows(await data(products.getProduct({ id: made.id })), written);
  shows(await data(products.updateProduct({ id: made.id, UpdateProductRequest: { code: 'VAL-2' } })), { code: 'VAL-2', name: made.name });
  const copy = await data(products.duplicateProduct({ id: made.id }));
  assert.notEqual(copy.id, made.id);
  shows(copy, { code: 'VAL-2' });
  const { rows } = await walk((page) => products.getProducts(page), 5);
  for (const id of [made.id, copy.id]) assert.equal(ids(rows).filter((one) => one === id).length, 1);
  assert.deepEqual(await data(products.deleteProduct({ id: copy.id })), { id: copy.id });
  assert.deepEqual(ids(await data(products.getProducts({ ids: `${made.id},${copy.id}` }))), [made.id]);
  await refused(products.addProduct({ AddProductRequest: {} }), 'name');
});

test('a variation of a product has prices of its own', async () => {
  const product = await add({ name: named('Photography') });
  const variation = { name: 'With drone', prices: [{ currency: 'NOK', price: 9000, cost: 0, notes: '' }] };
  const made = await data(products.addProductVariation({ id: product.id, AddProductVariationRequest: variation }));
  shows(made, { name: 'With drone', prices: [{ currency: 'NOK', price: 9000 }] });
  const change = { name: 'With two drones' };
  shows(await data(products.updateProductVariation({ id: product.id, product_variation_id: made.id, UpdateProductVariationRequest: change })), change);
  assert.deepEqual(ids(await data(products.getProductVariations({ id: product.id }))), [made.id]);
  shows(await data(products.deleteProductVariation({ id: product.id, product_variation_id: made.id })), { id: made.id });
});

test('products make a deal worth their sum, and come and go', async () => {
  const product = await add({ name: named('Brokerage') });
  const deal = await addDeal({ title: 'With products', stage_id: place.stages[0].id, currency: 'SEK' });
  const row = await data(onDeals.addDealProduct({
    id: deal.id, AddDealProductRequest: { product_id: product.id, item_price: 1000, quantity: 3 },
  }));
  shows(row, { deal_id: deal.id, product_id: product.id, item_price: 1000, quantity: 3, sum: 3000 });
  assert.equal((await data(api('Deals').getDeal({ id: deal.id }))).value, 3000);
  const changed = await data(onDeals.updateDealProduct({
    id: deal.id, product_attachment_id: row.id, UpdateDealProductRequest: { quantity: 2 },
  }));
  shows(changed, { id: row.id, quantity: 2, sum: 2000 });

  const many = await data(onDeals.addManyDealProducts({
    id: deal.id,
    CreateManyDealProductRequest: { data: [1, 2].map((quantity) => ({ product_id: product.id, item_price: 10, quantity })) },
  }));
  assert.equal(many.length, 2);
  const { rows } = await walk((page) => onDeals.getDealProducts({ id: deal.id, ...page }));
  assert.deepEqual(new Set(ids(rows)), new Set([row.id, ...ids(many)]));
  assert.equal((await data(onDeals.getDealsProducts({ deal_ids: [deal.id] }))).length, 3);

  shows(await data(onDeals.deleteDealProduct({ id: deal.id, product_attachment_id: row.id })), { id: row.id });
  await data(onDeals.deleteManyDealProducts({ id: deal.id, ids: ids(many).join(',') }));
  assert.deepEqual(await data(onDeals.getDealProducts({ id: deal.id })), []);
});

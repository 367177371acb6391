// SPDX-License-Identifier: Apache-2.0
import { client, same } from './expect.mjs';

const unknown = '00000000-0000-4000-8000-000000000000';

export function checkInventory(host) {
  const send = client(host, 'inventory');
  const crm = client(host, 'crm');
  const bolt = send('POST', '/products', { sku: 'bolt-8', name: 'Bolt', price_cents: 35 }, 201);
  const nut = send('POST', '/products', { sku: 'NUT-8', name: 'Nut', price_cents: 12 }, 201);
  same([bolt.sku, bolt.active], ['BOLT-8', true]);
  send('POST', '/products', { sku: 'Bolt-8', name: 'Again', price_cents: 1 }, 'SKU_TAKEN');
  send('POST', '/products', { sku: 'a b', name: 'X', price_cents: 1 }, 'INVALID_FIELD');
  send('POST', '/products', { sku: 'X', name: 'X', price_cents: -1 }, 'INVALID_FIELD');
  send('POST', '/products', { sku: 'X', name: 'X', price_cents: 1.5 }, 'INVALID_FIELD');
  same(send('GET', '/products?limit=1&offset=1', 200).items.map((p) => p.sku), ['NUT-8']);
  same(send('PUT', `/products/${nut.id}`, { sku: 'NUT-8', name: 'Nut', price_cents: 13 }, 200).price_cents, 13);
  send('PUT', `/products/${nut.id}`, { sku: 'BOLT-8', name: 'Nut', price_cents: 13 }, 'SKU_TAKEN');
  send('PUT', `/products/${unknown}`, { sku: 'N', name: 'N', price_cents: 1 }, 404);
  same(send('GET', `/products/${bolt.id}`, 200), bolt);
  send('GET', '/products/7', 404);

  const company = client(host, 'core')('POST', '/companies', { name: 'Store Ltd', country: 'DE', currency: 'EUR' }, 201);
  const main = send('POST', '/warehouses', { code: 'main', name: 'Main', company_id: company.id }, 201);
  const side = send('POST', '/warehouses', { code: 'side', name: 'Side' }, 201);
  same([main.code, main.company_id, side.company_id], ['MAIN', company.id, null]);
  send('POST', '/warehouses', { code: 'main', name: 'Again' }, 'WAREHOUSE_CODE_TAKEN');
  send('POST', '/warehouses', { code: 'lost', name: 'Lost', company_id: unknown }, 'COMPANY_NOT_FOUND');
  same(send('GET', '/warehouses', 200).total, 2);
  same(send('GET', `/warehouses/${side.id}`, 200).code, 'SIDE');

  const move = (kind, quantity, status = 201, more = {}) =>
    send('POST', '/moves', { product_id: bolt.id, warehouse_id: main.id, kind, quantity, ...more }, status);
  const stock = (product = bolt, warehouse = main) => {
    const [row] = send('GET', `/stock?product_id=${product.id}&warehouse_id=${warehouse.id}`, 200).items;
    return row ? [row.on_hand, row.reserved, row.available] : null;
  };
  move('issue', 1, 'INSUFFICIENT_STOCK');
  same(stock(), null);
  same([move('receipt', 10, 201, { reference: 'D-1' }).reference, stock()], ['D-1', [10, 0, 10]]);
  const more = move('receipt', 5);
  same(send('GET', `/moves/${more.id}`, 200), more);
  send('GET', `/moves/${unknown}`, 404);
  same([move('issue', 4).quantity, stock()], [-4, [11, 0, 11]]);
  move('issue', 12, 'INSUFFICIENT_STOCK');
  move('receipt', 0, 'INVALID_FIELD');
  move('shipment', 1, 'INVALID_FIELD');
  move('receipt', 1, 'UNKNOWN_PRODUCT', { product_id: unknown });
  move('receipt', 1, 'UNKNOWN_WAREHOUSE', { warehouse_id: unknown });
  move('receipt', 1, 'INVALID_FIELD', { warehouse_id: 'main' });
  const idle = send('POST', '/products', { sku: 'IDLE', name: 'Idle', price_cents: 1, active: false }, 201);
  move('receipt', 1, 'PRODUCT_INACTIVE', { product_id: idle.id });
  const transfer = (quantity, status, to = side.id) =>
    send('POST', '/transfers', { product_id: bolt.id, from_warehouse_id: main.id, to_warehouse_id: to, quantity }, status);
  same(transfer(3, 201).moves.reduce((sum, m) => sum + m.quantity, 0), 0);
  same([stock(), stock(bolt, side)], [[8, 0, 8], [3, 0, 3]]);
  transfer(9, 'INSUFFICIENT_STOCK');
  transfer(1, 'INVALID_FIELD', main.id);
  same([stock(), stock(bolt, side)], [[8, 0, 8], [3, 0, 3]]);
  same(send('GET', `/moves?product_id=${bolt.id}`, 200).items.reduce((sum, m) => sum + m.quantity, 0), 11);
  send('GET', '/stock?product_id=x', 'INVALID_QUERY');

  const contact = crm('POST', '/contacts', { name: 'Buyer', email: 'buyer@navy.example' }, 201);
  const line = (product, quantity) =>
    ({ product_id: product.id, description: product.name, quantity, unit_price_cents: product.price_cents });
  const order = (...lines) => crm('POST', '/orders', { contact_id: contact.id, lines }, 201);
  const reserve = (o, status = 201, warehouse = main) =>
    send('POST', '/reservations', { order_id: o.id, warehouse_id: warehouse.id }, status);
  const statusOf = (o) => crm('GET', `/orders/${o.id}`, 200).status;
  const first = order(line(bolt, 3), line(bolt, 2));
  same([first.status, first.total_cents], ['draft', 175]);
  same(reserve(first).lines, [{ product_id: bolt.id, quantity: 5 }]);
  same([stock(), statusOf(first)], [[8, 5, 3], 'reserved']);
  reserve(first, 'ORDER_NOT_DRAFT');
  move('issue', 4, 'INSUFFICIENT_STOCK'); // the rest is promised
  crm('POST', `/orders/${first.id}/cancel`, 'ORDER_NOT_DRAFT');

  // All or nothing: the nuts are not there, so no bolt is reserved either, and the order stays a draft.
  const both = order(line(bolt, 1), line(nut, 1));
  reserve(both, 'OUT_OF_STOCK');
  same([stock(), statusOf(both)], [[8, 5, 3], 'draft']);
  send('GET', `/reservations/${both.id}`, 404);
  const lost = order(line({ ...bolt, id: unknown }, 1));
  reserve(lost, 'UNKNOWN_PRODUCT');
  reserve({ id: unknown }, 404);
  reserve(both, 'UNKNOWN_WAREHOUSE', { id: unknown });

  send('DELETE', `/reservations/${first.id}`, 200);
  same([stock(), statusOf(first)], [[8, 0, 8], 'draft']);
  send('DELETE', `/reservations/${first.id}`, 'ORDER_NOT_RESERVED');
  reserve(first);
  same(send('POST', `/reservations/${first.id}/ship`, 200).status, 'shipped');
  same([stock(), statusOf(first)], [[3, 0, 3], 'reserved']);
  send('POST', `/reservations/${first.id}/ship`, 'ALREADY_SHIPPED');
  send('DELETE', `/reservations/${first.id}`, 'ALREADY_SHIPPED');
  send('POST', `/reservations/${both.id}/ship`, 404);
  same(send('GET', '/reservations', 200).items.map((r) => [r.order_id, r.status]), [[first.id, 'shipped']]);
  const [shipment] = send('GET', `/moves?warehouse_id=${main.id}`, 200).items.filter((m) => m.kind === 'shipment');
  same([shipment.quantity, shipment.reference], [-5, first.id]);
}

// SPDX-License-Identifier: Apache-2.0
// Sales orders of crm, and the invoices made of them.
import { client, same } from './expect.mjs';

const unknown = '00000000-0000-4000-8000-000000000000';

export function checkOrders(host) {
  const send = client(host, 'crm');
  const invoicing = client(host, 'invoicing');
  const contact = send('POST', '/contacts', { name: 'Order', email: 'order@navy.example' }, 201);
  const gone = send('POST', '/contacts', { name: 'Gone', email: 'gone@navy.example' }, 201);
  send('DELETE', `/contacts/${gone.id}`, 200);
  const line = { product_id: unknown.toUpperCase(), description: 'Piece', quantity: 3, unit_price_cents: 1999 };
  const order = (lines, status, contact_id = contact.id) => send('POST', '/orders', { contact_id, lines }, status);

  const made = order([line, { ...line, quantity: 1, unit_price_cents: 5 }], 201);
  same([made.status, made.total_cents, made.lines.map((l) => l.amount_cents)], ['draft', 6002, [5997, 5]]);
  same(made.lines[0].product_id, unknown);
  order([], 'INVALID_FIELD');
  order('none', 'INVALID_FIELD');
  order([5], 'INVALID_FIELD');
  order([{ ...line, product_id: 'x' }], 'INVALID_FIELD');
  order([{ ...line, quantity: 0 }], 'INVALID_FIELD');
  order([{ ...line, quantity: 1.5 }], 'INVALID_FIELD');
  order([{ ...line, unit_price_cents: -1 }], 'INVALID_FIELD');
  order([line], 'INVALID_FIELD', 'x');
  order([line], 'CONTACT_NOT_FOUND', unknown);
  order([line], 'CONTACT_NOT_FOUND', gone.id);
  same(send('GET', `/orders?contact_id=${contact.id}&status=draft`, 200).items.map((o) => o.id), [made.id]);
  send('GET', '/orders?status=lost', 'INVALID_QUERY');
  send('GET', '/orders?contact_id=x', 'INVALID_QUERY');
  send('GET', `/orders/${unknown}`, 404);

  const step = (from, to, status = 200) => send('PUT', `/orders/${made.id}/status`, { from, to }, status);
  const invoice = (status, id = made.id) => invoicing('POST', `/orders/${id}/invoice`, status);
  step('draft', 'invoiced', 'INVALID_FIELD');
  step('draft', 'cancelled', 'INVALID_FIELD');
  step('reserved', 'draft', 'ORDER_NOT_RESERVED');
  invoice('ORDER_NOT_RESERVED');
  invoice(404, unknown);
  invoice(404, 'x');
  same(step('draft', 'reserved').status, 'reserved');
  step('draft', 'reserved', 'ORDER_NOT_DRAFT');

  const draft = invoice(201);
  same([draft.status, draft.order_id, draft.contact_id, draft.total_cents], ['draft', made.id, contact.id, 6002]);
  same(draft.lines.map((l) => [l.description, l.quantity, l.amount_cents]), [['Piece', 3, 5997], ['Piece', 1, 5]]);
  invoice('ORDER_NOT_RESERVED');
  invoicing('PUT', `/invoices/${draft.id}`, { contact_id: contact.id, lines: [] }, 'INVOICE_OF_ORDER');
  same(invoicing('GET', `/invoices/${draft.id}`, 200), draft);
  step('reserved', 'draft', 'ORDER_NOT_RESERVED');
  invoicing('DELETE', `/invoices/${draft.id}`, 200);
  same(send('GET', `/orders/${made.id}`, 200).status, 'reserved');
  const again = invoice(201);
  same(invoicing('POST', `/invoices/${again.id}/issue`, 200).total_cents, 6002);
  invoicing('DELETE', `/invoices/${again.id}`, 'INVOICE_NOT_DRAFT');
  same(send('GET', `/orders/${made.id}`, 200).status, 'invoiced');

  const spare = order([line], 201);
  same(send('POST', `/orders/${spare.id}/cancel`, 200).status, 'cancelled');
  send('POST', `/orders/${spare.id}/cancel`, 'ORDER_NOT_DRAFT');
}

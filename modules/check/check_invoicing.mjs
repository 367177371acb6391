// SPDX-License-Identifier: Apache-2.0
import { client, holds, same } from './expect.mjs';

export function checkInvoicing(host) {
  const send = client(host, 'invoicing');
  const crm = client(host, 'crm');
  const accounting = client(host, 'accounting');
  const contact = crm('POST', '/contacts', { name: 'Grace', email: 'grace@navy.example', credit_limit_cents: 0 }, 201);
  const poor = crm('POST', '/contacts', { name: 'Poor', email: 'poor@navy.example', credit_limit_cents: 100 }, 201);
  const lines = [
    { description: 'Compiler "A-0"\n', quantity: 3, unit_price_cents: 1999 },
    { description: 'Ünïcode 😀 \\ line', quantity: 1, unit_price_cents: 5 },
  ];
  const draft = (contact_id, given, status = 201) => send('POST', '/invoices', { contact_id, lines: given }, status);

  const invoice = draft(contact.id.toUpperCase(), lines);
  same([invoice.status, invoice.number, invoice.total_cents, invoice.contact_id], ['draft', null, 6002, contact.id]);
  same(invoice.lines.map((l) => [l.description, l.amount_cents]), [['Compiler "A-0"', 5997], ['Ünïcode 😀 \\ line', 5]]);
  draft('seven', lines, 'INVALID_FIELD');
  draft(contact.id, 'none', 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], quantity: 0 }], 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], quantity: 1.5 }], 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], unit_price_cents: '5' }], 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], description: ' ' }], 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], description: 'x'.repeat(301) }], 'INVALID_FIELD');
  draft(contact.id, [{ ...lines[0], description: 'a\tb' }], 'INVALID_FIELD');
  draft(contact.id, [5], 'BODY_NOT_OBJECT');
  send('POST', '/invoices', null, 'BODY_NOT_OBJECT');

  const path = `/invoices/${invoice.id}`;
  same(send('GET', path, 200), invoice);
  send('GET', '/invoices/x', 404);
  send('POST', '/invoices', JSON.parse('['.repeat(200) + ']'.repeat(200)), 'INVALID_REQUEST');
  same(send('PUT', path, { contact_id: contact.id, lines: [lines[0]] }, 200).total_cents, 5997);

  // Everything that keeps an invoice from being issued leaves no trace of the attempt.
  const entries = () => accounting('GET', '/entries', 200).total;
  const before = entries();
  const stays = (id, code) => {
    send('POST', `/invoices/${id}/issue`, code);
    const now = send('GET', `/invoices/${id}`, 200);
    same([now.status, now.number, now.issued_at, entries()], ['draft', null, null, before]);
  };
  stays(draft(contact.id, []).id, 'INVOICE_EMPTY');
  stays(draft('00000000-0000-4000-8000-000000000000', lines).id, 'CONTACT_NOT_FOUND');
  stays(draft(poor.id, lines).id, 'CREDIT_LIMIT_EXCEEDED');
  const moon = [{ description: 'Moon', quantity: 1_000_000, unit_price_cents: 10_000_000_000 }];
  stays(draft(contact.id, moon).id, 'BOOKING_REFUSED');
  accounting('GET', '/accounts/by-code/4000', 404); // made on the way, and gone with the rest

  const issued = send('POST', `${path}/issue`, 200);
  same([issued.status, issued.number, issued.total_cents], ['issued', 'INV-000001', 5997]);
  holds(issued.issued_at !== null && issued.lines.length === 1);
  const entry = accounting('GET', `/entries/${issued.entry_id}`, 200);
  same([entry.reference, entry.lines.map((l) => [l.account, l.debit_cents, l.credit_cents])],
    ['INV-000001', [['1200', 5997, 0], ['4000', 0, 5997]]]);
  send('POST', `${path}/issue`, 'INVOICE_NOT_DRAFT');
  send('PUT', path, { contact_id: contact.id, lines }, 'INVOICE_NOT_DRAFT');
  send('DELETE', path, 'INVOICE_NOT_DRAFT');
  const second = draft(contact.id, lines);
  same(send('POST', `/invoices/${second.id}/issue`, 200).number, 'INV-000002');

  send('POST', `/invoices/${draft(contact.id, lines).id}/pay`, 'INVOICE_NOT_ISSUED');
  same(send('POST', `${path}/pay`, 200).status, 'paid');
  send('POST', `${path}/pay`, 'INVOICE_NOT_ISSUED');
  const balances = accounting('GET', '/balances', 200);
  same(balances.balanced, true);
  const of = (code) => balances.accounts.find((a) => a.code === code).balance_cents;
  same([of('1000'), of('1200'), of('4000')], [5997, 6002, -11999]);

  const gone = draft(contact.id, lines);
  send('DELETE', `/invoices/${gone.id}`, 200);
  send('GET', `/invoices/${gone.id}`, 404);
  send('POST', `/invoices/${gone.id}/issue`, 404);
  same(send('GET', '/invoices?status=issued', 200).items.map((i) => i.number), ['INV-000002']);
  same(send('GET', '/invoices?limit=2&offset=1', 200).items.length, 2);
  send('GET', '/invoices?status=lost', 'INVALID_QUERY');
  send('GET', '/invoices?limit=1e1', 'INVALID_QUERY');

  const numbers = Array.from({ length: 10 }, () => send('GET', '/invoices/lucky', 200).numbers).flat();
  holds(numbers.every((n) => n >= 0 && n < 1));
  same(new Set(numbers).size, 40, 'no two requests see the same random numbers');
}

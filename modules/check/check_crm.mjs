// SPDX-License-Identifier: Apache-2.0
import { client, holds, same } from './expect.mjs';

export function checkCrm(host) {
  const send = client(host, 'crm');
  const ada = send('POST', '/contacts', {
    name: 'Ada Lovelace', email: 'Ada@Example.org', phone: '+44 20 7946', company_name: 'Engines Ltd',
    credit_limit_cents: 5_000_000_000_000, tags: ['vip', ' vip ', 'math'],
  }, 201);
  same([ada.email, ada.kind, ada.version, ada.tags], ['ada@example.org', 'person', 1, ['vip', 'math']]);
  same(ada.credit_limit_cents, 5_000_000_000_000);
  const acme = send('POST', '/contacts', { name: 'ACME_100%', email: 'info@acme.example', kind: 'company' }, 201);
  send('POST', '/contacts', { name: 'Again', email: 'ADA@example.ORG' }, 'EMAIL_TAKEN');

  for (const email of ['ada', 'ada@', '@b.example', 'a b@c.example', 'a@b', 'a@-b.example', 'a..b@c.example', 'a@b.example\n']) {
    const ok = email.endsWith('\n'); // blanks around it are dropped, a line break among them
    send('POST', '/contacts', { name: 'X', email }, ok ? 201 : 'INVALID_FIELD');
  }
  send('POST', '/contacts', { name: 'X' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 5, email: 'x@y.example' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'x'.repeat(201), email: 'x@y.example' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'ü'.repeat(200), email: 'long@y.example' }, 201);
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', kind: 'robot' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', credit_limit_cents: 1.5 }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', credit_limit_cents: -1 }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', tags: 'vip' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', phone: 'call me' }, 'INVALID_FIELD');
  send('POST', '/contacts', { name: 'X', email: 'x@y.example', fone: '110' }, 'INVALID_FIELD'); // misspelt
  send('POST', '/contacts', { name: 'X\u009b', email: 'x@y.example' }, 'INVALID_FIELD');
  same(send('POST', '/contacts', { name: '\ufeff\t X \u2003', email: 'x@y.example' }, 201).name, 'X');
  send('POST', '/contacts', 'no object', 'BODY_NOT_OBJECT');

  same(send('GET', '/contacts?q=LOVE', 200).items.map((c) => c.id), [ada.id]);
  same(send('GET', '/contacts?q=engines', 200).total, 1);
  same(send('GET', '/contacts?q=0%25', 200).items.map((c) => c.id), [acme.id]);
  same(send('GET', '/contacts?q=E_1', 200).items.map((c) => c.id), [acme.id]);
  same(send('GET', '/contacts?q=a_a', 200).total, 0);
  same(send('GET', '/contacts?kind=company', 200).total, 1);
  same(send('GET', '/contacts?kind=person&q=ada&limit=1&offset=1', 200), { items: [], total: 1, limit: 1, offset: 1 });
  send('GET', '/contacts?q=a%00b', 'INVALID_QUERY');
  send('GET', '/contacts?kind=robot', 'INVALID_QUERY');
  send('GET', '/contacts?offset=-1', 'INVALID_QUERY');

  const path = `/contacts/${ada.id}`;
  const changed = send('PUT', path, { name: 'Ada King', email: 'ada@example.org', version: 1 }, 200);
  same([changed.name, changed.phone, changed.version, changed.tags], ['Ada King', null, 2, []]);
  send('PUT', path, { name: 'Late', email: 'ada@example.org', version: 1 }, 'VERSION_CONFLICT');
  send('PUT', path, { name: 'No version', email: 'ada@example.org' }, 'INVALID_FIELD');
  send('PUT', path, { name: 'Theirs', email: 'info@acme.example', version: 2 }, 'EMAIL_TAKEN');
  const amended = send('PATCH', path, { phone: '110', version: 2 }, 200);
  same([amended.name, amended.phone, amended.version], ['Ada King', '110', 3]);
  send('PATCH', path, { phone: '112' }, 'INVALID_FIELD');

  const tokens = Array.from({ length: 20 }, () => send('GET', `${path}/token`, 200).token);
  holds(tokens.every((token) => /^[0-9a-f]{32}$/.test(token)));
  same(new Set(tokens).size, 20, 'no two requests see the same random bytes');

  send('DELETE', path, 200);
  send('DELETE', path, 404);
  send('GET', path, 404);
  send('GET', `${path}/token`, 404);
  send('PATCH', path, { version: 4 }, 404);
  send('POST', '/contacts', { name: 'Ada again', email: 'ada@example.org' }, 201);
  send('GET', '/contacts/7', 404);
}

// SPDX-License-Identifier: Apache-2.0
import { client, holds, same } from './expect.mjs';

const NOBODY = '00000000-0000-4000-8000-000000000000';

export function checkCore(host) {
  const send = client(host, 'core');
  const made = send('POST', '/companies', { name: ' Müller & Söhne ', country: 'de', currency: 'eur' }, 201);
  same([made.name, made.country, made.currency, made.active], ['Müller & Söhne', 'DE', 'EUR', true]);
  holds(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(made.created_at), made.created_at);
  same(send('GET', `/companies/${made.id}`, 200).name, 'Müller & Söhne');
  same(send('GET', `/companies/${made.id.toUpperCase()}`, 200).id, made.id);
  send('GET', `/companies/${NOBODY}`, 404);
  send('GET', '/companies/seven', 404);
  send('POST', '/companies', { name: 'X', country: 'Germany', currency: 'EUR' }, 'INVALID_FIELD');
  send('POST', '/companies', { name: 'X', country: 'D1', currency: 'EUR' }, 'INVALID_FIELD');
  send('POST', '/companies', { country: 'DE', currency: 'EUR' }, 'INVALID_FIELD');
  send('POST', '/companies', { name: 'X', country: 'DE', currency: 'EUR', active: 'yes' }, 400);
  send('POST', '/companies', [1], 'BODY_NOT_OBJECT');
  same(send('PUT', `/companies/${made.id}`, { name: 'M&S', country: 'AT', currency: 'EUR', active: false }, 200).active, false);
  same(send('GET', '/companies?limit=1', 200).total, 1);
  send('GET', '/companies?limit=0', 'INVALID_QUERY');
  send('GET', '/companies?limit=abc', 'INVALID_QUERY');
  send('DELETE', `/companies/${made.id}`, 200);
  send('DELETE', `/companies/${made.id}`, 404);
  send('PUT', `/companies/${made.id}`, { name: 'M&S', country: 'AT', currency: 'EUR' }, 404);
  same(send('GET', '/companies', 200).items, []);

  for (const value of ['text "quoted"\n', 7, 1.5, true, null, [1, { a: [] }], { deep: { er: 'é' } }]) {
    same(send('PUT', '/settings/mail.from', { value }, 200).value, value);
    same(send('GET', '/settings/mail.from', 200).value, value);
  }
  send('PUT', '/settings/a', { value: ['a\0b'] }, 'INVALID_FIELD');
  send('PUT', '/settings/a', { value: [-1.7e308] }, 'INVALID_FIELD');
  const nested = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  same(send('PUT', '/settings/deep', { value: nested(100) }, 200).value, nested(100));
  send('PUT', '/settings/deep', { value: nested(200) }, 'INVALID_REQUEST');
  same(send('GET', '/settings', 200).total, 2);
  send('PUT', '/settings/mail.from', {}, 'INVALID_FIELD');
  send('PUT', '/settings/a%20b', { value: 1 }, 'INVALID_FIELD');
  send('GET', '/settings/absent', 404);
}

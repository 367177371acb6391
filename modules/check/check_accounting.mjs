// SPDX-License-Identifier: Apache-2.0
import { client, holds, same } from './expect.mjs';

export function checkAccounting(host) {
  const send = client(host, 'accounting');
  const account = (code, name, kind, status = 201) => send('POST', '/accounts', { code, name, kind }, status);
  const cash = account('1010', 'Cash "till" \\ é', 'asset');
  same(cash.name, 'Cash "till" \\ é');
  const equity = account('3000', 'Equity', 'equity');
  const spare = account('9999', 'Spare', 'expense');
  account('1010', 'Twice', 'asset', 'ACCOUNT_CODE_TAKEN');
  account('', 'No code', 'asset', 'INVALID_FIELD');
  account('5', 'Kind', 'gold', 'INVALID_FIELD');
  account('123456789012345678901', 'Long', 'asset', 'INVALID_FIELD');
  account('5', 'Kind\u009b', 'asset', 'INVALID_FIELD');
  send('POST', '/accounts', { code: '5', name: 'Five', kind: 'asset', nmae: 'Cash' }, 'INVALID_FIELD'); // misspelt
  const blank = account('\ufeff\t5 ', '      V \u2003\n', 'expense');
  same([blank.code, blank.name], ['5', 'V']);
  send('DELETE', `/accounts/${blank.id}`, 200);
  send('POST', '/accounts', 'text', 'BODY_NOT_OBJECT');
  same(send('GET', `/accounts/${cash.id}`, 200), cash);
  same(send('GET', '/accounts/by-code/3000', 200).id, equity.id);
  send('GET', '/accounts/by-code/0000', 404);
  send('GET', '/accounts/by-code/3000%00x', 404);
  send('GET', '/accounts/x', 404);
  same(send('GET', '/accounts?limit=2', 200).items.map((a) => a.code), ['1010', '3000']);
  send('GET', '/accounts?limit=201', 'INVALID_QUERY');
  same(send('PUT', `/accounts/${spare.id}`, { code: '9998', name: 'Spare', kind: 'income' }, 200).kind, 'income');
  send('PUT', `/accounts/${spare.id}`, { code: '1010', name: 'Spare', kind: 'income' }, 'ACCOUNT_CODE_TAKEN');

  const lines = (debit, credit) => [{ account: '1010', debit_cents: debit }, { account_id: equity.id, credit_cents: credit }];
  const entry = { date: '2026-02-28', memo: 'Start\u00e9', reference: 'E-1', lines: lines(123456, 123456) };
  const made = send('POST', '/entries', entry, 201);
  same([made.date, made.memo, made.reference, made.lines.length], ['2026-02-28', 'Starté', 'E-1', 2]);
  same(made.lines[1], { account: '3000', account_id: equity.id, debit_cents: 0, credit_cents: 123456 });
  same(send('GET', `/entries/${made.id}`, 200), made);
  send('POST', '/entries', entry, 'REFERENCE_TAKEN');
  const wrong = (change, code) => send('POST', '/entries', { ...entry, reference: 'E-2', ...change }, code);
  wrong({ lines: lines(100, 99) }, 'ENTRY_UNBALANCED');
  wrong({ lines: [{ account: '0000', debit_cents: 1 }, { account: '1010', credit_cents: 1 }] }, 'UNKNOWN_ACCOUNT');
  wrong({ lines: [{ account_id: 'x', debit_cents: 1 }, { account: '1010', credit_cents: 1 }] }, 'UNKNOWN_ACCOUNT');
  wrong({ lines: [{ account: '3000', debit_cents: 1, what: 1 }, { account: '1010', credit_cents: 1 }] }, 'INVALID_FIELD');
  wrong({ lines: [] }, 'INVALID_FIELD');
  wrong({ lines: 'none' }, 'INVALID_FIELD');
  wrong({ lines: lines(0, 0) }, 'INVALID_FIELD');
  wrong({ lines: lines(-5, -5) }, 'INVALID_FIELD');
  wrong({ lines: lines(1.5, 1.5) }, 'INVALID_FIELD');
  wrong({ lines: lines('5', '5') }, 'INVALID_FIELD');
  wrong({ lines: lines(100_000_000_000_001, 100_000_000_000_001) }, 'INVALID_FIELD');
  wrong({ lines: [{ account: '1010', debit_cents: 5, credit_cents: 5 }, ...lines(5, 5)] }, 'INVALID_FIELD');
  wrong({ lines: Array(201).fill({ account: '1010', debit_cents: 1 }) }, 'INVALID_FIELD');
  for (const date of ['2026-02-29', '2026-13-01', '26-01-01', '2026-01-00', '', null, 7]) {
    wrong({ date }, 'INVALID_FIELD');
  }
  wrong({ date: '2024-02-29', memo: null, reference: null }, 201);
  wrong({ reference: null, memo: undefined }, 201);
  same(send('GET', '/entries', 200).total, 3);
  same(send('GET', '/entries?limit=1&offset=2', 200).items[0].date, '2024-02-29');
  same(send('GET', '/entries?limit=1', 200).items[0].total_cents, 123456);
  send('GET', `/entries/${cash.id}`, 404);

  const big = 100_000_000_000_000;
  for (let count = 0; count < 3; ++count) {
    send('POST', '/entries', { date: '2026-01-01', lines: lines(big, big) }, 201);
  }
  const balances = send('GET', '/balances', 200);
  same(balances.balanced, true);
  same(balances.total_debit_cents, 3 * 123456 + 3 * big);
  same(balances.accounts.map((a) => a.balance_cents), [3 * 123456 + 3 * big, -(3 * 123456 + 3 * big), 0]);
  send('DELETE', `/accounts/${cash.id}`, 'ACCOUNT_IN_USE');
  same(send('DELETE', `/accounts/${spare.id}`, 200), { id: spare.id, deleted: true });
  send('DELETE', `/accounts/${spare.id}`, 404);
  holds(send('GET', '/accounts', 200).total === 2);
}

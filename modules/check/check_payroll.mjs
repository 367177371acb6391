// SPDX-License-Identifier: Apache-2.0
// Runs over employees whose pay is worked out by hand below, from the rules of modules/payroll/README.md.
import { client, holds, same } from './expect.mjs';

export function checkPayroll(host) {
  const send = client(host, 'payroll');
  const hr = client(host, 'hr');
  const accounting = client(host, 'accounting');
  const department = hr('POST', '/departments', { name: 'Payroll' }, 201);
  const hire = (number, ...contracts) => {
    const { id } = hr('POST', '/employees', { number, name: `Name of ${number}`, department_id: department.id }, 201);
    for (const [starts_on, ends_on, monthly_salary_cents] of contracts) {
      hr('POST', `/employees/${id}/contracts`, { starts_on, ends_on, monthly_salary_cents }, 201);
    }
    return id;
  };
  // Brackets, each at its last cent and one further; months of 30 days (June 2031) keep the fractions simple.
  hire('P-1', ['2031-06-01', '2031-06-30', 120_000]);
  hire('P-2', ['2031-06-01', '2031-06-30', 300_000]);  // 1800.00 at 18 %: 324.00
  hire('P-3', ['2031-06-01', '2031-06-30', 600_000]);  // 324.00 + 3000.00 at 30 %: 1224.00
  hire('P-4', ['2031-06-01', '2031-06-30', 1_000_000]); // 1224.00 + 4000.00 at 42 %: 2904.00
  hire('P-5', ['2031-06-01', '2031-06-30', 120_003]);  // 3 cents at 18 % are 0.54: 1 cent
  hire('P-6', ['2031-06-01', '2031-06-30', 120_002]);  // 2 cents at 18 % are 0.36: none
  hire('P-7', ['2031-06-01', '2031-06-10', 100_001], ['2031-06-16', '2031-06-30', 100_001]); // 33333.67 and 50000.5
  const idle = hire('P-8', ['2031-06-01', '2031-06-30', 500_000]);
  const { id } = hr('POST', '/leave-requests', { employee_id: idle, kind: 'unpaid', starts_on: '2031-05-20', ends_on: '2031-07-01' }, 201);
  hr('POST', `/leave-requests/${id}/approve`, 200);
  const expected = [
    ['P-1', 120_000, 0], ['P-2', 300_000, 32_400], ['P-3', 600_000, 122_400], ['P-4', 1_000_000, 290_400], ['P-5', 120_003, 1],
    ['P-6', 120_002, 0], ['P-7', 33_334 + 50_001, 0], ['P-8', 0, 0],
  ];
  const gross = expected.reduce((sum, [, cents]) => sum + cents, 0);
  const tax = expected.reduce((sum, [, , cents]) => sum + cents, 0);

  for (const month of ['2031-13', '2031-6', 'June', '', null, 6]) send('POST', '/runs', { month }, 'INVALID_FIELD');
  send('POST', '/runs', null, 'BODY_NOT_OBJECT');
  const entries = () => accounting('GET', '/entries', 200).total;
  const before = entries();
  send('POST', '/runs', { month: '2020-01' }, 'NOTHING_TO_PAY');
  same([send('GET', '/runs', 200).total, entries()], [0, before]);

  const run = send('POST', '/runs', { month: '2031-06' }, 201);
  same([run.month, run.status, run.employee_count], ['2031-06', 'booked', 8]);
  same([run.gross_cents, run.tax_cents, run.net_cents], [gross, tax, gross - tax]);
  const slips = send('GET', `/runs/${run.id}/payslips`, 200);
  same(slips.items.map((s) => [s.employee_number, s.gross_cents, s.tax_cents]), expected);
  holds(slips.items.every((s) => s.net_cents === s.gross_cents - s.tax_cents));
  same(send('GET', `/runs/${run.id}/payslips?limit=1&offset=3`, 200).items.map((s) => s.employee_number), ['P-4']);
  const entry = accounting('GET', `/entries/${run.entry_id}`, 200);
  same([entry.date, entry.reference], ['2031-06-30', 'PAY-2031-06']);
  same(entry.lines.map((l) => [l.account, l.debit_cents, l.credit_cents]), [['6000', gross, 0], ['2100', 0, tax], ['2200', 0, gross - tax]]);
  send('POST', '/runs', { month: '2031-06' }, 'RUN_EXISTS');

  const pay = (date, status, of = run.id) => send('POST', `/runs/${of}/pay`, { date }, status);
  pay('2031-06-31', 'INVALID_FIELD');
  pay('2031-07-01', 404, '00000000-0000-4000-8000-000000000000');
  const paid = pay('2031-07-01', 200);
  same([paid.status, paid.paid_on], ['paid', '2031-07-01']);
  same(accounting('GET', `/entries/${paid.payment_entry_id}`, 200).lines.map((l) => [l.account, l.debit_cents, l.credit_cents]),
    [['2200', gross - tax, 0], ['1000', 0, gross - tax]]);
  pay('2031-07-02', 'RUN_NOT_BOOKED');
  same(accounting('GET', '/balances', 200).balanced, true);
  same(send('GET', `/runs/${run.id}`, 200), paid);
  send('GET', '/runs/x', 404);
  send('GET', '/runs/00000000-0000-4000-8000-000000000000/payslips', 404);

  // More employees than hr gives on one page: 205 of 1000.00, no tax.
  for (let index = 0; index < 205; ++index) hire(`Q-${index}`, ['2032-01-01', '2032-01-31', 100_000]);
  const large = send('POST', '/runs', { month: '2032-01' }, 201);
  same([large.employee_count, large.gross_cents, large.tax_cents], [205, 20_500_000, 0]);
  same(accounting('GET', `/entries/${large.entry_id}`, 200).lines.length, 2);
  same(send('GET', '/runs', 200).items.map((r) => r.month), ['2032-01', '2031-06']);
}

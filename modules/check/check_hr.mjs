// SPDX-License-Identifier: Apache-2.0
import { client, same } from './expect.mjs';

const unknown = '00000000-0000-4000-8000-000000000000';

export function checkHr(host) {
  const send = client(host, 'hr');
  const company = client(host, 'core')('POST', '/companies', { name: 'Hr Ltd', country: 'DE', currency: 'EUR' }, 201);
  const office = send('POST', '/departments', { name: 'Office', company_id: company.id }, 201);
  const works = send('POST', '/departments', { name: 'Works' }, 201);
  same([office.company_id, works.company_id], [company.id, null]);
  send('POST', '/departments', { name: 'Office' }, 'DEPARTMENT_NAME_TAKEN');
  send('POST', '/departments', { name: 'Lost', company_id: unknown }, 'COMPANY_NOT_FOUND');
  send('POST', '/departments', { name: ' ' }, 'INVALID_FIELD');
  send('POST', '/departments', { name: 'X\u009b' }, 'INVALID_FIELD');
  send('POST', '/departments', { name: 'X', compnay_id: company.id }, 'INVALID_FIELD'); // misspelt
  same(send('PUT', `/departments/${works.id}`, { name: '\ufeff\t       W \u2003\n' }, 200).name, 'W');
  same(send('PUT', `/departments/${works.id}`, { name: 'Workshop' }, 200).name, 'Workshop');
  send('PUT', `/departments/${unknown}`, { name: 'None' }, 404);
  same(send('GET', '/departments?limit=1', 200).items.map((d) => d.name), ['Office']);
  same(send('GET', `/departments/${office.id}`, 200), office);

  const hire = (number, status = 201, department_id = office.id) =>
    send('POST', '/employees', { number, name: `Name of ${number}`, department_id }, status);
  const ada = hire('e-1');
  const bob = hire('E-2', 201, works.id);
  same(ada.number, 'E-1');
  hire('E-1', 'EMPLOYEE_NUMBER_TAKEN');
  hire('E 3', 'INVALID_FIELD');
  hire('E-3', 'DEPARTMENT_NOT_FOUND', unknown);
  hire('E-3', 'INVALID_FIELD', 'x');
  same(send('GET', `/employees?department_id=${works.id}`, 200).items.map((e) => e.id), [bob.id]);
  send('GET', '/employees?department_id=x', 'INVALID_QUERY');
  same(send('PUT', `/employees/${bob.id}`, { number: 'E-2', name: 'Bob', department_id: works.id }, 200).name, 'Bob');
  same(send('GET', `/employees/${bob.id}`, 200).name, 'Bob');
  send('GET', '/employees/7', 404);

  const contract = (employee, starts_on, ends_on, monthly_salary_cents, status = 201) =>
    send('POST', `/employees/${employee.id}/contracts`, { starts_on, ends_on, monthly_salary_cents }, status);
  const first = contract(ada, '2026-01-10', '2026-02-14', 310_000);
  same([first.starts_on, first.ends_on], ['2026-01-10', '2026-02-14']);
  contract(ada, '2026-02-14', null, 400_000, 'CONTRACT_OVERLAPS');
  contract(ada, '2025-01-01', '2026-01-10', 400_000, 'CONTRACT_OVERLAPS');
  contract(ada, '2025-01-01', null, 400_000, 'CONTRACT_OVERLAPS');
  const second = contract(ada, '2026-02-15', null, 280_000);
  contract(ada, '2030-01-01', null, 1, 'CONTRACT_OVERLAPS');
  contract(bob, '2026-02-30', null, 1, 'INVALID_FIELD');
  contract(bob, '2026-02-02', '2026-02-01', 1, 'INVALID_FIELD');
  contract(bob, '2026-02-02', null, 0, 'INVALID_FIELD');
  contract(bob, '2026-02-02', null, 1.5, 'INVALID_FIELD');
  contract({ id: unknown }, '2026-02-02', null, 1, 404);
  const open = contract(bob, '2026-03-01', null, 100_000);
  const end = (id, ends_on, status) => send('POST', `/contracts/${id}/end`, { ends_on }, status);
  end(second.id, '2026-02-14', 'DAY_OUTSIDE_CONTRACT');
  same(end(second.id, '2026-03-31', 200).ends_on, '2026-03-31');
  end(second.id, '2026-04-01', 'DAY_OUTSIDE_CONTRACT');
  end(second.id, 'soon', 'INVALID_FIELD');
  end(unknown, '2026-03-01', 404);
  same(send('GET', `/contracts/${first.id}`, 200), first);
  same(send('GET', `/employees/${ada.id}/contracts`, 200).items.map((c) => c.id), [first.id, second.id]);

  const leave = (employee, kind, starts_on, ends_on, status = 201) =>
    send('POST', '/leave-requests', { employee_id: employee.id, kind, starts_on, ends_on }, status);
  const decide = (request, verb, status = 200) => send('POST', `/leave-requests/${request.id}/${verb}`, status);
  const unpaid = leave(ada, 'unpaid', '2026-02-13', '2026-02-17');
  same(unpaid.status, 'requested');
  leave(ada, 'strike', '2026-02-13', '2026-02-17', 'INVALID_FIELD');
  leave(ada, 'unpaid', '2026-02-13', '2026-02-12', 'INVALID_FIELD');
  leave({ id: unknown }, 'unpaid', '2026-02-13', '2026-02-17', 'EMPLOYEE_NOT_FOUND');
  same(decide(unpaid, 'approve').status, 'approved');
  decide(unpaid, 'reject', 'LEAVE_NOT_REQUESTED');
  const clash = leave(ada, 'vacation', '2026-02-17', '2026-02-20');
  decide(clash, 'approve', 'LEAVE_OVERLAPS');
  same(send('GET', `/leave-requests/${clash.id}`, 200).status, 'requested');
  same(decide(clash, 'reject').status, 'rejected');
  decide(leave(ada, 'sick', '2026-02-18', '2026-02-20'), 'approve');
  leave(ada, 'unpaid', '2026-02-25', '2026-02-25'); // never decided: no days off
  same(send('GET', `/leave-requests?employee_id=${ada.id}&status=approved`, 200).total, 2);
  send('GET', '/leave-requests?status=lost', 'INVALID_QUERY');
  decide({ id: unknown }, 'approve', 404);

  // February: 14 days of the first contract with 13 and 14 unpaid, 14 of the second with 15 to 17 unpaid.
  const days = (query) => send('GET', `/salaries?${query}`, 200).items
    .map((e) => [e.number, ...e.contracts.map((c) => [c.monthly_salary_cents, c.days_employed, c.days_unpaid])]);
  same(days('month=2026-02'), [['E-1', [310_000, 14, 2], [280_000, 14, 3]]]);
  same(days('month=2026-01'), [['E-1', [310_000, 22, 0]]]);
  same(days('month=2026-03'), [['E-1', [280_000, 31, 0]], ['E-2', [100_000, 31, 0]]]);
  same(days('month=2026-03&after=E-1'), [['E-2', [100_000, 31, 0]]]);
  same(days('month=2099-12'), [['E-2', [100_000, 31, 0]]]);
  end(open.id, '2026-03-31', 200);
  same(days('month=2099-12'), []);
  same(days('month=2025-12'), []);
  same(send('GET', '/salaries?month=2028-02', 200).days_in_month, 29);
  same(send('GET', '/salaries?month=2100-02', 200).days_in_month, 28);
  for (const bad of ['2026-13', '2026-00', '2026-1', '0000-01', '2026-02-01', '']) send('GET', `/salaries?month=${bad}`, 'INVALID_QUERY');
  send('GET', '/salaries?month=2026-01&after=a%00', 'INVALID_QUERY');
}

// SPDX-License-Identifier: Apache-2.0
// Exercises every route of the example modules against a running server, once with good and once with bad words, and walks one
// business story through all of them. Exit 0 when every answer is the expected one.
//
//   node demo-check.mjs URL
import assert from "node:assert/strict";

const url = process.argv[2];
let checks = 0;

async function request(method, path, body) {
  const response = await fetch(url + path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

/** Expects this status; gives the data of the success envelope. */
async function ok(status, method, path, body) {
  const answer = await request(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  assert.ok(answer.json.meta.request_id && answer.json.meta.timestamp, answer.text);
  ++checks;
  return answer.json.data;
}

/** Expects this status and error code. */
async function refused(status, code, method, path, body) {
  const answer = await request(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  assert.equal(answer.json.error.code, code, answer.text);
  assert.ok(answer.json.error.request_id, answer.text);
  ++checks;
}

const unknown = "00000000-0000-4000-8000-000000000000";

async function host() {
  assert.equal((await ok(200, "GET", "/health")).status, "ok");
  const ready = await ok(200, "GET", "/ready");
  assert.deepEqual(ready, { status: "ready", quarantined: [] });
  const modules = await ok(200, "GET", "/api/modules");
  assert.deepEqual(modules.map((module) => [module.name, module.state, module.level]),
    [["accounting", "active", 1], ["core", "active", 0], ["crm", "active", 1], ["hr", "active", 1], ["inventory", "active", 2],
     ["invoicing", "active", 2], ["payroll", "active", 2]]);
  await refused(404, "NOT_FOUND", "GET", "/api/crm/nothing");
  await refused(405, "METHOD_NOT_ALLOWED", "PATCH", "/api/crm/contacts");
  return modules;
}

async function core() {
  const made = await ok(201, "POST", "/api/core/companies", { name: "Müller", country: "de", currency: "eur" });
  assert.equal(made.country, "DE");
  assert.equal(made.active, true);
  await refused(400, "INVALID_FIELD", "POST", "/api/core/companies", { name: "X", country: "Germany", currency: "EUR" });
  assert.equal((await ok(200, "GET", "/api/core/companies")).total, 1);
  assert.equal((await ok(200, "GET", `/api/core/companies/${made.id}`)).name, "Müller");
  const changed = await ok(200, "PUT", `/api/core/companies/${made.id}`, { name: "M", country: "AT", currency: "EUR", active: false });
  assert.equal(changed.active, false);
  await ok(200, "DELETE", `/api/core/companies/${made.id}`);
  await refused(404, "NOT_FOUND", "DELETE", `/api/core/companies/${made.id}`);
  await ok(200, "PUT", "/api/core/settings/theme", { value: { dark: true, sizes: [1, 2] } });
  assert.deepEqual((await ok(200, "GET", "/api/core/settings/theme")).value, { dark: true, sizes: [1, 2] });
  assert.equal((await ok(200, "GET", "/api/core/settings")).total, 1);
  await refused(404, "NOT_FOUND", "GET", "/api/core/settings/unknown");
}

async function crm() {
  const ada = await ok(201, "POST", "/api/crm/contacts",
    { name: "Ada", email: "Ada@Example.org", kind: "person", credit_limit_cents: 500000, tags: ["vip"] });
  assert.equal(ada.email, "ada@example.org");
  await refused(409, "EMAIL_TAKEN", "POST", "/api/crm/contacts", { name: "Other", email: "ada@example.org" });
  await refused(400, "INVALID_FIELD", "POST", "/api/crm/contacts", { name: "Bad", email: "not an address" });
  assert.equal((await ok(200, "GET", "/api/crm/contacts?q=ada&kind=person&limit=10&offset=0")).items.length, 1);
  assert.equal((await ok(200, "GET", "/api/crm/contacts?q=' OR 1=1 --".replaceAll(" ", "%20"))).items.length, 0);
  await refused(400, "INVALID_QUERY", "GET", "/api/crm/contacts?kind=robot");
  assert.deepEqual((await ok(200, "GET", `/api/crm/contacts/${ada.id}`)).tags, ["vip"]);
  await refused(404, "NOT_FOUND", "GET", `/api/crm/contacts/${unknown}`);
  await refused(404, "NOT_FOUND", "GET", "/api/crm/contacts/not-an-id");
  const king = await ok(200, "PUT", `/api/crm/contacts/${ada.id}`, { name: "Ada King", email: "ada@example.org", version: 1 });
  assert.equal(king.version, 2);
  await refused(409, "VERSION_CONFLICT", "PUT", `/api/crm/contacts/${ada.id}`, { name: "Late", email: "ada@example.org", version: 1 });
  await ok(200, "PATCH", `/api/crm/contacts/${ada.id}`, { phone: "110", version: 2 });
  const first = await ok(200, "GET", `/api/crm/contacts/${ada.id}/token`);
  const second = await ok(200, "GET", `/api/crm/contacts/${ada.id}/token`);
  assert.match(first.token, /^[0-9a-f]{32}$/);
  assert.notEqual(first.token, second.token);
  const gone = await ok(201, "POST", "/api/crm/contacts", { name: "Gone", email: "gone@example.org" });
  await ok(200, "DELETE", `/api/crm/contacts/${gone.id}`);
  await refused(404, "NOT_FOUND", "GET", `/api/crm/contacts/${gone.id}`);
  return ada.id;
}

async function accounting() {
  const cash = await ok(201, "POST", "/api/accounting/accounts", { code: "1010", name: "Cash", kind: "asset" });
  await ok(201, "POST", "/api/accounting/accounts", { code: "3000", name: "Equity", kind: "equity" });
  await refused(409, "ACCOUNT_CODE_TAKEN", "POST", "/api/accounting/accounts", { code: "1010", name: "Again", kind: "asset" });
  await refused(400, "INVALID_FIELD", "POST", "/api/accounting/accounts", { code: "1", name: "Bad", kind: "pocket" });
  assert.equal((await ok(200, "GET", "/api/accounting/accounts")).total, 2);
  assert.equal((await ok(200, "GET", "/api/accounting/accounts/by-code/1010")).id, cash.id);
  assert.equal((await ok(200, "GET", `/api/accounting/accounts/${cash.id}`)).code, "1010");
  await ok(200, "PUT", `/api/accounting/accounts/${cash.id}`, { code: "1010", name: "Cash at hand", kind: "asset" });
  const lines = [{ account: "1010", debit_cents: 10000 }, { account: "3000", credit_cents: 10000 }];
  const entry = await ok(201, "POST", "/api/accounting/entries", { date: "2026-01-31", memo: "Start", reference: "E-1", lines });
  await refused(400, "ENTRY_UNBALANCED", "POST", "/api/accounting/entries",
    { date: "2026-01-31", lines: [{ account: "1010", debit_cents: 1 }, { account: "3000", credit_cents: 2 }] });
  await refused(400, "UNKNOWN_ACCOUNT", "POST", "/api/accounting/entries",
    { date: "2026-01-31", lines: [{ account: "9999", debit_cents: 1 }, { account: "3000", credit_cents: 1 }] });
  await refused(409, "REFERENCE_TAKEN", "POST", "/api/accounting/entries", { date: "2026-01-31", reference: "E-1", lines });
  await refused(409, "ACCOUNT_IN_USE", "DELETE", `/api/accounting/accounts/${cash.id}`);
  assert.equal((await ok(200, "GET", "/api/accounting/entries")).total, 1);
  assert.equal((await ok(200, "GET", `/api/accounting/entries/${entry.id}`)).lines.length, 2);
  const spare = await ok(201, "POST", "/api/accounting/accounts", { code: "9000", name: "Spare", kind: "asset" });
  await ok(200, "DELETE", `/api/accounting/accounts/${spare.id}`);
}

async function balances() {
  const sheet = await ok(200, "GET", "/api/accounting/balances");
  assert.equal(sheet.balanced, true);
  assert.equal(sheet.total_debit_cents, sheet.total_credit_cents);
  return Object.fromEntries(sheet.accounts.map((account) => [account.code, account.balance_cents]));
}

async function invoicing(contact) {
  const lines = [{ description: "Work", quantity: 3, unit_price_cents: 1999 }];
  const draft = await ok(201, "POST", "/api/invoicing/invoices", { contact_id: contact, lines });
  assert.equal(draft.total_cents, 5997);
  assert.equal((await ok(200, "GET", "/api/invoicing/invoices?status=draft")).items.length, 1);
  assert.equal((await ok(200, "GET", `/api/invoicing/invoices/${draft.id}`)).lines.length, 1);
  await refused(409, "INVOICE_NOT_ISSUED", "POST", `/api/invoicing/invoices/${draft.id}/pay`);

  // Issuing books: two modules, several tables, one transaction.
  const issued = await ok(200, "POST", `/api/invoicing/invoices/${draft.id}/issue`);
  assert.equal(issued.status, "issued");
  assert.equal(issued.number, "INV-000001");
  assert.equal((await balances())["1200"], 5997);
  await refused(409, "INVOICE_NOT_DRAFT", "PUT", `/api/invoicing/invoices/${draft.id}`, { contact_id: contact, lines });
  await refused(409, "INVOICE_NOT_DRAFT", "DELETE", `/api/invoicing/invoices/${draft.id}`);
  await ok(200, "POST", `/api/invoicing/invoices/${draft.id}/pay`);
  const paid = await balances();
  assert.equal(paid["1200"], 0);
  assert.equal(paid["1000"], 5997);

  // A booking that is refused takes everything back with it, whatever the invoice had changed before.
  const rich = await ok(201, "POST", "/api/crm/contacts", { name: "Rich", email: "rich@example.org", credit_limit_cents: 0 });
  const huge = await ok(201, "POST", "/api/invoicing/invoices",
    { contact_id: rich.id, lines: [{ description: "Moon", quantity: 1000000, unit_price_cents: 10000000000 }] });
  const before = await ok(200, "GET", "/api/accounting/entries");
  await refused(409, "BOOKING_REFUSED", "POST", `/api/invoicing/invoices/${huge.id}/issue`);
  const after = await ok(200, "GET", `/api/invoicing/invoices/${huge.id}`);
  assert.equal(after.status, "draft");
  assert.equal(after.number, null);
  assert.equal((await ok(200, "GET", "/api/accounting/entries")).total, before.total);
  await ok(200, "PUT", `/api/invoicing/invoices/${huge.id}`, { contact_id: rich.id, lines });
  await ok(200, "DELETE", `/api/invoicing/invoices/${huge.id}`);
  await refused(404, "NOT_FOUND", "GET", `/api/invoicing/invoices/${huge.id}`);
  const lucky = [await ok(200, "GET", "/api/invoicing/invoices/lucky"), await ok(200, "GET", "/api/invoicing/invoices/lucky")];
  assert.notDeepEqual(lucky[0].numbers, lucky[1].numbers);
}

/** Products on shelves; gives {product, warehouse} with 20 pieces available. */
async function inventory() {
  const product = await ok(201, "POST", "/api/inventory/products", { sku: "gear-1", name: "Gear", price_cents: 350 });
  assert.equal(product.sku, "GEAR-1");
  await refused(409, "SKU_TAKEN", "POST", "/api/inventory/products", { sku: "GEAR-1", name: "Again", price_cents: 1 });
  await refused(400, "INVALID_FIELD", "POST", "/api/inventory/products", { sku: "X", name: "Bad", price_cents: -1 });
  assert.equal((await ok(200, "GET", "/api/inventory/products?limit=10")).total, 1);
  assert.equal((await ok(200, "GET", `/api/inventory/products/${product.id}`)).price_cents, 350);
  await ok(200, "PUT", `/api/inventory/products/${product.id}`, { sku: "GEAR-1", name: "Gear", price_cents: 375 });
  const warehouse = await ok(201, "POST", "/api/inventory/warehouses", { code: "main", name: "Main" });
  const side = await ok(201, "POST", "/api/inventory/warehouses", { code: "side", name: "Side" });
  assert.equal((await ok(200, "GET", "/api/inventory/warehouses")).total, 2);
  assert.equal((await ok(200, "GET", `/api/inventory/warehouses/${side.id}`)).code, "SIDE");
  const at = { product_id: product.id, warehouse_id: warehouse.id };
  const move = await ok(201, "POST", "/api/inventory/moves", { ...at, kind: "receipt", quantity: 25 });
  assert.equal((await ok(200, "GET", `/api/inventory/moves/${move.id}`)).quantity, 25);
  await refused(409, "INSUFFICIENT_STOCK", "POST", "/api/inventory/moves", { ...at, kind: "issue", quantity: 26 });
  await ok(201, "POST", "/api/inventory/transfers",
    { product_id: product.id, from_warehouse_id: warehouse.id, to_warehouse_id: side.id, quantity: 5 });
  assert.equal((await ok(200, "GET", "/api/inventory/moves")).items.reduce((sum, row) => sum + row.quantity, 0), 25);
  const [stock] = (await ok(200, "GET", `/api/inventory/stock?warehouse_id=${warehouse.id}`)).items;
  assert.deepEqual([stock.on_hand, stock.reserved, stock.available], [20, 0, 20]);
  return { product, warehouse };
}

/** From an order to the goods that leave and the money that comes. */
async function sale(contact, { product, warehouse }) {
  const order = (quantity) => ok(201, "POST", "/api/crm/orders", {
    contact_id: contact, lines: [{ product_id: product.id, description: product.name, quantity, unit_price_cents: 375 }],
  });
  const reservation = (made) => ({ order_id: made.id, warehouse_id: warehouse.id });
  const made = await order(20);
  assert.equal(made.total_cents, 7500);
  await refused(400, "INVALID_FIELD", "POST", "/api/crm/orders", { contact_id: contact, lines: [] });
  await refused(409, "ORDER_NOT_RESERVED", "POST", `/api/invoicing/orders/${made.id}/invoice`);
  await ok(201, "POST", "/api/inventory/reservations", reservation(made));
  const late = await order(1);
  await refused(409, "OUT_OF_STOCK", "POST", "/api/inventory/reservations", reservation(late));
  assert.equal((await ok(200, "GET", `/api/crm/orders/${late.id}`)).status, "draft");
  await ok(200, "POST", `/api/crm/orders/${late.id}/cancel`);
  await refused(409, "ORDER_NOT_DRAFT", "PUT", `/api/crm/orders/${late.id}/status`, { from: "draft", to: "reserved" });
  await ok(200, "DELETE", `/api/inventory/reservations/${made.id}`);
  await refused(404, "NOT_FOUND", "GET", `/api/inventory/reservations/${made.id}`);
  await ok(201, "POST", "/api/inventory/reservations", reservation(made));
  assert.equal((await ok(200, "GET", `/api/inventory/reservations/${made.id}`)).lines[0].quantity, 20);
  assert.equal((await ok(200, "GET", "/api/crm/orders?status=reserved")).total, 1);

  const before = await balances();
  const invoice = await ok(201, "POST", `/api/invoicing/orders/${made.id}/invoice`);
  assert.equal(invoice.total_cents, 7500);
  await refused(409, "ORDER_NOT_RESERVED", "POST", `/api/invoicing/orders/${made.id}/invoice`);
  await ok(200, "POST", `/api/invoicing/invoices/${invoice.id}/issue`);
  await ok(200, "POST", `/api/inventory/reservations/${made.id}/ship`);
  await refused(409, "ALREADY_SHIPPED", "POST", `/api/inventory/reservations/${made.id}/ship`);
  assert.equal((await ok(200, "GET", "/api/inventory/reservations")).items[0].status, "shipped");
  const [stock] = (await ok(200, "GET", `/api/inventory/stock?warehouse_id=${warehouse.id}`)).items;
  assert.deepEqual([stock.on_hand, stock.reserved], [0, 0]);
  await ok(200, "POST", `/api/invoicing/invoices/${invoice.id}/pay`);
  const after = await balances();
  assert.deepEqual([after["1000"] - before["1000"], after["1200"] - before["1200"], after["4000"] - before["4000"]], [7500, 0, -7500]);
}

/** One employee, half of January 2026 at 3100.00 a month with one unpaid day: 15 of 31 days are 1500.00. */
async function hr() {
  const office = await ok(201, "POST", "/api/hr/departments", { name: "Office" });
  await refused(409, "DEPARTMENT_NAME_TAKEN", "POST", "/api/hr/departments", { name: "Office" });
  assert.equal((await ok(200, "GET", "/api/hr/departments")).total, 1);
  assert.equal((await ok(200, "GET", `/api/hr/departments/${office.id}`)).name, "Office");
  await ok(200, "PUT", `/api/hr/departments/${office.id}`, { name: "Bureau" });
  const ada = await ok(201, "POST", "/api/hr/employees", { number: "e-1", name: "Ada", department_id: office.id });
  await refused(409, "DEPARTMENT_NOT_FOUND", "POST", "/api/hr/employees", { number: "E-2", name: "Bob", department_id: unknown });
  assert.equal((await ok(200, "GET", `/api/hr/employees?department_id=${office.id}`)).total, 1);
  assert.equal((await ok(200, "GET", `/api/hr/employees/${ada.id}`)).number, "E-1");
  await ok(200, "PUT", `/api/hr/employees/${ada.id}`, { number: "E-1", name: "Ada King", department_id: office.id });
  const contracts = `/api/hr/employees/${ada.id}/contracts`;
  const made = await ok(201, "POST", contracts, { starts_on: "2026-01-01", monthly_salary_cents: 310000 });
  await refused(409, "CONTRACT_OVERLAPS", "POST", contracts, { starts_on: "2026-02-01", monthly_salary_cents: 1 });
  await ok(200, "POST", `/api/hr/contracts/${made.id}/end`, { ends_on: "2026-01-16" });
  assert.equal((await ok(200, "GET", `/api/hr/contracts/${made.id}`)).ends_on, "2026-01-16");
  assert.equal((await ok(200, "GET", contracts)).total, 1);
  const leave = (kind) => ok(201, "POST", "/api/hr/leave-requests", { employee_id: ada.id, kind, starts_on: "2026-01-05", ends_on: "2026-01-05" });
  const unpaid = await leave("unpaid"), vacation = await leave("vacation");
  await ok(200, "POST", `/api/hr/leave-requests/${unpaid.id}/approve`);
  await refused(409, "LEAVE_OVERLAPS", "POST", `/api/hr/leave-requests/${vacation.id}/approve`);
  await ok(200, "POST", `/api/hr/leave-requests/${vacation.id}/reject`);
  assert.equal((await ok(200, "GET", `/api/hr/leave-requests/${vacation.id}`)).status, "rejected");
  assert.equal((await ok(200, "GET", "/api/hr/leave-requests?status=approved")).total, 1);
  const [salary] = (await ok(200, "GET", "/api/hr/salaries?month=2026-01")).items;
  assert.deepEqual([salary.contracts[0].days_employed, salary.contracts[0].days_unpaid], [16, 1]);
  await refused(400, "INVALID_QUERY", "GET", "/api/hr/salaries?month=January");
}

async function payroll() {
  await refused(409, "NOTHING_TO_PAY", "POST", "/api/payroll/runs", { month: "2025-12" });
  await refused(400, "INVALID_FIELD", "POST", "/api/payroll/runs", { month: "2026-13" });
  const before = await balances();
  const run = await ok(201, "POST", "/api/payroll/runs", { month: "2026-01" });
  // 18 % of the 300.00 above 1200.00.
  assert.deepEqual([run.gross_cents, run.tax_cents, run.net_cents], [150000, 5400, 144600]);
  await refused(409, "RUN_EXISTS", "POST", "/api/payroll/runs", { month: "2026-01" });
  assert.equal((await ok(200, "GET", "/api/payroll/runs")).total, 1);
  assert.equal((await ok(200, "GET", `/api/payroll/runs/${run.id}`)).status, "booked");
  assert.equal((await ok(200, "GET", `/api/payroll/runs/${run.id}/payslips`)).items[0].net_cents, 144600);
  const booked = await balances();
  assert.deepEqual([booked["6000"], booked["2100"], booked["2200"]], [150000, -5400, -144600]);
  await ok(200, "POST", `/api/payroll/runs/${run.id}/pay`, { date: "2026-02-01" });
  await refused(409, "RUN_NOT_BOOKED", "POST", `/api/payroll/runs/${run.id}/pay`, { date: "2026-02-01" });
  const paid = await balances();
  assert.deepEqual([paid["2200"], paid["1000"] - before["1000"]], [0, -144600]);
}

try {
  const modules = await host();
  await core();
  const contact = await crm();
  await accounting();
  await invoicing(contact);
  await sale(contact, await inventory());
  await hr();
  await payroll();
  const routes = modules.flatMap((module) => module.routes);
  console.log(`${checks} answers as expected; ${routes.length} routes in ${modules.length} modules`);
} catch (error) {
  console.error(`check failed: ${error.message}`);
  process.exit(1);
}

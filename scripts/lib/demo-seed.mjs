// SPDX-License-Identifier: Apache-2.0
// A little data for the demo, and what to try next.
//
//   node demo-seed.mjs URL
const url = process.argv[2];

async function post(path, body) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${text}`);
  return JSON.parse(text).data;
}

await post("/api/core/companies", { name: "Analytical Engines", country: "GB", currency: "GBP" });
const ada = await post("/api/crm/contacts", { name: "Ada Lovelace", email: "ada@example.org", company_name: "Analytical Engines", kind: "person" });
const charles = await post("/api/crm/contacts", { name: "Charles Babbage", email: "charles@example.org", kind: "person" });
const invoice = await post("/api/invoicing/invoices",
  { contact_id: ada.id, lines: [{ description: "Programs", quantity: 2, unit_price_cents: 125000 }] });
await post(`/api/invoicing/invoices/${invoice.id}/issue`);
const gear = await post("/api/inventory/products", { sku: "GEAR-1", name: "Gear", price_cents: 350 });
const warehouse = await post("/api/inventory/warehouses", { code: "MAIN", name: "Main" });
await post("/api/inventory/moves", { product_id: gear.id, warehouse_id: warehouse.id, kind: "receipt", quantity: 100 });
const order = await post("/api/crm/orders",
  { contact_id: charles.id, lines: [{ product_id: gear.id, description: "Gears", quantity: 40, unit_price_cents: 350 }] });
await post("/api/inventory/reservations", { order_id: order.id, warehouse_id: warehouse.id });
const department = await post("/api/hr/departments", { name: "Engine room" });
const grace = await post("/api/hr/employees", { number: "E-1", name: "Grace Hopper", department_id: department.id });
await post(`/api/hr/employees/${grace.id}/contracts`, { starts_on: "2026-01-01", monthly_salary_cents: 650000 });

console.log(`
Ingot serves core, crm, inventory, accounting, invoicing, hr and payroll at ${url}

  ${url}/admin                     the modules, in a browser
  ${url}/api/modules               the modules, their routes and states
  ${url}/ready                     is everything well?
  ${url}/api/crm/contacts
  ${url}/api/inventory/stock
  ${url}/api/invoicing/invoices
  ${url}/api/accounting/balances

Try:
  curl -s ${url}/api/crm/contacts -H 'content-type: application/json' -d '{"name":"Grace","email":"grace@example.org"}'
  curl -s -X POST ${url}/api/invoicing/orders/${order.id}/invoice      # makes an invoice of an order whose goods are reserved
  curl -s -X POST ${url}/api/invoicing/invoices/ID/issue               # with the id it gave: numbers and books it, in one transaction
  curl -s ${url}/api/payroll/runs -H 'content-type: application/json' -d '{"month":"2026-01"}'      # pays and books everybody's month
  curl -s ${url}/api/accounting/balances

Ctrl-C stops everything.`);

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
const draft = await post("/api/invoicing/invoices",
  { contact_id: charles.id, lines: [{ description: "Gears", quantity: 40, unit_price_cents: 350 }] });

console.log(`
Ingot serves core, crm, accounting and invoicing at ${url}

  ${url}/api/modules               the modules, their routes and states
  ${url}/ready                     is everything well?
  ${url}/api/crm/contacts
  ${url}/api/invoicing/invoices
  ${url}/api/accounting/balances

Try:
  curl -s ${url}/api/crm/contacts -H 'content-type: application/json' -d '{"name":"Grace","email":"grace@example.org"}'
  curl -s -X POST ${url}/api/invoicing/invoices/${draft.id}/issue      # issues an invoice and books it, in one transaction
  curl -s ${url}/api/accounting/balances

Ctrl-C stops everything.`);

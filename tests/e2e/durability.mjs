// SPDX-License-Identifier: Apache-2.0
// An answer is a promise: what the server has acknowledged survives `kill -9` in the middle of writes, and what it was still at is
// there whole or not at all.
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { databases, sleep, withServer } from "./lib/server.mjs";

const writers = 8;
const contact_rounds = 5;
const invoice_rounds = 4;
const modules = ["core", "crm", "accounting", "invoicing"];
const ours = { anonymous_permissions: ["*:*:*"] };

/** `body(writer)` again and again by every writer until its request fails because the server is gone, which happens after 0.3 to 1.5 s. */
async function writeUntilKilled(server, body) {
  let dead = false;
  const killed = sleep(300 + Math.random() * 1200).then(() => {
    dead = true;
    return server.kill();
  });
  await Promise.all(Array.from({ length: writers }, async (_, writer) => {
    for (;;) {
      try {
        await body(writer);
      } catch (error) {
        // fetch reports a lost connection as a TypeError. Everything else, and a loss before the kill, is a failure of the server.
        if (!dead || !(error instanceof TypeError)) throw error;
        return;
      }
    }
  })).finally(() => killed);
}

/** Every item of a list route, page by page. */
async function all(server, route) {
  const items = [];
  for (let total = 1; items.length < total;) {
    const page = dataOf(await server.request("GET", `${route}?limit=200&offset=${items.length}`));
    total = page.total;
    if (page.items.length === 0) break;
    items.push(...page.items);
  }
  return items;
}

async function contacts(database) {
  await withServer({ modules: ["core", "crm"], database, ours }, async (server) => {
    const sent = Array(writers).fill(0);   // the number of the writer's last request
    const acknowledged = new Set();
    const open = new Set();                // sent, never answered
    for (let round = 1; round <= contact_rounds; ++round) {
      const before = acknowledged.size;
      await writeUntilKilled(server, async (writer) => {
        const email = `w${writer}-${++sent[writer]}@example.org`;
        open.add(email);
        dataOf(await server.request("POST", "/api/crm/contacts", { name: `Writer ${writer}`, email, tags: [`${sent[writer]}`] }), 201);
        open.delete(email);
        acknowledged.add(email);
      });
      assert.ok(acknowledged.size > before, "nothing was written before the kill, so nothing was tried");
      await server.launch();
      const rows = await all(server, "/api/crm/contacts");
      const stored = new Set(rows.map((row) => row.email));
      assert.equal(stored.size, rows.length, "a row is there twice");
      const lost = [...acknowledged].filter((email) => !stored.has(email));
      assert.deepEqual(lost, [], `round ${round}: ${lost.length} of ${acknowledged.size} acknowledged rows are lost`);
      const foreign = [...stored].filter((email) => !acknowledged.has(email) && !open.has(email));
      assert.deepEqual(foreign, [], "rows that nobody sent");
      // What is stored is whole: the tag was written by the same statement as the address.
      for (const row of rows) assert.deepEqual(row.tags, [row.email.match(/-(\d+)@/)[1]]);
    }
    const ready = dataOf(await server.request("GET", "/ready"));
    assert.equal(ready.status, "ready");
  });
}

/** Draft, issue, pay. Issuing and paying change invoicing's and accounting's tables in one transaction each. */
async function invoices(database) {
  await withServer({ modules, database, ours }, async (server) => {
    const contact = dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
    const acknowledged = new Map();        // invoice id -> what the last answer said
    const post = async (route, body) => dataOf(await server.request("POST", route, body), body ? 201 : 200);
    const business = async (cents) => {
      const draft = await post("/api/invoicing/invoices",
        { contact_id: contact.id, lines: [{ description: "Work", quantity: 3, unit_price_cents: cents }] });
      acknowledged.set(draft.id, draft);
      for (const step of ["issue", "pay"]) acknowledged.set(draft.id, await post(`/api/invoicing/invoices/${draft.id}/${step}`));
    };
    // The first one makes the accounts; two who did that at once would get in each other's way, which is not under test.
    await business(1);
    for (let round = 1; round <= invoice_rounds; ++round) {
      await writeUntilKilled(server, (writer) => business(100 + writer));
      await server.launch();
      await checkBooks(server, acknowledged);
    }
    // Numbers go on where they stopped, and who was refused once is not refused for ever.
    await business(2);
    await checkBooks(server, acknowledged);
    assertError(await server.request("POST", `/api/invoicing/invoices/${[...acknowledged.keys()].at(-1)}/issue`), 409, "INVOICE_NOT_DRAFT");
  });
}

async function checkBooks(server, acknowledged) {
  const stored = new Map((await all(server, "/api/invoicing/invoices")).map((invoice) => [invoice.id, invoice]));
  const entries = await all(server, "/api/accounting/entries");
  const progress = ["draft", "issued", "paid"];

  // Nothing that was acknowledged is lost. An unanswered next step may have happened as well.
  for (const [id, answer] of acknowledged) {
    const now = stored.get(id);
    assert.ok(now, `invoice ${id} was acknowledged and is lost`);
    assert.ok(progress.indexOf(now.status) >= progress.indexOf(answer.status), `invoice ${id} was ${answer.status} and is ${now.status}`);
    if (answer.number) assert.equal(now.number, answer.number);
    assert.equal(now.total_cents, answer.total_cents);
  }

  // No invoice is issued or paid without its booking, and no booking is there without its invoice.
  const expected = new Map();
  for (const invoice of stored.values()) {
    if (invoice.status === "draft") {
      assert.equal(invoice.number, null);
      assert.equal(invoice.entry_id, null);
      continue;
    }
    expected.set(invoice.number, invoice.total_cents);
    if (invoice.status === "paid") expected.set(`${invoice.number}-P`, invoice.total_cents);
    assert.equal(entries.find((entry) => entry.id === invoice.entry_id)?.reference, invoice.number);
  }
  assert.deepEqual(new Map(entries.map((entry) => [entry.reference, entry.total_cents]).sort()), new Map([...expected].sort()));
  assert.equal(entries.length, expected.size);

  // The numbers have no gap: one that was rolled back was given back.
  const numbers = [...stored.values()].filter((invoice) => invoice.number).map((invoice) => Number(invoice.number.slice("INV-".length)));
  assert.deepEqual(numbers.sort((a, b) => a - b), numbers.map((_, index) => index + 1));

  const sheet = dataOf(await server.request("GET", "/api/accounting/balances"));
  assert.equal(sheet.balanced, true);
  const balance = Object.fromEntries(sheet.accounts.map((account) => [account.code, account.balance_cents]));
  const sum = (...states) => [...stored.values()].filter((invoice) => states.includes(invoice.status))
    .reduce((total, invoice) => total + invoice.total_cents, 0);
  assert.equal(balance["1200"], sum("issued"), "receivable is what is issued and not paid");
  assert.equal(balance["1000"], sum("paid"), "the bank has what is paid");
}

for (const database of databases()) {
  test(`acknowledged contacts survive kill -9 (${database})`, () => contacts(database));
  test(`invoices and books agree after kill -9 (${database})`, () => invoices(database));
}

await runAll();

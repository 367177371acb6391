// SPDX-License-Identifier: Apache-2.0
// All seven business modules at once: 32 clients hire, buy in, sell, invoice, collect and pay salaries, each with customers and products of
// its own and all of them after the same few pieces. Then the books must be right to the cent: every expected value here is worked out
// from what the clients were answered, never from what a module has summed up.
import { assert, runAll, test } from "./lib/check.mjs";
import { Client, payOf } from "./lib/business.mjs";
import { databases, withServer } from "./lib/server.mjs";

const modules = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
// Out of the way: a busy machine may keep a good request waiting.
const ours = { anonymous_permissions: ["*:*:*"], limits: { call_deadline_ms: 20_000 } };
// Fewer instances than threads, as ever: a request that holds the database and calls another module must not wait for those who wait for the database.
const config = { thread_pool: 20, container_pool: 3 };
const client_count = 32;
const order_count = 3;        // of each client, with pieces of the shared product
const shared_stock = 150;     // far less than all of them want
const spare_stock = 50;       // taken three at a time
const spare_step = 3;
const [first_month, second_month] = ["2026-02", "2026-03"];

const sum = (list, value) => list.reduce((total, item) => total + value(item), 0);

/** What all clients share. */
async function openShop(client) {
  const company = await client.make("/core/companies", { name: "Shop", country: "DE", currency: "EUR" });
  const warehouse = await client.make("/inventory/warehouses", { code: "main", name: "Main", company_id: company.id });
  const department = await client.make("/hr/departments", { name: "Sales", company_id: company.id });
  const product = async (sku, price_cents, quantity) => {
    const made = await client.make("/inventory/products", { sku, name: sku, price_cents });
    await client.make("/inventory/moves", { product_id: made.id, warehouse_id: warehouse.id, kind: "receipt", quantity, reference: "opening" });
    return made;
  };
  const shared = await product("SHARED", 1999, shared_stock);
  const spare = await product("SPARE", 5, spare_stock);
  return { warehouse, department, shared, spare };
}

/** Contracts and unpaid leave of four kinds; salaries on both sides of every bracket. */
function lifeOf(number) {
  const monthly_salary_cents = 90_000 + number * 23_457;
  switch (number % 4) {
    case 0: return { contracts: [{ starts_on: "2026-01-01", monthly_salary_cents }], unpaid: [] };
    case 1: return { contracts: [{ starts_on: "2026-02-11", ends_on: "2026-03-19", monthly_salary_cents }], unpaid: [] };
    case 2: return {
      contracts: [
        { starts_on: "2025-06-01", ends_on: "2026-02-13", monthly_salary_cents },
        { starts_on: "2026-02-14", monthly_salary_cents: monthly_salary_cents + 33_333 },
      ],
      unpaid: [],
    };
    default: return {
      contracts: [{ starts_on: "2026-01-15", monthly_salary_cents }],
      unpaid: [{ starts_on: "2026-01-28", ends_on: "2026-02-03" }, { starts_on: "2026-02-27", ends_on: "2026-03-01" }],
    };
  }
}

async function hire(client, shop, number) {
  const name = `E-${String(number).padStart(2, "0")}`;
  const employee = await client.make("/hr/employees", { number: name, name, department_id: shop.department.id });
  const life = lifeOf(number);
  for (const contract of life.contracts) await client.make(`/hr/employees/${employee.id}/contracts`, contract);
  for (const leave of life.unpaid) {
    const request = await client.make("/hr/leave-requests", { employee_id: employee.id, kind: "unpaid", ...leave });
    await client.once("LEAVE_NOT_REQUESTED", `/hr/leave-requests/${request.id}/approve`);
  }
  return { employee, ...life };
}

/** An order, and what it came to: {lines, granted, invoiced_cents, paid_cents, shipped}. */
async function sell(client, shop, contact, lines, fate) {
  const order = await client.make("/crm/orders", { contact_id: contact.id, lines });
  const total_cents = sum(lines, (line) => line.quantity * line.unit_price_cents);
  assert.equal(order.total_cents, total_cents);
  const story = { order: order.id, lines, granted: false, invoiced_cents: 0, paid_cents: 0, shipped: false };
  const reservation = await client.send("POST", "/inventory/reservations", { order_id: order.id, warehouse_id: shop.warehouse.id });
  if (reservation.status !== 201) {
    assert.equal(reservation.json?.error?.code, "OUT_OF_STOCK", reservation.text);
    await client.once("ORDER_NOT_DRAFT", `/crm/orders/${order.id}/cancel`);
    return story;
  }
  story.granted = true;
  if (fate === "waits") return story;
  let invoice = await client.once("ORDER_NOT_RESERVED", `/invoicing/orders/${order.id}/invoice`);
  if (fate === "again") {
    // A draft that is thrown away gives its order back.
    assert.equal((await client.send("DELETE", `/invoicing/invoices/${invoice.id}`)).status, 200);
    invoice = await client.make(`/invoicing/orders/${order.id}/invoice`);
  }
  await client.once("INVOICE_NOT_DRAFT", `/invoicing/invoices/${invoice.id}/issue`);
  story.invoiced_cents = total_cents;
  if (fate === "owes") return story;
  await client.once("ALREADY_SHIPPED", `/inventory/reservations/${order.id}/ship`);
  story.shipped = true;
  await client.once("INVOICE_NOT_ISSUED", `/invoicing/invoices/${invoice.id}/pay`);
  story.paid_cents = total_cents;
  return story;
}

async function trade(client, shop, staff, number) {
  const contact = await client.make("/crm/contacts", { name: `Buyer ${number}`, email: `buyer${number}@example.org` });
  const own = await client.make("/inventory/products", { sku: `OWN-${number}`, name: `Own ${number}`, price_cents: 101 + number });
  const bought = 100 + number;
  const at = { product_id: own.id, warehouse_id: shop.warehouse.id };
  await client.make("/inventory/moves", { ...at, kind: "receipt", quantity: bought });
  await client.refused("INSUFFICIENT_STOCK", "POST", "/inventory/moves", { ...at, kind: "issue", quantity: bought + 1 });

  const line = (product, quantity) =>
    ({ product_id: product.id, description: product.name, quantity, unit_price_cents: product.price_cents });
  const stories = [];
  for (let round = 0; round < order_count; ++round) {
    // From 1 to 7 shared pieces, on two lines in every second order.
    const wanted = 1 + ((number * 5 + round * 3) % 7);
    const lines = [line(own, 1 + round), line(shop.shared, wanted)];
    if (wanted > 1 && round % 2 === 1) lines.splice(1, 1, line(shop.shared, wanted - 1), line(shop.shared, 1));
    stories.push(await sell(client, shop, contact, lines, ["pays", "owes", "again", "waits"][(number + round) % 4]));
  }

  // Everybody asks for the same salaries, in the middle of everybody's selling; one gets them.
  const run = await client.send("POST", "/payroll/runs", { month: first_month });
  if (run.status !== 201) assert.equal(run.json?.error?.code, "RUN_EXISTS", run.text);
  const spare = await client.send("POST", "/inventory/moves",
    { product_id: shop.spare.id, warehouse_id: shop.warehouse.id, kind: "issue", quantity: spare_step });
  if (spare.status !== 201) assert.equal(spare.json?.error?.code, "INSUFFICIENT_STOCK", spare.text);

  // Two reserve the same order at once; then it is released, and nothing is left of it.
  const undone = await client.make("/crm/orders", { contact_id: contact.id, lines: [line(own, 7)] });
  await client.once("ORDER_NOT_DRAFT", "/inventory/reservations", { order_id: undone.id, warehouse_id: shop.warehouse.id });
  assert.equal((await client.send("DELETE", `/inventory/reservations/${undone.id}`)).status, 200);
  await client.act(`/crm/orders/${undone.id}/cancel`);
  return { client, staff, own, bought, stories, ran: run.status === 201, took_spare: spare.status === 201 };
}

/** Shelves: what lies there is what moved, what is promised is what was granted, and nothing was promised twice. */
async function checkStock(server, shop, traders) {
  const table = tableOf(server);
  const stories = traders.flatMap((trader) => trader.stories);
  const pieces = (list, product) =>
    sum(list, (story) => sum(story.lines.filter((line) => line.product_id === product.id), (line) => line.quantity));
  const granted = stories.filter((story) => story.granted), shipped = granted.filter((story) => story.shipped);
  const stock = new Map((await traders[0].client.all("/inventory/stock")).map((row) => [row.product_id, row]));
  const expect = (product, on_hand, reserved) => {
    const row = stock.get(product.id);
    assert.deepEqual([row.on_hand, row.reserved, row.available], [on_hand, reserved, on_hand - reserved], product.sku);
  };
  for (const { own, bought } of traders) {
    const sold = pieces(shipped, own);
    expect(own, bought - sold, pieces(granted, own) - sold);
  }
  const promised = pieces(granted, shop.shared), gone = pieces(shipped, shop.shared);
  assert.ok(promised <= shared_stock, `${promised} of ${shared_stock} shared pieces were promised`);
  expect(shop.shared, shared_stock - gone, promised - gone);
  // Nobody gave shared pieces back, so that fewer were left than a refused order wanted, then and now.
  const refused = stories.filter((story) => !story.granted);
  assert.ok(refused.length > 0 && granted.length > 0, "nobody had to go without, so nothing was tried");
  for (const story of refused) {
    assert.ok(pieces([story], shop.shared) > shared_stock - promised, "an order was refused that could have been served");
  }
  const takers = Math.floor(spare_stock / spare_step);
  assert.equal(traders.filter((trader) => trader.took_spare).length, takers);
  expect(shop.spare, spare_stock - takers * spare_step, 0);

  const moves = await server.sql(`SELECT product_id, sum(quantity) AS moved FROM ${table("inventory", "stock_move")} GROUP BY product_id`);
  assert.equal(moves.length, stock.size);
  for (const { product_id, moved } of moves) assert.equal(stock.get(product_id).on_hand, Number(moved), product_id);
  const open = await server.sql(`SELECT l.product_id, sum(l.quantity) AS held FROM ${table("inventory", "reservation_line")} l JOIN
    ${table("inventory", "reservation")} r ON r.id = l.reservation_id WHERE r.status = 'open' GROUP BY l.product_id`);
  const held = new Map(open.map((row) => [row.product_id, Number(row.held)]));
  for (const row of stock.values()) assert.equal(row.reserved, held.get(row.product_id) ?? 0, row.product_id);

  const statuses = new Map((await traders[0].client.all("/crm/orders")).map((order) => [order.id, order.status]));
  for (const story of stories) {
    assert.equal(statuses.get(story.order), !story.granted ? "cancelled" : story.invoiced_cents > 0 ? "invoiced" : "reserved");
  }
}

/** Salaries: every payslip and both runs, against pay that is worked out from the rules. Gives the totals of both months. */
async function checkPayroll(client, traders) {
  const runs = await client.all("/payroll/runs");
  assert.deepEqual(runs.map((run) => [run.month, run.status]), [[second_month, "booked"], [first_month, "paid"]]);
  const totals = [];
  for (const run of runs) {
    const expected = new Map(traders.map(({ staff }) => [staff.employee.id, payOf(staff, run.month)]));
    const slips = await client.all(`/payroll/runs/${run.id}/payslips`);
    const found = new Map(slips.map((slip) => [slip.employee_id, { gross: slip.gross_cents, tax: slip.tax_cents, net: slip.net_cents }]));
    assert.deepEqual(found, expected, run.month);
    assert.equal(slips.length, client_count);
    const pays = [...expected.values()];
    const total = { gross: sum(pays, (pay) => pay.gross), tax: sum(pays, (pay) => pay.tax), net: sum(pays, (pay) => pay.net) };
    assert.ok(total.tax > 0 && pays.some((pay) => pay.tax === 0), "salaries on one side of the brackets only");
    assert.deepEqual([run.employee_count, run.gross_cents, run.tax_cents, run.net_cents], [client_count, total.gross, total.tax, total.net]);
    totals.push(total);
  }
  return totals;
}

/** The books: each entry balances, every account has what happened on it, and there is no entry for anything that did not happen. */
async function checkBooks(server, traders, [second, first]) {
  const table = tableOf(server);
  const { client } = traders[0];
  const stories = traders.flatMap((trader) => trader.stories);
  const invoiced = stories.filter((story) => story.invoiced_cents > 0), paid = stories.filter((story) => story.paid_cents > 0);
  const issued_cents = sum(invoiced, (story) => story.invoiced_cents), collected_cents = sum(paid, (story) => story.paid_cents);
  assert.ok(issued_cents > collected_cents && collected_cents > 0, "everybody owes or nobody does");

  const sheet = await client.get("/accounting/balances");
  assert.equal(sheet.balanced, true);
  assert.equal(sheet.total_debit_cents, issued_cents + collected_cents + first.gross + second.gross + first.net);
  assert.deepEqual(Object.fromEntries(sheet.accounts.map((account) => [account.code, account.balance_cents])), {
    1000: collected_cents - first.net,
    1200: issued_cents - collected_cents,
    2100: -(first.tax + second.tax),
    2200: -second.net,
    4000: -issued_cents,
    6000: first.gross + second.gross,
  });
  const lines = table("accounting", "journal_line");
  const [total] = await server.sql(`SELECT sum(debit_cents) AS debit, sum(credit_cents) AS credit FROM ${lines}`);
  assert.deepEqual([Number(total.debit), Number(total.credit)], [sheet.total_debit_cents, sheet.total_debit_cents]);
  assert.deepEqual(await server.sql(`SELECT entry_id FROM ${lines} GROUP BY entry_id HAVING sum(debit_cents) <> sum(credit_cents) OR count(*) < 2`), []);

  const invoices = await client.all("/invoicing/invoices");
  assert.equal(invoices.length, invoiced.length);
  const cents = new Map(stories.map((story) => [story.order, story]));
  const references = [`PAY-${first_month}`, `PAY-${first_month}-P`, `PAY-${second_month}`];
  for (const invoice of invoices) {
    const story = cents.get(invoice.order_id);
    assert.equal(invoice.total_cents, story.invoiced_cents);
    assert.equal(invoice.status, story.paid_cents > 0 ? "paid" : "issued");
    references.push(invoice.number, ...(story.paid_cents > 0 ? [`${invoice.number}-P`] : []));
  }
  assert.deepEqual(invoices.map((invoice) => invoice.number).sort(),
    invoices.map((_, index) => `INV-${String(index + 1).padStart(6, "0")}`), "the numbers of invoices have a gap");
  assert.deepEqual((await client.all("/accounting/entries")).map((entry) => entry.reference).sort(), references.sort());
}

/** How SQL past the server names a module's table: a schema per module on PostgreSQL, one file on SQLite. */
const tableOf = (server) => (module, name) => server.config.db_name ? `${module}.${name}` : name;

async function story(database) {
  await withServer({ modules, database, ours, config }, async (server) => {
    const owner = new Client(server);
    const shop = await openShop(owner);
    // Everybody is hired before anybody trades: a run of salaries in between must find all of them.
    const each = (body) => Promise.all(Array.from({ length: client_count }, (_, number) => body(number)));
    const clients = await each(() => new Client(server));
    const staff = await each((number) => hire(clients[number], shop, number));
    const traders = await each((number) => trade(clients[number], shop, staff[number], number));
    assert.equal(traders.filter((trader) => trader.ran).length, 1, "a month was paid more or less than once");
    const run = (await owner.all("/payroll/runs"))[0];
    const payments = await Promise.all(traders.map(({ client }) => client.send("POST", `/payroll/runs/${run.id}/pay`, { date: "2026-03-01" })));
    assert.deepEqual(payments.map((answer) => answer.json?.error?.code ?? "paid").sort(),
      [...Array(client_count - 1).fill("RUN_NOT_BOOKED"), "paid"]);
    await owner.make("/payroll/runs", { month: second_month });

    await checkStock(server, shop, traders);
    await checkBooks(server, traders, await checkPayroll(owner, traders));
    console.log(`         ${database}: ${sum(traders, (trader) => trader.client.retries)} requests had to give way and came again`);
  });
}

for (const database of databases()) {
  test(`${client_count} clients trade, and the books are right (${database})`, () => story(database));
}

await runAll();

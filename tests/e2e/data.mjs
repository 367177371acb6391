// SPDX-License-Identifier: Apache-2.0
// The data service through HTTP: tenants, rights, the record and savepoints, as clients with tokens meet them.
import crypto from "node:crypto";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { databases, withServer } from "./lib/server.mjs";

const master_key = "0123456789abcdef0123456789abcdef";
const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function token(claims) {
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "u-1", exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${text}.${crypto.createHmac("sha256", master_key).update(text).digest("base64url")}`;
}

for (const database of databases()) {
  const withData = (body) => withServer({ modules: ["data"], database, config: { master_key } }, body);
  /** What the service says to a caller with these claims. */
  const asker = (server) => async (claims, request, route = "ask") => {
    const headers = { "content-type": "application/json", ...(claims ? { authorization: `Bearer ${token(claims)}` } : {}) };
    const response = await fetch(`${server.url}/api/data/${route}`, { method: "POST", headers, body: JSON.stringify(request) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text), data: JSON.parse(text).data };
  };
  const errorOf = (answer) => answer.data?.error?.code;

  test(`each tenant has its own rows, and plain SQL reaches none (${database})`, () => withData(async (server) => {
    const ask = asker(server);
    const create = { op: "create", table: "data_note", values: { text: "secret" } };
    assert.equal(errorOf(await ask(null, create)), "NOT_ALLOWED");
    assert.equal(errorOf(await ask({ sub: "u-9" }, create)), "NOT_ALLOWED");
    const { row } = (await ask({ tenant: "acme" }, create)).data;
    assert.equal(row.tenant_id, "acme");
    assert.deepEqual((await ask({ tenant: "umbrella" }, { op: "find", table: "data_note" })).data, { rows: [], next: null });
    assert.equal((await ask({ tenant: "acme", sub: "u-2" }, { op: "find", table: "data_note" })).data.rows[0].text, "secret");
    const raw = dataOf(await server.request("GET", "/api/data/raw"));
    assert.equal(raw.error.code, "NOT_ALLOWED");
    assert.match(raw.error.message, /host\.data/);
  }));

  test(`a declared permission and a hard delete are asked of the client (${database})`, () => withData(async (server) => {
    const ask = asker(server);
    const create = { op: "create", table: "data_item", values: { label: "one", amount: 5 } };
    assert.equal(errorOf(await ask(null, create)), "NOT_ALLOWED");
    const maker = { permissions: ["data:data_item:create"] };
    const { row } = (await ask(maker, create)).data;
    assert.equal(row.version, 1);
    // What nobody declared is the module's own affair.
    const update = { op: "update", table: "data_item", id: row.id, set: { amount: 6 }, version: 1 };
    assert.equal((await ask(null, update)).data.row.amount, 6);
    assert.equal(errorOf(await ask(null, update)), "CONFLICT");
    assert.equal(errorOf(await ask(maker, { op: "hard_delete", table: "data_item", id: row.id })), "NOT_ALLOWED");
    assert.equal((await ask({ sub: "u-7", permissions: ["data:*:hard_delete"] }, { op: "hard_delete", table: "data_item", id: row.id })).data.row.id, row.id);
    const { entries } = (await ask(null, { op: "history", table: "data_item", id: row.id })).data;
    assert.deepEqual(entries.map(({ action, subject }) => [action, subject]), [["hard_delete", "u-7"], ["update", ""], ["create", "u-1"]]);
    assert.equal(entries[0].detail.amount, 6);
  }));

  test(`a savepoint that a handler leaves open ends with it, and what was written stays (${database})`, () => withData(async (server) => {
    const ask = asker(server);
    const maker = { permissions: ["data:data_item:create"] };
    const create = (label) => ({ op: "create", table: "data_item", values: { label } });
    assert.equal((await ask(maker, create("kept"), "left")).data.row.label, "kept");
    // A statement fails inside: the savepoint is undone, the client is told, and nothing stays.
    const failed = await ask(maker, create("kept"), "left");
    assert.notEqual(failed.status, 200, failed.text);
    assert.equal((await ask(null, { op: "count", table: "data_item" })).data.count, 1);
  }));

  test(`32 clients that change one row by its version lose no change (${database})`, () => withData(async (server) => {
    const ask = asker(server);
    const { row } = (await ask({ permissions: ["data:data_item:create"] }, { op: "create", table: "data_item", values: { label: "shared" } })).data;
    const each = 3;
    let conflicts = 0;
    await Promise.all(Array.from({ length: 32 }, async () => {
      for (let done = 0; done < each;) {
        const now = (await ask(null, { op: "get", table: "data_item", id: row.id })).data.row;
        const answer = await ask(null, { op: "update", table: "data_item", id: row.id, set: { amount: now.amount + 1 }, version: now.version });
        if (answer.data?.row) ++done;
        else if (errorOf(answer) === "CONFLICT" || answer.status === 409 || answer.status === 503) ++conflicts;
        else assert.fail(answer.text);
      }
    }));
    const last = (await ask(null, { op: "get", table: "data_item", id: row.id })).data.row;
    assert.equal(last.amount, 32 * each);
    assert.equal(last.version, 1 + 32 * each);
    console.log(`  ${conflicts} changes came too late and were made again`);
  }));
}

await runAll();

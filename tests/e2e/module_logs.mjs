// SPDX-License-Identifier: Apache-2.0
// GET /api/modules/NAME/logs: what was logged about one module, in pages, for whoever may see it; nothing that a request held.
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { Server, bin, run } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const server = await Server.start({
  modules: ["core", "spin", "trap"], config: { master_key: secret },
  ours: { anonymous_permissions: ["spin:*:*", "trap:*:*"], limits: { call_deadline_ms: 300 }, identity: { roles: { watcher: ["ingot:admin:read"], sales: ["trap:*:*"] } } },
});
const bearer = async (role) => {
  const { code, stdout, stderr } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "ann", "--tenant", "t-7", "--role", role]);
  assert.equal(code, 0, stderr);
  return { authorization: `Bearer ${stdout.trim()}` };
};
const watcher = await bearer("watcher"), sales = await bearer("sales");
const logs = async (name, query = "") => dataOf(await server.request("GET", `/api/modules/${name}/logs${query}`, undefined, watcher));

test("the start of a module is there", async () => {
  const { lines, next, lost } = await logs("core");
  assert.ok(lines.some(({ level, message }) => level === "info" && message === "module loaded"), JSON.stringify(lines));
  assert.deepEqual([next, lost], [lines.at(-1).number, 0]);
});

test("what a module says and how it ends is there, with request and tenant, and with nothing that the request held", async () => {
  const { next } = await logs("trap");
  const answer = await server.request("GET", "/api/trap/divide?word=secret-word", undefined, { ...sales, "x-request-id": "divide-1", cookie: "refresh_token=secret-cookie" });
  assertError(answer, 500, "MODULE_TRAPPED");
  const { lines } = await logs("trap", `?after=${next}&level=error`);
  assert.equal(lines.length, 1);
  assert.equal(lines[0].request_id, "divide-1");
  assert.match(lines[0].reason, /divi/);
  assert.match(lines[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const all = JSON.stringify(await logs("trap", "?limit=1000"));
  for (const word of ["secret-word", "secret-cookie", watcher.authorization.slice(-20), sales.authorization.slice(-20)]) assert.ok(!all.includes(word), word);
});

test("a flood is bounded, pages miss nothing, and one module's lines push out nobody else's", async () => {
  const before = await logs("core");
  for (let i = 0; i < 3; ++i) await server.request("GET", "/api/spin/log", undefined, { ...sales, "x-request-id": `flood-${i}` });
  const { lines } = await logs("spin", "?limit=1000");
  assert.equal(lines.length, 1000);
  const said = lines.filter(({ message }) => message === "still here");
  assert.ok(said.length > 900 && said.every(({ request_id, tenant }) => /^flood-\d$/.test(request_id) && tenant === "t-7"), JSON.stringify(said[0]));
  const { lost } = await logs("spin", "?after=0&limit=1");
  assert.equal(lost, lines[0].number - 1);
  const seen = [];
  for (let after = lines[0].number - 1; ;) {
    const page = await logs("spin", `?after=${after}&limit=300`);
    if (page.lines.length === 0) break;
    seen.push(...page.lines.map(({ number }) => number));
    after = page.next;
  }
  assert.deepEqual(seen, lines.map(({ number }) => number));
  assert.deepEqual(await logs("core"), before);
});

test("only who may see the admin page's figures may read", async () => {
  assertError(await server.request("GET", "/api/modules/trap/logs"), 401, "UNAUTHENTICATED");
  assertError(await server.request("GET", "/api/modules/trap/logs", undefined, sales), 403, "FORBIDDEN");
  assertError(await server.request("GET", "/api/modules/nobody/logs", undefined, watcher), 404, "NOT_FOUND");
  assertError(await server.request("POST", "/api/modules/trap/logs", {}, watcher), 405, "METHOD_NOT_ALLOWED");
});

test("a query that means nothing is refused, and every answer is as the API's description says", async () => {
  const document = new Document((await server.request("GET", "/api/openapi.json")).json);
  assert.deepEqual(document.complaints(), []);
  for (const [query, status] of [["", 200], ["?level=warn&after=0&limit=1", 200], ["?after=9007199254740991", 200], ["?level=loud", 400], ["?limit=0", 400], ["?limit=1001", 400], ["?limit=-1", 400], ["?limit=1e2", 400],
                                 ["?after=", 400], ["?after=-1", 400], ["?after=99999999999999999999999", 400], ["?after=1%00", 400], ["?tail=1", 400], ["?level=%", 400]]) {
    const target = `/api/modules/trap/logs${query}`, answer = await server.request("GET", target, undefined, watcher);
    assert.equal(answer.status, status, query);
    assert.equal(document.objection("GET", target, answer), undefined, query);
  }
});

await runAll();

// SPDX-License-Identifier: Apache-2.0
// The business modules over HTTP: the whole business story, then the facts of the host's half of the contract.
import http from "node:http";
import { fileURLToPath } from "node:url";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { databases, run, withServer } from "./lib/server.mjs";

const demoCheck = fileURLToPath(new URL("../../scripts/lib/demo-check.mjs", import.meta.url));
const modules = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
const everything = { anonymous_permissions: ["*:*:*"] };
const unknown = "00000000-0000-4000-8000-000000000000";
const body_bytes_max = 1 << 20;

const withModules = (database, ours, body) => withServer({ modules, database, ours }, body);

/** A request by node:http, which, other than fetch, shows what was sent and received as it is. */
function plainRequest(server, method, target, { headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(server.url + target, { method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (data) => (text += data));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function story(database) {
  await withModules(database, everything, async (server) => {
    const { code, stdout, stderr } = await run(process.execPath, [demoCheck, server.url]);
    assert.equal(code, 0, stderr);
    // 8 routes of core, 12 of crm, 17 of inventory, 10 of accounting, 9 of invoicing, 18 of hr, 5 of payroll.
    assert.match(stdout, / 79 routes in 7 modules/);
    // What the story left is there for the next process, too.
    const before = dataOf(await server.request("GET", "/api/accounting/balances"));
    assert.ok(before.total_debit_cents > 0);
    await server.stop();
    await server.launch();
    assert.deepEqual(dataOf(await server.request("GET", "/api/accounting/balances")), before);
  });
}

async function envelopes(server) {
  // Success: the module's status and headers, its body as data.
  const made = await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" });
  const contact = dataOf(made, 201);
  assert.deepEqual(Object.keys(made.json).sort(), ["data", "meta"]);
  assert.deepEqual(Object.keys(made.json.meta).sort(), ["request_id", "timestamp"]);
  assert.equal(made.headers.get("content-type"), "application/json");
  assert.equal(made.headers.get("location"), `/api/crm/contacts/${contact.id}`);
  assert.equal(made.headers.get("x-request-id"), made.json.meta.request_id);
  assert.ok(Math.abs(Date.parse(made.json.meta.timestamp) - Date.now()) < 60_000);
  assert.match(contact.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  // Failure: the module's, and the host's own.
  const refused = await server.request("POST", "/api/crm/contacts", { name: "Ada again", email: "ada@example.org" });
  assertError(refused, 409, "EMAIL_TAKEN");
  assert.deepEqual(Object.keys(refused.json), ["error"]);
  assert.deepEqual(Object.keys(refused.json.error).sort(), ["code", "message", "request_id"]);
  for (const target of ["/", "/api", "/api/", "/api/unknown/x", "/api/crm", "/api/crm/nothing", "/api/crm/contacts/a/b/c", "/Health"]) {
    assertError(await server.request("GET", target), 404, "NOT_FOUND");
  }
}

async function methods(server) {
  const contact = dataOf(await server.request("POST", "/api/crm/contacts", { name: "Head", email: "head@example.org" }), 201);
  for (const target of ["/health", "/ready", "/api/modules", "/api/crm/contacts", `/api/crm/contacts/${contact.id}`]) {
    const full = await plainRequest(server, "GET", target, { headers: { "x-request-id": "same" } });
    const head = await plainRequest(server, "HEAD", target, { headers: { "x-request-id": "same" } });
    assert.equal(head.status, 200, target);
    assert.equal(head.text, "", target);
    assert.equal(head.headers["content-length"], full.headers["content-length"], target);
    assert.equal(head.headers["content-type"], "application/json", target);
  }
  assert.equal((await plainRequest(server, "HEAD", `/api/crm/contacts/${unknown}`)).status, 404);

  for (const [method, target, allowed] of [
    ["PATCH", "/api/crm/contacts", "GET, HEAD, POST"],
    ["POST", "/api/crm/contacts/x", "GET, HEAD, PUT, PATCH, DELETE"],
    ["GET", "/api/invoicing/invoices/x/issue", "POST"],
    ["HEAD", "/api/invoicing/invoices/x/issue", "POST"],
  ]) {
    const response = await plainRequest(server, method, target);
    assert.equal(response.status, 405, `${method} ${target}`);
    assert.deepEqual(response.headers.allow.split(", ").sort(), allowed.split(", ").sort(), `${method} ${target}`);
    if (method !== "HEAD") assert.equal(JSON.parse(response.text).error.code, "METHOD_NOT_ALLOWED");
  }
}

async function ownRoutesAreReadOnly(server) {
  for (const target of ["/health", "/ready", "/api/modules"]) {
    for (const method of ["POST", "DELETE"]) {
      const response = await server.request(method, target);
      assertError(response, 405, "METHOD_NOT_ALLOWED");
      assert.equal(response.headers.get("allow"), "GET, HEAD");
    }
  }
}

async function bodies(server) {
  const target = "/api/crm/contacts";
  const callsOfCrm = async () => dataOf(await server.request("GET", "/api/modules")).find((module) => module.name === "crm").calls;
  const calls = await callsOfCrm();
  for (const text of ["{", "{'name':1}", "[1,]", "\"open", "nul", "{\"a\":1}}", "\u0000", "{\"name\":\"\ud800\"} x"]) {
    assertError(await server.request("POST", target, text), 400, "INVALID_JSON");
  }
  assertError(await server.request("POST", target, "{", { "content-type": "application/vnd.crm+json; charset=utf-8" }), 400, "INVALID_JSON");
  assertError(await server.request("GET", `${target}?q=%zz`), 400, "BAD_REQUEST");
  assertError(await server.request("POST", target, "x".repeat(body_bytes_max + 1)), 413, "PAYLOAD_TOO_LARGE");
  assertError(await server.request("POST", target, "x".repeat(4 * body_bytes_max)), 413, "PAYLOAD_TOO_LARGE");
  assert.equal(await callsOfCrm(), calls, "the module ran, although the host has refused the request");

  // From here on the module decides. Text that is not called JSON is a string, which is no contact.
  for (const [text, type] of [["{\"name\":\"Ada\"}", "text/plain"], ["null", "application/json"], ["[]", "application/json"], [undefined, ""]]) {
    const response = await server.request("POST", target, text, type ? { "content-type": type } : {});
    assert.equal(response.status, 400, response.text);
    assert.notEqual(response.json.error.code, "INVALID_JSON");
  }
  assert.equal(await callsOfCrm(), calls + 4);

  // The largest body that is allowed arrives: it is the module that does not know its last member.
  const rest = JSON.stringify({ name: "Large", email: "large@example.org", filling: "" }).length;
  const large = { name: "Large", email: "large@example.org", filling: "x".repeat(body_bytes_max - rest) };
  const refused = await server.request("POST", target, large);
  assertError(refused, 400, "INVALID_FIELD");
  assert.match(refused.json.error.message, /^filling: /);
}

async function requestIds(server) {
  const idsOf = async (sent) => {
    const response = await server.request("GET", "/api/crm/contacts", undefined, sent === undefined ? {} : { "x-request-id": sent });
    dataOf(response);
    assert.equal(response.headers.get("x-request-id"), response.json.meta.request_id);
    return response.json.meta.request_id;
  };
  assert.equal(await idsOf("order-7.A_b"), "order-7.A_b");
  const refused = await server.request("GET", "/api/nothing", undefined, { "x-request-id": "lost-1" });
  assert.equal(refused.json.error.request_id, "lost-1");
  assert.equal(refused.headers.get("x-request-id"), "lost-1");
  // One that could do harm in a log or a header is replaced, and those that the host makes are all different.
  const made = [await idsOf(), await idsOf(), await idsOf("a b"), await idsOf("<script>"), await idsOf("x".repeat(5000))];
  assert.equal(new Set(made).size, made.length);
  for (const id of made) assert.match(id, /^[0-9A-Za-z._-]{1,128}$/);
}

async function ownRoutes(server) {
  assert.deepEqual(dataOf(await server.request("GET", "/health")), { status: "ok" });
  assert.deepEqual(dataOf(await server.request("GET", "/ready")), { status: "ready", quarantined: [] });
  const list = dataOf(await server.request("GET", "/api/modules"));
  assert.deepEqual(list.map((module) => [module.name, module.version, module.state, module.level, module.depends, module.routes.length]), [
    ["accounting", "1.0.0", "active", 1, ["core"], 10],
    ["core", "1.0.0", "active", 0, [], 8],
    ["crm", "1.0.0", "active", 1, ["core"], 12],
    ["hr", "1.0.0", "active", 1, ["core"], 18],
    ["inventory", "1.0.0", "active", 2, ["core", "crm"], 17],
    ["invoicing", "1.0.0", "active", 2, ["crm", "accounting"], 9],
    ["payroll", "1.0.0", "active", 2, ["hr", "accounting"], 5],
  ]);
  for (const module of list) {
    assert.equal(module.reason, undefined);
    assert.equal(module.author, "Ingot");
    assert.ok(module.display_name && module.description);
    assert.match(module.digest, /^[0-9a-f]{64}$/);
    assert.match(module.signer, /^[0-9a-f]{16}$/);
    assert.match(module.target, /^x86-64-v[234]$/);
    for (const route of module.routes) {
      assert.ok(route.path.startsWith(`/api/${module.name}/`), route.path);
      assert.match(route.permission, new RegExp(`^${module.name}:[a-z_]+:[a-z_]+$`));
    }
  }
  const issue = list.find((module) => module.name === "invoicing").routes.find((route) => route.path.endsWith("/issue"));
  assert.deepEqual(issue, { method: "POST", path: "/api/invoicing/invoices/{id}/issue", permission: "invoicing:invoice:issue" });
}

/** Every route of every module, ready to be requested. */
async function routesOf(server) {
  const list = dataOf(await server.request("GET", "/api/modules")).flatMap((module) => module.routes);
  return list.map((route) => ({ ...route, target: route.path.replace(/\{[^}]+\}/g, unknown) }));
}

const requestRoute = (server, { method, target }) => server.request(method, target, method === "GET" ? undefined : {});

async function nobodyMayAnything(server) {
  const routes = await routesOf(server);
  assert.equal(routes.length, 79);
  for (const route of routes) {
    const response = await requestRoute(server, route);
    assertError(response, 401, "UNAUTHENTICATED");
    assert.ok(response.json.error.message.includes(route.permission), response.text);
  }
  // What is asked before a permission, and what needs none.
  assertError(await server.request("GET", "/api/crm/nothing"), 404, "NOT_FOUND");
  assertError(await server.request("PATCH", "/api/crm/contacts"), 405, "METHOD_NOT_ALLOWED");
  assert.equal((await server.request("GET", "/health")).status, 200);
  assert.equal((await server.request("GET", "/ready")).status, 200);
  assert.equal((await plainRequest(server, "HEAD", "/api/crm/contacts")).status, 401);
}

async function grantsAllowWhatTheySay(server) {
  const allowed = (permission) =>
    permission === "crm:contact:read" || /^accounting:[a-z]+:read$/.test(permission) || permission.startsWith("core:setting:");
  let good = 0, bad = 0;
  for (const route of await routesOf(server)) {
    const response = await requestRoute(server, route);
    if (allowed(route.permission)) {
      assert.notEqual(response.status, 401, `${route.method} ${route.path}: ${response.text}`);
      ++good;
    } else {
      assertError(response, 401, "UNAUTHENTICATED");
      ++bad;
    }
  }
  // 3 of crm, 6 of accounting, 3 of core.
  assert.equal(good, 12);
  assert.equal(bad, 67);
}

for (const database of databases()) {
  test(`the whole business story (${database})`, () => story(database));
  for (const [name, ours, body] of [
    ["envelopes of success and failure", everything, envelopes],
    ["methods: HEAD beside GET, 405 with Allow", everything, methods],
    ["the host's own routes only read", everything, ownRoutesAreReadOnly],
    ["bodies: refused before the module runs, or handed over", everything, bodies],
    ["request ids are echoed or made", everything, requestIds],
    ["/health, /ready and /api/modules", everything, ownRoutes],
    ["without a grant every route is closed", {}, nobodyMayAnything],
    ["grants open what they name and nothing else", { anonymous_permissions: ["crm:contact:read", "accounting:*:read", "core:setting:*"] },
      grantsAllowWhatTheySay],
  ]) {
    test(`${name} (${database})`, () => withModules(database, ours, body));
  }
}

await runAll();

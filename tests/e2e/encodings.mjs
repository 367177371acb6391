// SPDX-License-Identifier: Apache-2.0
// The four ways in which `handle` returns its response, and the request text that it gets (abi/EERP.md). Each echo guest answers
// {"handler": ID, "request": REQUEST} in its own way; GET /echo is handler 7, POST /echo/{word} handler 4000000000.
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { withServer } from "./lib/server.mjs";

const guests = ["echo_mv", "echo_packed", "echo_pair", "echo_sret"];
const members = ["body", "headers", "identity", "method", "params", "path", "query", "request_id", "route"];

/** Runs `body` for every guest, all in one server. */
function forEachGuest(body) {
  return withServer({ modules: guests }, async (server) => {
    for (const guest of guests) await body(server, guest);
  });
}

test("GET: handler id and every field of the request", () => forEachGuest(async (server, guest) => {
  const answer = await server.request("GET", `/api/${guest}/echo?page=2&name=A%20B+C&empty=`, undefined,
    { "X-Tenant": "Seven", "x-request-id": "abc-123" });
  const { handler, request } = dataOf(answer);
  assert.equal(handler, 7, guest);
  assert.deepEqual(Object.keys(request).sort(), members, guest);
  assert.equal(request.method, "GET");
  assert.equal(request.path, `/api/${guest}/echo`);
  assert.equal(request.route, "/echo");
  assert.deepEqual(request.params, {});
  assert.deepEqual(request.query, { page: "2", name: "A B C", empty: "" });
  assert.equal(request.headers["x-tenant"], "Seven");
  assert.ok(Object.entries(request.headers).every(([name, value]) => name === name.toLowerCase() && typeof value === "string"));
  assert.equal(request.request_id, "abc-123");
  assert.equal(answer.json.meta.request_id, "abc-123");
  assert.equal(request.body, null);
  assert.equal(request.identity, null);
}));

test("POST: a handler id beyond the signed numbers, a path parameter, a JSON body", () => forEachGuest(async (server, guest) => {
  const body = { name: "Müller 😀", list: [1, 2.5, -0.125, true, null, { deep: [] }], quote: "\"\\\n\u0001" };
  const { handler, request } = dataOf(await server.request("POST", `/api/${guest}/echo/a%2Fb%20%C3%BC`, body));
  assert.equal(handler, 4000000000, guest);
  assert.deepEqual(Object.keys(request).sort(), members, guest);
  assert.equal(request.method, "POST");
  assert.equal(request.route, "/echo/{word}");
  assert.deepEqual(request.params, { word: "a/b ü" });
  assert.deepEqual(request.query, {});
  assert.equal(request.headers["content-type"], "application/json");
  assert.deepEqual(request.body, body);
  assert.ok(request.request_id.length > 0);
}));

test("a JSON body keeps every digit", () => forEachGuest(async (server, guest) => {
  const answer = await server.request("POST", `/api/${guest}/echo/x`, '{"n":12345678901234567890123,"f":0.1000000000000000000001}');
  dataOf(answer);
  assert.ok(answer.text.includes("12345678901234567890123") && answer.text.includes("0.1000000000000000000001"), answer.text);
}));

test("a body that is not application/json arrives as a string, none as null", () => forEachGuest(async (server, guest) => {
  const bodyOf = async (text, type) =>
    dataOf(await server.request("POST", `/api/${guest}/echo/x`, text, type ? { "content-type": type } : {})).request.body;
  assert.equal(await bodyOf('{"not": "parsed"', "text/plain"), '{"not": "parsed"');
  assert.equal(await bodyOf("a=1&b=\"2\"", "application/x-www-form-urlencoded"), "a=1&b=\"2\"");
  assert.deepEqual(await bodyOf("[1]", "application/json; charset=utf-8"), [1]);
  assert.equal(await bodyOf(undefined), null);
}));

test("large requests and responses pass whole, small ones beside them", () => forEachGuest(async (server, guest) => {
  const bodies = [1, 500_000, 3, 65_536, 900_000, 0, 70_001].map((length) => "x".repeat(length));
  await Promise.all(bodies.map(async (body) => {
    const { request } = dataOf(await server.request("POST", `/api/${guest}/echo/x`, { body }));
    assert.equal(request.body.body.length, body.length, guest);
  }));
}));

await runAll();

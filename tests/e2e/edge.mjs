// SPDX-License-Identifier: Apache-2.0
// What is done for every request, whoever answers it: the log, the counts, pages of other origins, compression, traces, size. Read here by Node's own HTTP and zlib.
import fs from "node:fs";
import http from "node:http";
import zlib from "node:zlib";
import { assert, assertError, runAll, test } from "./lib/check.mjs";
import { Server, bin, run } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const modules = ["core", "crm", "echo_packed", "trap"];
const origin = "https://erp.example";
const server = await Server.start({
  modules, config: { master_key: secret, allowed_origins: `${origin}, http://localhost:5173`, request_body_limit: "64K" },
  ours: { anonymous_permissions: ["crm:*:*", "ingot:metrics:read"], log: { format: "json" } },
});

/** By node:http, which shows what was received as it is. */
function plain(method, target, { headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(server.url + target, { method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on("data", (data) => pieces.push(data));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, raw: response.rawHeaders, body: Buffer.concat(pieces) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}
const routes = (await server.request("GET", "/api/modules")).json.data;
const routeOf = (name, method) => routes.find((module) => module.name === name).routes.find((route) => route.method === method).path.replace(/\{\w+\}/g, "x");

/** The log's lines about requests, once there is one with this id. */
async function logged(id) {
  for (let i = 0; i < 200; ++i) {
    const lines = server.log.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)).filter(({ message }) => message === "request");
    const found = lines.find(({ request_id }) => request_id === id);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no line for ${id} in\n${server.log}`);
}

test("every answer has a line in the log, without what the query held", async () => {
  const response = await plain("GET", "/api/crm/contacts?search=secret-word&page=1", { headers: { "x-request-id": "line-1" } });
  assert.equal(response.status, 200);
  const line = await logged("line-1");
  assert.deepEqual({ method: line.method, path: line.path, status: line.status, module: line.module, remote: line.remote, level: line.level },
    { method: "GET", path: "/api/crm/contacts", status: "200", module: "crm", remote: "127.0.0.1", level: "info" });
  assert.equal(Number(line.bytes), response.body.length);
  assert.ok(Number(line.ms) > 0 && Number(line.ms) < 60_000, line.ms);
  assert.ok(!server.log.includes("secret-word"));
  for (const [target, id, status] of [["/api/none", "line-2", "404"], ["/api/%zz", "line-3", "400"], ["/api/modules", "line-4", "200"]]) {
    await plain("GET", target, { headers: { "x-request-id": id } });
    assert.equal((await logged(id)).status, status);
  }
  // Probes come every few seconds: not at this level.
  await plain("GET", "/health", { headers: { "x-request-id": "probe-1" } });
  await plain("GET", "/api/none", { headers: { "x-request-id": "line-5" } });
  await logged("line-5");
  assert.ok(!server.log.includes("probe-1"));
});

test("the log says for whom a request was", async () => {
  const made = await run(`${bin}/ingot`, ["token", server.configPath, "--subject", "u-7", "--tenant", "acme", "--permission", "crm:contact:read"]);
  await plain("GET", "/api/crm/contacts", { headers: { "x-request-id": "who-1", authorization: `Bearer ${made.stdout.trim()}` } });
  const line = await logged("who-1");
  assert.deepEqual([line.subject, line.tenant], ["u-7", "acme"]);
  assert.ok(!server.log.includes(made.stdout.trim().split(".")[2]));
});

/** Samples of Prometheus' text form: {"name{labels}": value}. Refuses what is no such text. */
function samplesOf(text) {
  const samples = new Map(), types = new Map();
  for (const line of text.split("\n").slice(0, -1)) {
    const type = line.match(/^# TYPE (\w+) (counter|gauge|histogram)$/);
    if (type) assert.ok(!types.has(type[1]), `${line}: twice`), types.set(type[1], type[2]);
    if (line.startsWith("#")) continue;
    const sample = line.match(/^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*\})? (-?[0-9.e+-]+|NaN)$/);
    assert.ok(sample, line);
    assert.ok(types.has(sample[1]) || types.has(sample[1].replace(/_(bucket|sum|count)$/, "")), `${line}: of no type`);
    assert.ok(!samples.has(sample[1] + (sample[2] ?? "")), `${line}: twice`);
    samples.set(sample[1] + (sample[2] ?? ""), Number(sample[3]));
  }
  assert.ok(text.endsWith("\n"));
  return samples;
}
const metrics = async () => samplesOf((await plain("GET", "/metrics")).body.toString());

test("counts are what was sent", async () => {
  const before = await metrics();
  const sent = 17;
  for (let i = 0; i < sent; ++i) assert.equal((await plain("GET", "/api/crm/contacts")).status, 200);
  assert.equal((await plain("GET", "/api/crm/contacts/00000000-0000-4000-8000-000000000000")).status, 404);
  assert.equal((await plain("GET", "/api/none")).status, 404);
  const trapping = await plain("GET", routeOf("trap", "GET"));
  assert.equal(trapping.status, 500);
  const after = await metrics();
  const more = (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  assert.equal(more('ingot_http_requests_total{module="crm",status="200"}'), sent);
  assert.equal(more('ingot_http_requests_total{module="crm",status="404"}'), 1);
  assert.equal(more('ingot_http_requests_total{module="",status="404"}'), 1);
  assert.equal(more('ingot_http_requests_total{module="trap",status="500"}'), 1);
  assert.equal(more('ingot_module_traps_total{module="trap"}'), 1);
  assert.equal(more('ingot_module_calls_total{module="crm"}'), sent + 1);
  assert.equal(more('ingot_http_request_duration_seconds_count{module="crm"}'), sent + 1);
  assert.equal(more('ingot_http_request_duration_seconds_bucket{module="crm",le="+Inf"}'), sent + 1);
  // Classes only grow from one to the next, and the sum is that of their members.
  const classes = [...after].filter(([name]) => name.startsWith('ingot_http_request_duration_seconds_bucket{module="crm"')).map(([, value]) => value);
  assert.equal(classes.length, 15);
  assert.deepEqual(classes, [...classes].sort((a, b) => a - b));
  assert.ok(more('ingot_http_request_duration_seconds_sum{module="crm"}') > 0);
  assert.equal(after.get("ingot_http_requests_in_flight"), 1);  // the one that asks
  assert.equal(after.get('ingot_module_state{module="crm",state="active"}'), 1);
  assert.equal(after.get('ingot_module_state{module="crm",state="quarantined"}'), 0);
  for (const name of ["process_resident_memory_bytes", "process_open_fds", "process_threads", "process_mappings", "process_cpu_seconds_total"]) assert.ok(after.get(name) > 0, name);
  const status = fs.readFileSync(`/proc/${server.child.pid}/status`, "utf8").match(/VmRSS:\s+(\d+) kB/);
  assert.ok(Math.abs(after.get("process_resident_memory_bytes") - Number(status[1]) * 1024) < 32 << 20);
  assert.ok(Math.abs(after.get("process_start_time_seconds") - Date.now() / 1000) < 600);
});

test("counts are for those who may see them", async () => {
  const closed = await Server.start({ modules: ["core"], config: { master_key: secret } });
  assertError(await closed.request("GET", "/metrics"), 401, "UNAUTHENTICATED");
  const token = async (permission) => (await run(`${bin}/ingot`, ["token", closed.configPath, "--subject", "monitor", "--permission", permission])).stdout.trim();
  assertError(await closed.request("GET", "/metrics", undefined, { authorization: `Bearer ${await token("crm:*:*")}` }), 403, "FORBIDDEN");
  const open = await closed.request("GET", "/metrics", undefined, { authorization: `Bearer ${await token("ingot:metrics:read")}` });
  assert.equal(open.status, 200);
  assert.match(open.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  assertError(await closed.request("POST", "/metrics", {}), 405, "METHOD_NOT_ALLOWED");
  await closed.stop();
});

test("a page of an allowed origin may ask, another may not", async () => {
  const asking = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
  const preflight = await plain("OPTIONS", "/api/crm/contacts/1", { headers: asking });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], origin);
  assert.match(preflight.headers["access-control-allow-methods"], /\bPUT\b/);
  assert.match(preflight.headers["access-control-allow-headers"], /\bauthorization\b/);
  for (const target of ["/api/crm/contacts", "/api/none", "/health", "/api/auth/login"]) {
    const response = await plain("GET", target, { headers: { origin: "http://localhost:5173" } });
    assert.equal(response.headers["access-control-allow-origin"], "http://localhost:5173", target);
    assert.equal(response.headers["access-control-allow-credentials"], "true");
    assert.match(response.headers.vary, /Origin/);
  }
  const stranger = await plain("OPTIONS", "/api/crm/contacts", { headers: { ...asking, origin: "https://evil.example" } });
  assert.equal(stranger.status, 405);
  assert.equal(stranger.headers["access-control-allow-origin"], undefined);
  assert.equal((await plain("GET", "/api/crm/contacts", { headers: { origin: "null" } })).headers["access-control-allow-origin"], undefined);
});

test("text is compressed for whom that is readable", async () => {
  const body = JSON.stringify({ text: "abc ".repeat(5000) });
  const send = (encoding) => plain("POST", routeOf("echo_packed", "POST"), { headers: { "content-type": "application/json", ...(encoding ? { "accept-encoding": encoding } : {}) }, body });
  const as_is = await send(), small = await send("br;q=1, gzip;q=0.8");
  assert.equal(as_is.headers["content-encoding"], undefined);
  assert.equal(small.headers["content-encoding"], "gzip");
  assert.match(small.headers.vary, /Accept-Encoding/);
  assert.ok(small.body.length < as_is.body.length / 20, `${small.body.length} of ${as_is.body.length}`);
  assert.equal(Number(small.headers["content-length"]), small.body.length);
  const text = (buffer) => JSON.parse(buffer).data.request.body.text;
  assert.equal(text(zlib.gunzipSync(small.body)), text(as_is.body));
  assert.equal((await send("gzip;q=0")).headers["content-encoding"], undefined);
  const health = await plain("GET", "/health", { headers: { "accept-encoding": "gzip" } });
  assert.equal(health.headers["content-encoding"], undefined);  // smaller than a packet
});

test("a trace goes through, with a span of this server's", async () => {
  const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const seen = async (headers) => JSON.parse((await plain("POST", routeOf("echo_packed", "POST"), { headers: { "content-type": "application/json", ...headers }, body: "{}" })).body).data.request.headers;
  const given = await seen({ traceparent: parent, tracestate: "vendor=1", "x-request-id": "trace-1" });
  assert.match(given.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  assert.notEqual(given.traceparent, parent);
  assert.equal(given.tracestate, "vendor=1");
  assert.equal((await logged("trace-1")).trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  const fresh = await seen({ traceparent: `${parent}-what`, tracestate: "vendor=1" });
  assert.match(fresh.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  assert.ok(!fresh.traceparent.includes("4bf92f35") && fresh.tracestate === undefined);
});

test("a body has the size that the configuration allows", async () => {
  const body = (size) => JSON.stringify("x".repeat(size - 2));
  const send = (size) => plain("POST", routeOf("echo_packed", "POST"), { headers: { "content-type": "application/json" }, body: body(size) });
  assert.equal((await send(65_536)).status, 200);
  assert.equal((await send(65_537)).status, 413);
});

test("wrong settings are refused with their key", async () => {
  for (const [config, ours, key] of [
    [{ allowed_origins: ["erp.example"] }, {}, "allowed_origins"], [{ allowed_origins: 1 }, {}, "allowed_origins"], [{ request_body_limit: "a lot" }, {}, "request_body_limit"],
    [{ request_body_limit: "2G" }, {}, "request_body_limit"], [{ request_body_limit: "M" }, {}, "request_body_limit"], [{ access_ttl_seconds: 1 }, {}, "access_ttl_seconds"],
    [{ auth_rate_limit_per_minute: 0 }, {}, "auth_rate_limit_per_minute"], [{}, { log: { requests: "no" } }, "ingot.log.requests"],
  ]) {
    const wrong = await Server.prepare({ modules: ["core"], config, ours });
    const { code, stderr } = await run(`${bin}/ingot`, ["serve", wrong.configPath]);
    assert.notEqual(code, 0, key);
    assert.ok(stderr.includes(`"${key}"`), stderr);
  }
});

test("the log of requests can be left out", async () => {
  const quiet = await Server.start({ modules: ["core"], ours: { log: { requests: false } } });
  for (let i = 0; i < 3; ++i) await quiet.request("GET", "/api/none");
  await quiet.stop();
  assert.ok(!quiet.log.includes(" request "), quiet.log);
});

await runAll();

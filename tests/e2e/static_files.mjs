// SPDX-License-Identifier: Apache-2.0
// Static files: what module.json names goes into the signed bundle and is served from there, as it was signed, and nothing else is.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { Server, bin, run, temporaryFolder } from "./lib/server.mjs";
import { wat2wasm } from "./lib/wat.mjs";

const keys = temporaryFolder(), key = path.join(keys, "test");
assert.equal((await run(path.join(bin, "ingotc"), ["keygen", "-o", key])).code, 0);
const secret = "0123456789abcdef0123456789abcdef";

/** A module with one route, GET /ROUTE. */
async function wasm(folder, route) {
  const answer = '{"status":200,"body":"by the guest"}';
  fs.writeFileSync(path.join(folder, "m.wat"), `(module
    (import "host" "register_route" (func $route (param i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "GET${route}") (data (i32.const 64) "${answer.replaceAll('"', '\\"')}")
    (func (export "init") (drop (call $route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const ${route.length}) (i32.const 1))))
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "handle") (param i32 i32 i32) (result i32 i32) (i32.const 64) (i32.const ${answer.length})))`);
  await wat2wasm(path.join(folder, "m.wat"), path.join(folder, "module.wasm"));
  fs.rmSync(path.join(folder, "m.wat"));
}

/** A module's folder with these files; `json` are further keys of its module.json. */
async function sow(name, files, json, route = "/ui/{name}") {
  const folder = path.join(temporaryFolder(), name);
  fs.mkdirSync(folder);
  await wasm(folder, route);
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  }
  fs.writeFileSync(path.join(folder, "module.json"), JSON.stringify({ name, version: "1.0.0", ...json }));
  return folder;
}
const build = (folder) => run(path.join(bin, "ingotc"), ["build", folder, "-O", "dev", "--target", "x86-64-v2", "--key", `${key}.key`, "-o", path.join(folder, `${path.basename(folder)}.ingot`)]);
async function cast(folder) {
  const { code, stderr } = await build(folder);
  assert.equal(code, 0, stderr);
  return folder;
}
function install(server, folder) {
  const to = server.moduleFolder(path.basename(folder));
  fs.cpSync(folder, to, { recursive: true });
  return to;
}

const page = "<!doctype html><title>Shop</title><script src=app.js></script>" + " ".repeat(3000);
const image = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 255]);
const files = { "ui/index.html": page, "ui/app.js": "alert(1)", "ui/deep/er/logo.png": image, "ui/empty.txt": "", "ui/secret.txt": "not named", "README.md": "not named" };
const server = await Server.prepare({ modules: [], config: { master_key: secret }, ours: { trusted_keys: [`${key}.pub`], anonymous_permissions: [], identity: { roles: { planner: ["vault:static_files:read"], guest: ["shop:*:*"] } } } });
const shop = install(server, await cast(await sow("shop", files, { static_files: { ui: ["index.html", "app.js", "deep/er/logo.png", "empty.txt"] } })));
install(server, await cast(await sow("vault", { "ui/plan.csv": "a,b\n" }, { static_files: { ui: ["plan.csv"] }, permissions: [{ id: "vault:static_files:read", description: "see the plan" }] })));
install(server, await cast(await sow("twice", { "ui/index.html": "x" }, { static_files: { ui: ["index.html"] } }, "/ui/index.html")));
await server.launch();

/** The path as it is: fetch would tidy it up. */
function raw(method, target, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: new URL(server.url).port, method, path: target, headers, agent: false }, (response) => {
      const pieces = [];
      response.on("data", (data) => pieces.push(data));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
    });
    request.on("error", reject);
    request.end();
  });
}

test("a file is served with its type, its digest and a sandbox", async () => {
  for (const [file, type] of [["index.html", "text/html; charset=utf-8"], ["app.js", "text/javascript; charset=utf-8"], ["deep/er/logo.png", "image/png"], ["empty.txt", "text/plain; charset=utf-8"]]) {
    const content = Buffer.from(files[`ui/${file}`]);
    const answer = await raw("GET", `/api/shop/ui/${file}`);
    assert.equal(answer.status, 200, file);
    assert.deepEqual(answer.body, content);
    assert.equal(answer.headers["content-type"], type);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.match(answer.headers["content-security-policy"], /^sandbox /);
    assert.doesNotMatch(answer.headers["content-security-policy"], /allow-same-origin/);
    assert.equal(answer.headers.etag, `W/"${crypto.createHash("sha256").update(content).digest("hex").slice(0, 32)}"`);
    const head = await raw("HEAD", `/api/shop/ui/${file}`);
    assert.deepEqual([head.status, head.headers.etag, head.headers["content-length"], head.body.length], [200, answer.headers.etag, String(content.length), 0]);
  }
});

test("a caller who has the file gets a 304", async () => {
  const { etag } = (await raw("GET", "/api/shop/ui/app.js")).headers;
  for (const have of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
    const answer = await raw("GET", "/api/shop/ui/app.js", { "if-none-match": have });
    assert.deepEqual([answer.status, answer.body.length, answer.headers.etag], [304, 0, etag], have);
  }
  assert.equal((await raw("GET", "/api/shop/ui/app.js", { "if-none-match": '"other"' })).status, 200);
  const small = await raw("GET", "/api/shop/ui/index.html", { "accept-encoding": "gzip" });
  assert.equal(small.headers["content-encoding"], "gzip");
  assert.ok(small.body.length < page.length / 2);
});

test("a literal path is the file's, every other one the module's own routes'", async () => {
  assert.equal(dataOf(await server.request("GET", "/api/shop/ui/other.html")), "by the guest");
  assertError(await server.request("POST", "/api/shop/ui/app.js", {}), 405, "METHOD_NOT_ALLOWED");
});

test("no path leads to a file that is not named", async () => {
  for (const target of ["/api/shop/README.md", "/api/shop/module.json", "/api/shop/shop.ingot", "/api/shop/", "/api/shop/ui", "/api/shop/ui/", "/api/shop/ui/deep/", "/api/shop/ui/../README.md", "/api/shop/ui/..%2fREADME.md",
                        "/api/shop/%2e%2e/shop/README.md", "/api/shop/ui/%2e%2e/README.md", "/api/shop/ui%2f..%2fREADME.md", "/api/shop/ui/deep/er/..%5c..%5cindex.html", "/api/shop/ui//app.js",
                        "/api/shop/ui/deep/er/logo.png%00.html", "/api/shop/ui/deep/er/%", "/api/shop//etc/passwd", "/api/shop/ui/deep/%2fetc%2fpasswd", "/api/shop/ui/deep/er/logo.png/", "/api/shop/UI/APP.JS"]) {
    const answer = await raw("GET", target);
    assert.ok([400, 404].includes(answer.status), `${target}: ${answer.status}`);
    assert.doesNotMatch(answer.body.toString(), /not named|root:/, target);
  }
  // The guest's own route takes what has one name, whatever that is: it has no file system.
  for (const target of ["/api/shop/ui/secret.txt", "/api/shop/ui/..%5csecret.txt"]) assert.doesNotMatch((await raw("GET", target)).body.toString(), /not named/, target);
});

test("what is changed after signing is not served", async () => {
  const before = (await raw("GET", "/api/shop/ui/app.js")).body.toString();
  fs.writeFileSync(path.join(shop, "ui/app.js"), "alert('changed')");
  assert.equal((await raw("GET", "/api/shop/ui/app.js")).body.toString(), before);
  // In the bundle itself: the signature no longer fits, so the reload is refused and what was served is served.
  const bundle = path.join(shop, "shop.ingot"), good = fs.readFileSync(bundle), bad = Buffer.from(good);
  const at = bad.indexOf("alert(1)");
  assert.ok(at > 0, "the bundle holds the file");
  bad[at] ^= 1;
  fs.rmSync(bundle);
  fs.writeFileSync(bundle, bad);
  const mark = server.log.length;
  server.child.kill("SIGHUP");
  while (!/reload refused[^\n]*shop[^\n]*signature/.test(server.log.slice(mark))) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await raw("GET", "/api/shop/ui/app.js")).body.toString(), before);
  fs.writeFileSync(bundle, good);
});

test("a declared permission guards the files", async () => {
  const bearer = async (role) => ({ authorization: `Bearer ${(await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "ann", "--role", role])).stdout.trim()}` });
  assertError(await server.request("GET", "/api/vault/ui/plan.csv"), 401, "UNAUTHENTICATED");
  assertError(await server.request("GET", "/api/vault/ui/plan.csv", undefined, await bearer("guest")), 403, "FORBIDDEN");
  const answer = await server.request("GET", "/api/vault/ui/plan.csv", undefined, await bearer("planner"));
  assert.deepEqual([answer.status, answer.text, answer.headers.get("content-type")], [200, "a,b\n", "text/csv; charset=utf-8"]);
});

test("a route of the module's own on the path of a file keeps it from starting", async () => {
  const twice = dataOf(await server.request("GET", "/api/modules/twice"));
  assert.equal(twice.state, "quarantined");
  assert.match(twice.reason, /\/api\/twice\/ui\/index\.html .*already served/);
});

test("the files are in the module's report and in the API's description", async () => {
  assert.deepEqual(dataOf(await server.request("GET", "/api/modules/shop")).static_files, ["/api/shop/ui/app.js", "/api/shop/ui/deep/er/logo.png", "/api/shop/ui/empty.txt", "/api/shop/ui/index.html"]);
  const document = new Document((await server.request("GET", "/api/openapi.json")).json);
  assert.deepEqual(document.complaints(), []);
  for (const target of ["/api/shop/ui/app.js", "/api/shop/ui/index.html", "/api/vault/ui/plan.csv", "/api/modules/shop", "/api/modules"]) {
    assert.equal(document.objection("GET", target, await server.request("GET", target)), undefined, target);
  }
  assert.equal(document.objection("GET", "/api/shop/ui/app.js", await server.request("GET", "/api/shop/ui/app.js", undefined, { "if-none-match": "*" })), undefined);
});

test("ingotc packs nothing that lies outside, is hidden, missing or too large", async () => {
  const outside = path.join(temporaryFolder(), "secret");
  fs.writeFileSync(outside, "outside");
  for (const [name, static_files, prepare, reason] of [
    ["up", { "..": ["secret"] }, () => {}, /names '\.\.\/secret'/],
    ["dots", { ui: ["../../etc/passwd"] }, () => {}, /names 'ui\/\.\.\/\.\.\/etc\/passwd'/],
    ["absolute", { ui: ["/etc/passwd"] }, () => {}, /names 'ui\/\/etc\/passwd'/],
    ["hidden", { ui: [".env"] }, (at) => fs.writeFileSync(path.join(at, "ui/.env"), "x"), /names 'ui\/\.env'/],
    ["link", { ui: ["link"] }, (at) => fs.symlinkSync(outside, path.join(at, "ui/link")), /symbolic link/],
    ["folder", { out: ["secret"] }, (at) => fs.symlinkSync(path.dirname(outside), path.join(at, "out")), /symbolic link/],
    ["missing", { ui: ["gone.js"] }, () => {}, /gone\.js': No such file/],
    ["pipe", { ui: ["pipe"] }, (at) => run("mkfifo", [path.join(at, "ui/pipe")]), /not a file/],
    ["large", { ui: ["large"] }, (at) => fs.writeFileSync(path.join(at, "ui/large"), Buffer.alloc(4 * 1024 * 1024 + 1)), /more than 4 MiB/],
    ["again", { ui: ["a", "a"] }, () => {}, /twice/],
    ["form", { ui: "a" }, () => {}, /must be folders with the files/],
  ]) {
    const folder = await sow(name, { "ui/a": "a" }, { static_files });
    await prepare(folder);
    const { code, stderr } = await build(folder);
    assert.notEqual(code, 0, name);
    assert.match(stderr, reason, name);
    assert.ok(!fs.existsSync(path.join(folder, `${name}.ingot`)), name);
  }
});

await runAll();

// SPDX-License-Identifier: Apache-2.0
// Who calls, and what they may do: tokens made here by Node's own cryptography, against a server that believes a secret and a JWKS file.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, run, temporaryFolder } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const now = () => Math.floor(Date.now() / 1000);
const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const rsa = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }), ed25519 = crypto.generateKeyPairSync("ed25519"), stranger = crypto.generateKeyPairSync("ed25519");

function token(claims, { alg = "HS256", kid, key = secret } = {}) {
  const text = `${encode({ alg, typ: "JWT", ...(kid ? { kid } : {}) })}.${encode({ sub: "u-1", exp: now() + 600, ...claims })}`;
  const signature = alg === "HS256" ? crypto.createHmac("sha256", key).update(text).digest()
    : alg === "RS256" ? crypto.sign("sha256", Buffer.from(text), key)
    : alg === "EdDSA" ? crypto.sign(null, Buffer.from(text), key) : Buffer.alloc(0);
  return `${text}.${signature.toString("base64url")}`;
}

const folder = temporaryFolder();
fs.writeFileSync(path.join(folder, "jwks.json"), JSON.stringify({
  keys: [{ ...rsa.publicKey.export({ format: "jwk" }), kid: "r", use: "sig" }, { ...ed25519.publicKey.export({ format: "jwk" }), kid: "e", alg: "EdDSA" }],
}));
const ours = {
  identity: { jwks: path.join(folder, "jwks.json"), roles: { sales: ["crm:contact:*"], reader: ["*:*:read"] } },
};
const modules = ["core", "crm", "accounting", "invoicing", "echo_packed"];
const server = await Server.start({ modules, ours, config: { master_key: secret } });

async function get(target, authorization, method = "GET", body = undefined) {
  const response = await fetch(server.url + target, {
    method, body, headers: { ...(authorization === undefined ? {} : { authorization }), ...(body ? { "content-type": "application/json" } : {}) },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}
const bearer = (...words) => `Bearer ${token(...words)}`;

test("without a token a route with a permission is closed, and says how to open it", async () => {
  const refused = await get("/api/crm/contacts");
  assertError(refused, 401, "UNAUTHENTICATED");
  assert.equal(refused.headers.get("www-authenticate"), "Bearer");
});

test("a role opens what the configuration says and nothing else", async () => {
  const sales = bearer({ roles: ["sales"] });
  const made = await get("/api/crm/contacts", sales, "POST", JSON.stringify({ name: "Ada", email: "ada@example.org" }));
  assert.equal(dataOf(made, 201).name, "Ada");
  assert.equal((await get("/api/crm/contacts", sales)).status, 200);
  const refused = await get("/api/accounting/balances", sales);
  assertError(refused, 403, "FORBIDDEN");
  assert.equal(refused.headers.get("www-authenticate"), 'Bearer error="insufficient_scope"');
  assert.equal((await get("/api/accounting/balances", bearer({ roles: ["reader"] }))).status, 200);
  assertError(await get("/api/crm/contacts", bearer({ roles: ["nobody's"] })), 403, "FORBIDDEN");
});

test("a token's own permissions count too", async () => {
  assert.equal((await get("/api/crm/contacts", bearer({ permissions: ["crm:contact:read"] }))).status, 200);
  assertError(await get("/api/crm/contacts", bearer({ permissions: ["crm:company:read"] })), 403, "FORBIDDEN");
});

test("public keys of the file are believed, others are not", async () => {
  const roles = { roles: ["reader"] };
  assert.equal((await get("/api/crm/contacts", bearer(roles, { alg: "RS256", kid: "r", key: rsa.privateKey }))).status, 200);
  assert.equal((await get("/api/crm/contacts", bearer(roles, { alg: "EdDSA", kid: "e", key: ed25519.privateKey }))).status, 200);
  assert.equal((await get("/api/crm/contacts", bearer(roles, { alg: "EdDSA", key: ed25519.privateKey }))).status, 200);
  for (const options of [{ alg: "EdDSA", kid: "e", key: stranger.privateKey }, { alg: "EdDSA", kid: "r", key: ed25519.privateKey }, { alg: "RS256", kid: "e", key: rsa.privateKey },
    { alg: "HS256", key: rsa.publicKey.export({ format: "pem", type: "spki" }) }, { alg: "none" }, { alg: "HS256", key: "another secret, as long as the one" }]) {
    const refused = await get("/api/crm/contacts", bearer(roles, options));
    assertError(refused, 401, "UNAUTHENTICATED");
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer error="invalid_token"', JSON.stringify(options.alg));
  }
});

test("a token that ended, has not begun, or is malformed opens nothing", async () => {
  for (const claims of [{ exp: now() - 60 }, { nbf: now() + 60 }, { exp: undefined }, { sub: "" }, { roles: "reader" }, { aud: "somebody else" }]) {
    assertError(await get("/api/crm/contacts", bearer({ roles: ["reader"], ...claims })), 401, "UNAUTHENTICATED");
  }
  for (const field of ["Bearer", "Basic dTpw", "Bearer x", "Bearer a.b.c", `${bearer({})}x`, `Bearer ${"a".repeat(9000)}.b.c`]) {
    assertError(await get("/api/crm/contacts", field), 401, "UNAUTHENTICATED");
  }
});

test("the module is told who calls, and never the token", async () => {
  const route = (await get("/api/modules")).json.data.find(({ name }) => name === "echo_packed").routes.find(({ method }) => method === "POST");
  const sent = await get(route.path.replace(/\{\w+\}/g, "x"), bearer({ tenant: "acme", roles: ["sales"] }), "POST", JSON.stringify({ some: "thing" }));
  const seen = sent.json.data.request;
  assert.deepEqual(seen.identity, { subject: "u-1", tenant: "acme", roles: ["sales"] }, sent.text);
  assert.ok(!sent.text.includes("Bearer") && !("authorization" in seen.headers));
  assert.equal((await get(route.path.replace(/\{\w+\}/g, "x"), undefined, "POST", "{}")).json.data.request.identity, null);
});

test("ingot token makes one that the server believes", async () => {
  const made = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u-2", "--role", "reader", "--seconds", "60"]);
  assert.equal(made.code, 0, made.stderr);
  assert.equal((await get("/api/crm/contacts", `Bearer ${made.stdout.trim()}`)).status, 200);
  // Read by another's rules.
  const [header, claims, signature] = made.stdout.trim().split(".");
  assert.equal(crypto.createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url"), signature);
  assert.equal(JSON.parse(Buffer.from(claims, "base64url")).sub, "u-2");
  const nobody = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", ""]);
  assert.equal(nobody.code, 2, nobody.stderr);
  const wrong = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u", "--permission", "all"]);
  assert.match(wrong.stderr, /module:resource:action/);
});

test("a short master_key is served, said, and signs nothing", async () => {
  const weak = await Server.start({ modules: ["core", "crm"], config: { master_key: "short" } });
  assert.match(weak.log, /master_key is too short/);
  const response = await fetch(`${weak.url}/api/crm/contacts`, { headers: { authorization: bearer({ roles: ["reader"] }, { key: "short" }) } });
  assert.equal(response.status, 401);
  const refused = await run(path.join(bin, "ingot"), ["token", weak.configPath, "--subject", "u"]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /shorter than 32 bytes/);
  await weak.stop();
});

test("wrong settings are refused with their key", async () => {
  for (const [identity, key] of [[{ roles: { a: ["x"] } }, "roles.a"], [{ jwks: "absent.json" }, "jwks"], [{ issuer: 7 }, "issuer"], [{ keys: [] }, "keys"], [[], "ingot.identity"]]) {
    const bad = await Server.prepare({ modules: ["core"], ours: { identity } });
    const ran = await run(path.join(bin, "ingot"), ["modules", bad.configPath]);
    assert.notEqual(ran.code, 0);
    assert.ok(ran.stderr.includes(key), ran.stderr);
  }
});

await runAll();

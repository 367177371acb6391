// SPDX-License-Identifier: Apache-2.0
// HTTPS as Node's own TLS and HTTP clients meet it: handshakes, long bodies, clean ends, new certificates under load, and files that are no good.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { assert, runAll, test } from "./lib/check.mjs";
import { Server, bin, run, sleep, temporaryFolder, withServer } from "./lib/server.mjs";

const folder = temporaryFolder();
const file = (name) => path.join(folder, name);

/** A certificate that vouches for itself, and its key. */
function makeCertificate(name, on = "now") {
  execFileSync("faketime", [on, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`,
    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)], { stdio: "ignore" });
  return fs.readFileSync(file(`${name}.pem`));
}
const ca = [makeCertificate("one"), makeCertificate("two")];
const ours = { tls: { certificate: file("served.pem"), key: file("served.key") } };
function serve(name) {
  fs.copyFileSync(file(`${name}.pem`), file("served.pem"));
  fs.copyFileSync(file(`${name}.key`), file("served.key"));
}
serve("one");

const options = { modules: ["echo_packed"], ours };
const portOf = (server) => Number(new URL(server.url).port);

// A session that is taken up again shows no certificate.
const fresh = () => new https.Agent({ maxCachedSessions: 0 });

function get(server, { agent = fresh(), body, route = "/health", ...more } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: "127.0.0.1", port: portOf(server), path: route, method: body ? "POST" : "GET", ca, agent, ...more,
      headers: body ? { "content-type": "application/json", "content-length": Buffer.byteLength(body) } : {} }, (response) => {
      const chunks = [], name = response.socket.getPeerCertificate().subject?.CN;
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString(), name }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

test("requests are answered on one connection and on many, with long bodies", () => withServer(options, async (server) => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  for (let at = 0; at < 50; ++at) assert.equal((await get(server, { agent })).status, 200);
  agent.destroy();
  const body = JSON.stringify({ text: "x".repeat(700_000) });
  const answers = await Promise.all(Array.from({ length: 32 }, () => get(server, { route: "/api/echo_packed/echo/long", body })));
  for (const answer of answers) {
    assert.equal(answer.status, 200, answer.text.slice(0, 200));
    assert.ok(answer.text.includes("x".repeat(700_000)));
  }
}));

test("TLS 1.2 and 1.3 with http/1.1 are spoken, older ones and h2 alone are not", () => withServer(options, async (server) => {
  const meet = (more) => new Promise((resolve) => {
    const socket = tls.connect({ host: "127.0.0.1", port: portOf(server), ca, ...more }, () => {
      resolve(`${socket.getProtocol()} ${socket.alpnProtocol || "-"}`);
      socket.destroy();
    });
    socket.on("error", () => resolve("refused"));
  });
  assert.equal(await meet({}), "TLSv1.3 -");
  assert.equal(await meet({ maxVersion: "TLSv1.2", ALPNProtocols: ["h2", "http/1.1"] }), "TLSv1.2 http/1.1");
  assert.equal(await meet({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }), "refused");
  assert.equal(await meet({ ALPNProtocols: ["h2"] }), "refused");
}));

test("who speaks HTTP in the clear is told, and noise harms nobody", () => withServer(options, async (server) => {
  const plain = await new Promise((resolve, reject) => http.get(server.url + "/health", (response) => {
    let text = "";
    response.on("data", (chunk) => { text += chunk; });
    response.on("end", () => resolve({ status: response.statusCode, text }));
  }).on("error", reject));
  assert.equal(plain.status, 400);
  assert.match(JSON.parse(plain.text).error.message, /https:\/\//);
  for (const noise of [Buffer.from([0x16]), Buffer.from([0x16, 3, 1, 255, 255, 1, 2, 3]), Buffer.alloc(20_000, 0x16), Buffer.alloc(5000, 0)]) {
    await new Promise((resolve) => {
      const socket = net.connect(portOf(server), "127.0.0.1", () => socket.end(noise));
      socket.on("data", () => {});
      socket.on("close", resolve);
      socket.on("error", () => {});
    });
  }
  assert.equal((await get(server)).status, 200);
}));

test("an answer's end is said inside TLS, so nobody takes it for cut off", () => withServer(options, async (server) => {
  const text = await new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "127.0.0.1", port: portOf(server), ca }, () => socket.write("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    let received = "";
    socket.on("data", (chunk) => { received += chunk; });
    socket.on("end", () => resolve(received));  // close_notify; a mere FIN is an error below
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without an end")));
  });
  assert.match(text, /^HTTP\/1\.1 200 /);
  assert.match(text, /"status":"ok"/);
}));

test("a new certificate is taken at SIGHUP while connections go on, and a bad one is not", async () => {
  serve("one");
  await withServer(options, async (server) => {
    const reload = async (outcome) => {
      const seen = server.log.length;
      server.child.kill("SIGHUP");
      for (let patience = 200; !outcome.test(server.log.slice(seen)); --patience) {
        assert.ok(patience > 0, server.log.slice(seen));
        await sleep(50);
      }
    };
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await get(server, { agent })).name, "one");
    let stop = false, served = 0;
    const load = Promise.all(Array.from({ length: 4 }, async () => {
      for (; !stop; ++served) assert.equal((await get(server)).status, 200);
    }));
    serve("two");
    await reload(/ reloaded/);
    assert.equal((await get(server)).name, "two");
    assert.equal((await get(server, { agent })).status, 200);  // its connection is the old one
    fs.writeFileSync(file("served.pem"), "no certificate");
    await reload(/reload refused.*served\.pem/);
    assert.equal((await get(server)).name, "two");
    stop = true;
    await load;
    assert.ok(served > 0);
    agent.destroy();
  });
  serve("one");
});

test("files that are no good are named before anything is served", async () => {
  const cases = [
    ["missing.pem", file("one.key"), /cannot read .*missing\.pem/],
    [file("one.pem"), "missing.key", /cannot read .*missing\.key/],
    [file("one.key"), file("one.key"), /one\.key: holds no certificate/],
    [file("one.pem"), file("one.pem"), /one\.pem: holds no private key/],
    [file("one.pem"), file("two.key"), /two\.key: /],
  ];
  execFileSync("openssl", ["ec", "-aes128", "-passout", "pass:secret", "-in", file("one.key"), "-out", file("locked.key")], { stdio: "ignore" });
  cases.push([file("one.pem"), file("locked.key"), /locked\.key: holds no private key .*passphrase/]);
  makeCertificate("old", "2020-01-01");
  cases.push([file("old.pem"), file("old.key"), /old\.pem: the certificate has expired/]);
  for (const [certificate, key, expected] of cases) {
    const server = await Server.prepare({ modules: [], ours: { tls: { certificate, key } } });
    const { code, stderr } = await run(path.join(bin, "ingot"), ["serve", server.configPath]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, expected);
    await server.remove();
  }
  const server = await Server.prepare({ modules: [], ours: { tls: { certificate: file("one.pem") } } });
  const { stderr } = await run(path.join(bin, "ingot"), ["serve", server.configPath]);
  assert.match(stderr, /ingot\.tls.*needs both/);
  await server.remove();
});

await runAll();

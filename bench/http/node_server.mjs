// SPDX-License-Identifier: Apache-2.0
//
// The same guest behind Node's own HTTP server, in Node's own engine, with an instance of its own for each request as Ingot has it.
//
//   node_server.mjs NOOP.wasm PORT
import fs from "node:fs";
import http from "node:http";
import crypto from "node:crypto";

const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const imports = { host: { register_route: () => 0 } };

http.createServer((request, response) => {
  const { exports } = new WebAssembly.Instance(module, imports);
  const text = JSON.stringify({ method: request.method, path: request.url, headers: request.headers, body: null });
  const at = exports.alloc(text.length);
  new Uint8Array(exports.memory.buffer).set(Buffer.from(text), at);
  const packed = BigInt.asUintN(64, exports.handle(0, at, text.length));
  const answer = JSON.parse(Buffer.from(exports.memory.buffer, Number(packed >> 32n), Number(packed & 0xffffffffn)));
  const request_id = crypto.randomUUID();
  response.writeHead(200, { "content-type": "application/json", "x-request-id": request_id });
  response.end(JSON.stringify({ data: answer.body, meta: { request_id, timestamp: new Date().toISOString() } }));
}).listen(Number(process.argv[3]), "127.0.0.1");

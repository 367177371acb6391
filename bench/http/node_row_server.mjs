// SPDX-License-Identifier: Apache-2.0
//
// The guest that reads a row behind Node's own HTTP server, in Node's own engine, with the client of PostgreSQL that Node's users use.
//
//   node_row_server.mjs ROW.wasm PORT CONNECTIONS       (PGHOST and its like name the database; run where pg is installed)
//
// The guest's query waits for its answer, Node's does not. So a guest that asks is given up, and once the rows are there a fresh instance handles the request again.
import fs from "node:fs";
import http from "node:http";
import crypto from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";

const pg = createRequire(path.join(process.cwd(), "package.json"))("pg");
const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const pool = new pg.Pool({ max: Number(process.argv[4]), options: '-c search_path="row"' });
pg.types.setTypeParser(pg.types.builtins.INT8, Number);  // as Ingot hands them over

class Asked extends Error {
  constructor(sql, params) {
    super("asked");
    Object.assign(this, { sql, params });
  }
}

/** The guest's answer, or an Asked. */
function handle(text, rows) {
  let memory;
  const textAt = (at, length) => Buffer.from(memory.buffer, at, length).toString();
  const host = {
    register_route: () => 0,
    query: (sql, sqlLength, params, paramsLength) => {
      if (rows === undefined) throw new Asked(textAt(sql, sqlLength), JSON.parse(textAt(params, paramsLength)));
      return rows.length;
    },
    result: (at, length) => {
      rows.copy(new Uint8Array(memory.buffer), at, 0, length);
      return 0;
    },
  };
  const { exports } = new WebAssembly.Instance(module, { host });
  memory = exports.memory;
  const at = exports.alloc(text.length);
  new Uint8Array(memory.buffer).set(text, at);
  const packed = BigInt.asUintN(64, exports.handle(0, at, text.length));
  return JSON.parse(textAt(Number(packed >> 32n), Number(packed & 0xffffffffn)));
}

async function answer(request) {
  const number = request.url.split("/").at(-1);
  const text = Buffer.from(JSON.stringify({ method: request.method, path: request.url, params: { number }, headers: request.headers, body: null }));
  try {
    return handle(text);
  } catch (asked) {
    if (!(asked instanceof Asked)) throw asked;
    const { rows } = await pool.query({ name: asked.sql, text: asked.sql, values: asked.params });  // prepared, as Ingot's are
    return handle(text, Buffer.from(JSON.stringify(rows)));
  }
}

http.createServer((request, response) => {
  const request_id = crypto.randomUUID();
  const end = (status, body) => {
    response.writeHead(status, { "content-type": "application/json", "x-request-id": request_id });
    response.end(JSON.stringify(body));
  };
  answer(request).then(
    ({ body }) => end(200, { data: body, meta: { request_id, timestamp: new Date().toISOString() } }),
    (error) => end(500, { error: { message: String(error), request_id } }));
}).listen(Number(process.argv[3]), "127.0.0.1");

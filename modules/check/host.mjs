// SPDX-License-Identifier: Apache-2.0
// A model of the host: the contract of abi/EERP.md on top of the JavaScript engine. It is for checking modules, not for
// serving: no deadline, no memory limit, no look at what a statement touches.
import { randomFillSync, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { migrate } from './migration.mjs';

const ALLOCATORS = ['alloc', 'allocate', 'malloc', 'cabi_realloc'];

// One instance: loaded once for `init` and `migrate`, and made anew for every request.
class Guest {
  constructor(host, module, request) {
    this.result = Buffer.alloc(0);
    this.exports = new WebAssembly.Instance(module.code, imports(host, module, this, request)).exports;
    this.exports._initialize?.();
  }

  // An address outside memory is a trap: subarray would silently shorten it.
  bytes(address, length) {
    const memory = this.exports.memory.buffer;
    if ((address >>> 0) + (length >>> 0) > memory.byteLength) {
      throw new WebAssembly.RuntimeError('an address outside memory was given to the host');
    }
    return Buffer.from(memory, address >>> 0, length >>> 0);
  }

  text(address, length) {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(address, length));
  }

  // Calls `handle` in whichever of the four ways its type says.
  handle(id, text) {
    const { exports } = this;
    const alloc = exports[ALLOCATORS.find((name) => exports[name])];
    const request = Buffer.from(text);
    const at = alloc(request.length);
    this.bytes(at, request.length).set(request);
    const [address, length] = this.#answer(exports.handle, alloc, id, at, request.length);
    const response = JSON.parse(this.text(address, length));
    (exports.dealloc ?? exports.free)?.(address, length);
    return response;
  }

  #answer(handle, alloc, ...args) {
    const pair = (at) => [0, 4].map((offset) => this.bytes(at + offset, 4).readUInt32LE());
    if (handle.length === 4) {
      const out = alloc(8);
      handle(out, ...args);
      return pair(out);
    }
    const answer = handle(...args);
    if (Array.isArray(answer)) {
      return answer.map((part) => part >>> 0);
    }
    if (typeof answer === 'bigint') {
      return [Number(BigInt.asUintN(64, answer) >> 32n), Number(answer & 0xffffffffn)];
    }
    return pair(answer);
  }
}

function imports(host, module, guest, request) {
  const text = (address, length) => guest.text(address, length);
  const give = (ok, result) => {
    guest.result = Buffer.from(result);
    return ok ? guest.result.length : -guest.result.length;
  };
  const refuse = (code, message) => give(false, JSON.stringify({ error: { code, message } }));
  const statement = (sql, params, rowsOnly) => {
    const answer = request ? host.statement(request, sql, params) : { code: 'UNAVAILABLE', message: 'not in a request' };
    if (!answer.ok) {
      return refuse(answer.code, answer.message);
    }
    return give(true, rowsOnly ? answer.text.replace(/"rows_affected": \d+, /, '') : answer.text);
  };
  return {
    host: {
      log: (at, size) => host.log(module, 2, text(at, size)),
      log_level: (level, at, size) => host.log(module, level, text(at, size)),
      register_route: (m, ml, p, pl, id, ...permission) =>
        request ? -1 : host.route(module, text(m, ml), text(p, pl), id >>> 0, permission.length ? text(...permission) : null),
      query: (s, sl, p, pl) => statement(text(s, sl), text(p, pl), true),
      execute: (s, sl, p, pl) => statement(text(s, sl), text(p, pl), false),
      call: (n, nl, m, ml, p, pl, b, bl) => {
        const name = text(n, nl);
        if (!request || !module.manifest.depends.includes(name)) {
          return refuse('NOT_FOUND', `${module.name} does not depend on ${name}`);
        }
        const body = text(b, bl);
        const answer = host.run(name, text(m, ml), text(p, pl), body === '' ? null : JSON.parse(body), request);
        return answer ? give(true, JSON.stringify(answer)) : refuse('NOT_FOUND', 'no such route');
      },
      result: (at, capacity) => {
        const size = Math.min(capacity >>> 0, guest.result.length);
        guest.bytes(at, size).set(guest.result.subarray(0, size));
        return size;
      },
      random: (at, size) => void randomFillSync(guest.bytes(at, size)),
      now_ms: () => BigInt(Date.now()),
    },
    env: {
      abort: (message, file, line) => {
        throw new WebAssembly.RuntimeError(`abort: ${utf16(guest, message)} at ${utf16(guest, file)}:${line}`);
      },
      seed: () => Math.random(),
    },
  };
}

// AssemblyScript's strings: UTF-16, the length in bytes before them.
function utf16(guest, at) {
  return at === 0 ? '' : guest.bytes(at, guest.bytes(at - 4, 4).readUInt32LE()).toString('utf16le');
}

export class Host {
  modules = new Map();
  logged = [];
  quiet = true;

  constructor(database) {
    this.database = database;
  }

  // Loads OUT/<name>/: routes, then migrations. Returns why the migration failed, or null.
  load(folder) {
    const name = path.basename(folder);
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'module.json')));
    const code = new WebAssembly.Module(fs.readFileSync(path.join(folder, `${name}.wasm`)));
    const module = { name, manifest, code, routes: [] };
    this.modules.set(name, module);
    const guest = new Guest(this, module, null);
    guest.exports.init?.();
    if (!guest.exports.migrate) {
      return null;
    }
    const at = guest.exports.migrate(); // before migrate_len: some make the text only now
    return migrate(this.database, guest.text(at, guest.exports.migrate_len()));
  }

  log(module, level, text) {
    this.logged.push({ module: module.name, level, text });
    if (!this.quiet) {
      console.log(`    [${module.name}] ${text}`);
    }
    if (this.logged.length > 10_000) {
      throw new WebAssembly.RuntimeError('too many log lines'); // in place of a deadline
    }
  }

  route(module, method, path, id, permission) {
    if (!/^(GET|POST|PUT|PATCH|DELETE)$/.test(method) || !/^(\/([A-Za-z0-9._~-]+|\{\w+\}))+$/.test(path)) {
      return -2;
    }
    if (module.routes.some((route) => route.method === method && route.path === path)) {
      return -3;
    }
    module.routes.push({ method, path, id, permission, segments: path.split('/') });
    return 0;
  }

  // A literal segment wins over a parameter.
  #find(module, method, path) {
    const given = path.split('/');
    const literals = (route) => route.segments.filter((segment) => !segment.startsWith('{')).length;
    const [route] = module.routes
      .filter((route) => route.method === method && route.segments.length === given.length)
      .filter((route) => route.segments.every((s, i) => s.startsWith('{') ? given[i] !== '' : s === given[i]))
      .sort((a, b) => literals(b) - literals(a));
    const params = {};
    route?.segments.forEach((s, i) => s.startsWith('{') && (params[s.slice(1, -1)] = decodeURIComponent(given[i])));
    return route && { route, params };
  }

  statement(request, sql, params) {
    if (request.aborted) {
      return { ok: false, code: 'TRANSACTION_ABORTED', message: 'an earlier statement failed' };
    }
    if (!request.open) {
      this.database.must('BEGIN');
      request.open = true;
    }
    const answer = this.database.run(sql, params, true);
    request.aborted = !answer.ok;
    return answer;
  }

  // One route in a fresh instance, inside a request's transaction; null when there is no such route.
  run(name, method, target, body, request) {
    const module = this.modules.get(name);
    const url = new URL(target, 'http://host');
    const found = module && this.#find(module, method, url.pathname);
    if (!found) {
      return null;
    }
    const text = JSON.stringify({
      method, path: `/api/${name}${url.pathname}`, route: found.route.path, params: found.params,
      query: Object.fromEntries(url.searchParams), headers: { 'content-type': 'application/json' },
      request_id: request.id, body,
    });
    return new Guest(this, module, request).handle(found.route.id, text);
  }

  // A client's request: {status, headers, body}, after commit or rollback. A trap is {status: 500, trap: message}.
  request(name, method, target, body = null) {
    const request = { id: randomUUID(), open: false, aborted: false };
    let answer;
    try {
      answer = this.run(name, method, target, body, request) ?? { status: 404, body: { code: 'NOT_FOUND' } };
    } catch (error) {
      answer = { status: 500, body: null, trap: `${error.name}: ${error.message}` };
    }
    answer.status ??= 200;
    if (answer.status < 400 && request.aborted) {
      answer = { status: 409, body: { code: 'TRANSACTION_ABORTED' } };
    }
    if (request.open) {
      this.database.must(answer.status < 400 ? 'COMMIT' : 'ROLLBACK');
    }
    return answer;
  }
}

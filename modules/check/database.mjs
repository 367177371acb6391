// SPDX-License-Identifier: Apache-2.0
// A database for the model host, called synchronously: a guest's import cannot wait for a promise. The work is done by
// database.py at the other end of two named pipes, where reading blocks.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HELPER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'database.py');

export class Database {
  #requests;
  #answers;
  #folder;

  // `target` is "sqlite" (a fresh file) or a PostgreSQL conninfo.
  constructor(target) {
    this.kind = target === 'sqlite' ? 'sqlite' : 'postgres';
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ingot-check-'));
    const [requests, answers] = ['requests', 'answers'].map((name) => path.join(this.#folder, name));
    execFileSync('mkfifo', [requests, answers]);
    const where = this.kind === 'sqlite' ? path.join(this.#folder, 'check.db') : target;
    this.helper = spawn('python3', [HELPER, this.kind, where, requests, answers], { stdio: 'inherit' });
    this.#requests = fs.openSync(requests, 'w');
    this.#answers = fs.openSync(answers, 'r');
  }

  // {ok, text} or {ok: false, code, message}. `params` is JSON text, or "".
  run(sql, params = '', guest = false) {
    fs.writeSync(this.#requests, JSON.stringify({ sql, params, guest }) + '\n');
    const chunk = Buffer.alloc(65536);
    const pieces = [];
    for (;;) {
      const size = fs.readSync(this.#answers, chunk);
      if (size === 0) {
        throw new Error('the database helper has ended');
      }
      pieces.push(Buffer.from(chunk.subarray(0, size)));
      if (chunk[size - 1] === 10) {
        return JSON.parse(Buffer.concat(pieces).toString());
      }
    }
  }

  // A statement of the host's own, which must succeed.
  must(sql, params = '') {
    const answer = this.run(sql, params);
    if (!answer.ok) {
      throw new Error(`${answer.code}: ${answer.message}\n  in ${sql.slice(0, 200)}`);
    }
    return JSON.parse(answer.text).rows;
  }

  close() {
    fs.closeSync(this.#requests);
    fs.closeSync(this.#answers);
    fs.rmSync(this.#folder, { recursive: true });
  }
}

// SPDX-License-Identifier: Apache-2.0
// `ingot backup` and `ingot restore`: one moment of a database that is written to, whole or not at all, on both databases.
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { bin, databases, run, Server, sleep, temporaryFolder } from "./lib/server.mjs";

const ingot = path.join(bin, "ingot");
const modules = ["core", "crm", "accounting"];
const ours = { anonymous_permissions: ["*:*:*"] };
const config = { master_key: "0123456789abcdef0123456789abcdef" };
const writers = 6;

const backUp = (server, file, options = {}) => run(ingot, ["backup", "--config", server.configPath, "--out", file, "--json"], options);
const restore = (server, file, words = [], options = {}) => run(ingot, ["restore", "--config", server.configPath, file, "--json", ...words], options);
const good = async (made) => {
  const { code, stdout, stderr } = await made;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};
const refused = async (made, code, pattern) => {
  const result = await made;
  assert.equal(result.code, code, `${result.stdout}${result.stderr}`);
  assert.match(JSON.parse(result.stdout).error.message, pattern);
};
const table = (server, module, name) => server.config.db_name ? `${module || "ingot"}.${name}` : `${module ? "" : "ingot_"}${name}`;
const rows = (server, module, name, columns = "*") => server.sql(`SELECT ${columns} FROM ${table(server, module, name)} ORDER BY 1`);
const backupsIn = (folder) => fs.readdirSync(folder).sort();

/** The format as runtime/backup/header.hpp has it, made here. */
function archive(header, payload) {
  const text = Buffer.from(JSON.stringify(header)), prefix = Buffer.alloc(56);
  prefix.write("INGOTBK\n");
  prefix.writeUInt32LE(1, 8);
  prefix.writeUInt32LE(text.length, 12);
  prefix.writeBigUInt64LE(BigInt(payload.length), 16);
  crypto.createHash("sha256").update(text).update(payload).digest().copy(prefix, 24);
  return Buffer.concat([prefix, text, payload]);
}

/** Takes a backup apart, and checks it on the way. */
function parts(file) {
  const bytes = fs.readFileSync(file), length = bytes.readUInt32LE(12);
  const header = JSON.parse(bytes.subarray(56, 56 + length)), payload = bytes.subarray(56 + length);
  assert.equal(bytes.subarray(0, 8).toString(), "INGOTBK\n");
  assert.equal(bytes.readBigUInt64LE(16), BigInt(payload.length));
  assert.equal(bytes.subarray(24, 56).toString("hex"), crypto.createHash("sha256").update(bytes.subarray(56)).digest("hex"));
  return { header, payload, bytes };
}

/** Books a small business: a company, two accounts, and `count` entries. */
async function open(server) {
  dataOf(await server.request("POST", "/api/core/companies", { name: "Shop", country: "DE", currency: "EUR" }), 201);
  for (const [code, name, kind] of [["1000", "Cash", "asset"], ["4000", "Sales", "income"]]) dataOf(await server.request("POST", "/api/accounting/accounts", { code, name, kind }), 201);
}
const book = async (server, writer, number) => {
  const cents = 100 * writer + number;
  dataOf(await server.request("POST", "/api/crm/contacts", { name: `Writer ${writer}`, email: `w${writer}-${number}@example.org` }), 201);
  const lines = [{ account: "1000", debit_cents: cents }, { account: "4000", credit_cents: cents }];
  dataOf(await server.request("POST", "/api/accounting/entries", { date: "2026-02-28", reference: `W${writer}-${number}`, lines }), 201);
};

/** What must be true of every moment: entries are whole, each writer's are the first of his without a gap, and his contacts are as many or one more. Gives how many entries each has. */
async function checkMoment(server) {
  const entries = await server.sql(`SELECT e.reference, count(*) AS lines, sum(l.debit_cents) AS debit, sum(l.credit_cents) AS credit FROM ${table(server, "accounting", "journal_entry")} e
    JOIN ${table(server, "accounting", "journal_line")} l ON l.entry_id = e.id GROUP BY e.id, e.reference`);
  const contacts = await rows(server, "crm", "contact", "email");
  const counts = [];
  for (let writer = 0; writer < writers; ++writer) {
    const mine = new Map(entries.filter(({ reference }) => reference.startsWith(`W${writer}-`)).map((entry) => [Number(entry.reference.split("-")[1]), entry]));
    for (let number = 1; number <= mine.size; ++number) {
      const { lines, debit, credit } = mine.get(number) ?? assert.fail(`entry ${number} of writer ${writer} is not there, but later ones are`);
      assert.deepEqual([lines, debit, credit].map(Number), [2, 100 * writer + number, 100 * writer + number]);
    }
    const known = contacts.filter(({ email }) => email.startsWith(`w${writer}-`)).length;
    assert.ok(known === mine.size || known === mine.size + 1, `writer ${writer} has ${known} contacts and ${mine.size} entries`);
    counts.push(mine.size);
  }
  return counts;
}

/** A configuration like `server`'s with an empty database. */
const sibling = (database) => Server.prepare({ modules, database, ours, config });

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules, database, ours, config });
  const folder = temporaryFolder(), file = path.join(folder, "a.backup");

  test(of("a backup under load is one moment, and serves again"), async () => {
    await open(server);
    const added = spawn(ingot, ["user", "add", server.configPath, "ada@example.org", "--role", "sales"], { stdio: ["pipe", "ignore", "inherit"] });
    added.stdin.end("a long enough password\n");
    assert.equal(await new Promise((resolve) => added.on("close", resolve)), 0);
    const booked = Array(writers).fill(0);
    let writing = true;
    const clients = booked.map(async (_, writer) => {
      while (writing) await book(server, writer, ++booked[writer]);
    });
    for (let round = 0; round < 3; ++round) {
      await sleep(300);
      const before = booked.map((number) => number - 1);  // acknowledged
      const made = await good(backUp(server, file));
      const after = [...booked];
      assert.equal(made.bytes, fs.statSync(file).size);
      const { header } = parts(file);
      assert.equal(header.database, database);
      assert.deepEqual(header.modules.map(({ name }) => name), [...modules].sort());
      for (const { digest, name, version } of header.modules) {
        const listed = dataOf(await server.request("GET", `/api/modules/${name}`));
        assert.deepEqual([version, digest], [listed.version, listed.digest]);
      }
      const other = await sibling(database);
      const restored = await good(restore(other, file));
      assert.deepEqual(restored.dropped, []);
      const counts = await checkMoment(other);
      counts.forEach((count, writer) => assert.ok(before[writer] <= count && count <= after[writer], `writer ${writer}: ${before[writer]} <= ${count} <= ${after[writer]}`));
      for (const { module, table: name, rows: count } of header.tables) assert.equal((await rows(other, module, name)).length, count, name);
      await other.launch();
      const balances = dataOf(await other.request("GET", "/api/accounting/balances"));
      assert.equal(balances.balanced, true);
      const total = counts.reduce((sum, count, writer) => sum + 100 * writer * count + count * (count + 1) / 2, 0);
      assert.equal(balances.total_debit_cents, total);
      dataOf(await other.request("POST", "/api/crm/contacts", { name: "New", email: "new@example.org" }), 201);
      const signed = await other.request("POST", "/api/auth/login", { email: "ada@example.org", password: "a long enough password" });
      assert.equal(signed.status, 200, signed.text);
      await other.stop();
      await other.remove();
    }
    writing = false;
    await Promise.all(clients);
    assert.ok(booked.every((count) => count > 3), `${booked}`);
    assert.deepEqual(backupsIn(folder), ["a.backup"]);
    assert.equal(fs.statSync(file).mode & 0o077, 0, "others may read it");
  });

  test(of("nobody restores under a server that runs, and nobody serves under a restore"), async () => {
    await refused(restore(server, file, ["--replace", "--yes"]), 1, /in use: stop the server/);
    await server.kill();  // what it held goes with it
    // Without consent nothing is dropped.
    await refused(restore(server, file), 2, /not empty: \d+ tables with \d+ rows.*--replace/);
    await refused(restore(server, file, ["--replace"]), 2, /--yes/);
    await refused(restore(server, file, ["--yes"]), 2, /--replace/);
    await checkMoment(server);
    assert.equal((await good(restore(server, file, ["--check"]))).restored, false);
    // What a restore holds, held here for it.
    const lock = database === "sqlite"
      ? spawn("python3", ["-c", "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); time.sleep(600)", path.join(server.folder, "ingot.db-lock")])
      : spawn("psql", ["-X", "-q", "-d", server.config.db_name], { env: { ...process.env, PGHOST: server.config.db_host, PGPORT: String(server.config.db_port), PGUSER: server.config.db_user,
        PGPASSWORD: server.config.db_password } });
    if (database === "postgresql") lock.stdin.write(`SELECT pg_advisory_lock(${0x494E474F55});\n`);  // and waits for more
    try {
      await new Promise((resolve) => lock.stdout.once("data", resolve));
      server.config.connect_timeout = 1;
      server.writeConfig();
      for (const words of [["serve"], ["migrate", "apply"], ["user", "disable", "ada@example.org"]]) {
        const kept = await run(ingot, words.length < 3 ? [...words, server.configPath] : [...words.slice(0, 2), server.configPath, words[2]]);
        assert.equal(kept.code, 1, kept.stderr);
        assert.match(kept.stderr, /being replaced by another process/);
      }
      await refused(restore(server, file, ["--replace", "--yes"]), 1, /in use/);
    } finally {
      lock.kill("SIGKILL");
    }
  });

  test(of("what is damaged, cut, of another kind or no backup is refused before anything is touched"), async () => {
    const { header, payload, bytes } = parts(file);
    const before = await rows(server, "crm", "contact"), bad = path.join(folder, "bad");
    const trial = async (content, pattern, code = 5) => {
      fs.writeFileSync(bad, content);
      await refused(restore(server, bad, ["--replace", "--yes"]), code, pattern);
    };
    const flipped = (at) => {
      const copy = Buffer.from(bytes);
      copy[at] ^= 1;
      return copy;
    };
    await trial("", /does not begin like one/);
    await trial("SQLite format 3\0 and so on", /does not begin like one/);
    await trial(flipped(0), /does not begin like one/);
    await trial(flipped(8), /format version 0/);
    for (const at of [12, 16]) await trial(flipped(at), /damaged/);
    for (const at of [24, 60, bytes.length - payload.length + 100, bytes.length >> 1, bytes.length - 1]) await trial(flipped(at), /damaged/);
    for (const length of [20, 55, 56, 100, bytes.length >> 1, bytes.length - 1]) await trial(bytes.subarray(0, length), /damaged: it (was cut|ends within)/);
    await trial(Buffer.concat([bytes, Buffer.from("x")]), /goes on behind its end/);
    const kinds = ["sqlite", "postgresql"], other = kinds.find((kind) => kind !== database);
    await trial(archive({ ...header, database: other }, payload), new RegExp(`of kind ${other}.*of kind ${database}.*db_host`), 1);
    await trial(archive({ ...header, database: "oracle" }, payload), /no good "database"/);
    await trial(archive({ ...header, tables: [{ module: "crm", table: "contact", rows: -1 }] }, payload), /no good "tables: rows"/);
    await trial(archive([], payload), /no JSON object/);
    // The digest is right, the content is not what the header says, or no database at all.
    const counted = header.tables.map((entry) => entry.table === "contact" ? { ...entry, rows: entry.rows + 1 } : entry);
    await trial(archive({ ...header, tables: counted }, payload), /holds \d+ rows of crm\.contact, and its header says \d+/);
    await trial(archive({ ...header, tables: [...header.tables, { module: "crm", table: "none", rows: 0 }] }, payload), /crm.*none/, database === "sqlite" ? 5 : 1);
    for (const content of [Buffer.from("nothing of the kind".repeat(1000)), payload.subarray(0, payload.length >> 1)]) {
      await trial(archive(header, content), database === "sqlite" ? /what the backup holds/ : /pg_restore failed/, database === "sqlite" ? 5 : 1);
    }
    assert.deepEqual(await rows(server, "crm", "contact"), before);
    await refused(restore(server, path.join(folder, "none"), ["--replace", "--yes"]), 1, /No such file/);
    fs.rmSync(bad);
  });

  test(of("a disk that is full leaves what was there"), async () => {
    const limited = (words) => run("bash", ["-c", 'ulimit -f 40; exec "$@"', "bash", ingot, ...words, "--json"]);
    const before = fs.readFileSync(file);
    await refused(limited(["backup", "--config", server.configPath, "--out", file]), 1, /./);
    assert.ok(fs.readFileSync(file).equals(before));
    await refused(limited(["backup", "--config", server.configPath, "--out", path.join(folder, "b.backup")]), 1, /room/);
    assert.deepEqual(backupsIn(folder), ["a.backup"]);
    await refused(backUp(server, path.join(folder, "none", "c.backup")), 1, /No such file/);
    await refused(backUp(server, folder), 1, /no regular file/);
    if (database === "sqlite") {
      const content = await rows(server, "crm", "contact"), there = fs.readdirSync(server.folder).sort();
      await refused(limited(["restore", "--config", server.configPath, file, "--replace", "--yes"]), 1, /room/);
      assert.deepEqual(await rows(server, "crm", "contact"), content);
      assert.deepEqual(fs.readdirSync(server.folder).sort().filter((name) => !/-(wal|shm)$/.test(name)), there.filter((name) => !/-(wal|shm)$/.test(name)));
    }
  });

  test(of("interrupted at any moment a backup is whole or not there"), async () => {
    const began = Date.now();
    await good(backUp(server, path.join(folder, "whole")));
    const takes = Date.now() - began;
    const outcomes = new Set();
    for (let round = 0; round < 12; ++round) {
      const target = path.join(folder, `i${round}`);
      const child = spawn(ingot, ["backup", "--config", server.configPath, "--out", target], { stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
      await sleep(Math.random() * takes);
      child.kill(round % 2 === 0 ? "SIGINT" : "SIGTERM");
      const code = await ended;
      outcomes.add(code === 0);
      if (code === 0) parts(target);
      assert.equal(fs.existsSync(target), code === 0, `${code}`);
      assert.deepEqual(backupsIn(folder).filter((name) => /tmp/.test(name)), []);
    }
    assert.ok(outcomes.has(false), "no interrupt came in time, so nothing was tried");
  });

  test(of("killed at any moment a restore leaves the old data or the new"), async () => {
    const target = await sibling(database);
    await good(restore(target, file));
    const newer = (await rows(target, "crm", "contact")).length;
    await target.launch();
    for (const name of ["one", "two"]) dataOf(await target.request("POST", "/api/crm/contacts", { name, email: `${name}@old.example.org` }), 201);
    const old = path.join(folder, "old.backup");
    await good(backUp(target, old));
    await target.stop();
    const began = Date.now();
    await good(restore(target, old, ["--replace", "--yes"]));
    const takes = Date.now() - began, seen = new Set();
    for (let round = 0; round < 16; ++round) {
      // From whatever is there to the other one.
      const there = (await rows(target, "crm", "contact")).length;
      const child = spawn(ingot, ["restore", "--config", target.configPath, there === newer ? old : file, "--replace", "--yes"], { stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("close", resolve));
      await sleep(Math.random() * takes * 1.1);
      child.kill("SIGKILL");
      await ended;
      const now = (await rows(target, "crm", "contact")).length;
      assert.ok(now === newer || now === newer + 2, `${now} contacts`);
      seen.add(now === there ? "kept" : "replaced");
      await checkMoment(target);
    }
    assert.ok(seen.has("kept"), "every kill came too late");
    await good(restore(target, file, ["--replace", "--yes"]));
    assert.equal((await rows(target, "crm", "contact")).length, newer);
    assert.deepEqual(fs.readdirSync(target.folder).filter((name) => /restore/.test(name)), []);
    await target.launch();
    assert.equal(dataOf(await target.request("GET", "/api/accounting/balances")).balanced, true);
    await target.stop();
    await target.remove();
  });

  if (database === "sqlite") {
    test(of("a database that nobody can read any more is replaced, its log too"), async () => {
      const target = await sibling(database), place = path.join(target.folder, "ingot.db");
      await good(restore(target, file));
      const expected = await rows(target, "crm", "contact"), bytes = fs.readFileSync(place);
      for (const damaged of [Buffer.alloc(bytes.length, 7), bytes.subarray(0, 5000), Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 7)])]) {
        fs.writeFileSync(place, damaged);
        fs.writeFileSync(`${place}-wal`, Buffer.alloc(10_000, 9));
        await refused(restore(target, file), 2, /not empty/);
        assert.ok(fs.readFileSync(place).equals(damaged));
        await good(restore(target, file, ["--replace", "--yes"]));
        assert.ok(!fs.existsSync(`${place}-wal`));
        assert.deepEqual(await rows(target, "crm", "contact"), expected);
      }
      await target.remove();
    });

    test(of("a database that another program has open is not taken away from under it"), async () => {
      const reader = spawn("python3", ["-c", "import sqlite3, sys, time; d = sqlite3.connect(sys.argv[1]); d.execute('SELECT count(*) FROM contact').fetchone(); print(flush=True); time.sleep(600)",
        path.join(server.folder, "ingot.db")]);
      try {
        await new Promise((resolve) => reader.stdout.once("data", resolve));
        await refused(restore(server, file, ["--replace", "--yes"]), 1, /open in another program/);
      } finally {
        reader.kill("SIGKILL");
      }
      await checkMoment(server);
    });
  }

  test(of("what a restore replaces it replaces whole, and names it"), async () => {
    const target = await Server.start({ modules: ["core", "hr"], database, ours, config });
    dataOf(await target.request("POST", "/api/core/companies", { name: "Other", country: "FR", currency: "EUR" }), 201);
    await target.stop();
    const { dropped } = await good(restore(target, file, ["--replace", "--yes"]));
    assert.ok(dropped.some(({ module, table: name, rows: count }) => module === "core" && name === "company" && count === 1), JSON.stringify(dropped));
    assert.ok(dropped.some(({ module }) => module === "hr"));
    assert.ok(!(await target.catalog()).some((line) => /employee/.test(line)));
    assert.deepEqual((await rows(target, "core", "company", "name")).map(({ name }) => name), ["Shop"]);
    assert.deepEqual((await target.history()).filter((line) => line.startsWith("hr")), []);
    await target.launch();  // and hr begins anew
    assert.equal((await target.request("GET", "/api/hr/employees")).status, 200);
    await target.stop();
    await target.remove();
  });

  test(of("there is nothing to back up where nothing is"), async () => {
    const empty = await sibling(database);
    await refused(backUp(empty, path.join(folder, "empty")), 1, /nothing to back up/);
    assert.ok(!fs.existsSync(path.join(folder, "empty")));
    if (database === "sqlite") assert.ok(!fs.existsSync(path.join(empty.folder, "ingot.db")));
    await empty.remove();
  });

  if (database === "postgresql") {
    test(of("pg_dump is looked for, asked for its version, and never told the password where others see it"), async () => {
      const tools = temporaryFolder(), seen = path.join(tools, "seen"), target = path.join(folder, "t");
      const env = { ...process.env, INGOT_PG_BIN: tools };
      await refused(backUp(server, target, { env }), 1, /pg_dump.*there is none: install postgresql-client-\d+/);
      const tool = (text) => fs.writeFileSync(path.join(tools, "pg_dump"), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
      tool("echo 'pg_dump (PostgreSQL) 9.6.1'");
      await refused(backUp(server, target, { env }), 1, /pg_dump is of version 9: install postgresql-client-\d+/);
      tool("exit 1");
      await refused(backUp(server, target, { env }), 1, /does not say its version/);
      tool("[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }\necho half; echo 'the server is tired' >&2; exit 3");
      await refused(backUp(server, target, { env }), 1, /exit code 3.*the server is tired/);
      tool(`tr '\\0' ' ' < /proc/$$/cmdline >> '${seen}'; exec '${(await run("bash", ["-c", "ls -d /usr/lib/postgresql/*/bin/pg_dump | tail -1"])).stdout.trim()}' "$@"`);
      await good(backUp(server, target, { env }));
      const words = fs.readFileSync(seen, "utf8");
      assert.match(words, /--snapshot=/);
      assert.ok(!words.includes(server.config.db_password), "the password is on a command line");
      assert.deepEqual(backupsIn(folder).filter((name) => /^t/.test(name)), ["t"]);
    });
  }
}

await runAll();

// SPDX-License-Identifier: Apache-2.0
// A database in memory with sql.js: thousands of rows, joins, windows, JSON, dates, functions of the program's own called by SQL, errors, and the file.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// The program's time and randomness must be the same on both engines: SQLite asks for both.
function freeze() {
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) & 0xff;
  globalThis.crypto.getRandomValues = (view) => view.fill(0).map(random) && view.forEach((_, at) => (view[at] = random())) || view;
  Date.now = () => 1700000000000;
}

export async function main(packageFolder, write) {
  freeze();
  const require = createRequire(import.meta.url);
  const dist = path.join(packageFolder, "dist");
  const SQL = await require(path.join(dist, "sql-wasm-debug.js"))({ wasmBinary: fs.readFileSync(path.join(dist, "sql-wasm-debug.wasm")) });
  const db = new SQL.Database();
  const ask = (name, sql, values) => write(`${name}.json`, JSON.stringify(db.exec(sql, values)));

  db.run(`PRAGMA page_size=4096;
    CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rating REAL, note BLOB);
    CREATE TABLE sale(id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer(id), day TEXT, amount REAL CHECK(amount > 0), items TEXT);
    CREATE INDEX sale_day ON sale(day, customer); CREATE VIEW big AS SELECT * FROM sale WHERE amount > 900;
    CREATE TABLE log(what TEXT); CREATE TRIGGER gone AFTER DELETE ON sale BEGIN INSERT INTO log VALUES ('deleted ' || old.id); END;`);
  db.run("BEGIN");
  // Every crossing compares the whole memory, so most rows are made by SQL itself.
  const customer = db.prepare("INSERT INTO customer VALUES (?,?,?,?)");
  for (let id = 1; id <= 40; ++id) customer.run([id, `customer ${id} ${"äß日🚲"[id % 4]}`, id / 7, new Uint8Array([id & 255, id >> 8, 7])]);
  customer.free();
  db.run(`INSERT INTO customer WITH RECURSIVE n(value) AS (SELECT 41 UNION ALL SELECT value + 1 FROM n WHERE value < 300)
    SELECT value, 'customer ' || value, value / 7.0, zeroblob(value % 5) FROM n`);
  const sale = db.prepare("INSERT INTO sale(customer, day, amount, items) VALUES ($customer, $day, $amount, $items)");
  for (let at = 0; at < 20; ++at) sale.run({ $customer: at + 1, $day: `2020-09-${at + 10}`, $amount: at + 0.125, $items: JSON.stringify({ count: at, tags: [`t${at % 5}`] }) });
  sale.free();
  db.run(`INSERT INTO sale(customer, day, amount, items) WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 5999)
    SELECT at * 7919 % 300 + 1, date(1.6e9 + at * 37000, 'unixepoch'), at * 104729 % 99991 / 99.0 + 0.01,
      json_object('count', at % 9, 'tags', json_array('t' || at % 5, at), 'nested', json_object('price', at / 8.0)) FROM n`);
  db.run("COMMIT");

  ask("join", `SELECT c.name, count(*), sum(s.amount), avg(s.amount), min(day), max(day) FROM customer c JOIN sale s ON s.customer = c.id GROUP BY c.id HAVING count(*) > 10 ORDER BY 3 DESC LIMIT 20`);
  ask("window", `SELECT id, customer, sum(amount) OVER w, rank() OVER w, lag(amount, 2) OVER w, ntile(4) OVER w, avg(amount) OVER (PARTITION BY customer ORDER BY id ROWS 3 PRECEDING)
    FROM sale WHERE customer < 4 WINDOW w AS (PARTITION BY customer ORDER BY day, id)`);
  ask("json", `SELECT json_extract(items,'$.tags[0]') AS tag, sum(json_extract(items,'$.count')), json_group_array(id) FILTER (WHERE id % 400 = 3), max(items ->> '$.nested.price') FROM sale GROUP BY tag`);
  ask("json_each", `SELECT e.key, e.type, count(*), json_set(min(items), '$.new', json('[1,{"a":null}]')) FROM sale, json_each(items) e GROUP BY 1, 2`);
  ask("recursive", `WITH RECURSIVE p(n, f) AS (SELECT 1, 1.0 UNION ALL SELECT n+1, f*(n+1) FROM p WHERE n < 25) SELECT n, f, printf('%.17g|%08.3f|%x', f/3, n/7.0, n*n) FROM p`);
  ask("text", `SELECT name, upper(name), hex(note), length(name), substr(name, -3), unicode(substr(name,-1)), quote(note), name GLOB '*1?', name LIKE '%2_' FROM customer WHERE id % 50 = 2`);
  ask("dates", `SELECT date('2024-02-29','+1 year'), strftime('%W %j %s','2031-12-31 23:59:59'), julianday('1999-03-04 05:06:07.89'), unixepoch('now') > 1e9, datetime(1e9,'unixepoch','weekday 2')`);
  ask("compound", `SELECT day FROM big EXCEPT SELECT day FROM sale WHERE amount < 100 UNION SELECT 'end' ORDER BY 1 DESC LIMIT 20`);
  ask("plan", `EXPLAIN QUERY PLAN SELECT * FROM sale JOIN customer USING (id) WHERE day > '2021'`);

  db.create_function("digits", (text, factor) => [...String(text)].reduce((sum, letter) => sum + (Number(letter) || 0) * factor, 0.5));
  db.create_function("bytes", (blob) => Uint8Array.from(blob, (byte) => byte ^ 0x5a));
  db.create_function("fails", () => { throw new Error("this function fails"); });
  db.create_aggregate("longest", { init: () => "", step: (state, value) => (value.length > state.length ? value : state), finalize: (state) => `<${state}>` });
  ask("functions", `SELECT id, digits(day, id), hex(bytes((SELECT note FROM customer c WHERE c.id = customer))) FROM sale WHERE id % 997 = 5`);
  ask("aggregate", `SELECT customer % 10, longest(items) FROM sale WHERE id % 300 < 2 GROUP BY 1`);

  db.run("DELETE FROM sale WHERE id % 50 = 0; UPDATE sale SET amount = round(amount * 1.19, 2) WHERE customer BETWEEN 20 AND 40;");
  ask("log", "SELECT count(*), min(what), max(what), total_changes() FROM log");
  const failures = ["SELEC 1", "INSERT INTO sale(amount) VALUES (-1)", "INSERT INTO customer SELECT 999, name, 1, 1 FROM customer", "SELECT fails()", "SELECT json('{')"];
  for (const [at, sql] of failures.entries()) {
    let message = "no error";
    try {
      db.exec(sql);
    } catch (error) {
      message = error.message;
    }
    write(`error-${at}.txt`, message);
  }
  db.run("VACUUM");
  const file = db.export();
  write("database.sqlite", file);
  const again = new SQL.Database(file);
  write("integrity.json", JSON.stringify(again.exec("PRAGMA integrity_check; SELECT count(*), total(amount) FROM sale")));
  again.close();
  db.close();
}

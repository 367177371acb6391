// SPDX-License-Identifier: Apache-2.0
// Handlers that trap, loop, eat memory or lie: that request gets an error envelope, everything else goes on in the same process.
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { databases, sleep, withServer } from "./lib/server.mjs";

// Short where a deadline is what is looked at; out of the way where it is not, since a busy machine may keep a good request waiting.
const short_deadline_ms = 400;
const long_deadline_ms = 20_000;
const memory_mib = 8;
const pages_max = memory_mib * 16;
const guests = ["trap", "spin", "hungry", "liar", "bad_alloc", "counter"];
const traps = ["unreachable", "divide", "bounds", "recursion", "convert", "null", "mismatch", "host"];
const lies = ["address", "length", "empty", "text", "array", "status", "header", "bytes"];

const options = (database, call_deadline_ms) => ({ modules: guests, database, ours: { limits: { call_deadline_ms, memory_mib } } });

/** A server with every guest. The process that answers at the end must be the one that was started. */
function withGuests(database, deadline_ms, body) {
  return withServer(options(database, deadline_ms), async (server) => {
    const { pid } = server.child;
    await body(server);
    await assertWell(server);
    assert.ok(server.running && server.child.pid === pid);
  });
}

const get = (server, route) => server.request("GET", `/api${route}`);

async function assertWell(server) {
  assert.equal(dataOf(await get(server, "/trap/ok")), "ok");
  assert.deepEqual(dataOf(await get(server, "/counter/count")), [1, 1, 2]);
  assert.equal(dataOf(await server.request("GET", "/ready")).status, "ready");
}

/** 500 with an envelope that says no more than it should: no address, no file of the host. */
function assertBroken(response) {
  assert.equal(response.status, 500, response.text);
  assert.deepEqual(Object.keys(response.json), ["error"]);
  assert.match(response.json.error.code, /^[A-Z][A-Z0-9_]*$/);
  assert.equal(response.json.error.request_id, response.headers.get("x-request-id"));
  assert.doesNotMatch(response.json.error.message, /0x|\.cpp|\//);
}

/** Runs `body` and gives how long it took. */
async function elapsed_ms(body) {
  const begun = performance.now();
  await body();
  return performance.now() - begun;
}

const notes = async (server) => dataOf(await get(server, "/trap/notes")).rows[0].total;

for (const database of databases()) {
  test(`every kind of trap ends its own request only (${database})`, () => withGuests(database, long_deadline_ms, async (server) => {
    for (const trap of traps) {
      const response = await get(server, `/trap/${trap}`);
      assertError(response, 500, "MODULE_TRAPPED");
      assertBroken(response);
      await assertWell(server);
    }
    // Each of a module's instances has trapped by now, also where few exist.
    await Promise.all(Array.from({ length: 40 }, (_, index) => get(server, `/trap/${traps[index % traps.length]}`)));
    const trap = dataOf(await server.request("GET", "/api/modules")).find((module) => module.name === "trap");
    assert.equal(trap.state, "active");
    assert.equal(trap.traps, traps.length + 40);
  }));

  test(`what a refused or trapped request wrote is rolled back (${database})`, () => withGuests(database, long_deadline_ms, async (server) => {
    const post = (route) => server.request("POST", `/api/trap${route}`);
    assert.equal(await notes(server), 0);
    assert.equal(dataOf(await post("/notes")).rows_affected, 1);
    assert.equal(await notes(server), 1);
    assertError(await post("/notes/trap"), 500, "MODULE_TRAPPED");
    assert.equal(await notes(server), 1);
    assertError(await post("/notes/refuse"), 400, "REFUSED");
    assert.equal(await notes(server), 1);
    // Many at once: only the good ones count, and no rolled-back one takes a good one with it.
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => post(["/notes", "/notes/trap", "/notes/refuse"][index % 3])));
    assert.deepEqual(answers.map((answer) => answer.status), Array.from({ length: 30 }, (_, index) => [200, 500, 400][index % 3]));
    assert.equal(await notes(server), 11);
    assert.deepEqual(await server.sql(`SELECT count(*) AS total FROM ${database === "sqlite" ? "" : "trap."}trap_note`), [{ total: 11 }]);
  }));

  test(`an endless loop ends at its deadline while others are served (${database})`, () => withGuests(database, short_deadline_ms, async (server) => {
    for (const route of ["/spin/loop", "/spin/log"]) {
      let over = false, others = 0;
      const loop = elapsed_ms(async () => assertError(await get(server, route), 504, "DEADLINE_EXCEEDED")).finally(() => (over = true));
      while (!over) {
        assert.equal(dataOf(await get(server, "/trap/ok")), "ok");
        assert.equal(typeof await notes(server), "number");
        ++others;
      }
      const took_ms = await loop;
      assert.ok(took_ms >= short_deadline_ms - 20, `${route} was ended after ${took_ms} ms, before its deadline`);
      // A slow machine may be late, but not by the time that a default of five seconds would give.
      assert.ok(took_ms < short_deadline_ms + 2500, `${route} took ${took_ms} ms`);
      assert.ok(others >= 3, `only ${others} other requests were answered during ${route}`);
    }
    assert.ok((server.log.match(/still here/g) ?? []).length <= 1000, "a guest may not flood the log");
  }));

  test(`loops in every instance at once leave room for other modules (${database})`, () => withGuests(database, short_deadline_ms, async (server) => {
    const loops = Array.from({ length: 5 }, () => get(server, "/spin/loop"));
    for (let count = 0; count < 5; ++count) assert.equal(dataOf(await get(server, "/trap/ok")), "ok");
    for (const loop of await Promise.all(loops)) assertError(loop, 504, "DEADLINE_EXCEEDED");
    // And the module itself is as good as before.
    assertError(await get(server, "/spin/log"), 504, "DEADLINE_EXCEEDED");
  }));

  test(`memory ends at its limit (${database})`, () => withGuests(database, short_deadline_ms, async (server) => {
    for (let round = 0; round < 3; ++round) {
      assertBroken(await get(server, "/hungry/grow"));
      assert.equal(dataOf(await get(server, "/hungry/count")), pages_max);
      assertError(await get(server, "/hungry/keep"), 504, "DEADLINE_EXCEEDED");
    }
    await Promise.all(Array.from({ length: 12 }, async () => assert.equal(dataOf(await get(server, "/hungry/count")), pages_max)));
  }));

  test(`answers that no module may give become errors (${database})`, () => withGuests(database, long_deadline_ms, async (server) => {
    for (const lie of lies) {
      const response = await get(server, `/liar/${lie}`);
      assertBroken(response);
      assert.equal(response.headers.get("set-cookie"), null, "a module split the response");
      assert.equal(response.headers.get("x-a"), null);
    }
    for (let count = 0; count < 10; ++count) assertBroken(await get(server, "/bad_alloc/ok"));
    assertBroken(await get(server, "/bad_alloc/ok?" + "x".repeat(4000)));
  }));

  test(`32 clients mix good and bad handlers (${database})`, () => withGuests(database, long_deadline_ms, async (server) => {
    const good = [
      async () => assert.equal(dataOf(await get(server, "/trap/ok")), "ok"),
      async () => assert.deepEqual(dataOf(await get(server, "/counter/count")), [1, 1, 2]),
      async () => assert.equal(dataOf(await server.request("POST", "/api/trap/notes")).rows_affected, 1),
      async () => assert.equal(dataOf(await get(server, "/hungry/count")), pages_max),
    ];
    const bad = [
      ...traps.map((trap) => async () => assertError(await get(server, `/trap/${trap}`), 500, "MODULE_TRAPPED")),
      ...lies.map((lie) => async () => assertBroken(await get(server, `/liar/${lie}`))),
      async () => assertBroken(await get(server, "/bad_alloc/ok")),
      async () => assertBroken(await get(server, "/hungry/grow")),
      async () => assertError(await server.request("POST", "/api/trap/notes/trap"), 500, "MODULE_TRAPPED"),
      async () => assertError(await server.request("POST", "/api/trap/notes/refuse"), 400, "REFUSED"),
    ];
    const calls = [...good, ...bad];
    const rounds = 30, clients = 32;
    let written = 0;
    await Promise.all(Array.from({ length: clients }, async (_, client) => {
      for (let round = 0; round < rounds; ++round) {
        // Steps that have no common divisor with the list's length: every client meets every handler in another order.
        const pick = (client * 7 + round * (round % 2 ? 5 : 11)) % (calls.length + good.length);
        const call = calls[pick] ?? good[pick - calls.length];
        await call();
        if (call === good[2]) ++written;
      }
    }));
    assert.ok(written > 0);
    assert.equal(await notes(server), written);
  }));

  test(`SIGTERM lets running requests end, then the process (${database})`, () => withServer(options(database, 1000), async (server) => {
    await assertWell(server);
    const running = [get(server, "/spin/loop"), get(server, "/spin/log"), get(server, "/spin/loop")];
    await sleep(200);
    const took_ms = await elapsed_ms(async () => {
      const stopped = server.stop();
      await sleep(100);
      await assert.rejects(get(server, "/trap/ok"), TypeError, "a stopping server accepts no new client");
      for (const response of await Promise.all(running)) assertError(response, 504, "DEADLINE_EXCEEDED");
      await stopped;
    });
    assert.ok(took_ms < 5000, `stopping took ${took_ms} ms`);
    assert.match(server.log, / info stopped/);
  }));
}

await runAll();

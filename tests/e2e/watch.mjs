// SPDX-License-Identifier: Apache-2.0
// `ingot serve --watch`: what is saved in a module's folder is built, cast and served; what does not build, cast or start changes nothing.
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, run, sleep, temporaryFolder } from "./lib/server.mjs";

const toolchain = process.env.INGOT_WABT_PREFIX ?? path.join(process.env.INGOT_TOOLCHAIN, "wabt");
const prefix = path.join(toolchain, "usr"), loader = path.join(prefix, "lib64/ld-linux-x86-64.so.2");
const wat2wasm = fs.existsSync(loader) ? [loader, "--library-path", path.join(prefix, "lib/x86_64-linux-gnu"), path.join(prefix, "bin/wat2wasm")] : [path.join(toolchain, "bin/wat2wasm")];

// ingotc signs with the developer key of whoever runs the server; the configuration trusts it.
process.env.XDG_CONFIG_HOME = temporaryFolder();
fs.mkdirSync(path.join(process.env.XDG_CONFIG_HOME, "ingot"));
assert.equal((await run(path.join(bin, "ingotc"), ["keygen", "-o", path.join(process.env.XDG_CONFIG_HOME, "ingot/developer")])).code, 0);
const ours = { trusted_keys: [path.join(process.env.XDG_CONFIG_HOME, "ingot/developer.pub")], anonymous_permissions: ["*:*:*"] };

/** A module whose one route answers this text. */
function source(answer, { init = "(drop (call $route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 7) (i32.const 1)))" } = {}) {
  const text = JSON.stringify({ status: 200, body: answer });
  return `(module
    (import "host" "register_route" (func $route (param i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "GET/answer") (data (i32.const 64) "${text.replaceAll('"', '\\"')}")
    (func (export "init") ${init})
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "handle") (param i32 i32 i32) (result i32 i32) (i32.const 64) (i32.const ${text.length})))`;
}

/** A module's folder that builds itself from module.wat; module.json comes last, as from \`ingotc new\`. */
function sow(server, name, answer, { script = `exec ${wat2wasm.join(" ")} src/module.wat -o ${name}.wasm` } = {}) {
  const folder = server.moduleFolder(name);
  fs.mkdirSync(path.join(folder, "src"), { recursive: true });
  fs.writeFileSync(path.join(folder, "src/module.wat"), source(answer));
  if (script) fs.writeFileSync(path.join(folder, "build"), `#!/bin/sh\nset -e\ncd "$(dirname "$0")"\n${script}\n`, { mode: 0o755 });
  fs.writeFileSync(path.join(folder, "module.json"), JSON.stringify({ name, version: "1.0.0" }));
  return folder;
}

const patience_ms = 20_000;  // far more than it takes; how long it takes is printed
async function until(what, holds) {
  for (const end = Date.now() + patience_ms; Date.now() < end; await sleep(10)) {
    if (await holds()) return;
  }
  throw new Error(`waited in vain: ${what}`);
}
const answers = (server, name, answer) => until(`${name} answers ${answer}`, async () => (await server.request("GET", `/api/${name}/answer`)).json?.data === answer);
const says = (server, pattern, after = 0) => until(`the server says ${pattern}`, () => pattern.test(server.log.slice(after)));

/** The wasm of a module that answers this, for a module folder that has no build script. */
async function wasmOf(text) {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "m.wat"), text);
  const { code, stderr } = await run(wat2wasm[0], [...wat2wasm.slice(1), path.join(folder, "m.wat"), "-o", path.join(folder, "m.wasm")]);
  assert.equal(code, 0, stderr);
  return path.join(folder, "m.wasm");
}

/** Puts a file in another's place at once. */
function place(from, to) {
  fs.copyFileSync(from, path.join(path.dirname(to), ".new"));
  fs.renameSync(path.join(path.dirname(to), ".new"), to);
}

const server = await Server.prepare({ modules: [], ours });
server.flags = ["--watch"];
const gen = sow(server, "gen", "one");
await server.launch();

test("what is there at the start is built, cast and served, and the mode says what it is", async () => {
  await answers(server, "gen", "one");
  assert.match(server.log, / warn watch: for development only: [^\n]* ingotc=\//);
  assert.match(server.log, / info watch: built module=gen ms=\d+\n/);
  assert.match(server.log, / info watch: cast module=gen ms=\d+\n/);
});

test("a saved source is served", async () => {
  for (const answer of ["two", "three"]) {
    const begin = Date.now();
    fs.writeFileSync(path.join(gen, "src/module.wat"), source(answer));
    await answers(server, "gen", answer);
    const served = Date.now(), built = fs.statSync(path.join(gen, "gen.wasm")).mtimeMs;
    console.log(`         served ${Math.round(served - built)} ms after the .wasm changed, ${served - begin} ms after the source did`);
  }
});

test("what does not build is shown and changes nothing, and is built when it is mended", async () => {
  const before = server.log.length;
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("four").replace("i32.const", "i32.konst"));
  await says(server, /error watch: not built; what was served is served module=gen reason=[^\n]*\/gen\/build ended with 1/, before);
  assert.match(server.log.slice(before), /i32\.konst/);
  assert.equal(dataOf(await server.request("GET", "/api/gen/answer")), "three");
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("four"));
  await answers(server, "gen", "four");
});

test("what ingotc refuses is shown and changes nothing", async () => {
  const before = server.log.length;
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("five").replace('"register_route"', '"register_rout"'));
  await says(server, /error watch: not cast; what was served is served module=gen reason=[^\n]*\/ingotc ended with 3/, before);
  assert.match(server.log.slice(before), /ingotc: error: [^\n]*register_rout/);
  assert.equal(dataOf(await server.request("GET", "/api/gen/answer")), "four");
});

test("what does not start is refused by the reload, and changes nothing", async () => {
  const before = server.log.length;
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("six", { init: "unreachable" }));
  await says(server, /reload refused; what was served is served[^\n]*gen/, before);
  assert.equal(dataOf(await server.request("GET", "/api/gen/answer")), "four");
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("seven"));
  await answers(server, "gen", "seven");
});

test("a .wasm that comes from elsewhere is cast, and so is a bundle taken", async () => {
  const folder = sow(server, "hand", "none", { script: "" });
  const wasm = path.join(folder, "hand.wasm");
  place(await wasmOf(source("by hand")), wasm);
  await answers(server, "hand", "by hand");
  place(await wasmOf(source("again")), wasm);
  await answers(server, "hand", "again");
  // A bundle that is newer than its .wasm is not cast again, only served.
  const casts = () => server.log.split("watch: cast module=hand").length;
  const count = casts(), made = temporaryFolder();
  fs.copyFileSync(path.join(folder, "module.json"), path.join(made, "module.json"));
  fs.copyFileSync(await wasmOf(source("a bundle")), path.join(made, "module.wasm"));
  const { code, stderr } = await run(path.join(bin, "ingotc"), ["build", made, "-O", "dev", "--target", "x86-64-v2", "-o", path.join(made, "hand.ingot")]);
  assert.equal(code, 0, stderr);
  place(path.join(made, "hand.ingot"), path.join(folder, "hand.ingot"));
  await answers(server, "hand", "a bundle");
  assert.equal(casts(), count);
});

test("modules come and go, deep folders and all", async () => {
  const folder = sow(server, "late", "first", { script: `exec ${wat2wasm.join(" ")} a/b/c/module.wat -o late.wasm` });
  await says(server, /not built[^\n]*module=late/);  // there is no a/b/c yet
  fs.mkdirSync(path.join(folder, "a/b/c"), { recursive: true });
  fs.writeFileSync(path.join(folder, "a/b/c/module.wat"), source("deep"));
  await answers(server, "late", "deep");
  fs.writeFileSync(path.join(folder, "a/b/c/module.wat"), source("deeper"));
  await answers(server, "late", "deeper");
  fs.rmSync(folder, { recursive: true });
  await until("late is gone", async () => (await server.request("GET", "/api/late/answer")).status === 404);
  sow(server, "late", "is back");
  await answers(server, "late", "is back");
});

test("what a build makes of itself does not build it for ever", async () => {
  const folder = sow(server, "busy", "busy", { script: `date +%s%N > stamp; echo . >> ../../busy.count; exec ${wat2wasm.join(" ")} src/module.wat -o busy.wasm` });
  await answers(server, "busy", "busy");
  await says(server, /warn watch: its build changes its own sources[^\n]*module=busy/);
  const builds = () => fs.readFileSync(path.join(server.folder, "busy.count"), "utf8").length / 2;
  const count = builds();
  await sleep(1500);
  assert.ok(builds() <= count + 3, `${builds()} builds`);  // one more round at most: the last build's own change
  fs.rmSync(folder, { recursive: true });
});

test("a build script that everybody may change is not run", async () => {
  const folder = sow(server, "open", "open", { script: `touch ../../ran; exec ${wat2wasm.join(" ")} src/module.wat -o open.wasm` });
  fs.rmSync(path.join(folder, "module.json"));
  fs.chmodSync(path.join(folder, "build"), 0o777);
  const before = server.log.length;
  fs.writeFileSync(path.join(folder, "module.json"), JSON.stringify({ name: "open", version: "1.0.0" }));
  await says(server, /reloaded/, before);
  fs.rmSync(path.join(server.folder, "ran"), { force: true });  // of the moment before the mode changed
  fs.writeFileSync(path.join(folder, "src/module.wat"), source("shut"));
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("eight"));
  await answers(server, "gen", "eight");
  assert.ok(!fs.existsSync(path.join(server.folder, "ran")));
  fs.rmSync(folder, { recursive: true });
});

test("the end of the server is the end of what it builds", async () => {
  fs.writeFileSync(path.join(gen, "build"), `#!/bin/sh\necho $$ > ${server.folder}/pid\nsleep 600\n`, { mode: 0o755 });
  fs.writeFileSync(path.join(gen, "src/module.wat"), source("never"));
  const pid = path.join(server.folder, "pid");
  await until("the build runs", () => fs.existsSync(pid) && fs.readFileSync(pid, "utf8").endsWith("\n"));
  const number = Number(fs.readFileSync(pid, "utf8"));
  assert.equal(dataOf(await server.request("GET", "/api/gen/answer")), "eight");  // and meanwhile it answers
  await server.stop();
  const gone = () => {
    try {
      return !process.kill(-number, 0);
    } catch (error) {
      return error.code === "ESRCH";
    }
  };
  await until("nothing of the build is left", gone);  // what was killed is a name in the kernel's list until init has asked after it
  await server.remove();
});

test("without an ingotc it does not start, and says so", async () => {
  const other = await Server.prepare({ modules: [], ours });
  const ingot = path.join(bin, "ingot");
  const wrong = await run(ingot, ["serve", other.configPath, "--watch", "--ingotc", "/nowhere/ingotc"]);
  assert.equal(wrong.code, 4);
  assert.match(wrong.stderr, /--ingotc \/nowhere\/ingotc is no program/);
  assert.equal((await run(ingot, ["serve", other.configPath, "--ingotc", path.join(bin, "ingotc")])).code, 2);
  // A copy of ingot that stands alone, with nothing in PATH.
  const alone = path.join(other.folder, "ingot");
  fs.copyFileSync(ingot, alone);
  const none = await run(alone, ["serve", other.configPath, "--watch"], { env: { PATH: "/nowhere" } });
  assert.equal(none.code, 4);
  assert.match(none.stderr, /neither beside this program nor in PATH; name it with --ingotc PATH/);
  await other.remove();
});

await runAll();

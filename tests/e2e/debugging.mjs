// SPDX-License-Identifier: Apache-2.0
// A trap names the guest's functions and lines, and gdb steps through a guest's source in the running server. Which line it must be is read
// off the source text, where comments mark them.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, cast, run, Server, temporaryFolder } from "./lib/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "debugging", "guest.c");
const headers = path.resolve(here, "../../abi/include");
const folder = temporaryFolder();
const lines = fs.readFileSync(source, "utf8").split("\n");
const lineOf = (name) => {
  const found = lines.flatMap((line, index) => (line.trimEnd().endsWith(`// line: ${name}`) ? [index + 1] : []));
  assert.equal(found.length, 1, name);
  return found[0];
};

/** The newest program of this name: NAME-30 ... NAME-19, or in LLVM's own folder. */
function tool(name, override) {
  if (process.env[override]) return process.env[override];
  for (let version = 30; version >= 19; --version) {
    const own = `/usr/lib/llvm-${version}/bin/${name}`;
    if (fs.existsSync(own)) return own;
    if (spawnSync(`${name}-${version}`, ["--version"]).status === 0) return `${name}-${version}`;
  }
  throw new Error(`no ${name}; scripts/setup installs it`);
}

function must(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: "utf8", ...options });
  assert.equal(result.status, 0, `${program} ${args.join(" ")}\n${result.error ?? ""}${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** Compiles the guest as its author would, from the folder of its source, and gives the path of the module. */
function compile(name, linkFlags = [], compileFlags = ["-g"]) {
  const object = path.join(folder, `${name}.o`), wasm = path.join(folder, `${name}.wasm`);
  must(tool("clang", "INGOT_CLANG"), ["--target=wasm32", "-O1", ...compileFlags, "-ffreestanding", "-I", headers, "-c", "guest.c", "-o", object],
    { cwd: path.dirname(source) });
  must(tool("wasm-ld", "INGOT_WASM_LD"), ["--no-entry", ...linkFlags, object, "-o", wasm]);
  return wasm;
}

function build(wasm, ...options) {
  const bundle = wasm.replace(/\.wasm$/, `${options.join("")}.ingot`);
  must(path.join(bin, "ingotc"), ["build", wasm, "--contract", "eerp", "--target", "x86-64-v2", "--unsigned", "-o", bundle, ...options]);
  return bundle;
}

function trapOf(bundle, name, argument, ...options) {
  const result = spawnSync(path.join(bin, "ingot"), ["call", "--allow-unsigned", "--json", ...options, bundle, name, String(argument)], { encoding: "utf8" });
  assert.ok(result.status === 7 || result.status === 8, `${result.status} ${result.stdout} ${result.stderr}`);
  const { trap } = JSON.parse(result.stdout);
  for (const { text } of trap.backtrace.slice(0, 3)) assert.ok(result.stderr.includes(`  at ${text}\n`), result.stderr);
  return trap;
}

const modules = {};
function bundle(kind) {
  modules[kind] ??= {
    lines: () => build(compile("lines")),
    names: () => build(compile("names", ["--strip-debug"])),
    bare: () => build(compile("bare", ["--strip-all"])),
    debug: () => build(compile("debug"), "--debug"),
  }[kind]();
  return modules[kind];
}

const place = (name, line = name) => `${name} (guest.c:${lineOf(line)})`;
const texts = (trap) => trap.backtrace.map(({ text }) => text);

for (const kind of ["lines", "debug"]) {
  test(`${kind}: a trap three calls deep names functions and lines`, () => {
    const trap = trapOf(bundle(kind), "outer", 7);
    assert.equal(trap.kind, "unreachable");
    assert.deepEqual(texts(trap), [place("innermost"), place("middle"), place("outer")]);
  });
  test(`${kind}: so does a fault in memory`, () => {
    const trap = trapOf(bundle(kind), "outside", 0x7ffffff0);
    assert.equal(trap.kind, "out_of_bounds");
    assert.deepEqual(texts(trap), [place("outside")]);
  });
  test(`${kind}: and a deadline`, () => {
    const trap = trapOf(bundle(kind), "spin", 1, "--deadline-ms", "200");
    assert.equal(trap.kind, "deadline");
    assert.deepEqual(trap.backtrace.map(({ name, file }) => [name, file]), [["spin", "guest.c"]]);
  });
  test(`${kind}: and a stack that is used up, of which the first frames are shown`, () => {
    const trap = trapOf(bundle(kind), "descend", 1, "--deadline-ms", "60000");
    assert.equal(trap.kind, "stack_exhausted");
    assert.equal(trap.backtrace.length, 64);
    for (const { name } of trap.backtrace) assert.equal(name, "descend");
    for (const text of texts(trap).slice(1)) assert.equal(text, place("descend"));
  });
  test(`${kind}: and a host call that is given a bad address`, () => {
    const trap = trapOf(bundle(kind), "grow", 1);
    assert.equal(trap.kind, "host");
    assert.deepEqual(texts(trap), ["ingot_host_log", place("grow")]);
  });
}

test("without line tables a trap names functions", () => {
  assert.deepEqual(texts(trapOf(bundle("names"), "outer", 7)), ["innermost", "middle", "outer"]);
});

test("without names it gives function indices, and an export by the name that it is exported under", () => {
  const trap = trapOf(bundle("bare"), "outer", 7);
  const named = trapOf(bundle("names"), "outer", 7);
  const [innermost, middle] = named.backtrace;
  assert.deepEqual(texts(trap), [`function ${innermost.function}`, `function ${middle.function}`, "outer"]);
});

/** The bytes that a bundle's first object maps executable (abi/format/FORMAT.md, then ELF's program headers). */
function machineCode(file) {
  const bytes = fs.readFileSync(file);
  const at = 32 + 32;  // the second entry of the section table
  const begin = Number(bytes.readBigUInt64LE(at + 8));
  const object = bytes.subarray(begin, begin + Number(bytes.readBigUInt64LE(at + 16)));
  const table = Number(object.readBigUInt64LE(32));
  for (let index = 0; index < object.readUInt16LE(56); ++index) {
    const header = table + 56 * index;
    if (object.readUInt32LE(header) !== 1 || (object.readUInt32LE(header + 4) & 1) === 0) continue;
    const offset = Number(object.readBigUInt64LE(header + 8));
    return object.subarray(offset, offset + Number(object.readBigUInt64LE(header + 32)));
  }
  throw new Error("no executable segment");
}

// Not the same bytes: without lines of the guest's the C is nested as far as it goes, with them statement by statement.
test("line tables cost no machine code", () => {
  const [with_lines, without] = [machineCode(bundle("lines")), machineCode(bundle("names"))];
  assert.ok(without.length > 1000);
  assert.ok(Math.abs(with_lines.length - without.length) <= without.length / 50, `${with_lines.length} bytes with lines, ${without.length} without`);
});

/** Custom sections of a module: [where the content behind the name begins, where it ends, name]. */
function customSections(wasm) {
  const found = [];
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at++];
    const leb = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = wasm[at++];
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
    };
    const size = leb(), begin = at;
    if (id === 0) {
      const length = leb();
      found.push({ name: wasm.subarray(at, at + length).toString(), begin: at + length, end: begin + size });
    }
    at = begin + size;
  }
  return found;
}

test("debug information that is damaged costs lines, not the build, and never gives a line outside the source", () => {
  const whole = fs.readFileSync(compile("damaged"));
  const sections = customSections(whole).filter(({ name }) => name.startsWith(".debug_") || name === "name");
  assert.ok(sections.length >= 4, JSON.stringify(sections));
  let number = 0;
  for (const { name, begin, end } of sections) {
    for (const damage of [(bytes) => bytes.fill(0), (bytes) => bytes.fill(0xff), (bytes) => bytes.fill(0x80, bytes.length >> 1)]) {
      const copy = Buffer.from(whole);
      damage(copy.subarray(begin, end));
      const wasm = path.join(folder, `damaged-${++number}.wasm`);
      fs.writeFileSync(wasm, copy);
      const trap = trapOf(build(wasm, "-O", "dev"), "outer", 7);
      assert.equal(trap.kind, "unreachable", name);
      for (const frame of trap.backtrace) assert.ok(frame.line === undefined || frame.line <= lines.length, `${name}: ${JSON.stringify(frame)}`);
    }
  }
});

// A container may have gdb and yet forbid it to trace.
const gdb = /exited normally/.test(spawnSync("gdb", ["-q", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "run", "/bin/true"], { encoding: "utf8" }).stdout ?? "");
if (!gdb) console.log("SKIPPED: gdb (it is not installed, which scripts/setup --for tests mends, or it may not trace here)");

if (gdb) test("gdb stops the running server on a line of the guest's source and steps to the next", async () => {
  const server = await Server.prepare({ modules: [], ours: { limits: { call_deadline_ms: 120_000 } } });
  const home = server.moduleFolder("debugging");
  fs.mkdirSync(home);
  fs.copyFileSync(path.join(here, "debugging", "module.json"), path.join(home, "module.json"));
  fs.copyFileSync(compile("gdb"), path.join(home, "debugging.wasm"));
  must(path.join(bin, "ingotc"), ["build", home, "--debug", "--target", "x86-64-v2", "--key", path.join(cast, "test.key"), "-o", path.join(home, "debugging.ingot")]);
  const script = path.join(server.folder, "script.gdb");
  fs.writeFileSync(script, [
    "set pagination off", "set confirm off", "set debuginfod enabled off", "set breakpoint pending on", "set print thread-events off",
    "handle SIGURG SIGSEGV SIGBUS nostop noprint pass",
    `break guest.c:${lineOf("square")}`, `run serve ${server.configPath}`, "backtrace 2", "next", "echo next-done\\n", "frame", "kill", "",
  ].join("\n"));
  const child = spawn("gdb", ["-q", "-nx", "-batch", "-x", script, path.join(bin, "ingot")], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "", asked = false;
  const request = (data) => {
    output += data;
    const serving = output.match(/ info serving .*port=(\d+)/);
    if (!serving || asked) return;
    asked = true;
    fetch(`http://127.0.0.1:${serving[1]}/api/debugging/sum`).catch(() => {});  // gdb ends the server before it can answer
  };
  child.stdout.on("data", request);
  child.stderr.on("data", request);
  const patience = setTimeout(() => child.kill("SIGKILL"), 120_000);
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(patience);
  await server.remove();
  assert.match(output, /hit Breakpoint 1/, output);
  const [before, after] = output.split("next-done");
  assert.ok(before.includes(`guest.c:${lineOf("square")}`) && before.includes(lines[lineOf("square") - 1].trim()), output);
  assert.match(before, new RegExp(`#1 .* guest\\.c:${lineOf("handle")}|#1 .*guest\\.c:${lineOf("handle")}`), output);
  assert.ok(after.includes(`guest.c:${lineOf("square again")}`), output);
});

await runAll();

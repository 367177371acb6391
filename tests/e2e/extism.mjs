// SPDX-License-Identifier: Apache-2.0
// Plugins of Extism's own kits, built by the lines of modules/LANGUAGES.md, cast, and called by `ingot call`; the same modules under Extism's native host (PyPI) and its host for JavaScript
// (npm). Outputs and errors are what the table says, everywhere.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { casesOf } from "./extism/cases.mjs";
import { assert, runAll, test } from "./lib/check.mjs";
import { build, buildable, recipes } from "./lib/languages.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const here = path.join(import.meta.dirname, "extism"), store = path.resolve(process.env.INGOT_TOOLCHAIN, "../languages/extism");
const folder = temporaryFolder(), data = path.join(folder, "data");
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), NO_COLOR: "1" };
const python_packages = ["extism==1.1.1", "extism-sys==1.41.0"];

/** {status, stdout, stderr} of a program, as bytes; this process goes on serving meanwhile. */
function run(program, args, input = "", env = environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env });
    const parts = { stdout: [], stderr: [] };
    for (const stream of ["stdout", "stderr"]) child[stream].on("data", (part) => parts[stream].push(part));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr).toString() }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

function must(program, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: environment, ...options });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
}

/** Installs once what the stamp's text says. */
function once(name, text, install) {
  const stamp = path.join(store, `${name}.installed`);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === text) return;
  install();
  fs.writeFileSync(stamp, text);
}

const printed = recipes.filter(({ folder: of }) => of.startsWith("extism")).map(({ name }) => name), names = buildable(printed);
const modules = build(store, names);
const venv = path.join(store, "python"), node = path.join(store, "node");
once("python", python_packages.join(), () => {
  must("python3", ["-m", "venv", venv]);
  must(path.join(venv, "bin/pip"), ["install", "--quiet", ...python_packages]);
});
once("node", fs.readFileSync(path.join(here, "package-lock.json"), "utf8"), () => {
  fs.mkdirSync(node, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(here, file), path.join(node, file));
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: node });
});

const server = http.createServer((request, response) => {
  const answers = { "/plain": "hello", "/patients/w7": '[{"id":"2","nome":"Jo\u00e3o Reis","ativo":false}]' };
  const text = answers[request.url];
  response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/plain" }).end(text ?? "nothing here");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
fs.mkdirSync(data);
fs.writeFileSync(path.join(data, "words.txt"), "a z\u00e9\nb a\n");
const table = casesOf({ url: `http://127.0.0.1:${server.address().port}`, folder: data }), cases = table.filter(({ plugin }) => names.includes(plugin));

/** The case as hosts.py and host.mjs take it. */
const asked = ({ plugin, name, input, expected, options: { nativeOnly, ...options } }) =>
  ({ wasm: modules[plugin], function: name, input: input.toString("base64"), times: Array.isArray(expected) ? expected.length : 1, ...options });

async function byExtism(program, args, list) {
  const cache = path.join(folder, "cache.toml");  // one plugin is compiled once
  fs.writeFileSync(cache, `[cache]\ndirectory = "${path.join(folder, "cache")}"\n`);
  const { status, stdout, stderr } = await run(program, args, JSON.stringify(list.map(asked)), { ...environment, EXTISM_CACHE_CONFIG: cache });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.toString().trim().split("\n").at(-1));
}

async function byIngot({ plugin, name, input, expected, options }) {
  const file = path.join(folder, "input");
  fs.writeFileSync(file, input);
  const times = Array.isArray(expected) ? expected.length : 0;
  const flags = [
    ...(times > 0 ? ["--loop", String(times)] : []),
    ...Object.entries(options.config ?? {}).flatMap(([key, value]) => ["--config", `${key}=${value}`]),
    ...(options.hosts ?? []).flatMap((host) => ["--allow-host", host]),
    ...Object.entries(options.paths ?? {}).flatMap(([from, to]) => ["--allow-path", `${from}:${to}`]),
    ...(options.timeout ? ["--timeout", String(options.timeout)] : []), ...(options.pages ? ["--memory-max", String(options.pages)] : []),
  ];
  return run(path.join(bin, "ingot"), ["call", path.join(folder, `${plugin}.ingot`), name, "--wasi", "--input-file", file, ...flags]);
}

/** What a case ought to put out, as bytes; undefined when it fails. */
function outputOf({ expected }) {
  if (Array.isArray(expected)) return expected.map((each) => Buffer.from(each));
  return typeof expected === "string" ? [Buffer.from(expected)] : undefined;
}
const titleOf = ({ plugin, name, input }) => `${plugin} ${name} ${JSON.stringify(input.toString().slice(0, 60))}`;

test("there are eight plugins and more, in four languages and more, and each is in the table", () => {
  assert.ok(printed.length >= 8, printed.join());
  assert.deepEqual([...new Set(table.map(({ plugin }) => plugin))].sort(), [...printed].sort());
});

test("every plugin is cast", () => {
  for (const name of names) must(path.join(bin, "ingotc"), ["build", modules[name], "-o", path.join(folder, `${name}.ingot`), "-O", "dev", "--contract", "extism"]);
});

function compare(list, results, { texts }) {
  const wrong = [];
  list.forEach((one, index) => {
    const { outputs, error } = results[index], output = outputOf(one), said = `${titleOf(one)}\n    ${JSON.stringify(results[index]).slice(0, 400)}`;
    if (output !== undefined) {
      if (error !== undefined || outputs.length !== output.length || !output.every((each, turn) => each.equals(Buffer.from(outputs[turn], "base64")))) wrong.push(said);
    } else if (error === undefined) {
      wrong.push(said);
    } else if (texts) {
      const { text, code, refusal } = one.expected;
      if (text !== undefined && error !== text) wrong.push(said);
      if (refusal !== undefined && !error.startsWith("error while executing")) wrong.push(said);
      if (code !== undefined && error !== `Error code: ${code}`) wrong.push(said);
    }
  });
  assert.equal(wrong.length, 0, `${wrong.length} of ${list.length} are not as the table says\n  ${wrong.join("\n  ")}`);
}

test("Extism's native host does what the table says, with these errors", async () => {
  compare(cases, await byExtism(path.join(venv, "bin/python"), [path.join(here, "hosts.py")], cases), { texts: true });
});

test("Extism's host for JavaScript does, too; its errors have words of their own", async () => {
  // This host's release is older than http_headers (which Go's kit imports), get_log_level, the limit of variables and the rule for programs; a code without a text is no failure there, and HTTP
  // needs a worker.
  const alike = ({ plugin, name, expected, options }) =>
    !options.nativeOnly && !["fhir", "behaviour", "command"].includes(plugin) && name !== "fetch" && expected.refusal === undefined && expected.code === undefined;
  const count = table.filter(alike).length, list = cases.filter(alike);
  assert.ok(count >= 30, String(count));
  compare(list, await byExtism(process.execPath, ["--no-warnings", path.join(here, "host.mjs"), path.join(node, "node_modules/@extism/extism")], list), { texts: false });
});

test("ingot call does what the table says, with these errors", async () => {
  const wrong = [];
  for (const one of cases) {
    const { status, stdout, stderr } = await byIngot(one), output = outputOf(one), said = `${titleOf(one)}\n    ${status} ${JSON.stringify(stdout.toString().slice(0, 200))} ${JSON.stringify(stderr.slice(0, 400))}`;
    if (output !== undefined) {
      // With --loop every output has a line end of its own.
      const whole = Array.isArray(one.expected) ? Buffer.concat(output.flatMap((each) => [each, Buffer.from("\n")])) : output[0];
      if (status !== 0 || !stdout.equals(whole)) wrong.push(said);
      continue;
    }
    const { code, refusal, trapped } = { refusal: one.expected.text, ...one.expected };
    if (status !== 1 || stdout.length !== 0) wrong.push(said);
    else if (refusal !== undefined && !stderr.startsWith(`ingot: error: ${refusal}\n`)) wrong.push(said);
    else if (code !== undefined && !stderr.startsWith(`ingot: error: Returned non-zero exit code: ${code}\n`)) wrong.push(said);
    else if (trapped && !/\n {2}at /.test(stderr)) wrong.push(said);
  }
  assert.equal(wrong.length, 0, `${wrong.length} of ${cases.length} are not as the table says\n  ${wrong.join("\n  ")}`);
});

test("a plugin that leaves a file has left it where it was allowed, and nowhere else", () => {
  assert.deepEqual(fs.readdirSync(data).sort(), ["left.txt", "words.txt"]);
  assert.equal(fs.readFileSync(path.join(data, "left.txt"), "utf8"), "left by a plugin\n");
});

await runAll();

// SPDX-License-Identifier: Apache-2.0
// Takes one package from npm, runs its program (programs/NAME.mjs) on Node's own engine and on bundles, and compares what both wrote byte for byte.
// What is too large for every run needs INGOT_TEST_FULL=1, which `scripts/test --full` sets; then everything is cast in the release tier too.
//
//   node run.mjs NAME       77: skipped
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const here = import.meta.dirname;
const bin = process.env.INGOT_BIN, store = process.env.INGOT_FOREIGN_STORE;
const full = process.env.INGOT_TEST_FULL === "1";
const packages = {
  "resvg": { folder: "packages", installed: "@resvg/resvg-wasm", results: 31 },
  "sql.js": { folder: "packages", installed: "sql.js", results: 19 },
  "yosys": { folder: "packages-full", installed: "@yowasp/yosys", results: 8, fullOnly: true, tiers: ["dev"] },
};

const name = process.argv[2];
const about = packages[name] ?? (() => { throw new Error(`usage: run.mjs ${Object.keys(packages).join("|")}`); })();
if (!bin || !store) throw new Error("INGOT_BIN and INGOT_FOREIGN_STORE are not set (ctest sets them)");
if (about.fullOnly && !full) {
  console.log(`SKIPPED: ${name} is cast and run by scripts/test --full only`);
  process.exit(77);
}

function program(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, `${path.basename(command)} ${args[0]} ${args[1] ?? ""} ended with ${result.status ?? result.signal}: ${result.stdout}`);
  return result.stdout;
}

/** `npm ci` into the build folder. The stamp holds the lock file that was installed. Two tests share a folder: each has its own copy. */
function install() {
  const work = path.join(store, `npm-${name}`), lock = fs.readFileSync(path.join(here, about.folder, "package-lock.json"), "utf8");
  const stamp = path.join(work, "node_modules", ".installed");
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== lock) {
    fs.mkdirSync(work, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(here, about.folder, file), path.join(work, file));
    program("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: work });
    fs.writeFileSync(stamp, lock);
  }
  return path.join(work, "node_modules", about.installed);
}

/** Runs the program and gives the folder of what it wrote. */
function play(label, packageFolder, ...bundles) {
  const output = path.join(store, name, label);
  fs.rmSync(output, { recursive: true, force: true });
  const said = program(process.execPath, [path.join(here, "play.mjs"), name, packageFolder, output, ...bundles]).trim().split("\n").at(-1);
  console.log(`${name} on ${label}: ${said}`);
  return { output, statistics: JSON.parse(said) };
}

const packageFolder = install();
const expected = play("node", packageFolder).output;
const files = fs.readdirSync(expected).sort();
assert.ok(files.length >= about.results, `the program wrote only ${files.join(" ")}`);

const flags = fs.readFileSync("/proc/cpuinfo", "utf8").match(/^flags\s*:(.*)$/m)?.[1].split(" ") ?? [];
const level = ["avx2", "bmi2", "fma", "movbe"].every((flag) => flags.includes(flag)) ? "x86-64-v3" : "x86-64-v2";
for (const tier of full ? about.tiers ?? ["dev", "release"] : ["dev"]) {
  const cast = path.join(store, `cast-${tier}-${level}`);
  const { output, statistics } = play(`${tier} ${level}`, packageFolder, path.join(bin, "guest_server"), path.join(bin, "ingotc"), cast, "-O", tier, "--target", level);
  assert.ok(statistics.calls > 0 && statistics.host_calls > 0 && statistics.deepest > 1, "the program did not use the bundles");
  assert.deepEqual(fs.readdirSync(output).sort(), files);
  for (const file of files) {
    assert.ok(fs.readFileSync(path.join(output, file)).equals(fs.readFileSync(path.join(expected, file))), `${path.join(output, file)} differs from Node's`);
  }
  console.log(`${files.length} files are equal, ${files.reduce((sum, file) => sum + fs.statSync(path.join(output, file)).size, 0)} bytes`);
}

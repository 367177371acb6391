// SPDX-License-Identifier: Apache-2.0
// Installs libingot into an empty prefix and builds the examples against it as a project of their own: by CMake's package, by pkg-config with a strict C11
// compiler, shared and static. All of them must say what arithmetic on paper says, and the shared library must export nothing but the interface.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { cast, castAs, ingotc, required, run } from "./tools.mjs";

const { INGOT_EMBED_STORE, INGOT_BUILD: build, CC, CXX, CMAKE } = required("INGOT_BIN", "INGOT_EMBED_STORE", "INGOT_BUILD", "INGOT_TOOLCHAIN", "CC", "CXX", "CMAKE");
const examples = path.join(import.meta.dirname, "../../runtime/embed/examples");
const store = path.join(INGOT_EMBED_STORE, "install");
fs.rmSync(store, { recursive: true, force: true });
fs.mkdirSync(store, { recursive: true });

const prefix = path.join(store, "prefix");
run(CMAKE, "--install", build, "--component", "libingot", "--prefix", prefix);
const installed = fs.readdirSync(prefix, { recursive: true }).filter((file) => fs.statSync(path.join(prefix, file)).isFile());
const headers = installed.filter((file) => file.startsWith("include/")).sort();
assert.deepEqual(headers, ["include/ingot.h", "include/ingot.hpp", "include/ingot/values.h", "include/ingot_plugin.h", "include/ingot_plugin.hpp"]);
const library = installed.find((file) => /libingot\.so\.\d+\.\d+\.\d+$/.test(file));
assert.ok(library, `no shared library among ${installed.join(" ")}`);

// Only the interface is exported, and all of it: the names that the headers declare.
const names = (header) => [...fs.readFileSync(path.join(prefix, "include", header), "utf8").matchAll(/^INGOT_API[^;(]*?\b(ingot_\w+)\(/gm)].map((match) => match[1]);
const declared = [...names("ingot.h"), ...names("ingot_plugin.h")].sort();
assert.ok(names("ingot.h").length > 50 && names("ingot_plugin.h").length > 25, `${declared.length} functions are declared`);
const exported = run(path.join(path.dirname(fs.realpathSync(CC)), "llvm-nm"), "-D", "--defined-only", path.join(prefix, library)).split("\n").map((line) => line.split(" ").at(-1)).filter(Boolean).sort();
assert.deepEqual(exported, declared);

const key = path.join(store, "example");
run(ingotc(), "keygen", "-o", key);
const bundle = cast(path.join(examples, "greet.wat"), store, "--key", `${key}.key`);

const expected = ["add: 42", "greet: Good morning, Ada", `total: ${(1000 * 1001) / 2}`, "divide: divide_by_zero", "after: 42", ""].join("\n");
const plugin = castAs("extism", path.join(examples, "plugin.wat"), store, "--key", `${key}.key`);
const expected_of_plugin = ["greet: Hello, ADA", "fail: 3: no", "nowhere: -1: Function not found: nowhere", "greet: Welcome, ADA", "shouted: 2", ""].join("\n");
let passed = 0;
function check(program, environment = {}) {
  const saved = { ...process.env };
  Object.assign(process.env, environment);
  const is_plugin = path.basename(program).startsWith("plugin");
  assert.equal(run(program, is_plugin ? plugin : bundle, `${key}.pub`, "Ada"), is_plugin ? expected_of_plugin : expected, program);
  process.env = saved;
  passed += 1;
}

// A project of its own, in a folder that knows nothing of this one.
const project = path.join(store, "project");
fs.cpSync(examples, project, { recursive: true });
const out = path.join(store, "built");
run(CMAKE, "-S", project, "-B", out, "-G", "Ninja", `-DCMAKE_PREFIX_PATH=${prefix}`, `-DCMAKE_C_COMPILER=${CC}`, `-DCMAKE_CXX_COMPILER=${CXX}`, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror -pedantic", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror");
run(CMAKE, "--build", out);
for (const name of ["greet_c", "greet_cpp", "greet_static", "plugin_c", "plugin_static"]) check(path.join(out, name));

// By pkg-config, with each C compiler that is here.
const libraries = path.join(prefix, path.dirname(library));
process.env.PKG_CONFIG_PATH = path.join(libraries, "pkgconfig");
const flags = run("pkg-config", "--cflags", "--libs", "ingot").trim().split(/\s+/);
for (const compiler of [CC, "gcc"]) {
  if (spawnSync(compiler, ["--version"]).status !== 0) {
    console.log(`SKIPPED: ${compiler} (not installed)`);
    continue;
  }
  for (const name of ["greet", "plugin"]) {
    const program = path.join(store, `${name}_${path.basename(compiler)}`);
    run(compiler, "-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", path.join(project, `c/${name}.c`), ...flags, "-o", program);
    check(program, { LD_LIBRARY_PATH: libraries });
  }
}
// Each header alone, as C++ and as C: it must stand by itself.
for (const [compiler, ...options] of [[CC, "-std=c11", "-x", "c"], [CXX, "-std=c++20", "-x", "c++"], [CC, "-std=c17", "-x", "c"]]) {
  for (const header of ["ingot.h", "ingot_plugin.h"]) run(compiler, ...options, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", path.join(prefix, "include", header));
  passed += 1;
}
console.log(`${passed} passed, 0 failed`);

// SPDX-License-Identifier: Apache-2.0
//
// Who runs the kernels. An engine is {name, guest, prepare(kernel, module) -> {bytes, compile_ms, peak_kib} or null, command(kernel, rounds)};
// every command runs the kernel once to warm up, once timed, and prints CHECKSUM NANOSECONDS. An engine that is not installed says why.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const here = import.meta.dirname;
const kernels = path.join(here, "../kernels");

function must(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  if (result.error) throw new Error(`${command}: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${(result.stderr || result.stdout).slice(0, 2000)}`);
  return result.stdout;
}

/** Runs a compiler under GNU time: {ms, peak_kib} of the largest process of its tree. */
function measured(command, args) {
  const begin = process.hrtime.bigint();
  const result = spawnSync("/usr/bin/time", ["-f", "peak=%M", command, ...args], { encoding: "utf8" });
  const ms = Number(process.hrtime.bigint() - begin) / 1e6;
  if (result.error) {
    must(command, args);
    return { ms, peak_kib: null };
  }
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${result.stderr.slice(0, 2000)}`);
  return { ms, peak_kib: Number(/peak=(\d+)/.exec(result.stderr)?.[1]) };
}

// One text, the same freedoms: no contraction (the checksums must agree), sqrt as an instruction, no call of strlen for a loop.
const shared = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-builtin-strlen", `-I${kernels}`];

function textBytes(file) {
  const row = must("size", ["-A", file]).split("\n").find((line) => line.startsWith(".text"));
  return row ? Number(row.split(/\s+/)[1]) : null;
}

export function clang() {
  return process.env.INGOT_CLANG ?? "clang";
}

/** Both wasm forms of a kernel. */
export function buildGuest(kernel, work, simd) {
  const file = path.join(work, `${kernel}.${simd ? "simd" : "scalar"}.wasm`);
  must(clang(), ["--target=wasm32", ...shared, ...(simd ? ["-msimd128"] : []), "-nostdlib", "-Wl,--no-entry,-z,stack-size=1048576",
    path.join(kernels, `${kernel}.c`), "-o", file]);
  return file;
}

function native(level, work) {
  const file = (kernel) => path.join(work, `${kernel}.${level}.native`);
  return {
    name: `native ${level}`, level, guest: "native",
    prepare(kernel) {
      const spent = measured(clang(), [...shared, `-march=${level}`, path.join(kernels, `${kernel}.c`), path.join(here, "run_native.c"), "-o", file(kernel)]);
      return { compile_ms: spent.ms, peak_kib: spent.peak_kib, bytes: textBytes(file(kernel)) };
    },
    command: (kernel, rounds) => [file(kernel), [rounds]],
  };
}

function ingot(level, simd, work, bin) {
  const file = (kernel) => path.join(work, `${kernel}.${level}.${simd ? "simd" : "scalar"}.ingot`);
  return {
    name: `ingot ${level} ${simd ? "simd" : "scalar"}`, level, guest: simd ? "simd" : "scalar",
    prepare(kernel, module) {
      const spent = measured(path.join(bin, "ingotc"), ["build", module, "-o", file(kernel), "--target", level, "--contract", "none", "--unsigned"]);
      const report = JSON.parse(must(path.join(bin, "ingotc"), ["inspect", "--json", file(kernel)]));
      return { compile_ms: spent.ms, peak_kib: spent.peak_kib, bytes: report.manifest.targets[0].object_bytes };
    },
    command: (kernel, rounds) => [path.join(bin, "run_ingot"), [file(kernel), rounds]],
  };
}

function v8(simd, guest) {
  return {
    name: `V8 ${simd}`, guest: simd,
    version: process.versions.v8,
    prepare: () => null,
    command: (kernel, rounds) => [process.execPath, ["--no-liftoff", "--no-wasm-lazy-compilation", path.join(here, "run_v8.mjs"), guest(kernel), rounds]],
  };
}

function wasmtime(simd, guest, work, python) {
  const file = (kernel) => path.join(work, `${kernel}.${simd}.cwasm`);
  const script = path.join(here, "run_wasmtime.py");
  return {
    name: `wasmtime ${simd}`, guest: simd,
    version: must(python, ["-c", "import importlib.metadata as m; print(m.version('wasmtime'))"]).trim(),
    prepare(kernel) {
      const peak = measured(python, [script, "compile", guest(kernel), file(kernel)]).peak_kib;
      const [ns, bytes] = must(python, [script, "compile", guest(kernel), file(kernel)]).trim().split(" ").map(Number);
      return { compile_ms: ns / 1e6, bytes, peak_kib: peak };
    },
    command: (kernel, rounds) => [python, [script, "run", file(kernel), rounds]],
  };
}

function wazero(simd, guest, program) {
  return {
    name: `wazero ${simd}`, guest: simd,
    version: /wazero v(\S+)/.exec(fs.readFileSync(path.join(here, "wazero/go.mod"), "utf8"))[1],
    prepare(kernel) {
      const [, , ns] = must(program, [guest(kernel), "1"]).trim().split(" ");
      return { compile_ms: Number(ns) / 1e6, bytes: null, peak_kib: null };
    },
    command: (kernel, rounds) => [program, [guest(kernel), rounds]],
  };
}

function wasmedge(simd, guest, work) {
  const file = (kernel) => path.join(work, `${kernel}.${simd}.wasmedge.wasm`);
  return {
    name: `WasmEdge AOT ${simd}`, guest: simd,
    version: must("wasmedge", ["--version"]).trim().split("\n")[0],
    prepare(kernel) {
      const spent = measured("wasmedgec", ["--optimize", "3", guest(kernel), file(kernel)]);
      return { compile_ms: spent.ms, bytes: fs.statSync(file(kernel)).size, peak_kib: spent.peak_kib };
    },
    command: (kernel, rounds) => ["wasmedge", ["--reactor", file(kernel), "kernel_run", rounds]],
  };
}

/** {engines, absent: [{name, reason}]}. `guest(kernel, simd)` names the module. */
export function findEngines({ work, bin, guest, python, wazeroProgram, cpuHasV3 }) {
  const engines = [];
  const absent = [];
  const add = (name, make) => {
    try {
      engines.push(...make());
    } catch (problem) {
      absent.push({ name, reason: problem.message.split("\n")[0] });
    }
  };
  const levels = cpuHasV3 ? ["x86-64-v3", "x86-64-v2"] : ["x86-64-v2"];
  for (const level of levels) {
    engines.push(native(level, work));
    for (const simd of [true, false]) engines.push(ingot(level, simd, work, bin));
  }
  const forms = ["simd", "scalar"];
  const of = (form) => (kernel) => guest(kernel, form === "simd");
  add("V8", () => forms.map((form) => v8(form, of(form))));
  add("wasmtime", () => {
    if (!python) throw new Error("its Python package could not be installed (python.log in the work folder says why)");
    return forms.map((form) => wasmtime(form, of(form), work, python));
  });
  add("wazero", () => {
    if (!wazeroProgram) throw new Error("no Go tool chain to build its runner with");
    return forms.map((form) => wazero(form, of(form), wazeroProgram));
  });
  add("WasmEdge AOT", () => {
    if (spawnSync("wasmedgec", ["--version"]).error) throw new Error("wasmedgec is not installed (it is in no package of Debian 12)");
    return forms.map((form) => wasmedge(form, of(form), work));
  });
  return { engines, absent };
}

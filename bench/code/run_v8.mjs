// SPDX-License-Identifier: Apache-2.0
//
// Times one kernel in V8. Run with --no-liftoff --no-wasm-lazy-compilation, so that all code is optimised code from the first call on.
//
//   node FLAGS run_v8.mjs MODULE ROUNDS      prints CHECKSUM NANOSECONDS
import fs from "node:fs";

const [file, rounds] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(fs.readFileSync(file), {});
const run = instance.exports.kernel_run;
run(Number(rounds));
const begin = process.hrtime.bigint();
const sum = run(Number(rounds));
const end = process.hrtime.bigint();
console.log(`${BigInt.asUintN(64, sum).toString(16).padStart(16, "0")} ${end - begin}`);

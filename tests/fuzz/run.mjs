// SPDX-License-Identifier: Apache-2.0
// Casts what host_call_fuzz needs, and runs it: node run.mjs [ARGUMENTS of the fuzzer]
import path from "node:path";
import { cast, required, run } from "../embed/tools.mjs";

const { INGOT_BIN: bin, INGOT_FUZZ_STORE: store } = required("INGOT_BIN", "INGOT_FUZZ_STORE", "INGOT_TOOLCHAIN");
const guest = cast(path.join(import.meta.dirname, "guests/host_calls.wat"), store, "--unsigned");
const { status, signal } = run.raw(path.join(bin, "host_call_fuzz"), process.argv.slice(2), { stdio: "inherit", env: { ...process.env, INGOT_FUZZ_GUEST: guest } });
if (signal) throw new Error(`host_call_fuzz died of ${signal}`);
process.exit(status);

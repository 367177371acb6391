// SPDX-License-Identifier: Apache-2.0
// From the text form of WebAssembly to its bytes, with wabt's own program.
import fs from "node:fs";
import path from "node:path";
import { run } from "./server.mjs";

/** Wherever scripts/setup unpacked it: with the C library that it was built for, or the machine's. */
export async function wat2wasm(source, target, options = []) {
  const toolchain = process.env.INGOT_WABT_PREFIX ?? path.join(process.env.INGOT_TOOLCHAIN, "wabt");
  const prefix = path.join(toolchain, "usr"), loader = path.join(prefix, "lib64/ld-linux-x86-64.so.2");
  const [program, before] = fs.existsSync(loader) ? [loader, ["--library-path", path.join(prefix, "lib/x86_64-linux-gnu"), path.join(prefix, "bin/wat2wasm")]] : [path.join(toolchain, "bin/wat2wasm"), []];
  const { code, stderr } = await run(program, [...before, ...options, source, "-o", target]);
  if (code !== 0) throw new Error(`wat2wasm: ${stderr}`);
}

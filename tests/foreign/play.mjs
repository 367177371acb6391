// SPDX-License-Identifier: Apache-2.0
// Runs one program in this process, on Node's own engine or on bundles. What the program writes goes into a folder.
//
//   node play.mjs PROGRAM PACKAGE_FOLDER OUTPUT_FOLDER [GUEST_SERVER INGOTC CAST_FOLDER OPTION...]     options of `ingotc build`
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const [program, packageFolder, output, guestServer, ingotc, castFolder, ...options] = process.argv.slice(2);

function castModule(bytes) {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const bundle = path.join(castFolder, `${digest}.ingot`);
  if (fs.existsSync(bundle) && fs.statSync(bundle).mtimeMs > fs.statSync(ingotc).mtimeMs) return bundle;
  const wasm = path.join(castFolder, `${digest}.wasm`), unfinished = `${bundle}.new`;
  fs.mkdirSync(castFolder, { recursive: true });
  fs.writeFileSync(wasm, bytes);
  const begin = performance.now();
  const made = spawnSync(ingotc, ["build", wasm, "-o", unfinished, "--contract", "none", "--unsigned", ...options], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`ingotc: ${made.stderr}`);
  fs.renameSync(unfinished, bundle);
  if (bytes.length > 4096) console.error(`cast ${bytes.length} bytes of wasm in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return bundle;
}

let replacement = null;
if (guestServer) {
  const { makeReplacement } = await import("./replacement.mjs");
  globalThis.WebAssembly = replacement = makeReplacement(guestServer, castModule);
}
fs.mkdirSync(output, { recursive: true });
const { main } = await import(`./programs/${program}.mjs`);
const begin = performance.now();
await main(packageFolder, (name, content) => fs.writeFileSync(path.join(output, name), content));
console.log(JSON.stringify({ seconds: Number(((performance.now() - begin) / 1000).toFixed(2)), ...replacement?.statistics }));
process.exit(0);

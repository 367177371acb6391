// SPDX-License-Identifier: Apache-2.0
// Runs plugins under Extism's own host for JavaScript, as hosts.py does under the native one.
//   node host.mjs PACKAGE     PACKAGE: the folder of @extism/extism
import { pathToFileURL } from "node:url";

const { createPlugin } = await import(pathToFileURL(`${process.argv[2]}/dist/esm/mod.js`));
let text = "";
for await (const part of process.stdin) text += part;

async function run(one) {
  const outputs = [];
  let plugin;
  try {
    plugin = await createPlugin({ wasm: [{ path: one.wasm }] }, { useWasi: one.wasi ?? true, config: one.config ?? {}, allowedHosts: one.hosts ?? [], allowedPaths: Object.fromEntries(Object.entries(one.paths ?? {}).map(([host, guest]) => [guest, host])) });
    for (let turn = 0; turn < (one.times ?? 1); ++turn) {
      const output = await plugin.call(one.function, new Uint8Array(Buffer.from(one.input, "base64")));
      outputs.push(Buffer.from(output?.bytes() ?? "").toString("base64"));
    }
    return { outputs };
  } catch (error) {
    return { outputs, error: String(error?.message ?? error) };
  } finally {
    await plugin?.close();
  }
}

const results = [];
for (const one of JSON.parse(text)) results.push(await run(one));
// What plugins log through the host goes to standard output there.
process.stdout.write(`\n${JSON.stringify(results)}\n`, () => process.exit(0));

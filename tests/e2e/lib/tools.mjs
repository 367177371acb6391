// SPDX-License-Identifier: Apache-2.0
// The external programs of a build behind scripts of a test's own. A child of ingotc's has an empty environment: whatever is to happen to it
// has to happen in such a script.
import fs from "node:fs";
import path from "node:path";
import { bin } from "./server.mjs";

/**
 * Makes scripts in `folder` that run `prologue(name)`, lines for sh, and then become the real program: what ingotc would find by itself.
 * Gives {environment, clang}: the variables that lead ingotc to them, and the path of one.
 */
export function wrapTools(folder, prologue) {
  fs.mkdirSync(folder);
  const wrap = (name, words) => {
    const script = path.join(folder, name);
    fs.writeFileSync(script, `#!/bin/sh\n${prologue(name)}\nexec ${words.map((word) => `'${word}'`).join(" ")} "$@"\n`, { mode: 0o755 });
    return script;
  };
  const prefix = process.env.INGOT_WABT_PREFIX ?? (process.env.INGOT_TOOLCHAIN && path.join(process.env.INGOT_TOOLCHAIN, "wabt"));
  const search = [...(prefix ? [path.join(prefix, "usr/bin"), path.join(prefix, "bin"), prefix] : []), ...process.env.PATH.split(":")];
  const find = (name) => search.map((part) => path.join(part, name)).find((file) => fs.existsSync(file));
  const must = (name) => find(name) ?? (() => { throw new Error(`no ${name}; scripts/setup installs it`); })();
  const loader = prefix && path.join(prefix, "usr/lib64/ld-linux-x86-64.so.2");
  for (const name of ["wasm2c", "wasm-validate"]) {
    const real = must(name);
    const own = loader && fs.existsSync(loader) && real.startsWith(prefix);
    wrap(name, own ? [loader, "--library-path", path.join(prefix, "usr/lib/x86_64-linux-gnu"), real] : [real]);
  }
  const number = Array.from({ length: 22 }, (_, index) => 40 - index).find((version) => find(`clang-${version}`) && find(`ld.lld-${version}`));
  const clang = wrap("clang", [process.env.INGOT_CLANG ?? must(`clang-${number}`)]);
  const lld = wrap("ld.lld", [process.env.INGOT_LLD ?? must(`ld.lld-${number}`)]);
  // Lies beside ingotc, not where programs are looked for.
  const codegen = wrap("ingot-codegen", [process.env.INGOT_CODEGEN ?? path.join(bin, "ingot-codegen")]);
  // What a script reads and starts lies outside its own folder: ingotc has to be told.
  const folders = [path.dirname(folder), ...(prefix ? [prefix] : []), ...[clang, lld].map((file) => path.dirname(file)), bin].map((part) => fs.realpathSync(part));
  return { clang, environment: { INGOT_WABT_PREFIX: folder, INGOT_CLANG: clang, INGOT_LLD: lld, INGOT_CODEGEN: codegen, INGOT_TOOL_FOLDERS: folders.join(":") } };
}

// SPDX-License-Identifier: Apache-2.0
// Builds guests with the very lines that modules/LANGUAGES.md prints. The languages' own tools come from this machine, their libraries from the registries of
// crates, Go, and npm. What was built from the same sources, lines and tools is kept.
//
//   node languages.mjs OUT [NAME...]      OUT/NAME.wasm for each plugin or program (all of them)
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const repository = path.join(import.meta.dirname, "../../.."), modules = path.join(repository, "modules");
export const page = fs.readFileSync(path.join(modules, "LANGUAGES.md"), "utf8");

/** Every block of the page: {folder, output, lines}. Its name is the output's, with the language for the programs that are all called the same. */
export const recipes = [...page.matchAll(/^```sh (\S+) -> (\S+)\n([^]*?)^```$/gm)].map(([, folder, output, text]) => {
  const plain = path.basename(output, ".wasm");
  return { name: folder.startsWith("wasi/") ? `${plain}-${path.basename(folder)}` : plain, folder, output, lines: text.trim().split("\n") };
});
// One line builds the whole of the Rust workspace.
const rust = recipes.find(({ name }) => name === "lgpd");
recipes.push({ ...rust, name: "probe", output: rust.output.replace("lgpd", "probe") });

const said = (program, ...args) => spawnSync(program, args, { encoding: "utf8" });
const found = (program) => { const { status, stdout } = said("sh", "-c", `command -v ${program}`); return status === 0 ? stdout.trim() : undefined; };
const newest = (name) => Array.from({ length: 15 }, (_, index) => found(`${name}-${33 - index}`)).find(Boolean) ?? found(name);

function must(program, args, options) {
  const result = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26, ...options });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")}\n${result.error ?? ""}${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** The rustc and cargo that have a target for WebAssembly: the user's, or Debian's. */
function rustTools() {
  const has = (rustc) => rustc && fs.existsSync(said(rustc, "--print", "target-libdir", "--target", "wasm32-unknown-unknown").stdout?.trim() || "/nowhere");
  const [rustc, cargo] = [[found("rustc"), found("cargo")], ["/usr/bin/rustc", "/usr/bin/cargo"]].find(([rustc]) => has(rustc)) ?? [];
  if (!rustc) throw new Error("no rustc with the target wasm32-unknown-unknown. Debian: apt-get install rustc cargo libstd-rust-dev-wasm32");
  return { rustc, cargo };
}

const minor = (program) => Number(said(program, "version").stdout?.match(/ (?:go)?1\.(\d+)/)?.[1] ?? said(program, "--version").stdout?.match(/ 1\.(\d+)/)?.[1] ?? 0);

/** A cargo that speaks the registry's protocol of today, if there is one. */
function fetcher() {
  const cargo = found("cargo");
  return cargo && minor(cargo) >= 68 ? cargo : undefined;
}

/** Those of `names` that can be built here. Of each other one it says why not: scripts/setup installs neither Go nor a newer cargo than Debian's. */
export function buildable(names) {
  return names.filter((name) => {
    const { folder } = recipes.find((each) => each.name === name), has = (file) => fs.existsSync(path.join(modules, folder, file));
    const go = found("go");
    const why = has("go.mod") && !(go && minor(go) >= 24) ? "no Go from 1.24 on is in PATH" : has("Cargo.toml") && !fetcher() ? "no cargo from 1.68 on is in PATH, which could fetch crates" : undefined;
    if (why) console.log(`skipped  ${name}: ${why}`);
    return !why;
  });
}

/**
 * Debian gives clang a number, and its cargo is older than the registry's protocol: a folder in front of PATH has the names that the page prints, and a newer cargo, where there is one, fetches.
 * Gives the environment of the lines.
 */
function prepare(work) {
  const names = path.join(work, "bin"), { rustc, cargo } = rustTools();
  fs.mkdirSync(names, { recursive: true });
  const link = (name, program) => { fs.rmSync(path.join(names, name), { force: true }); if (program) fs.symlinkSync(program, path.join(names, name)); };
  link("clang", newest("clang"));
  link("clang++", newest("clang++"));
  link("rustc", rustc);
  link("cargo", cargo);
  const home = path.join(work, "cargo"), linker = newest("wasm-ld");
  fs.mkdirSync(home, { recursive: true });
  // Newer linkers warn of the metadata in Rust's archives, hence no fatal warnings.
  let config = ["unknown-unknown", "wasi", "wasip1"].map((system) => `[target.wasm32-${system}]\nlinker = "${linker}"\nrustflags = ["-C", "linker-flavor=wasm-ld", "-C", "link-arg=--no-fatal-warnings", "-C", "link-arg=--strip-debug"]\n`).join("\n");
  if (minor(cargo) < 68 && fetcher()) {
    const vendored = path.join(work, "crates"), lock = fs.readFileSync(path.join(modules, "extism/Cargo.lock"), "utf8"), stamp = path.join(vendored, ".lock");
    if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== lock) {
      must(fetcher(), ["vendor", "--quiet", "--locked", "--manifest-path", path.join(modules, "extism/Cargo.toml"), vendored], { cwd: work });
      fs.writeFileSync(stamp, lock);
    }
    config += `\n[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "${vendored}"\n`;
  }
  fs.writeFileSync(path.join(home, "config.toml"), config);
  const environment = {
    ...process.env, PATH: `${names}:${process.env.PATH}`, RUSTC: rustc, CARGO_HOME: home, GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false",
    npm_config_audit: "false", npm_config_fund: "false", npm_config_loglevel: "error",
  };
  const tools = [rustc, newest("clang"), "go", "node"].map((tool) => said(tool, tool === "go" ? "version" : "--version").stdout?.split("\n")[0] ?? "").join("; ");
  return { environment, tools, wasip1: said(rustc, "--print", "target-list").stdout.includes("wasm32-wasip1"), linker };
}

/** Copies modules/FOLDER, without what builds leave there; times stay, and what is there already of a build stays. */
function mirror(folder, work) {
  const to = path.join(work, "modules", folder);
  fs.mkdirSync(to, { recursive: true });
  fs.cpSync(path.join(modules, folder), to, { recursive: true, preserveTimestamps: true, filter: (file) => !/\/(node_modules|target)$/.test(file) });
}

function digestOf(folder, extra) {
  const hash = createHash("sha256").update(extra);
  for (const name of fs.readdirSync(path.join(modules, folder), { recursive: true }).sort()) {
    const file = path.join(modules, folder, name);
    if (!/(^|\/)(node_modules|target)(\/|$)|\.md$/.test(name) && fs.statSync(file).isFile()) hash.update(`${name}\0`).update(fs.readFileSync(file));
  }
  return hash.digest("hex");
}

/** Builds what is named below `out`; gives {name: path of the module}. */
export function build(out, names = recipes.map(({ name }) => name)) {
  const work = path.join(path.resolve(out), "work");
  fs.mkdirSync(work, { recursive: true });
  const { environment, tools, wasip1, linker } = prepare(work);
  mirror("sdk/extism", work);
  const header = digestOf("sdk/extism", tools), made = {};
  for (const name of names) {
    const recipe = recipes.find((each) => each.name === name);
    if (!recipe) throw new Error(`LANGUAGES.md has no block that builds ${name}`);
    const module = path.join(path.resolve(out), `${name}.wasm`), stamp = path.join(work, `${name}.stamp`), digest = digestOf(recipe.folder, header + recipe.lines.join("\n"));
    if (!fs.existsSync(module) || !fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== digest) {
      mirror(recipe.folder, work);
      for (const line of recipe.lines) {
        // Outside of cargo nothing tells rustc of the linker.
        let command = wasip1 ? line.replace("wasm32-wasi ", "wasm32-wasip1 ") : line;
        if (command.startsWith("rustc ")) command += ` -C linker=${linker} -C link-arg=--no-fatal-warnings`;
        must("sh", ["-c", command], { cwd: path.join(work, "modules", recipe.folder), env: environment });
      }
      fs.copyFileSync(path.join(work, "modules", recipe.folder, recipe.output), module);
      fs.writeFileSync(stamp, digest);
    }
    made[name] = module;
  }
  return made;
}

if (process.argv[1] === import.meta.filename) {
  const [out, ...names] = process.argv.slice(2);
  for (const [name, module] of Object.entries(build(out, names.length > 0 ? names : undefined))) console.log(`${name.padEnd(22)} ${fs.statSync(module).size} bytes`);
}

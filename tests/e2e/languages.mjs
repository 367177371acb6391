// SPDX-License-Identifier: Apache-2.0
// The lines of modules/LANGUAGES.md for WASI programs, run as they are printed: one program in five languages, cast and run by `ingot run`, does what it does under Node's WASI, and the same
// in every language. The lines for Extism plugins are run by extism.mjs.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { build, buildable, page, recipes } from "./lib/languages.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), NO_COLOR: "1" };
const printed = recipes.filter(({ folder }) => folder.startsWith("wasi/")).map(({ name }) => name), programs = buildable(printed);
const languages = ["rust", "go", "c", "cpp", "assemblyscript"].map((language) => `sums-${language}`);

const nodeRunner = path.join(folder, "node.mjs");
fs.writeFileSync(nodeRunner, `import fs from "node:fs";
import { WASI } from "node:wasi";
const [wasm, preopens, env, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: JSON.parse(env), preopens: JSON.parse(preopens), returnOnExit: true });
const instance = await WebAssembly.instantiate(await WebAssembly.compile(fs.readFileSync(wasm)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
`);

function must(program, args) {
  const result = spawnSync(program, args, { encoding: "utf8", env: environment });
  assert.equal(result.status, 0, `${program} ${args.join(" ")}\n${result.stdout}${result.stderr}`);
}

test("the page has a line for every program and says nothing of a line that it does not have", () => {
  assert.deepEqual([...printed].sort(), [...languages].sort());
  assert.equal(page.match(/^```sh/gm).length, recipes.length - 1, "a block that is not read: `sh FOLDER -> OUTPUT`");
  for (const { folder, name } of recipes) assert.ok(fs.existsSync(path.join(import.meta.dirname, "../../modules", folder)), name);
  for (const language of ["Rust", "Go", "C", "C++", "AssemblyScript"]) assert.ok(page.includes(`\n| ${language} |`), language);
});

// What each program must say, by its description (modules/wasi/README.md). Node's WASI has no environment without variables.
const scenes = [
  { args: ["/here", "7"], env: { CURRENCY: "BRL" }, input: "10\n-3\n35\n", amounts: "a\nbb\nccc\n", code: 7, said: "2 arguments\nargument /here\nargument 7\ncurrency BRL\nsum 42\n3 lines, 9 bytes\n", report: "3 lines, 9 bytes\n", error: "done\n" },
  { args: ["/here"], env: { OTHER: "x" }, input: "", amounts: "x".repeat(5000), code: 0, said: "1 arguments\nargument /here\nno currency\nsum 0\n0 lines, 5000 bytes\n", report: "0 lines, 5000 bytes\n", error: "done\n" },
  { args: ["/here", "0", "zwei W\u00f6rter"], env: { OTHER: "x" }, input: "9007199254740993", code: 3, said: "3 arguments\nargument /here\nargument 0\nargument zwei W\u00f6rter\nno currency\nsum 9007199254740993\ncannot read amounts.txt\n", error: "" },
];

const modules = build(path.join(process.env.INGOT_TOOLCHAIN, "../languages/wasi"), programs);
for (const name of programs) {
  test(`${name} does the same here, under Node's WASI, and as its description says`, () => {
    const bundle = path.join(folder, `${name}.ingot`);
    must(path.join(bin, "ingotc"), ["build", modules[name], "-o", bundle, "-O", "dev", "--contract", "wasi"]);
    scenes.forEach(({ args, env, input, amounts, code, said, report, error }, index) => {
      const outcomes = ["ingot", "node"].map((host) => {
        const work = path.join(folder, `${name}-${index}-${host}`);
        fs.mkdirSync(work);
        if (amounts !== undefined) fs.writeFileSync(path.join(work, "amounts.txt"), amounts);
        const [program, values] = host === "ingot"
          ? [path.join(bin, "ingot"), ["run", bundle, "--dir", `${work}::/here`, ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]), "--", ...args]]
          : [process.execPath, ["--no-warnings", nodeRunner, modules[name], JSON.stringify({ "/here": work }), JSON.stringify(env), "sums", ...args]];
        const { status, stdout, stderr } = spawnSync(program, values, { encoding: "utf8", env: environment, input });
        const file = path.join(work, "report.txt");
        return { status, stdout, stderr, report: fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined };
      });
      assert.deepEqual(outcomes[0], { status: code, stdout: said, stderr: error, report }, `scene ${index} here`);
      assert.deepEqual(outcomes[1], outcomes[0], `scene ${index} under Node`);
    });
  });
}

await runAll();

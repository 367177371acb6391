// SPDX-License-Identifier: Apache-2.0
// A program of 30 MB that others wrote, as they would run it: Yosys from npm, cast whole, synthesises Verilog under `ingot run`; what it says and the netlist that it writes are those of the
// same module under Node's WASI. Prints the wall time of both. Only with INGOT_TEST_FULL=1.
//
//   node yosys_synthesis.mjs       77: skipped
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const here = import.meta.dirname;
const bin = process.env.INGOT_BIN, store = process.env.INGOT_FOREIGN_STORE;
if (!bin || !store) throw new Error("INGOT_BIN and INGOT_FOREIGN_STORE are not set (ctest sets them)");
if (process.env.INGOT_TEST_FULL !== "1") {
  console.log("SKIPPED: yosys is cast and run by scripts/test --full only");
  process.exit(77);
}

function program(command, args, options = {}) {
  const begin = performance.now();
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, `${path.basename(command)} ended with ${result.status ?? result.signal}: ${result.stderr}${result.stdout.slice(-2000)}`);
  return { ...result, seconds: (performance.now() - begin) / 1000 };
}

/** `npm ci` into a folder of this test's own. */
function install() {
  const work = path.join(store, "npm-yosys_synthesis"), lock = fs.readFileSync(path.join(here, "packages-full/package-lock.json"), "utf8");
  const stamp = path.join(work, "node_modules", ".installed");
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== lock) {
    fs.mkdirSync(work, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(here, "packages-full", file), path.join(work, file));
    program("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: work });
    fs.writeFileSync(stamp, lock);
  }
  return path.join(work, "node_modules/@yowasp/yosys/gen");
}

/** The package keeps the program's own files as JavaScript: texts, and where a file is large its address. */
function unpack(entries, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const [name, content] of Object.entries(entries)) {
    const target = path.join(to, name);
    if (content instanceof URL) fs.copyFileSync(content, target);
    else if (typeof content === "string" || content instanceof Uint8Array) fs.writeFileSync(target, content);
    else unpack(content, target);
  }
}

const verilog = `module fir #(parameter TAPS = 8) (input clk, input rst, input signed [11:0] x, output reg signed [27:0] y);
  reg signed [11:0] line [0:TAPS-1];
  wire signed [11:0] weight [0:TAPS-1];
  genvar g;
  generate for (g = 0; g < TAPS; g = g + 1) assign weight[g] = (g * 37 + 11) ^ 12'h5a;
  endgenerate
  integer i;
  reg signed [27:0] sum;
  always @* begin sum = 0; for (i = 0; i < TAPS; i = i + 1) sum = sum + line[i] * weight[i]; end
  always @(posedge clk) if (rst) begin y <= 0; for (i = 0; i < TAPS; i = i + 1) line[i] <= 0; end
    else begin y <= sum; line[0] <= x; for (i = 1; i < TAPS; i = i + 1) line[i] <= line[i-1]; end
endmodule
module alu(input [15:0] a, b, input [2:0] op, output reg [15:0] r, output zero);
  always @* case (op) 0: r = a + b; 1: r = a - b; 2: r = a & b; 3: r = a | b; 4: r = a ^ b; 5: r = a << b[3:0]; 6: r = a >> b[3:0]; default: r = $signed(a) < $signed(b); endcase
  assign zero = r == 0;
endmodule
`;
const script = "read_verilog /here/design.v; hierarchy -check -auto-top; synth -noabc -run begin:check; opt -full; stat; write_verilog -noattr /here/netlist.v; write_json /here/netlist.json";
const args = ["yosys", "-Q", "-p", script];

const gen = install();
const wasm = path.join(gen, "yosys.core.wasm"), folder = path.join(store, "yosys_synthesis");
fs.rmSync(folder, { recursive: true, force: true });
const share = path.join(folder, "share");
unpack((await import(pathToFileURL(path.join(gen, "resources-yosys.js")))).filesystem.share, share);
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config") };

const bundle = path.join(folder, "yosys.ingot");
const cast = program(path.join(bin, "ingotc"), ["build", wasm, "-o", bundle, "-O", "dev", "--target", "x86-64-v3", "--no-cache"], { env: environment });
assert.match(cast.stderr, /contract wasi/);

const workOf = (label) => {
  const work = path.join(folder, label);
  fs.mkdirSync(work);
  fs.writeFileSync(path.join(work, "design.v"), verilog);
  return work;
};
const runner = path.join(folder, "node.mjs");
fs.writeFileSync(runner, `import fs from "node:fs";
import { WASI } from "node:wasi";
const [wasm, preopens, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: {}, preopens: JSON.parse(preopens), returnOnExit: true });
const instance = await WebAssembly.instantiate(await WebAssembly.compile(fs.readFileSync(wasm)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
`);
const theirs = workOf("node"), ours = workOf("ingot");
const expected = program(process.execPath, ["--no-warnings", "--stack-size=8000", runner, wasm, JSON.stringify({ "/share": share, "/here": theirs }), ...args]);
const got = program(path.join(bin, "ingot"), ["run", bundle, "--dir", `${share}::/share:ro`, "--dir", `${ours}::/here`, "--", ...args.slice(1)], { env: environment });

/** Without the last lines' times and memory. */
const said = (text) => text.split("\n").filter((line) => !/^(End of script|Time spent|CPU: )|MEM:/.test(line)).join("\n");
assert.equal(said(got.stdout), said(expected.stdout));
assert.match(got.stdout, /Number of cells|\d+ cells/);
for (const name of ["netlist.v", "netlist.json"]) {
  const [one, other] = [ours, theirs].map((work) => fs.readFileSync(path.join(work, name), "utf8"));
  assert.ok(one.length > 10_000, name);
  assert.equal(one, other, name);
}
const s = (result) => `${result.seconds.toFixed(2)} s`;
console.log(`yosys.core.wasm: ${(fs.statSync(wasm).size / 1e6).toFixed(1)} MB, cast in ${s(cast)}; synthesis from start to end: ingot run ${s(got)}, Node's WASI ${s(expected)}`);
console.log("1 passed, 0 failed");

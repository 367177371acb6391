// SPDX-License-Identifier: Apache-2.0
// `ingot call` as a person or a script uses it: numbers in and out, texts, traps, limits, trust, JSON, help; and the developer key that ingotc
// makes on first use and `ingot call` trusts.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
const config = path.join(folder, "config");
const environment = { ...process.env, XDG_CONFIG_HOME: config, TMPDIR: folder, NO_COLOR: "1" };

function run(program, args, extra = {}) {
  const result = spawnSync(path.join(bin, program), args, { encoding: "utf8", cwd: folder, env: { ...environment, ...extra } });
  assert.equal(result.signal, null, `${program} ${args.join(" ")} died by ${result.signal}`);
  return result;
}

const assembler = fs.existsSync(`${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm`) ? `${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm` : "wat2wasm";
/** A WAT text, cast; signed with the developer key unless told otherwise. */
function castText(name, text, ...options) {
  const wat = path.join(folder, `${name}.wat`), wasm = path.join(folder, `${name}.wasm`), bundle = path.join(folder, `${name}.ingot`);
  fs.writeFileSync(wat, text);
  const assembled = spawnSync(assembler, [wat, "-o", wasm], { encoding: "utf8" });
  if (assembled.error) throw assembled.error;
  assert.equal(assembled.status, 0, assembled.stderr);
  const built = run("ingotc", ["build", wasm, "-o", bundle, "-O", "dev", "--contract", "none", ...options]);
  assert.equal(built.status, 0, built.stderr);
  return bundle;
}

/** The lines that a call prints; it must succeed and say nothing else. */
function results(bundle, ...args) {
  const { status, stdout, stderr } = run("ingot", ["call", bundle, ...args]);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout === "" ? [] : stdout.replace(/\n$/, "").split("\n");
}

function assertFails(bundle, args, exitCode, ...phrases) {
  const { status, stdout, stderr } = run("ingot", ["call", bundle, ...args]);
  assert.equal(status, exitCode, stderr);
  assert.equal(stdout, "");
  for (const phrase of phrases) assert.match(stderr, phrase);
}

const numbersText = `(module
  (memory (export "memory") 1 1000)
  (type $none (func)) (type $one (func (result i32)))
  (table 2 funcref) (elem (i32.const 0) $answer)
  (func $answer (export "answer") (result i32) (i32.const 42))
  (func (export "nothing"))
  (func (export "add32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "sub64") (param i64 i64) (result i64) (i64.sub (local.get 0) (local.get 1)))
  (func (export "mulf32") (param f32 f32) (result f32) (f32.mul (local.get 0) (local.get 1)))
  (func (export "divf64") (param f64 f64) (result f64) (f64.div (local.get 0) (local.get 1)))
  (func (export "rotate") (param i32 i64 f32 f64) (result f64 i32 i64 f32)
    (local.get 3) (local.get 0) (local.get 1) (local.get 2))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func $deeper (export "deeper") (param i32) (result i32) (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
  (func (export "unreachable") unreachable)
  (func (export "null") (call_indirect (type $none) (i32.const 1)))
  (func (export "mismatch") (call_indirect (type $none) (i32.const 0)))
  (func (export "forever") (local i64) (loop (i64.store (i32.const 8) (local.tee 0 (i64.add (local.get 0) (i64.const 1)))) (br 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "hungry") (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable))
  (func (export "vector") (result v128) (v128.const i64x2 1 2)))`;
let numbers;

// ---- the developer key ----

test("the first build makes a developer key under XDG_CONFIG_HOME and `ingot call` trusts it without being told", () => {
  assert.ok(!fs.existsSync(config));
  numbers = castText("numbers", numbersText);
  const key = path.join(config, "ingot", "developer.key");
  assert.equal(fs.statSync(key).mode & 0o777, 0o600);
  assert.match(fs.readFileSync(key.replace(/key$/, "pub"), "utf8"), /BEGIN PUBLIC KEY/);
  assert.deepEqual(results(numbers, "answer"), ["42"]);
  const before = fs.readFileSync(key);
  castText("again", `(module (func (export "one") (result i32) (i32.const 1)))`);
  assert.deepEqual(fs.readFileSync(key), before, "the second build uses the same key");
});

test("without that key the same bundle is refused, and with --key accepted", () => {
  const elsewhere = { XDG_CONFIG_HOME: path.join(folder, "elsewhere") };
  const refused = run("ingot", ["call", numbers, "answer"], elsewhere);
  assert.equal(refused.status, 5);
  assert.match(refused.stderr, /not trusted here/);
  const accepted = run("ingot", ["call", numbers, "answer", "--key", path.join(config, "ingot", "developer.pub")], elsewhere);
  assert.equal(accepted.status, 0, accepted.stderr);
  assert.equal(accepted.stdout, "42\n");
});

test("HOME/.config is the place when XDG_CONFIG_HOME is not set", () => {
  const home = path.join(folder, "home");
  fs.mkdirSync(home);
  const wasm = path.join(folder, "numbers.wasm"), bundle = path.join(folder, "home.ingot");
  const extra = { XDG_CONFIG_HOME: "", HOME: home };
  assert.equal(run("ingotc", ["build", wasm, "-o", bundle, "-O", "dev"], extra).status, 0);
  assert.ok(fs.existsSync(path.join(home, ".config", "ingot", "developer.pub")));
  assert.equal(run("ingot", ["call", bundle, "answer"], extra).stdout, "42\n");
  assert.equal(run("ingot", ["call", bundle, "answer"]).status, 5);
});

test("an unsigned bundle is refused, and accepted with --allow-unsigned", () => {
  const bundle = castText("unsigned", numbersText, "--unsigned");
  assertFails(bundle, ["answer"], 5, /carries no signature/);
  assert.deepEqual(results(bundle, "answer", "--allow-unsigned"), ["42"]);
  assert.equal(run("ingotc", ["sign", bundle]).status, 0);
  assert.deepEqual(results(bundle, "answer"), ["42"]);
});

// ---- numbers ----

test("i32: signed decimal out; decimal, hexadecimal, negative and unsigned in", () => {
  for (const [a, b, sum] of [["2", "3", "5"], ["-5", "3", "-2"], ["2147483647", "1", "-2147483648"], ["4294967295", "0", "-1"], ["-2147483648", "0", "-2147483648"],
                             ["0x10", "-0x1", "15"], ["-1", "-1", "-2"]]) {
    assert.deepEqual(results(numbers, "add32", a, b), [sum], `${a} + ${b}`);
  }
});

test("i64: the whole range", () => {
  for (const [a, b, difference] of [["-9223372036854775808", "0", "-9223372036854775808"], ["18446744073709551615", "0", "-1"], ["0", "-9007199254740993", "9007199254740993"],
                                    ["9223372036854775807", "-1", "-9223372036854775808"]]) {
    assert.deepEqual(results(numbers, "sub64", a, b), [difference], `${a} - ${b}`);
  }
});

test("f32 and f64: the shortest text that reads back exactly", () => {
  for (const [a, b, product] of [["0.1", "1", "0.1"], ["-1.5", "2", "-3"], ["16777216", "1", "16777216"], ["1e38", "10", "inf"], ["-0", "1", "-0"], ["-inf", "1", "-inf"]]) {
    assert.deepEqual(results(numbers, "mulf32", a, b), [product], `${a} * ${b}`);
  }
  for (const [a, b] of [["1", "3"], ["-22", "7"], ["1e300", "1e-10"], ["-2.5e-3", "1"], ["5e-324", "1"], ["-.5", "1"]]) {
    const [quotient] = results(numbers, "divf64", a, b);
    const expected = Number(a) / Number(b);
    if (Number.isFinite(expected)) assert.equal(Number(quotient), expected, `${a} / ${b}`);
    else assert.equal(quotient, "inf");
  }
  assert.match(results(numbers, "divf64", "0", "0")[0], /^-?nan/);
  assert.match(results(numbers, "divf64", "nan", "1")[0], /^-?nan/);
});

test("several results: one a line, each by its own type", () => {
  assert.deepEqual(results(numbers, "rotate", "-7", "-8", "0.1", "-0.25"), ["-0.25", "-7", "-8", "0.1"]);
});

test("no result: nothing is printed", () => assert.deepEqual(results(numbers, "nothing"), []));

test("negative numbers need no --, before, between and behind options", () => {
  assert.deepEqual(results(numbers, "add32", "-5", "-6", "--deadline-ms", "1000"), ["-11"]);
  assert.deepEqual(results(numbers, "add32", "--deadline-ms", "1000", "-5", "--memory-mib", "16", "-6"), ["-11"]);
  const { status, stdout } = run("ingot", ["call", "--json", numbers, "add32", "-5", "-6"]);
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), { results: ["-11"] });
});

test("what is no number of the type, or too many or too few: exit code 2, the type named", () => {
  for (const words of [["abc", "1"], ["1.5", "1"], ["", "1"], ["4294967296", "0"], ["-2147483649", "0"], ["0x", "1"], ["1 ", "1"], ["--", "-", "1"]]) {
    assertFails(numbers, ["add32", ...words], 2, /i32/);
  }
  assertFails(numbers, ["divf64", "one", "1"], 2, /'one' is not a value of type .*f64/);
  assertFails(numbers, ["sub64", "18446744073709551616", "1"], 2, /i64/);
  assertFails(numbers, ["add32", "1"], 2, /give 2 arguments, not 1/);
  assertFails(numbers, ["add32", "1", "2", "3"], 2, /give 2 arguments, not 3/);
  assertFails(numbers, ["answer", "1"], 2, /give 0 arguments, not 1/);
  assertFails(numbers, ["vector"], 2, /v128.*cannot be printed/);
});

test("an unknown function: the exports are listed", () => {
  const { status, stderr } = run("ingot", ["call", numbers, "subtract"]);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /exports no function 'subtract'.*answer.*nothing.*add32/);
  assert.doesNotMatch(stderr, /memory,/, "a memory is no function");
});

// ---- traps and limits ----

const traps = [
  [["unreachable"], /unreachable/, "unreachable"],
  [["divide", "1", "0"], /divide by zero/, "divide_by_zero"],
  [["divide", "-2147483648", "-1"], /overflow/, "integer_overflow"],
  [["truncate", "nan"], /conversion|convert/, "invalid_conversion"],
  [["truncate", "1e10"], /overflow/, "integer_overflow"],
  [["load", "65533"], /out of bounds/, "out_of_bounds"],
  [["load", "-4"], /out of bounds/, "out_of_bounds"],
  [["null"], /null|uninitialized|empty|undefined/, undefined],
  [["mismatch"], /type|signature/, undefined],
  [["deeper", "0"], /stack/, undefined],
];
for (const [args, phrase, kind] of traps) {
  test(`trap: ${args.join(" ")}`, () => {
    const plain = run("ingot", ["call", numbers, ...args]);
    assert.equal(plain.status, 7, plain.stderr);
    assert.equal(plain.stdout, "");
    assert.match(plain.stderr, /^ingot: the guest trapped: /);
    assert.match(plain.stderr, phrase);
    const json = run("ingot", ["call", numbers, ...args, "--json"]);
    assert.equal(json.status, 7);
    const answer = JSON.parse(json.stdout);
    assert.equal(answer.exit_code, 7);
    assert.match(answer.trap.kind, /^[a-z_]+$/);
    if (kind) assert.equal(answer.trap.kind, kind);
    assert.match(answer.trap.message, phrase);
  });
}

test("a trap in the start function is a trap, too", () => {
  assertFails(castText("start", `(module (func $start unreachable) (start $start) (func (export "f")))`), ["f"], 7, /unreachable/);
});

test("an endless loop ends at its deadline: exit code 8, and not much later", () => {
  const begin = Date.now();
  assertFails(numbers, ["forever", "--deadline-ms", "200"], 8, /deadline/);
  assert.ok(Date.now() - begin < 2000, `took ${Date.now() - begin} ms`);
  const { status, stdout } = run("ingot", ["call", numbers, "forever", "--deadline-ms", "50", "--json"]);
  assert.equal(status, 8);
  assert.equal(JSON.parse(stdout).trap.kind, "deadline");
});

test("the memory quota: memory.grow reaches it exactly, and says -1 beyond", () => {
  // 100 pages to begin with; 7 MiB are 112 pages.
  const large = castText("large", `(module (memory (export "memory") 100) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);
  assert.deepEqual(results(large, "grow", "12", "--memory-mib", "7"), ["100"]);
  assert.deepEqual(results(large, "grow", "13", "--memory-mib", "7"), ["-1"]);
  assert.deepEqual(results(large, "grow", "65535"), ["-1"]);
  // A module that begins above its quota is told so.
  assertFails(large, ["grow", "0", "--memory-mib", "6"], 8, /6 MiB of memory|quota is 6 MiB/);
});

test("a guest that takes memory until it is refused, and then traps, has trapped: exit code 7", () => {
  assertFails(numbers, ["hungry", "--memory-mib", "16"], 7, /unreachable/);
});

// ---- texts ----

// Upper-cases a text: (address, length) -> address << 32 | length, with a bump allocator.
const upperText = (signature, reply) => `(module
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 1024))
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (global.get $heap)
    (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 15)) (i32.const -16))))
  (func $upper (param $text i32) (param $length i32)
    (local $at i32) (local $c i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      (local.set $c (i32.load8_u (i32.add (local.get $text) (local.get $at))))
      (if (i32.lt_u (i32.sub (local.get $c) (i32.const 97)) (i32.const 26))
        (then (i32.store8 (i32.add (local.get $text) (local.get $at)) (i32.sub (local.get $c) (i32.const 32)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))))
  (func (export "upper") ${signature} ${reply})
  (func (export "outside") (param i32 i32) (result i64) (i64.const 0xfffffff000000100))
  (func (export "number") (param i32) (result i32) (local.get 0)))`;
const forms = {
  packed: ["(param $text i32) (param $length i32) (result i64)",
    `(call $upper (local.get $text) (local.get $length))
     (i64.or (i64.shl (i64.extend_i32_u (local.get $text)) (i64.const 32)) (i64.extend_i32_u (local.get $length)))`],
  pair: ["(param $text i32) (param $length i32) (result i32 i32)",
    "(call $upper (local.get $text) (local.get $length)) (local.get $text) (local.get $length)"],
  pointer: ["(param $text i32) (param $length i32) (result i32)",
    `(call $upper (local.get $text) (local.get $length))
     (i32.store (i32.const 512) (local.get $text)) (i32.store (i32.const 516) (local.get $length)) (i32.const 512)`],
  out_parameter: ["(param $out i32) (param $text i32) (param $length i32)",
    `(call $upper (local.get $text) (local.get $length))
     (i32.store (local.get $out) (local.get $text)) (i32.store offset=4 (local.get $out) (local.get $length))`],
};
let upper;
for (const [form, parts] of Object.entries(forms)) {
  test(`--input: a text goes in and comes back (${form})`, () => {
    const bundle = castText(`upper_${form}`, upperText(...parts));
    if (form === "packed") upper = bundle;
    assert.deepEqual(results(bundle, "upper", "--input", "Grüße, world 1"), ["GRüßE, WORLD 1"]);
    assert.deepEqual(results(bundle, "upper", "--input", "--dashes"), ["--DASHES"]);
  });
}

test("--input-file, empty and large texts, --json", () => {
  const file = path.join(folder, "text.txt");
  fs.writeFileSync(file, "from a file\nand on");
  assert.deepEqual(results(upper, "upper", "--input-file", file), ["FROM A FILE", "AND ON"]);
  fs.writeFileSync(file, "ab".repeat(30_000));
  assert.deepEqual(results(upper, "upper", "--input-file", file), ["AB".repeat(30_000)]);
  const empty = run("ingot", ["call", upper, "upper", "--input", ""]);
  assert.equal(empty.status, 0, empty.stderr);
  assert.equal(empty.stdout.trim(), "");
  const json = run("ingot", ["call", upper, "upper", "--input", "quote \" and\nline", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), { results: ["QUOTE \" AND\nLINE"] });
});

test("--input where it does not fit: a clear refusal", () => {
  assertFails(upper, ["number", "--input", "x"], 3, /number.*none of the four forms/);
  assertFails(numbers, ["sub64", "--input", "x"], 3, /sub64/);
  assertFails(upper, ["outside", "--input", "x"], 3, /outside its memory/);
  assertFails(upper, ["upper", "--input-file", path.join(folder, "nowhere.txt")], 1, /nowhere\.txt/);
  fs.writeFileSync(path.join(folder, "large.txt"), "x".repeat(200_000));
  assertFails(upper, ["upper", "--input-file", path.join(folder, "large.txt")], 3, /no room for 200000 bytes/);
});

// ---- words ----

test("--json: errors are one JSON object on stdout", () => {
  const cases = [
    [["call", path.join(folder, "nowhere.ingot"), "f", "--json"], 1, "io"],
    [["call", numbers, "subtract", "--json"], 1, "not_found"],
    [["call", numbers, "add32", "x", "1", "--json"], 2, "invalid_argument"],
    [["call", path.join(folder, "numbers.wasm"), "f", "--json"], 5, "verification"],
  ];
  for (const [args, exitCode, code] of cases) {
    const { status, stdout, stderr } = run("ingot", args);
    assert.equal(status, exitCode, stderr);
    const answer = JSON.parse(stdout);
    assert.equal(answer.error.code, code);
    assert.equal(answer.exit_code, exitCode);
    assert.ok(stderr.includes(answer.error.message));
  }
});

test("wrong words: exit code 2, the message on stderr", () => {
  for (const words of [[], ["melt"], ["call"], ["call", numbers], ["call", numbers, "answer", "--deadline-ms", "0"], ["call", numbers, "answer", "--deadline-ms", "soon"],
                       ["call", numbers, "answer", "--memory-mib", "9999"], ["call", numbers, "answer", "--nonsense"], ["serve"], ["migrate"], ["migrate", "melt"], ["modules"],
                       ["call", upper, "upper", "--input", "a", "--input-file", "b"]]) {
    const { status, stdout, stderr } = run("ingot", words);
    assert.equal(status, 2, `${words.join(" ")}: ${stderr}`);
    assert.equal(stdout, "", words.join(" "));
    assert.notEqual(stderr, "", words.join(" "));
  }
});

test("every verb of both programs has a help text with usage, description and exit codes", () => {
  const verbs = { ingot: ["serve", "modules", "migrate", "call"], ingotc: ["build", "cache", "inspect", "keygen", "sign", "verify", "audit"] };
  for (const [program, names] of Object.entries(verbs)) {
    const overview = run(program, ["--help"]);
    assert.equal(overview.status, 0);
    assert.match(overview.stdout, /Exit codes: 0 ok, 1 failed, 2 usage/);
    for (const name of names) {
      assert.match(overview.stdout, new RegExp(`^  ${name} +\\S`, "m"));
      const { status, stdout } = run(program, [name, "--help"]);
      assert.equal(status, 0, name);
      assert.match(stdout, new RegExp(`Usage: .*${name} `), name);
      assert.match(stdout, /Exit codes/, name);
    }
  }
  for (const verb of ["plan", "apply", "status"]) {
    const { status, stdout } = run("ingot", ["migrate", verb, "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /CONFIG/);
  }
});

test("the usage line begins with the words that are typed", () => {
  for (const [program, ...words] of [["ingot"], ["ingot", "call"], ["ingot", "migrate", "plan"], ["ingotc"], ["ingotc", "build"]]) {
    assert.ok(run(program, [...words, "--help"]).stdout.includes(`Usage: ${[program, ...words].join(" ")} `), [program, ...words].join(" "));
  }
});

test("--version of both programs", () => {
  assert.match(run("ingot", ["--version"]).stdout, /^ingot \d+\.\d+\.\d+ \(ABI \d+\)\n$/);
  assert.match(run("ingotc", ["--version"]).stdout, /^ingotc \d+\.\d+\.\d+ \(ABI \d+\)\n/);
  assert.match(run("ingotc", ["--version"]).stdout, /confined on this machine by(\n  (resources|system calls|files|network) .*){4}\n$/);
  const said = JSON.parse(run("ingotc", ["--version", "--json"]).stdout);
  assert.match(said.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(Object.keys(said.confinement).sort(), ["can_confine", "failed_step", "landlock", "landlock_abi", "network_namespace", "seccomp"]);
  assert.equal(said.confinement.can_confine, true, "or no build of these tests could have run");
});

await runAll();

// SPDX-License-Identifier: Apache-2.0
// The repository checks itself: who may include what, that the lists in CMake are the files on disk, and a few rules that are cheaper to test than
// to remember. Every complaint says which file and why.
//   node tidy.mjs REPOSITORY
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "../e2e/lib/check.mjs";

const repository = path.resolve(process.argv[2] ?? path.join(import.meta.dirname ?? ".", "../.."));
const top_folders = ["compiler", "runtime", "abi", "modules", "tests", "bench", "scripts"];

/** Everything that is or would be tracked. Without git (an unpacked archive) everything but the build. */
function listFiles() {
  try {
    const text = execFileSync("git", ["-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { encoding: "utf8", stdio: "pipe" });
    return [...new Set(text.split("\0"))].filter((file) => file && fs.existsSync(path.join(repository, file)));
  } catch {
    return fs.readdirSync(repository, { recursive: true })
      .filter((file) => !/^(build|\.git)\/|(^|\/)node_modules\//.test(file) && fs.statSync(path.join(repository, file)).isFile());
  }
}
const files = listFiles().sort();
const contents = new Map();
function textOf(file) {
  if (!contents.has(file)) contents.set(file, fs.readFileSync(path.join(repository, file), "utf8"));
  return contents.get(file);
}
const linesOf = (file) => textOf(file).split("\n");

const product = files.filter((file) => /^(compiler|runtime|abi)\/.*\.(cpp|hpp|h|c)$/.test(file));
const cpp = files.filter((file) => /\.(cpp|hpp|h)$/.test(file));

/** [{file, line, header, system}] of every include in these files. */
function includesOf(list) {
  return list.flatMap((file) => linesOf(file).flatMap((text, index) => {
    const found = text.match(/^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")/);
    return found ? [{ file, place: `${file}:${index + 1}`, header: found[1] ?? found[2], system: found[1] !== undefined }] : [];
  }));
}

/** Fails with one line for each complaint. */
function assertNone(complaints, rule) {
  assert.equal(complaints.length, 0, `${rule}\n  ${complaints.join("\n  ")}`);
}

// ---- the house ----

test("top-level folders are exactly the fixed ones", () => {
  const present = [...new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]))].filter((name) => !name.startsWith("."));
  assert.deepEqual(present.sort(), [...top_folders].sort());
  const on_disk = fs.readdirSync(repository, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  assertNone(on_disk.filter((name) => !top_folders.includes(name) && !name.startsWith(".") && name !== "build"), "folders that do not belong here");
});

test("every source file names its licence", () => {
  const sources = files.filter((file) => /\.(cpp|hpp|h|c|S|mjs|js|ts|rs|go|wat|cmake|sh|py)$|(^|\/)CMakeLists\.txt$/.test(file) || isScript(file));
  assert.ok(sources.length > 100);
  assertNone(sources.filter((file) => !linesOf(file).slice(0, 3).some((line) => line.includes("SPDX-License-Identifier: Apache-2.0"))),
             "without `SPDX-License-Identifier: Apache-2.0` in the first three lines");
});

function isScript(file) {
  return !path.extname(file) && textOf(file).startsWith("#!");
}

test("what begins with #! can be run, and nothing else can", () => {
  const executable = (file) => (fs.statSync(path.join(repository, file)).mode & 0o111) !== 0;
  assertNone(files.filter((file) => textOf(file).startsWith("#!") !== executable(file)), "the executable bit and the first line disagree");
});

// Large where the domain is large. A line here needs a reason in RATIONALE.md.
const long_files = new Map([["runtime/db/sqlite.cpp", 760]]);
test("no file is longer than 700 lines", () => {
  const text_files = files.filter((file) => /\.(cpp|hpp|h|c|S|mjs|js|ts|rs|go|wat|cmake|sh|py|md)$/.test(file) || isScript(file));
  assertNone(text_files.filter((file) => linesOf(file).length - 1 > (long_files.get(file) ?? 700)).map((file) => `${file}: ${linesOf(file).length - 1} lines`),
             "split it, or list it here with a reason in RATIONALE.md");
});

test("text files end with a newline and have no trailing spaces or tabs", () => {
  const complaints = [];
  for (const file of files.filter((name) => /\.(cpp|hpp|h|c|S|mjs|js|ts|rs|cmake)$|CMakeLists\.txt$/.test(name))) {
    if (!textOf(file).endsWith("\n") || textOf(file).endsWith("\n\n")) complaints.push(`${file}: its end`);
    linesOf(file).forEach((line, index) => {
      if (/[ \t]$|\t|\r/.test(line)) complaints.push(`${file}:${index + 1}`);
    });
  }
  assertNone(complaints, "white space");
});

// ---- who may include what ----

// [headers, where they may be included, why]. The folders and files are prefixes.
const header_rules = [
  [/^dlfcn\.h$|^link\.h$/, ["runtime/load/module.cpp"], "one file talks to the dynamic loader"],
  [/^signal\.h$|^csignal$/, ["runtime/sandbox/", "runtime/cli/serve.cpp", "runtime/cli/interrupt.cpp", "runtime/backup/child.cpp", "runtime/watch/child.cpp", "compiler/process/", "compiler/lower/translate.cpp"],
   "one folder owns fault signals; serve and long verbs wait for the end, the compiler, backups and --watch watch their children"],
  [/^ucontext\.h$|^sys\/ucontext\.h$/, ["runtime/sandbox/"], "one folder edits saved contexts"],
  [/^setjmp\.h$|^csetjmp$/, [], "guests are entered and left by our own entry code"],
  [/^sys\/mman\.h$/, ["runtime/sandbox/", "runtime/instance/instance.cpp", "runtime/embed/wasi.cpp", "runtime/host/extism/kernel.cpp", "runtime/load/seal.cpp", "compiler/process/reading.cpp", "runtime/cli/doctor_checks.cpp"],
   "address space is made in few places; the compiler only says that a buffer is large, the doctor tries the kernel"],
  [/^libpq-fe\.h$/, ["runtime/db/postgres.cpp", "runtime/db/postgres_rows.hpp", "runtime/db/postgres_rows.cpp", "runtime/db/postgres_values.cpp", "runtime/db/postgres_load.cpp"], "one database client; a restore streams rows"],
  [/^sqlite3\.h$/, ["runtime/db/sqlite"], "one database client, one file"],
  [/^pg_query/, ["runtime/db/vet"], "PostgreSQL's parser serves the vetting only"],
  [/^crypt\.h$/, ["runtime/accounts/password.cpp"], "passwords are hashed in one file"],
  [/^spdlog\//, ["runtime/observe/"], "the rest logs through observe/log.hpp"],
  [/^boost\//, ["runtime/dispatch/http_"], "sockets and HTTP stay in the HTTP server"],
  [/^curl\//, ["runtime/host/extism/http_transfer.cpp", "runtime/cli/server_client.cpp"], "requests go out in one file for plugins, and in one for verbs"],
  [/^toml\+\+\//, ["abi/format/plugin_manifest.cpp"], "plugins' manifests are read in one file"],
  [/^CLI\//, ["compiler/main.cpp", "runtime/cli/run.cpp"], "the command line is read in one file of each program"],
  [/^openssl\//, ["abi/format/signature.cpp", "compiler/cli/keys.cpp", "runtime/db/sql_text.cpp", "runtime/identity/keys.cpp", "runtime/dispatch/http_tls.cpp", "runtime/backup/sha256.cpp"],
   "cryptography goes through format/signature.hpp and identity/keys.hpp"],
  [/^llvm\/|^llvm-c\/|^lld\/|^clang\//, ["compiler/native/", "compiler/symbols/"], "LLVM stays inside the native stage and the reading of debug information"],
  [/^wabt(\/|\.h)|wasm-rt-impl/, [], "WABT's programs run as children, nothing of it is compiled in"],
  [/^elf\.h$/, ["runtime/load/elf_image.hpp"], "objects are read in one place"],
];
test("system and library headers are included only where they belong", () => {
  const complaints = [];
  for (const { file, place, header } of includesOf(product)) {
    for (const [pattern, allowed, why] of header_rules) {
      if (pattern.test(header) && !allowed.some((prefix) => file.startsWith(prefix))) complaints.push(`${place}: <${header}>: ${why}`);
    }
  }
  assertNone(complaints, "included in the wrong place");
});

// A quoted include is found under these roots, in this order; what is found nowhere is made by the build.
const roots = { abi: ["abi", "abi/include"], compiler: ["compiler", "abi", "abi/include"], runtime: ["runtime", "abi", "abi/include"] };
const made_by_the_build = new Map([
  ["ingot/rt_digest.h", ["compiler", "runtime", "abi"]],
  ["wasm-rt.h", ["compiler"]],  // a line of the generated C
]);
/** Where an include leads, or nothing. */
function resolve({ file, header }) {
  const beside = path.posix.join(path.posix.dirname(file), header);
  return [beside, ...roots[file.split("/")[0]].map((root) => `${root}/${header}`)].find((candidate) => files.includes(candidate));
}

test("the compiler and the runtime know abi/ and never each other; abi/ knows neither", () => {
  const complaints = [];
  for (const include of includesOf(product).filter(({ system }) => !system)) {
    const part = include.file.split("/")[0];
    if (include.header.includes("..")) complaints.push(`${include.place}: "${include.header}": paths begin at the part's root`);
    // The island's own files are compiled elsewhere, with folders of their own.
    else if (!resolve(include) && !made_by_the_build.get(include.header)?.includes(part) && !include.file.startsWith("compiler/lower/island/")) {
      complaints.push(`${include.place}: "${include.header}" is not in ${roots[part].join(", ")}`);
    }
  }
  assertNone(complaints, "includes across the wall");
});

// Folder -> the folders of the same part that it may include besides itself. "." is the part's root, where the stages are put together.
const allowed_edges = {
  "runtime/sandbox": [],
  "runtime/bundle": [],
  "runtime/load": ["bundle", "sandbox"],
  "runtime/instance": ["load", "sandbox"],
  "runtime/embed": ["bundle", "load", "instance", "sandbox", "host", "."],
  "runtime/plugin": ["bundle", "load", "embed", "host"],
  "runtime/plugins": ["bundle", "dispatch", "host", "instance", "modules", "observe", "sandbox", "."],
  "runtime/observe": [],
  "runtime/db": [],
  "runtime/data": ["db", "observe"],
  "runtime/dispatch": [],
  "runtime/identity": ["dispatch"],
  "runtime/openapi": ["dispatch"],
  "runtime/accounts": ["db", "dispatch", "identity", "observe"],
  "runtime/admin": ["dispatch", "identity"],
  "runtime/backup": ["db"],
  "runtime/modules": [],
  "runtime/watch": ["modules", "observe"],
  "runtime/host": ["bundle", "load", "instance", "sandbox", "data", "db", "dispatch", "modules", "observe"],
  "compiler/process": [],
  "compiler/ingest": ["process", "."],
  "compiler/lower": ["process", "ingest", "."],
  "compiler/native": ["process", "."],
  "compiler/symbols": ["ingest", "lower", "."],
  "compiler/bundle": ["process", "ingest", "lower", "symbols", "."],
  "compiler/cache": ["process", "native", "."],
};
test("folders depend on each other in one direction only", () => {
  const complaints = [];
  for (const include of includesOf(product).filter(({ system }) => !system)) {
    const target = resolve(include)?.split("/");
    const [part, folder, ...rest] = include.file.split("/");
    const allowed = allowed_edges[`${part}/${folder}`];
    if (!target || target[0] !== part || rest.length === 0 || !allowed) continue;
    const other = target.length > 2 ? target[1] : ".";
    if (other !== folder && !allowed.includes(other)) complaints.push(`${include.place}: ${folder}/ may not know ${other === "." ? include.header : other + "/"}`);
  }
  assertNone(complaints, "against the direction of the flow");
});

test("a source file includes its own header first", () => {
  const complaints = [];
  for (const file of product.filter((name) => name.endsWith(".cpp"))) {
    const own = file.replace(/cpp$/, "hpp");
    if (!files.includes(own)) continue;
    const first = includesOf([file])[0];
    if (!first || resolve(first) !== own) complaints.push(file);
  }
  assertNone(complaints, "so that every header is known to stand alone");
});

test("headers are guarded and open no name space for others", () => {
  // The island's stand-ins for libc headers are included once each, by generated C.
  const headers = cpp.filter((file) => /\.(hpp|h)$/.test(file) && !file.startsWith("compiler/lower/island/"));
  assertNone(headers.filter((file) => !/#pragma once|#ifndef \w+_H/.test(textOf(file))), "without #pragma once");
  // Names of literals ("5ms") are all that one may take in, and only where no product header is.
  assertNone(headers.filter((file) => /^\s*using namespace (?!std::\w+_literals;)/m.test(textOf(file))), "`using namespace` in a header");
});

// ---- CMake ----

/** The list files, and the folder that the paths in each are relative to. */
const cmake_lists = files.filter((file) => /(^|\/)CMakeLists\.txt$|\/sources\.cmake$/.test(file) && top_folders.includes(file.split("/")[0]))
  .map((file) => ({ file, folder: file.endsWith("sources.cmake") ? file.split("/")[0] : path.posix.dirname(file), text: unrolled(textOf(file).replace(/^\s*#.*$/gm, "")) }));

/** Loops over words written out, so that "${name}.cpp" becomes the names of files. */
function unrolled(text) {
  return text.replace(/foreach\((\w+) ([^)]+)\)([\s\S]*?)endforeach\(\)/g,
                      (_, variable, words, body) => words.trim().split(/\s+/).map((word) => body.replaceAll(`\${${variable}}`, word)).join("\n"));
}

test("every .cpp is in a list of CMake's, and every file in a list exists", () => {
  const listed = new Set();
  const missing = [];
  for (const { file, folder, text } of cmake_lists) {
    for (const [, glob] of text.matchAll(/file\(GLOB \w+ CONFIGURE_DEPENDS ([^)]+)\)/g)) {
      for (const pattern of glob.trim().split(/\s+/)) {
        const expression = new RegExp(`^${path.posix.join(folder, pattern).replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
        files.filter((name) => expression.test(name)).forEach((name) => listed.add(name));
      }
    }
    for (const [, name] of text.matchAll(/(?<![\w${}*/.-])((?:[\w.-]+\/)*[\w-]+\.(?:cpp|S))\b/g)) {
      const target = path.posix.join(folder, name);
      if (!files.includes(target)) missing.push(`${file}: ${name}`);
      listed.add(target);
    }
    for (const [, name] of text.matchAll(/\$\{PROJECT_SOURCE_DIR\}\/([\w./-]+\.cpp)/g)) {
      if (!files.includes(name)) missing.push(`${file}: ${name}`);
      listed.add(name);
    }
  }
  assertNone(missing, "listed, but not on disk");
  // Guests are built by the lines of modules/LANGUAGES.md.
  const sources = files.filter((file) => /\.(cpp|S)$/.test(file) && top_folders.includes(file.split("/")[0]) && !file.startsWith("modules/"));
  assertNone(sources.filter((file) => !listed.has(file)), "on disk, but in no list: nobody builds it");
});

test("the end-to-end tests in CMake are the files on disk", () => {
  const listed = textOf("tests/CMakeLists.txt").match(/foreach\(name ([^)]+)\)/)[1].trim().split(/\s+/).sort();
  const on_disk = files.filter((file) => /^tests\/e2e\/[^/]+\.mjs$/.test(file)).map((file) => path.basename(file, ".mjs")).sort();
  assert.deepEqual(on_disk, listed);
  assertNone(on_disk.filter((name) => !textOf(`tests/e2e/${name}.mjs`).includes("runAll()")), "does not end with runAll()");
});

// ---- words ----

const banned = [
  [/\bFIXME\b|\bTODO\b/, () => true, "an open end: finish it, or make it an issue"],
  [/\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp)\s*\(/, (file) => /\.(cpp|hpp|h|c)$/.test(file), "std::string, snprintf, mkostemp"],
  [/(?<![\w:.>-])(std::)?(system|popen)\s*\(/, (file) => /^(compiler|runtime|abi|bench)\/.*\.(cpp|hpp|c)$/.test(file), "process/child.hpp: no shell"],
  [/\bstd::regex\b/, (file) => /^(compiler|runtime|abi|bench)\//.test(file), "slow, and recursive on long input: write the loop"],
  [/\bassert\s*\(/, (file) => /^(compiler|runtime|abi)\/.*\.(cpp|hpp)$/.test(file), "INGOT_CHECK, which stays in release builds"],
  [/\b(git@|ssh:\/\/)/, () => true, "an address of somebody's server"],
];
test("no banned words or calls", () => {
  const complaints = [];
  for (const file of files.filter((name) => name !== "tests/tidy/tidy.mjs" && name !== "LICENSE")) {
    for (const [pattern, applies, instead] of banned) {
      if (!applies(file)) continue;
      linesOf(file).forEach((line, index) => {
        if (pattern.test(line)) complaints.push(`${file}:${index + 1}: ${line.trim().slice(0, 80)}: ${instead}`);
      });
    }
  }
  assertNone(complaints, "banned");
});

test("no path of somebody's machine and no host of a package registry", () => {
  const paths = /(?<![\w.>*)}/-])\/(root|work|home|Users)\/\w/;
  const hosts = /registry\.npmjs|registry\.yarnpkg|\bcrates\.io|\bpypi\.org|proxy\.golang\.org|deb\.debian\.org|snapshot\.debian\.org|https?:\/\/(10|192\.168|127)\.\d/;
  const complaints = [];
  // A lock file of cargo's says of each crate which registry it means; that is a name, nobody is asked there.
  for (const file of files.filter((name) => name !== "tests/tidy/tidy.mjs" && path.basename(name) !== "Cargo.lock")) {
    linesOf(file).forEach((line, index) => {
      if (paths.test(line) || (hosts.test(line) && !/http:\/\/127\.0\.0\.1/.test(line))) complaints.push(`${file}:${index + 1}: ${line.trim().slice(0, 100)}`);
    });
  }
  assertNone(complaints, "works on one machine only");
});

test("links in documents lead somewhere", () => {
  const complaints = [];
  for (const file of files.filter((name) => name.endsWith(".md"))) {
    for (const [, target] of textOf(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const place = path.posix.join(path.posix.dirname(file), target);
      if (!fs.existsSync(path.join(repository, place))) complaints.push(`${file}: ${target}`);
    }
  }
  assertNone(complaints, "dead links");
});

await runAll();

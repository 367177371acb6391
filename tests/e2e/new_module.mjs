// SPDX-License-Identifier: Apache-2.0
// `ingotc new`: in every language a module that builds, casts and serves as it comes, and stands alone; and what it refuses.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, databases, run, temporaryFolder } from "./lib/server.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const ingotc = path.join(bin, "ingotc");
process.env.XDG_CONFIG_HOME = temporaryFolder();
if (process.env.INGOT_TOOLCHAIN) process.env.INGOT_WABT_PREFIX ??= path.join(process.env.INGOT_TOOLCHAIN, "wabt");

// Each and its SDK in modules/sdk. Go's tests need Go, which scripts/setup does not install: no Debian 12 has one that is new enough.
const templates = { rust: "rust", c: "c", assemblyscript: "as", go: "go" };
const have_go = await run("go", ["env", "GOVERSION"]).then(({ stdout }) => Number(stdout.match(/^go1\.(\d+)/)?.[1] ?? 0) >= 24, () => false);
if (!have_go) console.log("left out go: there is no Go from version 1.24 on");
const languages = Object.fromEntries(Object.entries(templates).filter(([language]) => language !== "go" || have_go));
const project = path.join(temporaryFolder(), "shop");
const nameOf = (language) => `made_in_${language}`;
const folderOf = (language) => path.join(project, "modules", nameOf(language));
const filesBelow = (folder) => fs.readdirSync(folder, { recursive: true }).filter((file) => fs.statSync(path.join(folder, file)).isFile()).sort();
const newModule = (...args) => run(ingotc, ["new", ...args]);

for (const [language, sdk] of Object.entries(languages)) {
  test(`${language}: a new module stands alone`, async () => {
    const { code, stdout, stderr } = await newModule(nameOf(language), "--lang", language, "--project", project);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    const folder = folderOf(language);
    assert.deepEqual(filesBelow(path.join(folder, "sdk")), filesBelow(path.join(repository, "modules/sdk", sdk)));
    for (const file of filesBelow(path.join(folder, "sdk"))) {
      assert.equal(fs.readFileSync(path.join(folder, "sdk", file), "utf8"), fs.readFileSync(path.join(repository, "modules/sdk", sdk, file), "utf8"));
    }
    const own = filesBelow(folder).filter((file) => !/^(sdk|include)\//.test(file));
    const template = filesBelow(path.join(repository, "modules/templates", language));
    for (const file of [...template, "module.json", ".gitignore"]) assert.ok(own.includes(file), `${file} is not in ${own}`);
    for (const file of own) {
      const text = fs.readFileSync(path.join(folder, file), "utf8");
      assert.ok(!/@NAME@|SPDX/.test(text), file);
      assert.ok(text.endsWith("\n"), file);
    }
    assert.equal(JSON.parse(fs.readFileSync(path.join(folder, "module.json"), "utf8")).name, nameOf(language));
    assert.equal(fs.statSync(path.join(folder, "build")).mode & 0o111, 0o111);
  });

  test(`${language}: its build script builds it, from anywhere, twice the same`, async () => {
    const wasm = path.join(folderOf(language), `${nameOf(language)}.wasm`);
    const build = async () => {
      const { code, stderr } = await run(path.join(folderOf(language), "build"), [], { cwd: "/" });
      assert.equal(code, 0, stderr);
      return fs.readFileSync(wasm);
    };
    const first = await build();
    assert.ok(WebAssembly.validate(first));
    assert.ok(!first.includes(project), "the module knows where it was built");
    assert.deepEqual(await build(), first);
    const { code, stderr } = await run(ingotc, ["build", folderOf(language), "-O", "dev", "--target", "x86-64-v2", "-o", path.join(folderOf(language), `${nameOf(language)}.ingot`)]);
    assert.equal(code, 0, stderr);
  });
}

for (const database of databases()) {
  const anybody = { anonymous_permissions: Object.keys(languages).map((language) => `${nameOf(language)}:*:*`) };
  const serve = async (ours) => {
    const server = await Server.prepare({ modules: [], database, ours: { trusted_keys: [path.join(project, "developer.pub")], ...ours } });
    for (const language of Object.keys(languages)) {
      const target = server.moduleFolder(nameOf(language));
      fs.mkdirSync(target);
      for (const file of ["module.json", `${nameOf(language)}.ingot`]) fs.copyFileSync(path.join(folderOf(language), file), path.join(target, file));
    }
    await server.launch();
    return server;
  };

  test(`${database}: each lists, makes, shows and changes its rows`, async () => {
    const server = await serve(anybody);
    for (const language of Object.keys(languages)) {
      const items = `/api/${nameOf(language)}/items`;
      assert.deepEqual(dataOf(await server.request("GET", items)), { rows: [], next: null });
      const created = await server.request("POST", items, { name: "  Lämp \"x\" ", quantity: 3 });
      const lamp = dataOf(created, 201);
      assert.deepEqual([lamp.name, lamp.quantity, lamp.version, lamp.deleted_at], ["Lämp \"x\"", 3, 1, null], language);
      assert.match(lamp.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.equal(created.headers.get("location"), `${items}/${lamp.id}`);
      assert.equal(dataOf(await server.request("POST", items, { name: "Chair" }), 201).quantity, 0);
      assert.deepEqual(dataOf(await server.request("GET", `${items}/${lamp.id}`)), lamp);

      const changed = dataOf(await server.request("PUT", `${items}/${lamp.id}`, { name: "Lamp", quantity: 5, version: 1 }));
      assert.deepEqual([changed.name, changed.quantity, changed.version], ["Lamp", 5, 2], language);
      assertError(await server.request("PUT", `${items}/${lamp.id}`, { name: "Lamp", quantity: 6, version: 1 }), 409, "CONFLICT");
      assert.equal(dataOf(await server.request("GET", `${items}/${lamp.id}`)).quantity, 5);

      const first = dataOf(await server.request("GET", `${items}?limit=1`));
      assert.deepEqual(first.rows.map((row) => row.name), ["Chair"]);
      const second = dataOf(await server.request("GET", `${items}?limit=1&after=${encodeURIComponent(first.next)}`));
      assert.deepEqual([second.rows.map((row) => row.name), second.next], [["Lamp"], null]);

      for (const body of [{}, { name: "" }, { name: 1 }, { name: "x".repeat(121) }, { name: "a\u0000b" }, { name: "x", quantity: -1 }, { name: "x", quantity: 1_000_001 }, { name: "x", quantity: "1" }, { name: "x", quantitty: 1 }]) {
        assertError(await server.request("POST", items, body), 400, "INVALID_FIELD");
      }
      assert.equal((await server.request("POST", items, [])).status, 400);
      for (const version of [undefined, 0, "1", 2 ** 31]) assertError(await server.request("PUT", `${items}/${lamp.id}`, { name: "x", version }), 400, "INVALID_FIELD");
      for (const query of ["limit=0", "limit=201", "limit=x", "after=x"]) assert.equal((await server.request("GET", `${items}?${query}`)).status, 400, query);
      const nobody = "00000000-0000-4000-8000-000000000000";
      for (const id of [nobody, "x", "%27"]) assertError(await server.request("GET", `${items}/${id}`), 404, "NOT_FOUND");
      assertError(await server.request("PUT", `${items}/${nobody}`, { name: "x", version: 1 }), 404, "NOT_FOUND");
      assert.equal(dataOf(await server.request("GET", items)).rows.length, 2);
    }
    await server.stop();
    await server.remove();
  });

  test(`${database}: nobody without the permission gets in`, async () => {
    const server = await serve({ anonymous_permissions: [`${nameOf("c")}:${nameOf("c")}_item:read`] });
    assert.equal((await server.request("GET", `/api/${nameOf("c")}/items`)).status, 200);
    assertError(await server.request("POST", `/api/${nameOf("c")}/items`, { name: "x" }), 401, "UNAUTHENTICATED");
    assertError(await server.request("GET", `/api/${nameOf("rust")}/items`), 401, "UNAUTHENTICATED");
    await server.stop();
    await server.remove();
  });
}

if (have_go) test("go: its libraries ask the host, and are refused what a module does not have", async () => {
  const name = "of_go", folder = path.join(temporaryFolder(), name);
  assert.equal((await newModule(name, "--lang", "go", "--dir", path.dirname(folder))).code, 0);
  fs.writeFileSync(path.join(folder, "items.go"), `package main
import ("crypto/rand"; "fmt"; "os"; "strings"; "time"; ingot "ingot.local/${name}/sdk")
func listItems(request *ingot.Request) (*ingot.Response, error) {
  fmt.Println("said", 1)
  _, missing := os.ReadFile("/etc/passwd")
  answers := make(chan int)
  begin := time.Now()
  go func() { time.Sleep(5 * time.Millisecond); answers <- 7 }()
  answer := <-answers
  return ingot.OK(ingot.Object{"text": rand.Text(), "file": missing.Error(), "year": begin.Year(), "slept": time.Since(begin) >= 5 * time.Millisecond,
    "answer": answer, "environment": len(os.Environ()), "arguments": len(os.Args)}), nil
}
func getItem(request *ingot.Request) (*ingot.Response, error) {
  if request.Params["id"] == "refused" { return nil, fmt.Errorf("wrapped: %w", ingot.Refuse(418, "TEAPOT", "short and stout")) }
  return nil, fmt.Errorf("a secret")
}
func createItem(request *ingot.Request) (*ingot.Response, error) { panic("lost " + strings.Repeat("x", 3)) }
func updateItem(request *ingot.Request) (*ingot.Response, error) { os.Exit(3); return nil, nil }
`);
  for (const args of [[path.join(folder, "build")], [ingotc, "build", folder, "-O", "dev", "--target", "x86-64-v2", "-o", path.join(folder, `${name}.ingot`)]]) {
    const { code, stderr } = await run(args[0], args.slice(1));
    assert.equal(code, 0, stderr);
  }
  const server = await Server.prepare({ modules: [], ours: { trusted_keys: [path.join(project, "developer.pub")], anonymous_permissions: [`${name}:*:*`] } });
  fs.mkdirSync(server.moduleFolder(name));
  for (const file of ["module.json", `${name}.ingot`]) fs.copyFileSync(path.join(folder, file), path.join(server.moduleFolder(name), file));
  await server.launch();
  const items = `/api/${name}/items`;
  const first = dataOf(await server.request("GET", items)), second = dataOf(await server.request("GET", items));
  assert.match(first.text, /^[A-Z2-7]{26}$/);
  assert.notEqual(first.text, second.text);
  assert.deepEqual({ ...first, text: "", file: "" }, { text: "", file: "", year: new Date().getUTCFullYear(), slept: true, answer: 7, environment: 0, arguments: 0 });
  assert.match(first.file, /\/etc\/passwd/);
  assert.match(server.log, / info said 1 [^\n]*module=of_go/);
  assertError(await server.request("GET", `${items}/refused`), 418, "TEAPOT");
  assertError(await server.request("GET", `${items}/other`), 500, "INTERNAL_ERROR");
  assert.match(server.log, / error a secret [^\n]*module=of_go/);
  assert.equal((await server.request("POST", items, {})).status, 500);
  assert.match(server.log, / error panic: lost xxx /);
  assert.match(server.log, /main\.createItem/);
  assert.equal((await server.request("PUT", `${items}/1`, {})).status, 500);
  assert.match(server.log, /backtrace=[^\n]*at os\.Exit; at main\.updateItem/);
  assert.equal((await server.request("GET", items)).status, 200);
  await server.stop();
  await server.remove();
});

test("the project's configuration serves what was made first, and is never changed", async () => {
  const file = path.join(project, "eerp-config.json"), config = JSON.parse(fs.readFileSync(file, "utf8"));
  assert.deepEqual(config, { module_root: ["modules"], backend_port: 8080, ingot: { sqlite_path: "ingot.db", trusted_keys: ["developer.pub"], anonymous_permissions: [`${nameOf("rust")}:*:*`] } });
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const listed = await run(path.join(bin, "ingot"), ["modules", "--json", file]);
  assert.equal(listed.code, 0, listed.stderr);
  for (const language of Object.keys(languages)) assert.match(listed.stdout, new RegExp(`"${nameOf(language)}"`));
  assert.ok(!/quarantined/.test(listed.stdout), listed.stdout);
});

test("the languages are listed", async () => {
  const { code, stdout } = await newModule("--list");
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n").map((line) => line.split(" ")[0]), Object.keys(templates));
});

test("names that no module may have are refused, and nothing is made", async () => {
  const folder = temporaryFolder();
  for (const name of ["", "Shelf", "1st", "_x", "a-b", "a.b", "../x", "/tmp/x", "a/b", "modules", "auth", "ingot", "public", "pg_x", "sqlite_x", "ingot_x", "é", "x".repeat(64), "x".repeat(59)]) {
    const { code, stderr } = await newModule(name, "--lang", "c", "--dir", folder);
    assert.equal(code, 2, `${name}: ${stderr}`);
    assert.match(stderr, /ingotc: error: /);
  }
  assert.deepEqual(fs.readdirSync(folder), []);
  assert.equal((await newModule("x".repeat(58), "--lang", "c", "--dir", folder)).code, 0);
});

test("other languages, and words that miss, are refused with what to do", async () => {
  const folder = temporaryFolder();
  for (const [args, pattern] of [[["shelf"], /--lang is missing: one of rust, c, assemblyscript, go/], [["shelf", "--lang", "cobol"], /--lang cobol is not known; it is one of rust/],
    [["shelf", "--lang", "tinygo"], /--lang tinygo is not known/], [["--lang", "c"], /NAME is missing/]]) {
    const { code, stderr } = await newModule(...args, "--dir", folder);
    assert.equal(code, 2);
    assert.match(stderr, pattern);
  }
  assert.equal((await newModule("shelf", "--lang", "c", "--dir", folder, "--project", folder)).code, 2);
  assert.deepEqual(fs.readdirSync(folder), []);
});

test("what exists is never written over", async () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, "there"));
  fs.writeFileSync(path.join(folder, "file"), "mine");
  fs.symlinkSync("/nowhere/at/all", path.join(folder, "link"));
  for (const name of ["there", "file", "link"]) {
    const { code, stderr } = await newModule(name, "--lang", "c", "--dir", folder);
    assert.equal(code, 1);
    assert.match(stderr, /exists already, and nothing of it was changed/);
  }
  assert.deepEqual(fs.readdirSync(path.join(folder, "there")), []);
  assert.equal(fs.readFileSync(path.join(folder, "file"), "utf8"), "mine");
  const blocked = await newModule("shelf", "--lang", "c", "--dir", path.join(folder, "file"));
  assert.equal(blocked.code, 1);
  assert.match(blocked.stderr, /ingotc: error: .*file/);
  const homeless = await run(ingotc, ["new", "shelf", "--lang", "c", "--project", path.join(folder, "p")], { env: { PATH: process.env.PATH } });
  assert.equal(homeless.code, 1);
  assert.match(homeless.stderr, /no place for a developer key/);
  assert.ok(!fs.existsSync(path.join(folder, "p")));
});

test("a build script without its tools says which package has them", async () => {
  const tools = temporaryFolder();
  for (const name of ["sh", "dirname", "seq", "find", "mkdir", "cp", "rm", "mv", "basename"]) {
    fs.symlinkSync(["/usr/bin", "/bin"].map((folder) => path.join(folder, name)).find(fs.existsSync), path.join(tools, name));
  }
  // Rust's own programs are looked for in /usr/bin first, which a test cannot take away; the linker is not.
  for (const [language, pattern] of [["rust", /^build: no wasm-ld\. Debian: apt-get install lld$/m], ["c", /^build: no clang from version 19 on\. Debian: apt-get install clang-19$/m],
    ["assemblyscript", /^build: no node\. Debian: apt-get install nodejs$/m], ["go", /^build: no Go from version 1\.24 on\. Debian: apt-get install golang /m]].filter(([language]) => language in languages)) {
    const { code, stderr } = await run(path.join(folderOf(language), "build"), [], { env: { PATH: tools, HOME: tools } });
    assert.equal(code, 1, stderr);
    assert.match(stderr, pattern);
  }
});

await runAll();

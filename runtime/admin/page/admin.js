// SPDX-License-Identifier: Apache-2.0
// Shows what GET /api/admin/overview says, every two seconds while somebody looks. Whatever comes from modules or users is hostile: it becomes text (textContent, append) and
// never markup; the page's policy (trusted-types 'none') makes the browser refuse anything else.
//
// The access token is kept in a variable and nowhere else. A page that is loaded again gets a new one for the refresh cookie, which no script can read; so nothing that would be worth
// stealing lies in sessionStorage.
(() => {
  "use strict";
  const log_lines = 50, period_ms = 2000, patience_ms = 60000;
  const by = (id) => document.getElementById(id);
  const modules = new Map();  // name -> what stands for it in the document, and what was said of it last
  let token = null, timer = 0, turn = 0, showing = false, paused = false, renewing = null, since = 0;

  // ---- the document ----

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  /** Changes nothing that is right already, so that a selection or a screen reader's place stays. */
  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }
  const say = (text) => write(by("said"), text);

  // ---- figures ----

  const count = (value) => value.toLocaleString("en");
  const fixed = (value, digits) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  function bytes(value) {
    if (value >= 2 ** 30) return `${fixed(value / 2 ** 30, 1)} GiB`;
    if (value >= 2 ** 20) return `${fixed(value / 2 ** 20, 1)} MiB`;
    return `${count(Math.round(value / 1024))} KiB`;
  }
  function time(ms) {
    if (ms === null) return "none";
    if (ms >= 10000) return "10 s or more";  // the last class of the histogram
    return ms >= 1000 ? `${fixed(ms / 1000, 2)} s` : `${fixed(ms, ms < 10 ? 2 : 0)} ms`;
  }
  function span(ms) {
    const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    if (days > 0) return `${days} d ${hours % 24} h`;
    return hours > 0 ? `${hours} h ${minutes % 60} min` : minutes > 0 ? `${minutes} min` : `${Math.max(0, Math.floor(ms / 1000))} s`;
  }
  const moment = (text) => text.replace("T", " ").replace(/\.\d+Z$/, " UTC");

  // ---- the server ----

  async function ask(method, path, body) {
    const headers = {};
    if (token !== null) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(patience_ms) });
    const text = await response.text();
    let json = null;
    try {
      json = JSON.parse(text);
    } catch {
      // the status says enough
    }
    return { status: response.status, data: json?.data, error: json?.error?.message ?? `the server answered with status ${response.status}` };
  }

  /**
   * A new access token for the refresh cookie. A refresh token that is shown twice ends all sessions of its user, so one exchange at a time in this page, and, where the browser has locks
   * (TLS, or the own machine), in all pages of this server.
   */
  function renew() {
    const exchange = async () => {
      const answer = await ask("POST", "/api/auth/refresh");
      if (answer.status === 200) token = answer.data.access_token;
      return answer;
    };
    renewing ??= (navigator.locks ? navigator.locks.request("ingot-refresh", exchange) : exchange()).finally(() => (renewing = null));
    return renewing;
  }

  async function call(method, path, body) {
    const answer = await ask(method, path, body);
    if (answer.status !== 401) return answer;
    const renewed = await renew();
    if (renewed.status === 200) return ask(method, path, body);
    // What is only in the way for a moment (too many attempts, no database) does not sign anybody out.
    return renewed.status === 401 || token === null ? answer : renewed;
  }

  // ---- signing in and out ----

  function show_sign_in(refusal) {
    const was = showing;
    showing = false;
    clearTimeout(timer);
    for (const id of ["overview", "pause", "sign-out"]) by(id).hidden = true;
    by("sign-in").hidden = false;
    write(by("trouble"), "");
    write(by("refusal"), refusal);
    write(by("about"), "");
    if (was || refusal !== "") by("email").focus();
  }

  by("sign-in-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const submit = by("submit"), password = by("password");
    if (submit.getAttribute("aria-disabled") === "true") return;
    submit.setAttribute("aria-disabled", "true");
    write(by("refusal"), "");
    try {
      token = null;
      const answer = await ask("POST", "/api/auth/login", { email: by("email").value, password: password.value });
      if (answer.status !== 200) return show_sign_in(answer.error);
      token = answer.data.access_token;
      password.value = "";
      await poll();
      if (showing) by("main").focus();
    } catch (error) {
      show_sign_in(`The server does not answer (${error.message}).`);
    } finally {
      submit.removeAttribute("aria-disabled");
    }
  });

  by("sign-out").addEventListener("click", async () => {
    try {
      const answer = await ask("POST", "/api/auth/logout");
      if (answer.status !== 204) return write(by("refusal"), answer.error);
    } catch (error) {
      return write(by("refusal"), `The server does not answer (${error.message}): you are still signed in.`);
    }
    token = null;
    ++turn;
    forget();
    show_sign_in("");
    say("You have signed out.");
  });

  function forget() {
    modules.clear();
    for (const id of ["rows", "details", "facts"]) by(id).replaceChildren();
  }

  // ---- asking again and again ----

  async function poll() {
    clearTimeout(timer);
    const mine = ++turn;
    let answer;
    try {
      answer = await call("GET", "/api/admin/overview");
    } catch (error) {
      answer = { status: 0, error: `The server does not answer (${error.message}). Asking again every two seconds.` };
    }
    if (mine !== turn) return;  // somebody asked later
    if (answer.status === 401) {
      const refusal = token === null ? "" : "Your session has ended: sign in again.";
      token = null;
      return show_sign_in(refusal);
    }
    if (answer.status === 403) return show_sign_in(`${answer.error}: sign in with an account that has it.`);
    if (answer.status === 200) show(answer.data);
    write(by("trouble"), answer.status !== 200 ? answer.error : (answer.data.server.database.problem ?? ""));
    if (showing || answer.status !== 200) schedule();
  }
  function schedule() {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(poll, period_ms);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (by("sign-in").hidden && !paused) poll();
  });
  by("pause").addEventListener("click", () => {
    paused = !paused;
    by("pause").setAttribute("aria-pressed", String(paused));
    if (paused) clearTimeout(timer);
    else poll();
  });

  // ---- showing ----

  function show(data) {
    const now = performance.now(), elapsed_s = since === 0 ? 0 : (now - since) / 1000;
    since = now;
    showing = true;
    by("sign-in").hidden = true;
    for (const id of ["overview", "pause"]) by(id).hidden = false;
    by("sign-out").hidden = token === null;
    by("actions-head").hidden = !data.caller.may_manage;
    show_server(data.server);
    for (const [name, shown] of modules) {
      if (data.modules.some((module) => module.name === name)) continue;
      shown.row.remove();
      shown.details.remove();
      modules.delete(name);
      say(`${name} is gone.`);
    }
    const first = modules.size === 0;
    data.modules.forEach((module, place) => {
      let shown = modules.get(module.name);
      if (!shown) {
        shown = place_module(module.name, place);
        if (!first) say(`${module.name} is new, and ${module.state}.`);
      } else if (shown.state !== module.state || shown.version !== module.version) {
        say(`${module.name} ${module.version} is ${module.state} now.`);
      }
      Object.assign(shown, { state: module.state, version: module.version });
      show_row(shown, module, data.caller.may_manage, elapsed_s);
      show_details(shown, module);
      show_log(module.name, shown);
    });
    write(by("updated"), `Updated ${new Date().toLocaleTimeString("en-GB")}.`);
  }

  function show_server(server) {
    const database = server.database;
    write(by("about"), `version ${server.version}, on ${database.kind === "sqlite" ? "SQLite" : "PostgreSQL"}`);
    const facts = {
      "Serving for": span(Date.now() - Date.parse(server.started_at)),
      "Requests in flight": count(server.requests_in_flight),
      "Connections of clients": count(server.connections),
      "Connections to the database": count(database.connections),
      "Resident memory": bytes(server.resident_bytes),
      "Processor time": `${fixed(server.cpu_seconds, 1)} s`,
      "Threads": count(server.threads),
    };
    list(by("facts"), facts);
  }

  /** A <dl> with these words; its nodes stay while the words' names do. */
  function list(node, facts) {
    const names = Object.keys(facts), there = [...node.querySelectorAll("dt")].map((dt) => dt.textContent);
    if (names.join("\n") !== there.join("\n")) node.replaceChildren(...names.map((name) => make("div", {}, make("dt", {}, name), make("dd"))));
    node.querySelectorAll("dd").forEach((dd, index) => write(dd, facts[names[index]]));
  }

  function place_module(name, place) {
    const cell = (label, kind = "") => make("td", { role: "cell", "data-label": label, class: kind }, make("span"), make("span", { class: "small" }));
    const cells = { state: cell("State"), requests: cell("Requests", "number"), p50: cell("p50", "number"), p99: cell("p99", "number"), calls: cell("Calls", "number"),
                    traps: cell("Traps", "number"), memory: cell("Memory", "number") };
    const button = (what) => {
      const node = make("button", { type: "button" });
      node.addEventListener("click", () => change(name, what()));
      return node;
    };
    const shown = { cells, state: "", version: "", requests: null };
    shown.toggle = button(() => (shown.state === "inactive" ? "activate" : "deactivate"));
    shown.reload = button(() => "reload");
    label(shown.reload, "Reload", name);
    shown.title = make("span", { class: "small" });
    shown.actions = make("td", { role: "cell", "data-label": "Actions" }, make("div", { class: "buttons" }, shown.toggle, shown.reload));
    shown.row = make("tr", { role: "row", "data-module": name },
                     make("th", { role: "rowheader", scope: "row" }, make("span", { class: "name" }, name), shown.title), ...Object.values(cells), shown.actions);
    shown.summary = make("span");
    shown.inside = make("div");
    shown.details = make("details", { "data-module": name }, make("summary", {}, make("h3", {}, name), " ", shown.summary), shown.inside);
    shown.log = make("pre", { class: "log", tabindex: "0", role: "region", "aria-label": `Last lines of the log about ${name}` });
    shown.details.append(shown.log);
    shown.details.addEventListener("toggle", () => show_log(name, shown));
    by("rows").insertBefore(shown.row, by("rows").children[place] ?? null);
    by("details").insertBefore(shown.details, by("details").children[place] ?? null);
    modules.set(name, shown);
    return shown;
  }

  function label(button, word, name) {
    write(button, word);
    button.setAttribute("aria-label", `${word} ${name}`);
  }

  function show_row(shown, module, may_manage, elapsed_s) {
    const { cells } = shown;
    const fill = (cell, text, small = "", kind = "") => {
      write(cell.children[0], text);
      cell.children[0].className = kind;
      write(cell.children[1], small);
    };
    write(shown.title, [module.display_name, module.version].filter((text) => text !== "").join(" "));
    fill(cells.state, module.state, module.reason ?? "", module.state);
    const requests = module.requests;
    if (requests) {
      const rate = shown.requests === null || elapsed_s === 0 ? 0 : (requests.count - shown.requests) / elapsed_s;
      shown.requests = requests.count;
      fill(cells.requests, count(requests.count), `${fixed(rate, 1)}/s${requests.failed > 0 ? `, ${count(requests.failed)} failed` : ""}`);
      fill(cells.p50, time(requests.p50_ms));
      fill(cells.p99, time(requests.p99_ms));
    }
    const loaded = module.memory !== undefined;
    fill(cells.calls, loaded ? count(module.calls) : "none");
    fill(cells.traps, loaded ? count(module.traps) : "none", "", module.traps > 0 ? "some" : "");
    fill(cells.memory, loaded ? bytes(module.memory.last_bytes) : "not loaded",
         loaded ? `peak ${bytes(module.memory.peak_bytes)} of ${bytes(module.memory.max_bytes)}; ${module.instances} ${module.instances === 1 ? "instance" : "instances"}` : "");
    shown.actions.hidden = !may_manage;
    label(shown.toggle, module.state === "inactive" ? "Activate" : "Deactivate", module.name);
  }

  const names = (list) => (list.length > 0 ? list.join(", ") : "none");

  function show_details(shown, module) {
    const routes = module.routes ?? [], migrations = module.migrations;
    const open = routes.filter((route) => !route.permission).length;
    const words = [`${routes.length} ${routes.length === 1 ? "route" : "routes"}`];
    if (migrations) words.push(`${migrations.filter((one) => one.state === "applied").length} of ${migrations.length} migrations applied`);
    if (module.depends.length > 0) words.push(`depends on ${names(module.depends)}`);
    write(shown.summary, words.join("; "));

    // All of this changes with a reload, a migration or a trap only.
    const text = JSON.stringify([module.description, module.author, module.reason, module.depends, module.dependants, module.signers, module.digest, module.last_trap, routes, migrations]);
    if (shown.text === text) return;
    shown.text = text;
    const facts = { "Depends on": names(module.depends), "Needed by": names(module.dependants) };
    if (module.description !== "") facts.Description = module.description;
    if (module.author !== "") facts.Author = module.author;
    if (module.reason) facts.Reason = module.reason;
    if (module.signers) facts["Signed by"] = names(module.signers);
    if (module.digest) facts.Digest = module.digest;
    if (module.last_trap) {
      facts["Last trap"] = `${moment(module.last_trap.at)}: ${module.last_trap.reason}`;
      if (module.last_trap.backtrace !== "") facts.Backtrace = module.last_trap.backtrace;
    }
    const dl = make("dl");
    list(dl, facts);
    const parts = [dl];
    if (migrations?.length > 0) {
      parts.push(table(`Migrations of ${module.name}`, ["Version", "State", "Applied"],
                       migrations.map((one) => [String(one.version), one.state, one.applied_at === null ? "not yet" : moment(one.applied_at)])));
    }
    if (routes.length > 0) {
      parts.push(table(`Routes of ${module.name}${open > 0 ? `, ${open} of them open to everybody` : ""}`, ["Method", "Path", "Permission"],
                       routes.map((route) => [route.method, route.path, route.permission ?? "none: open to everybody"])));
    }
    shown.inside.replaceChildren(...parts);
  }

  /** Asked for while it can be seen only. What guests wrote is set as text, and a control character is shown as what it is. */
  async function show_log(name, shown) {
    if (!shown.details.open || shown.reading) return;
    shown.reading = true;
    try {
      const answer = await call("GET", `/api/modules/${encodeURIComponent(name)}/logs?limit=${log_lines}`);
      if (answer.status !== 200) return write(shown.log, `The log cannot be shown: ${answer.error}.`);
      const visible = (text) => text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
      const lines = answer.data.lines.map((line) => [line.time, line.level, line.message, line.reason, line.request_id && `request ${line.request_id}`, line.tenant && `tenant ${line.tenant}`].filter(Boolean).map(visible).join(" "));
      const last = lines.join("\n") || "Nothing was logged about it.";
      if (last === shown.log.textContent) return;
      const at_end = shown.log.scrollTop + shown.log.clientHeight >= shown.log.scrollHeight - 4;
      write(shown.log, last);
      if (at_end) shown.log.scrollTop = shown.log.scrollHeight;
    } catch {
      // poll() says that the server does not answer
    } finally {
      shown.reading = false;
    }
  }

  function table(caption, columns, rows) {
    const head = make("tr", { role: "row" }, ...columns.map((name) => make("th", { role: "columnheader", scope: "col" }, name)));
    const body = rows.map((cells) => make("tr", { role: "row" }, ...cells.map((text, index) => make("td", { role: "cell", "data-label": columns[index] }, make("span", {}, text)))));
    return make("table", { role: "table" }, make("caption", {}, caption), make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...body));
  }

  // ---- changing ----

  async function change(name, what) {
    const word = what[0].toUpperCase() + what.slice(1), shown = modules.get(name), path = `/api/modules/${encodeURIComponent(name)}`;
    if (!shown || shown.busy) return;
    shown.busy = true;
    for (const button of [shown.toggle, shown.reload]) button.setAttribute("aria-disabled", "true");  // not `disabled`: the focus stays
    write(by("refusal"), "");
    say(`${word} ${name} ...`);
    try {
      const answer = await (what === "reload" ? call("POST", `${path}/reload`) : call("PUT", path, { active: what === "activate" }));
      if (answer.status === 200) {
        say(`${name} ${answer.data.version} is ${answer.data.state}${what === "reload" ? ` (${answer.data.change ?? "not loaded"})` : ""}.`);
        shown.state = answer.data.state;
        shown.version = answer.data.version;
      } else {
        say("");
        write(by("refusal"), `${word} ${name}: ${answer.error}`);
      }
    } catch (error) {
      say("");
      write(by("refusal"), `${word} ${name}: the server does not answer (${error.message})`);
    } finally {
      shown.busy = false;
      for (const button of [shown.toggle, shown.reload]) button.removeAttribute("aria-disabled");
    }
    poll();
  }

  poll();
})();

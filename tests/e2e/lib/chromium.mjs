// SPDX-License-Identifier: Apache-2.0
// A real Chromium without a window, driven over its DevTools protocol through two pipes (file descriptors 3 and 4, messages that end with a zero byte): no port, no package.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { sleep, temporaryFolder } from "./server.mjs";

const patience_ms = 60_000;

/** The browser's program, or nothing: INGOT_CHROMIUM, or Debian's. */
export function findChromium() {
  const names = process.env.INGOT_CHROMIUM ? [process.env.INGOT_CHROMIUM] : ["chromium", "chromium-browser", "google-chrome"];
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

export class Chromium {
  #waiting = new Map();
  #listeners = [];
  #count = 0;

  static async launch(program) {
    const browser = new Chromium();
    const profile = temporaryFolder();
    const flags = ["--headless=new", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
    if (process.getuid() === 0) flags.push("--no-sandbox");  // Chromium's own sandbox refuses root
    const child = spawn(program, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"], env: { ...process.env, HOME: profile }, detached: true });
    browser.child = child;
    browser.log = "";
    browser.over = false;
    child.stderr.on("data", (data) => (browser.log = (browser.log + data).slice(-4000)));
    const end = () => browser.#kill();
    process.on("exit", end);
    browser.exited = new Promise((resolve) => child.on("close", () => {
      browser.over = true;
      process.off("exit", end);
      for (const { reject } of browser.#waiting.values()) reject(new Error(`Chromium ended:\n${browser.log}`));
      resolve();
    }));
    child.on("error", (error) => (browser.log += error));
    child.stdio[3].on("error", () => {});
    let rest = "";
    child.stdio[4].setEncoding("utf8");
    child.stdio[4].on("data", (data) => {
      const messages = (rest + data).split("\0");
      rest = messages.pop();
      for (const message of messages) browser.#take(JSON.parse(message));
    });
    browser.version = (await browser.send("Browser.getVersion")).product;
    return browser;
  }

  #take(message) {
    if (message.id === undefined) return this.#listeners.forEach((listener) => listener(message));
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting?.resolve(message.result);
  }

  /** Its helpers are in its process group. */
  #kill() {
    try {
      process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // gone by itself
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error(`${method}: no answer within ${patience_ms / 1000} s:\n${this.log}`)), patience_ms);
      const over = (what) => (value) => (clearTimeout(patience), what(value));
      this.#waiting.set(id, { method, resolve: over(resolve), reject: over(reject) });
      this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** listener({method, params, sessionId}) */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** A page with cookies of its own; or with those of `beside`, in a window of its own or in the same one, before the other. */
  async page({ width = 1280, height = 900, beside, newWindow = true } = {}) {
    const context = beside?.context ?? (await this.send("Target.createBrowserContext")).browserContextId;
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId: context, newWindow });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId, context);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    await page.resize(width, height);
    return page;
  }

  async close() {
    if (!this.over) await this.send("Browser.close").catch(() => {});
    const patience = setTimeout(() => this.#kill(), 5000);
    await this.exited;
    clearTimeout(patience);
    this.#kill();
  }
}

const keys = { Tab: [9, "Tab"], Enter: [13, "Enter", "\r"], Space: [32, "Space", " "] };

/** What happens in it is collected: `errors` (exceptions, and what the console and the policy complain of), `requests` ("METHOD URL"), `dialogs`. */
export class Page {
  errors = [];
  requests = [];
  dialogs = [];

  constructor(browser, session, target, context) {
    Object.assign(this, { browser, session, target, context });
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === "Log.entryAdded" && params.entry.level === "error") this.errors.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      if (method === "Runtime.consoleAPICalled" && params.type === "error") this.errors.push(params.args.map((arg) => arg.value ?? arg.description).join(" "));
      if (method === "Network.requestWillBeSent") this.requests.push(`${params.request.method} ${params.request.url}`);
      if (method === "Page.javascriptDialogOpening") {
        this.dialogs.push(params.message);
        this.send("Page.handleJavaScriptDialog", { accept: false }).catch(() => {});
      }
    });
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  async open(url) {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await this.until("document.readyState === 'complete'");
  }

  /** The value of an expression in the page, through JSON. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true, allowUnsafeEvalBlockedByCSP: false });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until the expression is true of the page, and gives its value. */
  async until(expression, what = expression, patience = patience_ms) {
    for (const end = Date.now() + patience; ; await sleep(50)) {
      let value;
      try {
        value = await this.evaluate(expression);
      } catch (error) {
        if (!/Cannot find context|navigated|Cannot find default|is null|of null|of undefined/.test(error.message)) throw error;  // between two documents, or before something is there
      }
      if (value) return value;
      if (Date.now() > end) throw new Error(`never: ${what}\nthe page says: ${await this.evaluate("document.body.innerText")}\n${this.errors.join("\n")}`);
    }
  }

  /** A key as somebody presses it: what it does is the browser's business. */
  async press(key, { shift = false } = {}) {
    const [code, name, text] = keys[key];
    const event = { key: key === "Space" ? " " : key, code: name, windowsVirtualKeyCode: code, modifiers: shift ? 8 : 0, ...(text ? { text } : {}) };
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Text into what has the focus. */
  type(text) {
    return this.send("Input.insertText", { text });
  }

  /** Presses Tab until the expression is true of `it`, which is what has the focus. Gives how often. */
  async tabTo(expression, { times = 200, shift = false } = {}) {
    for (let count = 0; count <= times; ++count) {
      if (await this.evaluate(`((it) => Boolean(${expression}))(document.activeElement)`)) return count;
      await this.press("Tab", { shift });
    }
    throw new Error(`Tab does not lead to: ${expression}`);
  }

  resize(width, height, mobile = false) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });
  }

  colours(scheme) {
    return this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  /** Before all other pages of its window. */
  toFront() {
    return this.browser.send("Target.activateTarget", { targetId: this.target });
  }

  /** The whole page as a PNG file. */
  async screenshot(file) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.from(data, "base64"));
  }

  async close() {
    await this.browser.send("Target.closeTarget", { targetId: this.target });
  }
}

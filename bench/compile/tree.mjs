// SPDX-License-Identifier: Apache-2.0
//
// What a command and all processes that it starts cost: time from start to end, processor time, and the most memory that they held at one moment.
import { spawn } from "node:child_process";
import fs from "node:fs";

const interval = 50;  // ms between samples; what lives shorter is seen in the processor time only

/** Bytes of resident memory of `root` and everything below it, now. Pages that two processes share count twice. */
function resident(root) {
  const children = new Map(), pages = new Map();
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let stat;
    try {
      stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
    } catch {
      continue;  // it has just ended
    }
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");  // from field 3, the state: proc(5)
    const parent = Number(fields[1]);
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(Number(name));
    pages.set(Number(name), Number(fields[21]));
  }
  let sum = 0;
  for (const left = [root]; left.length > 0;) {
    const process = left.pop();
    sum += pages.get(process) ?? 0;
    left.push(...(children.get(process) ?? []));
  }
  return sum * 4096;
}

/** {wall_ms, cpu_ms, peak_tree_kib, peak_process_kib}; those of GNU time are null without it. Rejects when the command fails. */
export function measureTree(command, args) {
  const timed = fs.existsSync("/usr/bin/time");
  const begin = process.hrtime.bigint();
  const child = timed ? spawn("/usr/bin/time", ["-f", "spent=%U %S %M", command, ...args], { stdio: ["ignore", "ignore", "pipe"] })
                      : spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let messages = "", peak = 0;
  child.stderr.setEncoding("utf8").on("data", (text) => (messages += text));
  const sampler = setInterval(() => (peak = Math.max(peak, resident(child.pid))), interval);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(sampler);
      const wall = Number(process.hrtime.bigint() - begin) / 1e6;
      if (code !== 0) return reject(new Error(`${command} ${args.join(" ")} ended with ${code}: ${messages.slice(-2000)}`));
      const [user, system, largest] = (/spent=(\S+) (\S+) (\d+)/.exec(messages) ?? []).slice(1).map(Number);
      resolve({ wall_ms: wall, cpu_ms: timed ? (user + system) * 1000 : null, peak_tree_kib: peak / 1024, peak_process_kib: timed ? largest : null });
    });
  });
}

// SPDX-License-Identifier: Apache-2.0
import { readAll, readFile, writeFile } from "./files";

function say(line: string): void {
  process.stdout.write(line + "\n");
}

function main(): i32 {
  const values = process.argv;
  say(`${values.length - 1} arguments`);
  for (let index = 1; index < values.length; ++index) say("argument " + values[index]);
  say(process.env.has("CURRENCY") ? "currency " + process.env.get("CURRENCY") : "no currency");

  const lines = String.UTF8.decode(readAll(0)).split("\n");
  let sum: i64 = 0;
  for (let index = 0; index < lines.length; ++index) if (lines[index].length > 0) sum += I64.parseInt(lines[index]);
  say(`sum ${sum}`);

  const folder = values.length > 1 ? values[1] : ".";
  const content = readFile(folder, "amounts.txt");
  if (content === null) {
    say("cannot read amounts.txt");
    return 3;
  }
  const bytes = Uint8Array.wrap(content);
  let count = 0;
  for (let index = 0; index < bytes.length; ++index) if (bytes[index] == 10) ++count;
  const report = `${count} lines, ${bytes.length} bytes`;
  say(report);
  writeFile(folder, "report.txt", report + "\n");
  process.stderr.write("done\n");
  return values.length > 2 ? I32.parseInt(values[2]) : 0;
}

process.exit(main());

// SPDX-License-Identifier: Apache-2.0
// Keeps notes in a variable of the host's, one a line, and logs. For the tests.
import { Config, Host, LogLevel, Var } from "@extism/as-pdk";

function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

function output(text: string): void {
  Host.output(Uint8Array.wrap(String.UTF8.encode(text)));
}

export function add(): i32 {
  const before = Var.getString("notes");
  const author = Config.get("author");
  const line = (author === null ? "" : author + ": ") + Host.inputString() + "\n";
  Var.set("notes", Uint8Array.wrap(String.UTF8.encode((before === null ? "" : before) + line)));
  Host.log(LogLevel.Info, "a note was added");
  output(before === null ? "the first" : "another");
  return 0;
}

export function list(): i32 {
  const notes = Var.getString("notes");
  output(notes === null ? "nothing" : notes);
  return 0;
}

export function clear(): i32 {
  Var.remove("notes");
  return 0;
}

// The compiler's own check: becomes a call of abort.
export function outside(): i32 {
  const numbers: i32[] = [1, 2, 3];
  return numbers[Host.inputString().length];
}

// SPDX-License-Identifier: Apache-2.0
// Checks the fields of a guide of the exchange between hospitals and health insurers (TISS): one field a line, `name=value`. The output is a line
// for each field that is wrong, `name: why`; nothing when all is right. Configuration: `required`, names with commas between.
import { Config, Host } from "@extism/as-pdk";
import { digitsOf, isCnpj, isCns, isCpf } from "./numbers";

// An exception of the compiler's own library (an index out of range, no memory) becomes a trap.
function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

function output(text: string): void {
  Host.output(Uint8Array.wrap(String.UTF8.encode(text)));
}

function isDate(text: string): bool {
  if (text.length != 10 || text.charAt(4) != "-" || text.charAt(7) != "-") return false;
  const digits = digitsOf(text.replace("-", "").replace("-", ""));
  if (digits === null) return false;
  const year = I32.parseInt(text.substr(0, 4)), month = I32.parseInt(text.substr(5, 2)), day = I32.parseInt(text.substr(8, 2));
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const days = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  return day <= days;
}

// Why a field is wrong; empty when it is right.
function complaint(name: string, value: string): string {
  const digits = digitsOf(value);
  if (name == "cnes") return digits !== null && digits.length == 7 ? "" : "is not 7 digits";
  if (name == "cpf") return digits !== null && isCpf(digits) ? "" : "is no number of a person";
  if (name == "cnpj") return digits !== null && isCnpj(digits) ? "" : "is no number of a company";
  if (name == "cns") return digits !== null && isCns(digits) ? "" : "is no number of a health card";
  if (name == "ans") return digits !== null && digits.length == 6 ? "" : "is not 6 digits";
  if (name == "tuss") return digits !== null && digits.length == 8 ? "" : "is not 8 digits";
  if (name == "guia") return digits !== null && digits.length >= 1 && digits.length <= 20 ? "" : "is not 1 to 20 digits";
  if (name == "data") return isDate(value) ? "" : "is no date (YYYY-MM-DD)";
  if (name == "nome") return value.trim().length > 0 && value.length <= 70 ? "" : "is not 1 to 70 characters";
  return "is not known";
}

export function validate(): i32 {
  const lines = Host.inputString().split("\n");
  const seen = new Set<string>();
  let report = "";
  for (let index = 0; index < lines.length; ++index) {
    if (lines[index].length == 0) continue;
    const at = lines[index].indexOf("=");
    if (at < 1) {
      report += `line ${index + 1}: is not name=value\n`;
      continue;
    }
    const name = lines[index].substring(0, at);
    if (seen.has(name)) report += `${name}: is there twice\n`;
    seen.add(name);
    const why = complaint(name, lines[index].substring(at + 1));
    if (why.length > 0) report += `${name}: ${why}\n`;
  }
  const required = Config.get("required");
  if (required !== null) {
    const names = required.split(",");
    for (let index = 0; index < names.length; ++index) {
      if (!seen.has(names[index])) report += `${names[index]}: is missing\n`;
    }
  }
  output(report);
  return 0;
}

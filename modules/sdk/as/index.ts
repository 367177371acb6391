// SPDX-License-Identifier: Apache-2.0
// Writing a business module in AssemblyScript. The contract is abi/EERP.md. A module's entry file re-exports `alloc` and
// `dealloc`, and gives its route table to `register` (in `init`) and `serve` (in `handle`); see modules/invoicing.
export { NO_DAY, dayNumber, daysOfMonth } from "./calendar";
export { DataAnswer, ask } from "./data";
export { CallAnswer, Result, call, execute, query } from "./database";
export { Fields, Page } from "./field";
export { Level, log, nowMs } from "./host";
export { Json, Kind } from "./json";
export { parse } from "./json_parser";
export { alloc, dealloc } from "./memory";
export { Request, canonicalUuid } from "./request";
export { Response } from "./response";
export { Handler, Route, register, serve } from "./router";

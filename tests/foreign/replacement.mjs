// SPDX-License-Identifier: Apache-2.0
// What a package's own JavaScript takes for WebAssembly: the part of the interface that such glue uses, over bundles in a guest_server. A module is cast
// when it is first seen. Numbers go across as bits. Not offered, and said so when asked for: references as arguments, calling an element of a table,
// memories, tables and globals that JavaScript makes, and instantiation while a guest runs.
import { Channel, op } from "./channel.mjs";
import { globalHelper, memoryHelper, setterHelper, tableHelper } from "./helpers.mjs";

const kinds = ["function", "table", "memory", "global"];
const view = new DataView(new ArrayBuffer(8));

function toSlot(type, value) {
  view.setBigUint64(0, 0n, true);
  switch (type) {
    case 0x7f: view.setInt32(0, value, true); break;
    case 0x7e: view.setBigInt64(0, BigInt.asIntN(64, value), true); break;
    case 0x7d: view.setFloat32(0, value, true); break;
    case 0x7c: view.setFloat64(0, value, true); break;
    default: throw new TypeError(`values of type 0x${type.toString(16)} cannot cross`);
  }
  return view.getBigUint64(0, true);
}
function fromSlot(type, slot) {
  view.setBigUint64(0, slot, true);
  switch (type) {
    case 0x7f: return view.getInt32(0, true);
    case 0x7e: return view.getBigInt64(0, true);
    case 0x7d: return view.getFloat32(0, true);
    case 0x7c: return view.getFloat64(0, true);
    default: throw new TypeError(`values of type 0x${type.toString(16)} cannot cross`);
  }
}
const toSlots = (types, values) => types.map((type, index) => toSlot(type, values[index]));
const toResult = (types, slots) => {
  const values = types.map((type, index) => fromSlot(type, slots[index]));
  return values.length < 2 ? values[0] : values;
};
const fromResult = (types, result) => toSlots(types, types.length < 2 ? [result] : [...result]);

/** `castModule(bytes)` gives the path of a bundle. The result stands for globalThis.WebAssembly; `statistics` counts what it did. */
export function makeReplacement(guestServer, castModule) {
  const real = globalThis.WebAssembly;
  const channel = new Channel(guestServer);
  const statistics = { calls: 0, host_calls: 0, deepest: 0, traps: 0, modules: 0, instances: 0 };
  const hostFunctions = [];      // {run, params, results}
  const origins = new WeakMap(); // exported thing -> {instance, index}
  let depth = 0;                 // calls into guests in progress
  let abandoned = 0;             // how often everything in progress has ended in a trap
  let thrown = null;             // {error}: what a host function threw, on its way to the caller of the guest

  function ask(kind, message) {
    channel.send(kind, message);
    for (;;) {
      const answer = channel.receive();
      if (answer.op === op.done) return answer;
      if (answer.op === op.failed) throw new real.LinkError(answer.text);
      if (answer.op === op.trapped) {
        ++abandoned;
        ++statistics.traps;
        const cause = thrown;
        thrown = null;
        throw cause ? cause.error : new real.RuntimeError(answer.text);
      }
      host(answer);
    }
  }

  function host({ a, slots }) {
    const { run, params, results } = hostFunctions[a];
    const mark = abandoned;
    ++statistics.host_calls;
    let answer;
    try {
      answer = fromResult(results, run(...params.map((type, index) => fromSlot(type, slots[index]))));
    } catch (error) {
      if (mark !== abandoned) throw error;  // the guest below is gone already
      thrown = { error };
      channel.send(op.refuse);
      return;
    }
    if (mark !== abandoned) throw new Error("a host function went on after a trap that ended the guest that had called it");
    channel.send(op.answer, { slots: answer });
  }

  function call(instance, index, { params, results }, values) {
    ++statistics.calls;
    statistics.deepest = Math.max(statistics.deepest, ++depth);
    try {
      return toResult(results, ask(op.call, { a: instance, b: index, slots: toSlots(params, values) }).slots);
    } finally {
      --depth;
    }
  }

  class Module {
    constructor(bytes) {
      ++statistics.modules;
      const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
      const { a, text } = ask(op.load, { text: castModule(view) });
      Object.assign(this, { number: a, ...JSON.parse(text) });
    }
    static imports = (module) => module.imports.map(({ module: space, name, kind }) => ({ module: space, name, kind: kinds[kind] }));
    static exports = (module) => module.exports.map(({ name, kind }) => ({ name, kind: kinds[kind] }));
    static customSections() {
      throw new Error("bundles have no custom sections");
    }
  }

  /** Instantiates one of helpers.mjs. */
  const help = (bytes, imports) => new Instance(new Module(bytes), { "": imports }).exports;

  class Memory {
    #mirror;
    #helper;
    adopt(mirror) {
      this.#mirror = mirror;
      this.#helper = help(memoryHelper(), { x: this });  // now, because nothing can be instantiated while a guest runs
    }
    get buffer() {
      return this.#mirror.buffer;
    }
    grow(pages) {
      const before = this.#helper.grow(pages);
      if (before === -1) throw new RangeError("memory.grow failed");
      return before >>> 0;
    }
  }
  class Global {
    #helper;
    constructor({ value_type, mutable }) {
      this.make = () => (this.#helper ??= help(globalHelper(value_type, mutable), { x: this }));
    }
    get value() {
      return this.make().get();
    }
    valueOf() {
      return this.value;
    }
  }
  class Table {
    #helper;
    #setters = new Map();
    #known = new Map();  // index -> the function that stands there
    adopt() {
      this.#helper = help(tableHelper(), { x: this });
    }
    get length() {
      return this.#helper.size() >>> 0;
    }
    get(index) {
      if (this.#helper.is_null(index)) return null;
      if (!this.#known.has(index)) {
        this.#known.set(index, () => { throw new Error(`element ${index} of a table cannot be called from outside`); });
      }
      return this.#known.get(index);
    }
    set(index, value) {
      if (value === null || value === undefined) {
        this.#helper.clear(index);
        this.#known.delete(index);
        return;
      }
      const origin = origins.get(value);
      if (!origin) throw new TypeError("only exported functions can be put into a table");
      if (!this.#setters.has(value)) this.#setters.set(value, help(setterHelper(origin.type), { f: value, x: this }));
      this.#setters.get(value).set(index);
      this.#known.set(index, value);
    }
    grow(count, value) {
      const before = this.#helper.grow(count);
      if (before === -1) throw new RangeError("table.grow failed");
      if (value) for (let index = before; index < before + count; ++index) this.set(index, value);
      return before;
    }
  }

  const memories = [];  // by the server's number
  class Instance {
    constructor(module, imports = {}) {
      const slots = module.imports.flatMap(({ module: space, name, kind, params, results }) => {
        const given = imports[space]?.[name];
        const origin = origins.get(given);
        if (origin) return [BigInt(origin.instance + 1), BigInt(origin.index)];
        if (kind !== 0 || typeof given !== "function") throw new real.LinkError(`import ${space}.${name}: ${kinds[kind]} expected`);
        hostFunctions.push({ run: given, params, results });
        return [0n, BigInt(hostFunctions.length - 1)];
      });
      const { a: number, slots: watched } = ask(op.instantiate, { a: module.number, slots });
      ++statistics.instances;
      const memoryOf = new Map();
      for (let at = 0; at < watched.length; at += 2) memoryOf.set(Number(watched[at]), Number(watched[at + 1]));
      const exports = Object.create(null), fresh = [];
      module.exports.forEach((item, index) => {
        const makers = [
          () => Object.defineProperty((...values) => call(number, index, item, values), "name", { value: String(index) }),
          () => new Table(),
          () => memories[memoryOf.get(index)] ?? new Memory(),
          () => new Global(item),
        ];
        const thing = makers[item.kind]();
        if (!origins.has(thing)) {
          origins.set(thing, { instance: number, index, type: item });
          if (item.kind === 1) fresh.push(() => thing.adopt());
          if (item.kind === 2) {
            memories[memoryOf.get(index)] = thing;
            fresh.push(() => thing.adopt(channel.memory(memoryOf.get(index))));
          }
        }
        exports[item.name] = thing;
      });
      for (const adopt of fresh) adopt();
      this.exports = Object.freeze(exports);
    }
  }

  const compile = async (bytes) => new Module(bytes);
  const ofResponse = async (response) => (await response).arrayBuffer();
  const instantiate = async (source, imports) => {
    if (source instanceof Module) return new Instance(source, imports);
    const module = new Module(source);
    return { module, instance: new Instance(module, imports) };
  };
  const { RuntimeError, LinkError, CompileError } = real;
  return {
    statistics, Module, Instance, Memory, Table, Global, RuntimeError, LinkError, CompileError, compile, instantiate,
    compileStreaming: async (response) => compile(await ofResponse(response)),
    instantiateStreaming: async (response, imports) => instantiate(await ofResponse(response), imports),
    validate: (bytes) => real.validate(bytes),
  };
}

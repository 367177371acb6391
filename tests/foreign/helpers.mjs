// SPDX-License-Identifier: Apache-2.0
// Small modules for what JavaScript may do to a guest from outside and a bundle offers no entry for: growing a memory, reading a global, looking into a
// table and putting a function into it. They are cast and linked like every other module. In the binary format of core 2.0, section 5.

const leb = (value) => {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
};
const vector = (items) => [...leb(items.length), ...items.flat()];
const text = (string) => vector([...Buffer.from(string)]);
const section = (id, items) => (items.length === 0 ? [] : [id, ...vector(vector(items))]);
const body = (...code) => vector([0, ...code, 0x0b]);
const type = ({ params, results }) => [0x60, ...vector(params), ...vector(results)];
const exported = (name, index) => [...text(name), 0, ...leb(index)];
const module = ({ types, imports, functions, exports, elements = [], bodies }) => new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, types), ...section(2, imports), ...section(3, functions.map((index) => [index])),
  ...section(7, exports), ...section(9, elements), ...section(10, bodies)]);
const i32 = 0x7f, funcref = 0x70;
const unary = type({ params: [i32], results: [i32] });

/** grow(pages) of the memory "x". */
export const memoryHelper = () => module({
  types: [unary], imports: [[...text(""), ...text("x"), 2, 0, 0]], functions: [0], exports: [exported("grow", 0)],
  bodies: [body(0x20, 0, 0x40, 0)],
});

/** get() of the global "x". */
export const globalHelper = (valueType, mutable) => module({
  types: [type({ params: [], results: [valueType] })], imports: [[...text(""), ...text("x"), 3, valueType, mutable ? 1 : 0]],
  functions: [0], exports: [exported("get", 0)], bodies: [body(0x23, 0)],
});

/** size(), grow(elements), is_null(index), clear(index) of the table of functions "x". */
export const tableHelper = () => module({
  types: [unary, type({ params: [], results: [i32] }), type({ params: [i32], results: [] })],
  imports: [[...text(""), ...text("x"), 1, funcref, 0, 0]], functions: [1, 0, 0, 2],
  exports: ["size", "grow", "is_null", "clear"].map(exported),
  bodies: [body(0xfc, 16, 0), body(0xd0, funcref, 0x20, 0, 0xfc, 15, 0), body(0x20, 0, 0x25, 0, 0xd1), body(0x20, 0, 0xd0, funcref, 0x26, 0)],
});

/** set(index): puts the function "f" of this type into the table "x". */
export const setterHelper = (functionType) => module({
  types: [type(functionType), type({ params: [i32], results: [] })],
  imports: [[...text(""), ...text("f"), 0, 0], [...text(""), ...text("x"), 1, funcref, 0, 0]], functions: [1],
  exports: [exported("set", 1)], elements: [[3, 0, ...vector([[0]])]],
  bodies: [body(0x20, 0, 0xd2, 0, 0x26, 0)],
});

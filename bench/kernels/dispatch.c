/* SPDX-License-Identifier: Apache-2.0 */
/* Indirect calls: a small stack machine whose instructions are functions in a table, running programs that loop and call. */
#include "kernel.h"

enum { STACK = 64 };
struct machine {
  int32_t stack[STACK];
  int32_t locals[8];
  uint32_t top, pc, left;
  uint64_t sum;
};
struct instruction {
  uint16_t op;
  int16_t argument;
};
typedef void (*handler)(struct machine*, int32_t);

static void op_push(struct machine* m, int32_t a) { m->stack[m->top++ & (STACK - 1)] = a; }
static int32_t pop(struct machine* m) { return m->stack[--m->top & (STACK - 1)]; }
static void op_get(struct machine* m, int32_t a) { op_push(m, m->locals[a & 7]); }
static void op_set(struct machine* m, int32_t a) { m->locals[a & 7] = pop(m); }
static void op_add(struct machine* m, int32_t a) { op_push(m, (int32_t)((uint32_t)pop(m) + (uint32_t)pop(m) + (uint32_t)a)); }
static void op_mul(struct machine* m, int32_t a) { op_push(m, (int32_t)((uint32_t)pop(m) * (uint32_t)pop(m) + (uint32_t)a)); }
static void op_xor(struct machine* m, int32_t a) { op_push(m, pop(m) ^ pop(m) ^ a); }
static void op_shift(struct machine* m, int32_t a) { op_push(m, (int32_t)((uint32_t)pop(m) >> (a & 31))); }
static void op_emit(struct machine* m, int32_t a) { m->sum = kernel_mix(m->sum, (uint64_t)(uint32_t)pop(m) + (uint64_t)a); }
static void op_jump(struct machine* m, int32_t a) { m->pc = (uint32_t)a; }
static void op_jump_if(struct machine* m, int32_t a) {
  if (pop(m) != 0) m->pc = (uint32_t)a;
}
static void op_dec(struct machine* m, int32_t a) { op_push(m, --m->locals[a & 7]); }
static void op_stop(struct machine* m, int32_t a) {
  m->left = 0;
  m->sum = kernel_mix(m->sum, (uint64_t)a);
}

enum { PUSH, GET, SET, ADD, MUL, XOR, SHIFT, EMIT, JUMP, JUMP_IF, DEC, STOP };
static const handler handlers[] = {op_push, op_get, op_set, op_add, op_mul, op_xor, op_shift, op_emit, op_jump, op_jump_if, op_dec, op_stop};
static const struct instruction program[] = {
    {PUSH, 20000}, {SET, 0},  {PUSH, 17}, {SET, 1},                                                 /* i = 20000, x = 17 */
    {GET, 1},      {GET, 1},  {MUL, 3},   {GET, 0}, {ADD, 7},  {SET, 1},                            /* 4: x = x * x + 3 + i + 7 */
    {GET, 1},      {SHIFT, 9}, {GET, 1},  {XOR, 5}, {SET, 2},  {GET, 2}, {PUSH, 3}, {MUL, 1}, {SET, 1}, /* y = x >> 9 ^ x ^ 5, x = y * 3 + 1 */
    {DEC, 0},      {JUMP_IF, 4}, {GET, 1}, {EMIT, 1}, {JUMP, 24}, {STOP, 9}};

static uint64_t run(uint64_t sum) {
  struct machine m = {.sum = sum, .left = 1};
  while (m.left != 0) {
    const struct instruction* next = &program[m.pc++];
    handlers[next->op](&m, next->argument);
  }
  return m.sum;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) sum = run(sum);
  return sum;
}

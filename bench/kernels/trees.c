/* SPDX-License-Identifier: Apache-2.0 */
/* Binary trees: built and taken apart through a free list, walked for their checksum. */
#include "kernel.h"

enum { DEPTH = 15, NODES = 1 << (DEPTH + 2) };
struct tree {
  struct tree *left, *right;
  uint32_t value;
};
static struct tree pool[NODES];
static struct tree* free_list;

static struct tree* build(int depth, uint32_t value) {
  struct tree* tree = free_list;
  free_list = tree->left;
  tree->value = value;
  tree->left = depth > 0 ? build(depth - 1, 2 * value) : 0;
  tree->right = depth > 0 ? build(depth - 1, 2 * value + 1) : 0;
  return tree;
}
static uint32_t check(const struct tree* tree) { return tree->value ^ (tree->left ? check(tree->left) + 3 * check(tree->right) : 1); }
static void release(struct tree* tree) {
  if (tree->left) release(tree->left);
  if (tree->right) release(tree->right);
  tree->left = free_list;
  free_list = tree;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t sum = KERNEL_SUM_START;
  for (int i = 0; i < NODES; ++i) pool[i].left = i + 1 < NODES ? &pool[i + 1] : 0;
  free_list = pool;
  for (uint32_t round = 0; round < rounds; ++round) {
    struct tree* lasting = build(DEPTH, round);
    for (int depth = 4; depth < DEPTH; depth += 3) {
      for (int i = 0; i < 1 << (DEPTH - depth); ++i) {
        struct tree* tree = build(depth, (uint32_t)i);
        sum = kernel_mix(sum, check(tree));
        release(tree);
      }
    }
    sum = kernel_mix(sum, check(lasting));
    release(lasting);
  }
  return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* N-body: 48 bodies, all pairs, semi-implicit Euler; square roots and divisions. */
#include "kernel.h"

enum { BODIES = 48, STEPS = 200 };
struct body {
  double x, y, z, vx, vy, vz, mass;
};
static struct body bodies[BODIES];

static void step(double dt) {
  for (int i = 0; i < BODIES; ++i) {
    struct body* a = &bodies[i];
    for (int j = i + 1; j < BODIES; ++j) {
      struct body* b = &bodies[j];
      const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      const double square = dx * dx + dy * dy + dz * dz + 0.01;
      const double pull = dt / (square * __builtin_sqrt(square));
      a->vx -= dx * b->mass * pull;
      a->vy -= dy * b->mass * pull;
      a->vz -= dz * b->mass * pull;
      b->vx += dx * a->mass * pull;
      b->vy += dy * a->mass * pull;
      b->vz += dz * a->mass * pull;
    }
  }
  for (int i = 0; i < BODIES; ++i) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 4, sum = KERNEL_SUM_START;
  for (int i = 0; i < BODIES; ++i) {
    double* field = &bodies[i].x;
    for (int k = 0; k < 7; ++k) field[k] = kernel_random(&seed) / 4294967296.0;
  }
  for (uint32_t round = 0; round < rounds; ++round)
    for (int i = 0; i < STEPS; ++i) step(0.0001);
  for (int i = 0; i < BODIES; ++i) sum = kernel_mix_double(kernel_mix_double(sum, bodies[i].x), bodies[i].vz);
  return sum;
}

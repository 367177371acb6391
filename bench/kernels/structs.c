/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix of structs: an image of four-float pixels, each with a flag, blended, tone-mapped and histogrammed field by field. */
#include "kernel.h"

enum { WIDTH = 256, HEIGHT = 192 };
struct pixel {
  float red, green, blue, alpha;
  uint32_t flags;
};
static struct pixel image[HEIGHT][WIDTH], layer[HEIGHT][WIDTH];
static uint32_t histogram[64];

static void blend(struct pixel* under, const struct pixel* over) {
  const float a = over->alpha, rest = 1 - a;
  under->red = over->red * a + under->red * rest;
  under->green = over->green * a + under->green * rest;
  under->blue = over->blue * a + under->blue * rest;
  under->alpha = a + under->alpha * rest;
  under->flags = (under->flags << 1 | (over->flags & 1)) ^ under->flags >> 31;
}

static void tone(struct pixel* p) {
  const float light = 0.2126f * p->red + 0.7152f * p->green + 0.0722f * p->blue;
  const float scale = (light + 0.1f) / (light + 1.0f);
  p->red *= scale;
  p->green *= scale;
  p->blue *= scale;
  uint32_t place = (uint32_t)(int32_t)(light * 64);
  if (place > 63) place = 63;
  histogram[place] += p->flags & 1 ? 2 : 1;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 13, sum = KERNEL_SUM_START;
  for (int y = 0; y < HEIGHT; ++y)
    for (int x = 0; x < WIDTH; ++x) {
      image[y][x] = (struct pixel){0.5f, 0.25f, 0.125f, 1.0f, kernel_random(&seed)};
      layer[y][x] = (struct pixel){(float)(kernel_random(&seed) & 255) / 255, (float)(kernel_random(&seed) & 255) / 255,
                                   (float)(kernel_random(&seed) & 255) / 255, (float)(kernel_random(&seed) & 127) / 255, kernel_random(&seed)};
    }
  for (int i = 0; i < 64; ++i) histogram[i] = 0;
  for (uint32_t round = 0; round < rounds; ++round)
    for (int y = 0; y < HEIGHT; ++y)
      for (int x = 0; x < WIDTH; ++x) {
        blend(&image[y][x], &layer[(y + (int)round) % HEIGHT][x]);
        tone(&image[y][x]);
      }
  for (int i = 0; i < 64; ++i) sum = kernel_mix(sum, histogram[i]);
  for (int y = 0; y < HEIGHT; y += 5)
    for (int x = 0; x < WIDTH; x += 3) sum = kernel_mix_double(kernel_mix(sum, image[y][x].flags), image[y][x].green);
  return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The mathematics of generated code. From x86-64-v2 on each of these is one instruction; nothing here is ever called. */
#ifndef INGOT_ISLAND_MATH_H
#define INGOT_ISLAND_MATH_H
#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define HUGE_VAL __builtin_huge_val()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define signbit(x) __builtin_signbit(x)
double ceil(double x);
double fabs(double x);
double floor(double x);
double nearbyint(double x);
double rint(double x);
double sqrt(double x);
double trunc(double x);
double copysign(double x, double y);
float ceilf(float x);
float fabsf(float x);
float floorf(float x);
float nearbyintf(float x);
float rintf(float x);
float sqrtf(float x);
float truncf(float x);
float copysignf(float x, float y);
#endif

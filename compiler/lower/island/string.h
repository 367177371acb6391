/* SPDX-License-Identifier: Apache-2.0 */
/* All of libc's memory functions that an island has; memory.c defines them. */
#ifndef INGOT_ISLAND_STRING_H
#define INGOT_ISLAND_STRING_H
#include <stddef.h>
void* memcpy(void* restrict to, const void* restrict from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* one, const void* other, size_t size);
#endif

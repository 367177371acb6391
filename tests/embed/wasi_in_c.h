/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_TESTS_WASI_IN_C_H
#define INGOT_TESTS_WASI_IN_C_H
#include <ingot.h>
#ifdef __cplusplus
extern "C"
#endif
    long run_in_c(ingot_module *module, int output, const char *input, size_t bytes);
#endif

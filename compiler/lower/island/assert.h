/* SPDX-License-Identifier: Apache-2.0 */
/* Inside an island assertions of the generated code are off. */
#undef assert
#define assert(condition) ((void)0)
#ifndef static_assert
#define static_assert _Static_assert
#endif

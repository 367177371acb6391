/* SPDX-License-Identifier: Apache-2.0 */
/* The shared library's own source: everything in it comes from the archive of the folder. This shows that both headers are C11. */
#include "embed/include/ingot_plugin.h"

typedef char ingot_value_is_24_bytes[sizeof(ingot_value) == 24 ? 1 : -1];

// SPDX-License-Identifier: Apache-2.0
#pragma once
// The answer of a handler while it is made. Functions that can refuse a request return false after they have filled in the
// refusal; the handler then just returns, and the reply says why.

#include <stdbool.h>
#include <stdint.h>

#include "ingot/guest.h"
#include "text.h"

struct reply {
  uint32_t status;       ///< 200 unless set
  struct text location;  ///< header of that name, when not empty
  struct text body;      ///< JSON
};

/// Makes the reply a refusal: `{"code":...,"message":...}`. Always false, so that `return reply_refuse(...)` reads well.
bool reply_refuse(struct reply* reply, uint32_t status, const char* code, const char* message);

/// A 400 INVALID_FIELD: "field: rule".
bool reply_invalid(struct reply* reply, const char* field, const char* rule);

/// The whole response text, for `handle`.
struct ingot_response reply_response(const struct reply* reply);

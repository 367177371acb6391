// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an import is given: a function of the host's, or an export of another instance.

#include "format/manifest.hpp"
#include "ingot/abi.h"

namespace ingot::instance {

class Instance;

/// All null: there is nothing of that name, which linking reports as "unknown import".
struct Extern {
  ingot_host_function function = nullptr;      ///< the host's, called with `context`
  void* context = nullptr;
  bool context_is_importer = false;            ///< the context is the Instance that imports it, in place of `context`
  const format::FunctionType* type = nullptr;  ///< of `function`; null: whatever the import says
  Instance* owner = nullptr;                   ///< another instance in the same Store; it outlives the one that is linked to it
  int export_index = -1;                       ///< into its manifest's exports
};

}  // namespace ingot::instance

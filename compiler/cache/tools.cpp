// SPDX-License-Identifier: Apache-2.0
#include "cache/tools.hpp"

#include "cache/identity.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cache {
namespace {

bool is_version(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos; }

}  // namespace

native::AskVersion remembered_versions(Store* store, process::Budget budget) {
  native::AskVersion ask = native::ask_version(budget);
  if (store == nullptr) return ask;
  return [store, ask = std::move(ask)](const std::vector<std::string>& arguments) -> Result<std::string> {
    Identity identity;
    identity.add("version of a tool");
    identity.add_program(arguments);
    const Key key = identity.digest();
    if (const auto known = store->fetch(Kind::tool, key)) {
      const std::string_view text = process::text_of(*known);
      if (is_version(text)) return std::string(text);
      store->reject(Kind::tool, key, "not a version");
    }
    INGOT_TRY(std::string version, ask(arguments));
    if (is_version(version)) store->keep(Kind::tool, key, process::bytes_of(version));
    return version;
  };
}

}  // namespace ingot::compiler::cache

// SPDX-License-Identifier: Apache-2.0
#include "load/module.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "load/elf_check.hpp"
#include "load/place.hpp"
#include "load/seal.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/services.hpp"
#include "sandbox/text_ranges.hpp"

namespace ingot::load {

// Members are destroyed in reverse order: the text range is forgotten first, then the object is unmapped, and only then may the
// descriptor number be used again. glibc recognises an object by the *name* it was opened with ("/proc/self/fd/7"): were the
// descriptor closed while the object is mapped, the next file to get number 7 would be answered with this one's code.
struct LoadedModule::Parts {
  Parts(bundle::VerifiedBundle verified, SealedFile sealed) : bundle(std::move(verified)), file(std::move(sealed)) {}
  ~Parts() {
    text.reset();
    if (handle != nullptr) dlclose(handle);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  bundle::VerifiedBundle bundle;
  SealedFile file;
  void* handle = nullptr;
  std::optional<sandbox::TextRange> text;
  sandbox::Range text_addresses;
  const ingot_descriptor* descriptor = nullptr;
  std::map<std::string, int, std::less<>> functions;
};

namespace {

Error refuse(const bundle::VerifiedBundle& bundle, const std::string& reason) {
  return Error{ErrorCode::verification, bundle.origin() + ": refused: " + reason};
}

/// A debugger opens the object by the name that the loader knows, and "self" would be the debugger: it needs the number of this process.
std::string process_folder(bool for_debugger) {
  char number[32];
  const ssize_t length = for_debugger ? readlink("/proc/self", number, sizeof number) : 0;
  return length > 0 ? "/proc/" + std::string(number, static_cast<std::size_t>(length)) : "/proc/self";
}

}  // namespace

Result<std::shared_ptr<const LoadedModule>> load(bundle::VerifiedBundle bundle) {
  INGOT_TRY_VOID(sandbox::install_fault_handler());
  // Nothing of it is mapped before it is known to be an island, and the one that its manifest describes.
  auto checked = check_object(bundle.object().bytes, bundle.manifest());
  if (!checked.ok()) return refuse(bundle, checked.error().message);
  // Its addresses are moved so that it lies near the host's code; not a debugger's, whose debug information would not agree.
  const bool for_debugger = bundle.manifest().optimisation == "debug";
  const std::uint64_t place = for_debugger ? 0 : place_near_host(checked->image.mapped_bytes());
  const std::optional<format::Bytes> copy = place == 0 ? std::nullopt : moved(bundle.object().bytes, checked->image, place);
  const std::uint64_t distance = copy ? place : 0;
  INGOT_TRY(SealedFile file, SealedFile::create("ingot:" + bundle.manifest().name, copy ? format::ByteView(*copy) : bundle.object().bytes));
  auto parts = std::make_unique<LoadedModule::Parts>(std::move(bundle), std::move(file));

  // Beyond this point the object is part of the process. It has no constructor, so nothing of it has run.
  const std::string path = process_folder(for_debugger) + "/fd/" + std::to_string(parts->file.fd());
  parts->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (parts->handle == nullptr) {
    const char* reason = dlerror();
    return refuse(parts->bundle, std::string("the system's loader says: ") + (reason != nullptr ? reason : "nothing"));
  }
  link_map* map = nullptr;
  if (dlinfo(parts->handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return refuse(parts->bundle, "it cannot be located in memory");
  // The descriptor that was read from the file is the one that the system's loader finds.
  const void* const descriptor = dlsym(parts->handle, INGOT_DESCRIPTOR_SYMBOL);
  if (descriptor == nullptr || reinterpret_cast<std::uintptr_t>(descriptor) != map->l_addr + distance + checked->descriptor_address) {
    return refuse(parts->bundle, "the system's loader finds another descriptor than the file shows");
  }
  parts->descriptor = static_cast<const ingot_descriptor*>(descriptor);
  const std::uintptr_t begin = map->l_addr + distance + checked->text.address;
  INGOT_TRY(auto range, sandbox::TextRange::add(begin, begin + checked->text.size));
  parts->text.emplace(std::move(range));
  parts->text_addresses = {begin, begin + checked->text.size};

  // Beyond this point guest code can run: give the island its runtime table.
  *parts->descriptor->runtime_slot = &sandbox::runtime_table();
  const auto& exports = parts->bundle.manifest().exports;
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].kind == format::ExternKind::function && parts->descriptor->exports[index].call != nullptr) {
      if (exports[index].name == "_initialize" && exports[index].type != format::FunctionType{}) {
        return refuse(parts->bundle, "its _initialize has type " + format::type_text(exports[index].type) + ", not () -> ()");
      }
      parts->functions.emplace(exports[index].name, static_cast<int>(index));
    }
  }
  return std::shared_ptr<const LoadedModule>(new LoadedModule(std::move(parts)));
}

LoadedModule::LoadedModule(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  for (const format::Export& item : manifest().exports) slots_.push_back(std::max(format::slot_count(item.type.params), format::slot_count(item.type.results)));
}
LoadedModule::~LoadedModule() = default;
const bundle::VerifiedBundle& LoadedModule::bundle() const { return parts_->bundle; }
const format::Manifest& LoadedModule::manifest() const { return parts_->bundle.manifest(); }
const ingot_descriptor& LoadedModule::descriptor() const { return *parts_->descriptor; }
sandbox::Range LoadedModule::text() const { return parts_->text_addresses; }
int LoadedModule::find_function(std::string_view name) const {
  const auto found = parts_->functions.find(name);
  return found == parts_->functions.end() ? -1 : found->second;
}

}  // namespace ingot::load

// SPDX-License-Identifier: Apache-2.0
#include "load/module.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>
#include <optional>
#include <utility>

#include "ingot/rt_digest.h"
#include "load/elf_check.hpp"
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
  const ingot_descriptor* descriptor = nullptr;
  std::map<std::string, int, std::less<>> functions;
};

namespace {

Error refuse(const bundle::VerifiedBundle& bundle, const std::string& reason) {
  return Error{ErrorCode::verification, bundle.origin() + ": refused: " + reason};
}

/// Does the mapped object say of itself what the signed manifest says of it?
Result<void> compare_with_manifest(const ingot_descriptor& descriptor, const bundle::VerifiedBundle& bundle) {
  const format::Manifest& manifest = bundle.manifest();
  if (descriptor.abi_version != INGOT_ABI_VERSION || descriptor.size != sizeof(ingot_descriptor)) {
    return refuse(bundle, "its object has another ABI version than its manifest");
  }
  if (format::hex(descriptor.rt_digest) != INGOT_RT_DIGEST_HEX) {
    return refuse(bundle, "its object was compiled against another wasm-rt.h");
  }
  if (format::hex(descriptor.module_digest) != manifest.module_digest) {
    return refuse(bundle, "its object was made from another module than its manifest says");
  }
  std::uint32_t function_imports = 0;
  for (const format::Import& import : manifest.imports) {
    if (import.kind == format::ExternKind::function) ++function_imports;
  }
  if (descriptor.function_import_count != function_imports || descriptor.export_count != manifest.exports.size() ||
      descriptor.runtime_slot == nullptr || descriptor.instantiate == nullptr || descriptor.instance_size == 0 ||
      descriptor.instance_size % 16 != 0) {
    return refuse(bundle, "its object and its manifest disagree");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const LoadedModule>> load(bundle::VerifiedBundle bundle) {
  INGOT_TRY_VOID(sandbox::install_fault_handler());
  INGOT_TRY(const TextSegment text, check_elf(bundle.object().bytes));
  INGOT_TRY(SealedFile file, SealedFile::create("ingot:" + bundle.manifest().name, bundle.object().bytes));
  auto parts = std::make_unique<LoadedModule::Parts>(std::move(bundle), std::move(file));

  // Beyond this point the object is part of the process. It has no constructor, so nothing of it has run.
  const std::string path = "/proc/self/fd/" + std::to_string(parts->file.fd());
  parts->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (parts->handle == nullptr) {
    const char* reason = dlerror();
    return refuse(parts->bundle, std::string("the system's loader says: ") + (reason != nullptr ? reason : "nothing"));
  }
  parts->descriptor = static_cast<const ingot_descriptor*>(dlsym(parts->handle, INGOT_DESCRIPTOR_SYMBOL));
  if (parts->descriptor == nullptr) return refuse(parts->bundle, "its object lacks the descriptor " INGOT_DESCRIPTOR_SYMBOL);
  INGOT_TRY_VOID(compare_with_manifest(*parts->descriptor, parts->bundle));

  link_map* map = nullptr;
  if (dlinfo(parts->handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return refuse(parts->bundle, "it cannot be located in memory");
  const std::uintptr_t begin = map->l_addr + text.address;
  INGOT_TRY(auto range, sandbox::TextRange::add(begin, begin + text.size));
  parts->text.emplace(std::move(range));

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

LoadedModule::LoadedModule(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LoadedModule::~LoadedModule() = default;
const bundle::VerifiedBundle& LoadedModule::bundle() const { return parts_->bundle; }
const format::Manifest& LoadedModule::manifest() const { return parts_->bundle.manifest(); }
const ingot_descriptor& LoadedModule::descriptor() const { return *parts_->descriptor; }
int LoadedModule::find_function(std::string_view name) const {
  const auto found = parts_->functions.find(name);
  return found == parts_->functions.end() ? -1 : found->second;
}

}  // namespace ingot::load

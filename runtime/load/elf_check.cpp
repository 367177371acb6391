// SPDX-License-Identifier: Apache-2.0
#include "load/elf_check.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include "format/signature.hpp"
#include "ingot/abi.h"
#include "ingot/rt_digest.h"
#include "limits.hpp"

namespace ingot::load {
namespace {

Error refuse(const std::string& reason) { return Error{ErrorCode::verification, reason}; }

/// A pointer that must be there, to code.
Result<void> check_entry(const ElfImage& image, std::uint64_t field, const char* what) {
  const auto target = image.pointer_at(field);
  if (!target) return refuse(std::string("its object's descriptor has no ") + what);
  if (!image.in_text(*target)) return refuse(std::string("its object's ") + what + " lies outside its text");
  return {};
}

/// The numbers and digests that are read from the file must still be there when the object is relocated.
bool relocation_changes_a_number(const ElfImage& image, std::uint64_t descriptor) {
  for (std::uint64_t field = 0; field < sizeof(ingot_descriptor); field += 8) {
    const bool is_pointer = field == offsetof(ingot_descriptor, runtime_slot) || field == offsetof(ingot_descriptor, instantiate) ||
                            field == offsetof(ingot_descriptor, release) || field == offsetof(ingot_descriptor, exports);
    if (!is_pointer && image.pointer_at(descriptor + field)) return true;
  }
  return false;
}

Result<void> check_exports(const ElfImage& image, std::uint64_t descriptor, const format::Manifest& manifest) {
  const auto table = image.pointer_at(descriptor + offsetof(ingot_descriptor, exports));
  if (manifest.exports.empty()) return {};
  if (!table) return refuse("its object's descriptor has no table of exports");
  for (std::size_t index = 0; index < manifest.exports.size(); ++index) {
    const std::uint64_t at = *table + index * sizeof(ingot_export);
    ingot_export entry{};
    if (*table > limits::bundle_bytes_max || !image.copy(at, &entry, sizeof entry)) return refuse("its object's table of exports lies outside its data");
    const bool is_function = manifest.exports[index].kind == format::ExternKind::function;
    if (entry.kind != static_cast<std::uint32_t>(manifest.exports[index].kind)) {
      return refuse("its object and its manifest disagree on the kind of export " + std::to_string(index));
    }
    // A null pointer is allowed: a function that cannot be called from outside has no wrapper.
    const std::uint64_t field = at + (is_function ? offsetof(ingot_export, call) : offsetof(ingot_export, address));
    if (const auto target = image.pointer_at(field); target && !image.in_text(*target)) {
      return refuse("its object's export " + std::to_string(index) + " lies outside its text");
    }
  }
  return {};
}

}  // namespace

Result<CheckedObject> check_object(format::ByteView object, const format::Manifest& manifest) {
  INGOT_TRY(ElfImage image, ElfImage::read(object));
  const std::uint64_t at = image.symbol_address();
  ingot_descriptor descriptor{};
  if (image.symbol_name() != INGOT_DESCRIPTOR_SYMBOL) return refuse("its object lacks the descriptor " INGOT_DESCRIPTOR_SYMBOL);
  if (at % alignof(ingot_descriptor) != 0 || !image.copy(at, &descriptor, sizeof descriptor)) {
    return refuse("its object's descriptor lies outside its data");
  }
  if (relocation_changes_a_number(image, at)) return refuse("a relocation changes its object's descriptor");
  if (descriptor.abi_version != INGOT_ABI_VERSION || descriptor.size != sizeof descriptor) {
    return refuse("its object has another ABI version than its manifest");
  }
  if (format::hex(descriptor.rt_digest) != INGOT_RT_DIGEST_HEX) return refuse("its object was compiled against another wasm-rt.h");
  if (format::hex(descriptor.module_digest) != manifest.module_digest) {
    return refuse("its object was made from another module than its manifest says");
  }
  std::uint32_t function_imports = 0;
  for (const format::Import& import : manifest.imports) {
    if (import.kind == format::ExternKind::function) ++function_imports;
  }
  if (descriptor.function_import_count != function_imports) {
    return refuse("its object calls " + std::to_string(descriptor.function_import_count) + " imported functions, its manifest names " +
                  std::to_string(function_imports));
  }
  if (descriptor.export_count != manifest.exports.size()) {
    return refuse("its object has " + std::to_string(descriptor.export_count) + " exports, its manifest names " +
                  std::to_string(manifest.exports.size()));
  }
  if (descriptor.instance_size == 0 || descriptor.instance_size % 16 != 0 || descriptor.instance_size > limits::bundle_bytes_max) {
    return refuse("its object's instances have an impossible size");
  }
  INGOT_TRY_VOID(check_entry(image, at + offsetof(ingot_descriptor, instantiate), "entry 'instantiate'"));
  INGOT_TRY_VOID(check_entry(image, at + offsetof(ingot_descriptor, release), "entry 'release'"));
  const auto slot = image.pointer_at(at + offsetof(ingot_descriptor, runtime_slot));
  if (!slot || *slot % alignof(void*) != 0 || !image.in_writable(*slot, sizeof(void*))) {
    return refuse("its object has no writable place for the runtime table");
  }
  INGOT_TRY_VOID(check_exports(image, at, manifest));
  const TextSegment text = image.text();
  return CheckedObject{text, at, std::move(image)};
}

}  // namespace ingot::load

// SPDX-License-Identifier: Apache-2.0
#include "lower/normalise.hpp"

#include <array>
#include <string>

#include "lower/leb128.hpp"
#include "lower/relaxed_simd.hpp"

namespace ingot::compiler::lower {
namespace {

using format::Bytes;
using format::ByteView;

void append_name(Bytes& bytes, std::string_view name) {
  append_u32(bytes, name.size());
  bytes.insert(bytes.end(), name.begin(), name.end());
}

ByteView view(ByteView wasm, ingest::Range range) { return wasm.subspan(range.begin, range.size()); }

Bytes import_section(const ingest::Module& module, ByteView wasm) {
  static constexpr std::array<char, 4> letters{'f', 't', 'm', 'g'};
  std::array<std::uint32_t, 4> counts{};
  Bytes bytes;
  append_u32(bytes, module.imports.size());
  for (const ingest::ModuleImport& import : module.imports) {
    const auto kind = static_cast<std::size_t>(import.kind);
    append_name(bytes, import.kind == format::ExternKind::function ? host_module_name : "x");
    append_name(bytes, letters[kind] + std::to_string(counts[kind]++));
    append(bytes, view(wasm, import.description));
  }
  return bytes;
}

Bytes export_section(const ingest::Module& module) {
  Bytes bytes;
  append_u32(bytes, module.exports.size());
  std::uint32_t place = 0;
  for (const ingest::ModuleExport& exported : module.exports) {
    append_name(bytes, "e" + std::to_string(place++));
    bytes.push_back(static_cast<std::uint8_t>(exported.kind));
    append_u32(bytes, exported.index);
  }
  return bytes;
}

}  // namespace

Bytes normal_bytes(const ingest::Module& module, ByteView wasm, const SourceLines& lines, Marks* marks) {
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  bytes.reserve(wasm.size());
  for (const ingest::Section& section : module.sections) {
    Bytes rewritten;
    ByteView content = view(wasm, section.content);
    if (section.id == ingest::SectionId::import) content = rewritten = import_section(module, wasm);
    if (section.id == ingest::SectionId::exports) content = rewritten = export_section(module);
    if (section.id == ingest::SectionId::code) {
      // Relaxed SIMD moves what stands behind it: such a module is debugged without source lines.
      if (!module.code.relaxed.empty()) content = rewritten = code_without_relaxed_simd(module, wasm);
      else if (marks != nullptr) content = rewritten = mark_code(module, wasm, lines, *marks);
    }
    bytes.push_back(static_cast<std::uint8_t>(section.id));
    append_u32(bytes, content.size());
    append(bytes, content);
  }
  return bytes;
}

NormalModule normalise(AgreedModule agreed) {
  auto marks = std::make_shared<Marks>();
  Bytes wasm = normal_bytes(agreed.module(), agreed.inputs().wasm(), agreed.lines(), marks.get());
  return NormalModule(std::move(agreed), std::move(wasm), std::move(marks));
}

}  // namespace ingot::compiler::lower

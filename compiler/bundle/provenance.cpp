// SPDX-License-Identifier: Apache-2.0
#include "bundle/provenance.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "bundle/pack.hpp"
#include "ingest/policy.hpp"
#include "ingest/producers.hpp"
#include "limits.hpp"
#include "lower/embedded.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::bundle {
namespace {

std::string digest_of(const std::string& path) {
  const auto bytes = process::read_file(path, limits::bundle_bytes_max);
  return bytes.ok() ? format::hex(format::sha256(*bytes)) : std::string();
}

/// simde is headers: the version is what its common header defines, the digest that of the header that generated code includes.
format::ProvenanceTool simde_in(const std::string& parent) {
  format::ProvenanceTool tool{"simde", "", digest_of(parent + "/simde/wasm/simd128.h")};
  const auto common = process::read_file(parent + "/simde/simde-common.h", limits::MiB);
  if (!common.ok()) return tool;
  const std::string_view text = process::text_of(*common);
  for (const char* part : {"SIMDE_VERSION_MAJOR ", "SIMDE_VERSION_MINOR ", "SIMDE_VERSION_MICRO "}) {
    const std::size_t at = text.find(std::string("#define ") + part);
    if (at == std::string_view::npos) return tool;
    const std::string_view rest = text.substr(at + 8 + std::strlen(part));
    tool.version += (tool.version.empty() ? "" : ".") + std::string(rest.substr(0, rest.find_first_not_of("0123456789")));
  }
  return tool;
}

std::optional<std::uint64_t> source_date_epoch() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return std::nullopt;
  std::uint64_t seconds = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, seconds);
  if (error != std::errc() || rest != end) return std::nullopt;  // `ingotc build` has refused it before
  return seconds;
}

}  // namespace

format::Provenance provenance_of(const AuditedObjects& audited, const Request& request, const Workshop& workshop) {
  const native::Toolchain& tools = workshop.toolchain();
  const format::Bytes& wasm = audited.agreed().inputs().wasm();
  format::Provenance made;
  made.module_digest = format::hex(format::sha256(wasm));
  made.module_bytes = wasm.size();
  made.producers = ingest::read_producers(wasm);
  made.tools = {
      {"ingotc", ingotc_version(), digest_of("/proc/self/exe")},
      {"wasm-validate", tools.wabt().version, digest_of(tools.wabt().folder + "/wasm-validate")},
      {"wasm2c", tools.wabt().version, digest_of(tools.wabt().folder + "/wasm2c")},
      {"clang", tools.clang_version(), digest_of(tools.clang_command("").arguments.front())},
      {"lld", tools.lld_version(), digest_of(tools.lld_command("").arguments.front())},
  };
  if (tools.has_codegen()) made.tools.push_back({"ingot-codegen", tools.codegen_version(), digest_of(tools.codegen_command("").arguments.front())});
  if (audited.flags().uses_simde) made.tools.push_back(simde_in(tools.simde_parent()));
  for (const lower::EmbeddedFile& file : lower::embedded_files()) {
    made.island.push_back({std::string(file.name), "", format::hex(format::sha256(process::bytes_of(file.text)))});
  }
  made.features = ingest::profile_features(request.features);
  made.targets = request.targets;
  made.optimisation = name_of(request.optimisation);
  made.contract = audited.agreed().contract();
  made.flags = audited.flags().compile;
  made.memory_flags = audited.flags().memory;
  made.link_flags = audited.flags().link;
  made.nonconforming = request.nonconforming;
  made.source_date_epoch = source_date_epoch();
  return made;
}

}  // namespace ingot::compiler::bundle

// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

#include "cache/bundles.hpp"
#include "cache/tools.hpp"
#include "workshop.hpp"

namespace ingot::compiler {

Result<std::optional<SignedBundle>> build(const Request& request) {
  // Says what begins, unless the time or the memory that the build was given is used up.
  const auto begin = [&](const char* phase) {
    if (request.progress) request.progress(phase, 0, 0);
    return request.budget.check();
  };

  // Read the module and, when there is one, its module.json. No file of the user's is read after this line.
  INGOT_TRY_VOID(begin("read"));
  INGOT_TRY(Inputs inputs, ingest::read(request));

  // Was the same asked before, of the same module and with the same programs? Then all stages up to packing have been gone through once and
  // would end in the same bytes: only the signature is made anew.
  INGOT_TRY_VOID(begin("look up"));
  const cache::Place place = cache::place_of(inputs, request);
  if (auto known = cache::fetch(place)) return std::optional<SignedBundle>(bundle::sign(std::move(*known), request.key));

  // Read the sections and walk the code. From here on its structure is known, and it needs nothing that we refuse by name. This comes
  // before validation so that a module with, say, threads is told so, instead of being called malformed by a validator without them.
  INGOT_TRY_VOID(begin("examine"));
  INGOT_TRY(ExaminedModule examined, ingest::examine(std::move(inputs), request.features));

  // Find the programs that do the rest and a place to work in. The place is removed however this function ends.
  INGOT_TRY(native::Toolchain toolchain, request.toolchain != nullptr ? Result(*request.toolchain)
                                                                         : native::find_toolchain(cache::remembered_versions(request.cache, request.budget)));
  INGOT_TRY(process::Scratch scratch, process::Scratch::create());
  const Workshop workshop(std::move(scratch), std::move(toolchain), request.progress, request.budget);

  // Type-check, by the specification's rules and exactly our profile. From here on the module is well-typed.
  INGOT_TRY_VOID(begin("validate"));
  INGOT_TRY(ValidModule valid, ingest::validate(std::move(examined), workshop));

  // Compare imports and exports with what the host offers and needs. From here on a refusal is our fault, not the module's.
  INGOT_TRY_VOID(begin("agree"));
  INGOT_TRY(AgreedModule agreed, ingest::agree(std::move(valid), request.contract));

  // What the module's debug information says of source lines: only ever used to report traps and to debug.
  agreed = native::with_source_lines(std::move(agreed), request);

  // Take every name out of the module, and relaxed SIMD with it: the translator and the C compiler see only numbers and core instructions.
  NormalModule normal = lower::normalise(std::move(agreed));

  // WebAssembly becomes C; then the C becomes whole: thunks for imports, wrappers for exports, the descriptor, our own memcpy.
  INGOT_TRY_VOID(begin("translate"));
  INGOT_TRY(GeneratedC generated, lower::translate(std::move(normal), workshop));
  CompleteC source = lower::add_shim(std::move(generated), request, workshop);
  if (request.check_only) {
    INGOT_TRY_VOID(native::check(std::move(source), request, workshop));
    return std::optional<SignedBundle>();
  }

  // C becomes machine code, once per target. Beyond this point nothing reads the module or the C again.
  INGOT_TRY(Objects objects, native::compile(std::move(source), request, workshop));
  INGOT_TRY_VOID(begin("link"));
  INGOT_TRY(SharedObjects shared, native::link(std::move(objects), workshop));

  // Distrust all of the above: read the machine code back. From here on each object is known to be an island.
  INGOT_TRY_VOID(begin("audit"));
  INGOT_TRY(AuditedObjects audited, native::audit(std::move(shared)));

  // Lay the file out, keep it for the next who asks the same, and sign it. Not a byte changes after this line.
  INGOT_TRY_VOID(begin("pack"));
  UnsignedBundle packed = bundle::pack(std::move(audited), request, workshop);
  cache::keep(place, packed, workshop);
  return std::optional<SignedBundle>(bundle::sign(std::move(packed), request.key));
}

}  // namespace ingot::compiler

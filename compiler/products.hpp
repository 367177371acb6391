// SPDX-License-Identifier: Apache-2.0
#pragma once
// The nouns of the pipeline, in order. Each can be made only by its stage (private constructor, the stage function is the friend),
// so no order of calls but the right one compiles. All are values that move from stage to stage.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"
#include "format/signature.hpp"
#include "ingest/module.hpp"
#include "lower/source_lines.hpp"
#include "request.hpp"

namespace ingot::compiler {

class Inputs;
class ExaminedModule;
class ValidModule;
class AgreedModule;
class NormalModule;
class GeneratedC;
class CompleteC;
class Objects;
class SharedObjects;
class AuditedObjects;
class UnsignedBundle;
class SignedBundle;
class Workshop;

namespace ingest {
Result<Inputs> read(const Request& request);
Result<ExaminedModule> examine(Inputs inputs, const Features& features);
Result<ValidModule> validate(ExaminedModule examined, const Workshop& workshop);
Result<AgreedModule> agree(ValidModule valid, ContractChoice choice);
}  // namespace ingest
namespace lower {
struct Marks;
NormalModule normalise(AgreedModule agreed);
Result<GeneratedC> translate(NormalModule normal, const Workshop& workshop);
CompleteC add_shim(GeneratedC generated, const Request& request, const Workshop& workshop);
}  // namespace lower
namespace native {
AgreedModule with_source_lines(AgreedModule agreed, const Request& request);
Result<Objects> compile(CompleteC source, const Request& request, const Workshop& workshop);
Result<void> check(CompleteC source, const Request& request, const Workshop& workshop);
Result<SharedObjects> link(Objects objects, const Workshop& workshop);
Result<AuditedObjects> audit(SharedObjects shared);
}  // namespace native
namespace bundle {
UnsignedBundle pack(AuditedObjects audited, const Request& request, const Workshop& workshop);
SignedBundle sign(UnsignedBundle bundle, const format::PrivateKey* key);
}  // namespace bundle
namespace cache {
class Place;
std::optional<UnsignedBundle> fetch(const Place& place);
}  // namespace cache

/// Everything that the build depends on, read once.
class Inputs {
 public:
  const format::Bytes& wasm() const { return wasm_; }
  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const std::string& module_json() const { return module_json_; }  ///< empty for a bare .wasm
  const format::Bytes& static_files() const { return static_files_; }  ///< the bundle's section (format/static_files.hpp); empty without any

 private:
  friend Result<Inputs> ingest::read(const Request&);
  Inputs() = default;
  format::Bytes wasm_;
  std::string name_, version_, module_json_;
  format::Bytes static_files_;
};

/// A module whose structure is known and whose features we accept. Its types are still anybody's guess.
class ExaminedModule {
 public:
  const Inputs& inputs() const { return inputs_; }
  const ingest::Module& module() const { return module_; }

 private:
  friend Result<ExaminedModule> ingest::examine(Inputs, const Features&);
  ExaminedModule(Inputs inputs, ingest::Module module) : inputs_(std::move(inputs)), module_(std::move(module)) {}
  Inputs inputs_;
  ingest::Module module_;
};

/// A well-typed module in the sense of the specification.
class ValidModule {
 public:
  const Inputs& inputs() const { return examined_.inputs(); }
  const ingest::Module& module() const { return examined_.module(); }

 private:
  friend Result<ValidModule> ingest::validate(ExaminedModule, const Workshop&);
  explicit ValidModule(ExaminedModule examined) : examined_(std::move(examined)) {}
  ExaminedModule examined_;
};

/// A valid module that keeps a contract with its host: every import is known, every export that the host needs is there.
class AgreedModule {
 public:
  const Inputs& inputs() const { return valid_.inputs(); }
  const ingest::Module& module() const { return valid_.module(); }
  const std::string& contract() const { return contract_; }
  const lower::SourceLines& lines() const { return *lines_; }

 private:
  friend AgreedModule native::with_source_lines(AgreedModule, const Request&);
  friend Result<AgreedModule> ingest::agree(ValidModule, ContractChoice);
  AgreedModule(ValidModule valid, std::string contract) : valid_(std::move(valid)), contract_(std::move(contract)) {}
  ValidModule valid_;
  std::string contract_;
  std::shared_ptr<const lower::SourceLines> lines_ = std::make_shared<const lower::SourceLines>();
};

/// The same module with no name in it that its author chose.
class NormalModule {
 public:
  const AgreedModule& agreed() const { return agreed_; }
  const format::Bytes& wasm() const { return wasm_; }
  const lower::Marks& marks() const { return *marks_; }

 private:
  friend NormalModule lower::normalise(AgreedModule);
  NormalModule(AgreedModule agreed, format::Bytes wasm, std::shared_ptr<const lower::Marks> marks)
      : agreed_(std::move(agreed)), wasm_(std::move(wasm)), marks_(std::move(marks)) {}
  AgreedModule agreed_;
  format::Bytes wasm_;
  std::shared_ptr<const lower::Marks> marks_;
};

using SourceFiles = std::map<std::string, std::string>;  ///< name to text; ordered, so that builds are reproducible

/// The module's data: never among the texts, since what is done to those must not be done to a guest's bytes that look like one.
struct Segments {
  std::string bytes;     ///< of all data segments, one behind the other
  std::string assembly;  ///< text that includes them under their names; empty when there are none
};

/// What the translator made: C files and headers.
class GeneratedC {
 public:
  const AgreedModule& agreed() const { return agreed_; }
  const SourceFiles& files() const { return files_; }
  const Segments& segments() const { return segments_; }

 private:
  friend Result<GeneratedC> lower::translate(NormalModule, const Workshop&);
  friend CompleteC lower::add_shim(GeneratedC, const Request&, const Workshop&);
  GeneratedC(AgreedModule agreed, SourceFiles files, Segments segments) : agreed_(std::move(agreed)), files_(std::move(files)), segments_(std::move(segments)) {}
  AgreedModule agreed_;
  SourceFiles files_;
  Segments segments_;
};

/// All sources of an island: the generated C, the data, our shim, our runtime header, our replacement for libc.
class CompleteC {
 public:
  const AgreedModule& agreed() const { return agreed_; }
  const SourceFiles& files() const { return files_; }

 private:
  friend CompleteC lower::add_shim(GeneratedC, const Request&, const Workshop&);
  CompleteC(AgreedModule agreed, SourceFiles files) : agreed_(std::move(agreed)), files_(std::move(files)) {}
  AgreedModule agreed_;
  SourceFiles files_;
};

/// What decided the code of an island, for its provenance.
struct CodeFlags {
  std::vector<std::string> compile;  ///< given to clang for every file; -march is the target's
  std::vector<std::string> memory;   ///< and for the island's memory.c
  std::vector<std::string> link;     ///< given to the linker
  bool uses_simde = false;           ///< the module's vector instructions were compiled through simde's headers
};

/// Relocatable objects, per target in link order, as paths inside the workshop's scratch folder.
class Objects {
 public:
  struct Target {
    std::string level;
    std::vector<std::string> files;
  };
  const AgreedModule& agreed() const { return agreed_; }
  const std::vector<Target>& targets() const { return targets_; }
  bool for_debugger() const { return for_debugger_; }  ///< keep debug information in the linked object
  const CodeFlags& flags() const { return flags_; }

 private:
  friend Result<Objects> native::compile(CompleteC, const Request&, const Workshop&);
  Objects(AgreedModule agreed, std::vector<Target> targets, CodeFlags flags, bool for_debugger)
      : agreed_(std::move(agreed)), targets_(std::move(targets)), flags_(std::move(flags)), for_debugger_(for_debugger) {}
  AgreedModule agreed_;
  std::vector<Target> targets_;
  CodeFlags flags_;
  bool for_debugger_;
};

/// Linked islands, not yet trusted.
class SharedObjects {
 public:
  const AgreedModule& agreed() const { return agreed_; }
  const std::vector<format::ObjectInput>& objects() const { return objects_; }
  /// The same objects with their debug information, never loaded by anybody; one is empty when it could not be made.
  const std::vector<format::Bytes>& unstripped() const { return unstripped_; }
  const CodeFlags& flags() const { return flags_; }

 private:
  friend Result<SharedObjects> native::link(Objects, const Workshop&);
  SharedObjects(AgreedModule agreed, std::vector<format::ObjectInput> objects, std::vector<format::Bytes> unstripped,
                CodeFlags flags)
      : agreed_(std::move(agreed)), objects_(std::move(objects)), unstripped_(std::move(unstripped)), flags_(std::move(flags)) {}
  AgreedModule agreed_;
  std::vector<format::ObjectInput> objects_;
  std::vector<format::Bytes> unstripped_;
  CodeFlags flags_;
};

/// Islands that were read back and hold nothing that they must not hold.
class AuditedObjects {
 public:
  const AgreedModule& agreed() const { return shared_.agreed(); }
  const std::vector<format::ObjectInput>& objects() const { return shared_.objects(); }
  const std::vector<format::Bytes>& unstripped() const { return shared_.unstripped(); }
  const CodeFlags& flags() const { return shared_.flags(); }

 private:
  friend Result<AuditedObjects> native::audit(SharedObjects);
  explicit AuditedObjects(SharedObjects shared) : shared_(std::move(shared)) {}
  SharedObjects shared_;
};

/// The whole file but for signatures: packed just now, or by an earlier build of the same and kept in the cache since.
class UnsignedBundle {
 public:
  const format::Bytes& bytes() const { return bytes_; }
  format::Bytes take() && { return std::move(bytes_); }
  bool cached() const { return cached_; }

 private:
  friend UnsignedBundle bundle::pack(AuditedObjects, const Request&, const Workshop&);
  friend std::optional<UnsignedBundle> cache::fetch(const cache::Place&);
  UnsignedBundle(format::Bytes bytes, bool cached) : bytes_(std::move(bytes)), cached_(cached) {}
  format::Bytes bytes_;
  bool cached_;
};

/// The file as it is written. "Signed" unless the request said to leave it unsigned.
class SignedBundle {
 public:
  const format::Bytes& bytes() const { return bytes_; }
  bool cached() const { return cached_; }  ///< nothing was compiled for it

 private:
  friend SignedBundle bundle::sign(UnsignedBundle, const format::PrivateKey*);
  SignedBundle(format::Bytes bytes, bool cached) : bytes_(std::move(bytes)), cached_(cached) {}
  format::Bytes bytes_;
  bool cached_;
};

}  // namespace ingot::compiler

// SPDX-License-Identifier: Apache-2.0
// Arguments to a call of one verb; its Error to stderr and an exit code. Nothing else happens here.

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/new_command.hpp"
#include "cli/version.hpp"
#include "limits.hpp"
#include "native/flags.hpp"
#include "process/interrupt.hpp"

namespace {

using ingot::Result;
namespace cli = ingot::compiler::cli;

constexpr int exit_usage = 2;
constexpr const char* exit_codes =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 invalid or unsupported module, 4 toolchain, 5 verification, 8 over a limit of time or memory.\n"
    "Environment: INGOT_WABT_PREFIX, INGOT_CLANG, INGOT_LLD choose tools, which may use nothing but files installed with them, and the\n"
    "folders in INGOT_TOOL_FOLDERS (A:B:C); SOURCE_DATE_EPOCH is the default of --rollback; INGOT_CACHE_DIR and\n"
    "INGOT_CACHE_MAX_BYTES (default 4 GiB, 0: no cache) rule the build cache; NO_COLOR.";

constexpr const char* cache_dir_help = "Folder of the build cache (default: $INGOT_CACHE_DIR, $XDG_CACHE_HOME/ingot or ~/.cache/ingot)";

void add_build(CLI::App& app, cli::BuildArguments& build) {
  CLI::App& verb = *app.add_subcommand("build", "Cast a module into a signed native bundle");
  verb.add_option("INPUT", build.input, "A .wasm file, a folder with module.json and a .wasm, or an Extism plugin's manifest (.json, .toml)")->required();
  verb.add_option("-o,--output", build.output, "The bundle to write (default: NAME.ingot here); of a manifest, the folder for its bundles and the manifest that names them");
  verb.add_option("--contract", build.contract, "What the module is written for: auto, eerp, wasi, extism or none")
      ->check(CLI::IsMember({"auto", "eerp", "wasi", "extism", "none"}))
      ->capture_default_str();
  verb.add_option("--target", build.targets, "ISA level, repeatable (default: x86-64-v2 and x86-64-v3)")
      ->check(CLI::IsMember(ingot::compiler::native::known_levels()))
      ->expected(1)
      ->take_all();
  verb.add_option("--jobs", build.jobs, "compilers at a time at most (default: one a core; never more than fit into memory)")->check(CLI::Range(1, 1024));
  verb.add_option("--time-limit", build.seconds_max, "Seconds that the build may take, all told (default: no limit but each tool's own)")->check(CLI::Range(1, 1'000'000));
  verb.add_option("--memory-limit", build.memory_mib_max, "MiB that ingotc and the tools may use together; fewer tools run at a time to fit (default: none)")
      ->check(CLI::Range(64, 16 * 1024 * 1024));
  verb.add_option("--rollback", build.rollback, "the bundle's rollback counter (default: SOURCE_DATE_EPOCH, else 0)");
  const CLI::IsMember known_feature(ingot::compiler::feature_names());
  verb.add_option("--feature", build.features, "Let the module use this beyond core 2.0, repeatable")->check(known_feature)->expected(1)->take_all();
  verb.add_option("--no-feature", build.no_features, "Refuse this, which is allowed by default (extended-const, relaxed-simd), repeatable")
      ->check(known_feature)
      ->expected(1)
      ->take_all();
  CLI::Option* optimisation = verb.add_option("-O", build.optimisation, "release, or dev for faster builds of slower code")
      ->check(CLI::IsMember({"release", "dev"}))
      ->capture_default_str();
  verb.add_flag("--debug", build.debug, "Keep what a debugger needs: gdb then steps through the guest's source")->excludes(optimisation);
  CLI::Option* key = verb.add_option("--key", build.key, "Sign with this private key (default: your developer key, made on first use)");
  verb.add_flag("--unsigned", build.leave_unsigned, "Do not sign")->excludes(key);
  verb.add_flag("--check-only", build.check_only, "Only say whether the module can be built: validate, translate, let the C compiler read it, make no code");
  CLI::Option* no_cache = verb.add_flag("--no-cache", build.no_cache, "Compile, whatever was built before, and remember nothing");
  verb.add_option("--cache-dir", build.cache_dir, cache_dir_help)->excludes(no_cache);
  verb.add_flag("--json", build.json, "Describe the result as JSON on stdout");
}

void add_cache(CLI::App& app, cli::CacheArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("cache", "Show or empty the build cache: what `build` has packed before, unsigned");
  verb.require_subcommand(1);
  CLI::App& status = *verb.add_subcommand("status", "Say where it is and what it holds");
  CLI::App& clear = *verb.add_subcommand("clear", "Remove everything from it");
  for (CLI::App* one : {&status, &clear}) {
    one->add_option("--cache-dir", arguments.folder, cache_dir_help);
    one->add_flag("--json", arguments.json, "As JSON on stdout");
  }
  clear.callback([&arguments] { arguments.clear = true; });
}

void add_new(CLI::App& app, cli::NewArguments& arguments) {
  CLI::App& verb = *app.add_subcommand("new", "Make a folder with a small business module: sources, SDK, build script");
  verb.add_option("NAME", arguments.name, "What the module is called: [a-z][a-z0-9_]*");
  verb.add_option("--lang", arguments.language, "rust, c, assemblyscript or go");
  CLI::Option* folder = verb.add_option("--dir", arguments.folder, "Where NAME/ is made")->capture_default_str();
  verb.add_option("--project", arguments.project, "Make PROJECT/modules/NAME/, and a configuration for `ingot serve` where PROJECT has none")->excludes(folder);
  verb.add_flag("--list", arguments.list, "Only list the languages, and what each needs");
}

}  // namespace

int main(int argc, char** argv) {
  ingot::compiler::process::catch_interrupts();
  CLI::App app{"ingotc casts WebAssembly modules into native, sandboxed, audited, signed bundles.", "ingotc"};
  bool version_as_json = false;  // before the flag that reads it
  CLI::Option* as_json_too = app.add_flag("--json", version_as_json, "With --version: as JSON");
  as_json_too->needs(app.set_version_flag("--version", [&] { return cli::version_text(version_as_json); }, "Say the version, and what confines the tools on this machine"));
  app.require_subcommand(1);
  app.footer(exit_codes);

  cli::BuildArguments build;
  add_build(app, build);

  cli::CacheArguments cache;
  add_cache(app, cache);

  cli::NewArguments made;
  add_new(app, made);

  std::string file;
  std::string key;
  bool json = false;
  bool sbom_only = false;
  bool symbols_only = false;
  std::string expires;
  cli::VerifyArguments verification;
  std::string key_base = "ingot";
  CLI::App& inspect = *app.add_subcommand("inspect", "Show what a bundle or a module holds");
  inspect.add_option("FILE", file, "A bundle or a .wasm file")->required();
  CLI::Option* as_json = inspect.add_flag("--json", json, "As JSON, with the bill of materials in the field \"sbom\"");
  CLI::Option* as_bill = inspect.add_flag("--sbom", sbom_only, "Only a bundle's bill of materials, as CycloneDX 1.5 JSON")->excludes(as_json);
  inspect.add_flag("--symbols", symbols_only, "Only where each of the module's functions lies in each object of a bundle")->excludes(as_bill);
  CLI::App& keygen = *app.add_subcommand("keygen", "Make a key pair: BASE.key and BASE.pub");
  keygen.add_option("-o,--output", key_base, "BASE of the two file names")->capture_default_str();
  CLI::App& sign = *app.add_subcommand("sign", "Add a signature to a bundle, in place of an earlier one by the same key");
  sign.add_option("BUNDLE", file)->required();
  sign.add_option("--key", key, "Private key (default: your developer key)");
  sign.add_option("--expires", expires, "The signature counts until then: 2027-01-01, 2027-01-01T12:00:00Z, or 90d from now (default: for ever)");
  CLI::App& verify = *app.add_subcommand("verify", "Check that the given keys signed a bundle, by the rule of `ingot serve`");
  verify.add_option("BUNDLE", verification.bundle)->required();
  verify.add_option("--key", verification.keys, "Public key, repeatable")->required()->expected(1)->take_all();
  verify.add_option("--required", verification.signatures_required, "How many of the keys must have signed")
      ->check(CLI::Range(1u, static_cast<unsigned>(ingot::limits::bundle_signatures_max)))
      ->capture_default_str();
  verify.add_option("--revoked", verification.revoked, "File of revoked key ids and bundle digests, one a line");
  CLI::App& audit = *app.add_subcommand("audit", "Read the machine code of a bundle (or of an ELF object) again");
  audit.add_option("FILE", file)->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : exit_usage;
  }

  Result<void> result;
  if (app.got_subcommand("build")) result = cli::build(build);
  if (inspect.parsed()) result = symbols_only ? cli::inspect_symbols(file, json) : cli::inspect(file, json, sbom_only);
  if (keygen.parsed()) result = cli::keygen(key_base);
  if (sign.parsed()) result = cli::sign(file, key, expires);
  if (verify.parsed()) result = cli::verify(verification);
  if (audit.parsed()) result = cli::audit(file);
  if (app.got_subcommand("cache")) result = cli::cache(cache);
  if (app.got_subcommand("new")) result = cli::make_new(made);

  if (const int signal = ingot::compiler::process::interrupted(); signal != 0) return 128 + signal;
  if (result.ok()) return 0;
  if (build.json || cache.json || json) cli::print_json_error(result.error());
  cli::print_error(result.error());
  return ingot::exit_code_for(result.error().code);
}

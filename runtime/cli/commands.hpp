// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs of `ingot`. Data goes to stdout, messages to stderr; every verb returns the process's exit code (base/error.hpp).

#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/server_client.hpp"
#include "sandbox/trap.hpp"

namespace ingot::cli {

/// Parses the command line and runs the verb.
int run(int argc, char** argv);

struct ServeOptions {
  std::string config;
  bool watch = false;   ///< build, cast and serve again what changes under the module roots
  std::string ingotc;   ///< with `watch`: the ingotc to cast with; empty: the one beside this program, or in PATH
};
int serve(const ServeOptions& options);
/// Lists the modules; first lets the module `allow_rollback`, unless empty, be older than what ran before.
int list_modules(const std::string& config_path, bool json, const std::string& allow_rollback);

/// A bundle on the command line, and whom to believe.
struct BundleOptions {
  std::string bundle;
  std::vector<std::string> keys;    ///< public keys to trust besides the user's own
  std::string revoked;              ///< file of revoked key ids and digests; empty: none
  std::string state;                ///< folder that remembers rollback counters; empty: none
  bool allow_rollback = false;      ///< with `state`: an older version may run, and becomes the oldest that may
  bool allow_unsigned = false;
};

/// What `ingot call` is told of an Extism plugin. Empty means nothing is given, or what the manifest says.
struct PluginCallOptions {
  std::vector<std::string> config;       ///< NAME=VALUE
  std::vector<std::string> hosts;        ///< patterns
  std::vector<std::string> paths;        ///< [ro:]HOST[:GUEST]
  std::string log_level;
  unsigned long timeout_ms = 0;          ///< 0: none
  unsigned long memory_pages_max = 0;    ///< 0: none
  unsigned long loop = 0;                ///< 0: once
  bool wasi = false, response_headers = false;
  bool given() const { return response_headers || !config.empty() || !hosts.empty() || !paths.empty() || !log_level.empty() || timeout_ms != 0 || memory_pages_max != 0 || loop != 0 || wasi; }
};

struct CallOptions : BundleOptions {
  PluginCallOptions plugin;
  std::string function;
  std::vector<std::string> arguments;
  std::string input, input_file;
  bool has_input = false;
  unsigned long deadline_ms = 0;    ///< 0: the default
  unsigned long memory_mib = 0;     ///< 0: the default
  bool json = false;
};
int call(const CallOptions& options);

struct RunOptions : BundleOptions {
  std::vector<std::string> arguments;    ///< the program's own
  std::vector<std::string> directories;  ///< HOST::GUEST[:ro]
  std::vector<std::string> variables;    ///< NAME=VALUE, or NAME
  std::vector<std::string> listeners;    ///< ADDRESS:PORT
  std::string timeout, memory_limit;     ///< empty: none
};
/// Runs a WASI program and returns its exit code; 134 for a trap, 8 for a limit or the timeout, 128 and the signal's number when one stopped it.
int run_program(const RunOptions& options);

enum class MigrateVerb { plan, apply, status };
int migrate(MigrateVerb verb, const std::string& config_path, bool json);

struct MigrateTarget {
  std::string config, module;
  int version = 0;
  bool allow_data_loss = false;  ///< of `down`
  bool json = false;
};
/// Takes back the module's versions above the named one. Rests on the database's history, not on the module.
int migrate_down(const MigrateTarget& target);
/// Makes the history's record of the version say what the module's present text says.
int migrate_repair(const MigrateTarget& target);
/// Compares the catalog with the applied versions of every module of the history; exit code 6 when they differ.
int migrate_check(const std::string& config_path, bool json);

struct TokenOptions {
  std::string config, subject, tenant;
  std::vector<std::string> roles, permissions;
  unsigned long seconds = 3600;
};
/// Prints a token signed with the configuration's master_key.
int make_token(const TokenOptions& options);

/// Looks at machine, configuration, database and modules, and says what is wrong and what to do; changes nothing. 0: nothing is, warnings aside.
int doctor(const std::string& config_path, bool json);

enum class UserVerb { add, list, password, roles, enable, disable, remove };
struct UserOptions {
  std::string config, email, tenant;
  std::vector<std::string> roles;
  bool json = false;
};
/// Changes or shows who may sign in. Passwords are read from standard input: one line, or asked for on a terminal.
int user(UserVerb verb, const UserOptions& options);

struct BackupOptions {
  std::string config, file;
  bool json = false;
};
/// Writes the configuration's database, as it is at one moment, into a file; servers go on.
int back_up(const BackupOptions& options);

struct RestoreOptions {
  std::string config, file;
  bool replace = false;     ///< drop what is there
  bool yes = false;         ///< without asking
  bool check_only = false;  ///< verify the file, restore nothing
  bool json = false;
};
/// Puts a backup into the configuration's database: all of it, or nothing. Refuses while somebody uses it.
int restore(const RestoreOptions& options);

struct UninstallOptions {
  std::string config, module;
  std::string export_file;  ///< empty: none
  bool keep_data = false;   ///< what happens without `purge`, too
  bool purge = false;
  bool yes = false;         ///< without asking
  bool json = false;
};
/// Shows what uninstalling the module would take; does it when one of the other options says so.
int uninstall(const UninstallOptions& options);

enum class AuditVerb { list, prune };
struct AuditOptions {
  std::string config;
  std::string module, table, row, subject, request_id, since, before;  ///< which entries; empty: all
  unsigned long limit = 100;  ///< of `list`
  bool yes = false;           ///< of `prune`: without asking
  bool json = false;
};
/// Shows the audit trail, newest first, or removes what is older than `before`. Servers go on.
int audit(AuditVerb verb, const AuditOptions& options);

struct LogsOptions {
  ServerOptions server;
  std::string module, level = "trace";
  unsigned long lines = 100;  ///< at first
  bool follow = false;        ///< until somebody interrupts it, which is no error
  bool json = false;          ///< one object a line
};
/// Prints the last lines of the log about a module, of a server that runs.
int logs(const LogsOptions& options);

/// Prints "ingot: error: ..." (or a JSON object with --json) and returns the error's exit code.
int report(const Error& error, bool json = false);
/// Why the guest stopped and where, on stderr.
void report_trap(const sandbox::Trap& trap);

}  // namespace ingot::cli

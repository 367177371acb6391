// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "cli/commands.hpp"
#include "ingot/abi.h"
#include "version.hpp"

namespace ingot::cli {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 module breaks its contract, 5 bundle refused, 6 migration, 7 guest trap, 8 limit or deadline.";

void add_serve(CLI::App& app, std::function<int()>& action, ServeOptions& options) {
  CLI::App* verb = app.add_subcommand("serve", "verify, migrate and serve the modules of a configuration over HTTP");
  verb->add_option("CONFIG", options.config, "configuration file (JSON)")->required();
  CLI::Option* watch = verb->add_flag("--watch", options.watch, "for development: build, cast and serve again what changes in the module folders");
  verb->add_option("--ingotc", options.ingotc, "the ingotc to cast with (default: the one beside this program, or in PATH)")->needs(watch);
  verb->callback([&action, &options] { action = [&options] { return serve(options); }; });
}

void add_modules(CLI::App& app, std::function<int()>& action, std::string& config, bool& json, std::string& allow_rollback) {
  CLI::App* verb = app.add_subcommand("modules", "list a configuration's modules with their state (loads them, changes nothing)");
  verb->add_option("CONFIG", config, "configuration file (JSON)")->required();
  verb->add_flag("--json", json, "print JSON");
  verb->add_option("--allow-rollback", allow_rollback,
                   "let this module's present version run although a newer one ran here; remembers that in the database");
  verb->callback([&] { action = [&] { return list_modules(config, json, allow_rollback); }; });
}

/// A verb of `migrate` that concerns one module and one version.
CLI::App* add_migrate_target(CLI::App* verb, const char* name, const char* help, const char* version_option, MigrateTarget& target) {
  CLI::App* sub = verb->add_subcommand(name, help);
  sub->add_option("CONFIG", target.config, "configuration file (JSON)")->required();
  sub->add_option("--module", target.module, "the module")->required();
  sub->add_option(version_option, target.version, "a version of its migrations")->required()->check(CLI::Range(0, 2'147'483'647));
  sub->add_flag("--json", target.json, "print JSON");
  return sub;
}

void add_migrate(CLI::App& app, std::function<int()>& action, std::string& config, bool& json, MigrateTarget& target) {
  CLI::App* verb = app.add_subcommand("migrate", "plan, apply, show, check, repair or take back the modules' migrations");
  verb->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, MigrateVerb what) {
    CLI::App* sub = verb->add_subcommand(name, help);
    sub->add_option("CONFIG", config, "configuration file (JSON)")->required();
    sub->add_flag("--json", json, "print JSON");
    sub->callback([&action, &config, &json, what] { action = [&config, &json, what] { return migrate(what, config, json); }; });
  };
  add("plan", "print the SQL that would run, and change nothing", MigrateVerb::plan);
  add("apply", "apply every pending version, each in one transaction", MigrateVerb::apply);
  add("status", "show every version: applied, pending, changed or orphaned", MigrateVerb::status);
  CLI::App* down = add_migrate_target(verb, "down", "take back a module's versions above one of them (0: all), newest first", "--to", target);
  down->add_flag("--allow-data-loss", target.allow_data_loss, "even where tables, columns or rows are dropped");
  CLI::App* repair = add_migrate_target(verb, "repair", "make the record of an applied version say what the module's text says now", "--version", target);
  repair->callback([&action, &target] { action = [&target] { return migrate_repair(target); }; });
  CLI::App* check = verb->add_subcommand("check", "compare the database's tables with what the applied versions say; exit code 6 when they differ");
  check->add_option("CONFIG", config, "configuration file (JSON)")->required();
  check->add_flag("--json", json, "print JSON");
  check->callback([&action, &config, &json] { action = [&config, &json] { return migrate_check(config, json); }; });
  down->callback([&action, &target] { action = [&target] { return migrate_down(target); }; });
}

void add_plugin_options(CLI::App* verb, PluginCallOptions& options) {
  verb->add_option("--config", options.config, "plugins: a setting, NAME=VALUE; may be repeated")->expected(1)->take_all();
  verb->add_option("--allow-host", options.hosts, "plugins: a host that HTTP requests may go to, * and ? stand for anything; may be repeated")->expected(1)->take_all();
  verb->add_option("--allow-path", options.paths, "plugins: grant a directory, HOST or HOST:GUEST, ro: before it for reading only; may be repeated; needs --wasi")->expected(1)->take_all();
  verb->add_option("--timeout", options.timeout_ms, "plugins: milliseconds that a call may take (default: none)")->check(CLI::Range(1ul, 31'536'000'000ul));
  verb->add_option("--memory-max", options.memory_pages_max, "plugins: pages of 64 KiB by which all its memories together may grow (default: none)")->check(CLI::Range(1ul, 65'536ul));
  verb->add_option("--log-level", options.log_level, "plugins: the least level of what it logs that is shown (default: warn)")->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  verb->add_option("--loop", options.loop, "plugins: call it that often, a line end behind each output")->check(CLI::Range(1ul, 1'000'000'000ul));
  verb->add_flag("--response-headers", options.response_headers, "plugins: let it see the headers of HTTP responses");
  verb->add_flag("--wasi", options.wasi, "plugins: let it import WASI; what it prints goes to standard error");
}

void add_call(CLI::App& app, std::function<int()>& action, CallOptions& options) {
  CLI::App* verb = app.add_subcommand("call", "call one exported function of a bundle, or of an Extism plugin, and print its results");
  verb->add_option("BUNDLE", options.bundle, "bundle file (.ingot), or a plugin's manifest (.json, .toml) that names bundles")->required();
  verb->add_option("FUNCTION", options.function, "exported function")->required();
  verb->add_option("ARGS", options.arguments, "numbers, one per parameter; negative ones too");
  CLI::Option* input = verb->add_option("--input", options.input, "hand this text over, by address and length or as a plugin's input, and print the text that comes back");
  verb->add_option("--input-file", options.input_file, "the same with a file's content; - is standard input")->excludes(input);
  verb->add_option("--key", options.keys, "public key (PEM) to trust besides your own developer key");
  verb->add_option("--revoked", options.revoked, "file of revoked key ids and bundle digests, one a line");
  CLI::Option* state = verb->add_option("--state", options.state, "folder that remembers the newest version of each module: an older one is refused");
  verb->add_flag("--allow-rollback", options.allow_rollback, "run the older version, and remember it in place of the newer one")->needs(state);
  verb->add_flag("--allow-unsigned", options.allow_unsigned, "accept a bundle that carries no signature");
  verb->add_option("--deadline-ms", options.deadline_ms, "stop the call after this time (default 5000)")->check(CLI::Range(1ul, 3'600'000ul));
  verb->add_option("--memory-mib", options.memory_mib, "quota of linear memory, and again of tables (default 256)")->check(CLI::Range(1ul, 4096ul));
  verb->add_flag("--json", options.json, "print JSON");
  add_plugin_options(verb, options.plugin);
  verb->callback([&action, &options, input] {
    options.has_input = input->count() > 0;
    action = [&options] { return call(options); };
  });
}

/// The words behind "--" are the program's: CLI11 never sees them.
void add_run(CLI::App& app, std::function<int()>& action, RunOptions& options) {
  CLI::App* verb = app.add_subcommand("run", "run a WASI program; it reaches nothing but its standard streams and what is granted here");
  verb->add_option("PROGRAM", options.bundle, "bundle file (.ingot)")->required();
  verb->add_option("--dir", options.directories, "grant a directory: HOST::GUEST, or HOST::GUEST:ro for reading only; may be repeated")->expected(1)->take_all();
  verb->add_option("--env", options.variables, "set a variable: NAME=VALUE, or NAME for the value that it has here; may be repeated")->expected(1)->take_all();
  verb->add_option("--listen", options.listeners, "grant a listening socket: ADDRESS:PORT; may be repeated")->expected(1)->take_all();
  verb->add_option("--timeout", options.timeout, "stop the program after this time: 500ms, 30s, 5m, 1h (default: none)");
  verb->add_option("--memory-limit", options.memory_limit, "linear memory at most, and again for tables: 64KiB, 256MiB, 1GiB (default: 4GiB)");
  verb->add_option("--key", options.keys, "public key (PEM) to trust besides your own developer key")->expected(1)->take_all();
  verb->add_option("--revoked", options.revoked, "file of revoked key ids and bundle digests, one a line");
  CLI::Option* state = verb->add_option("--state", options.state, "folder that remembers the newest version of each module: an older one is refused");
  verb->add_flag("--allow-rollback", options.allow_rollback, "run the older version, and remember it in place of the newer one")->needs(state);
  verb->add_flag("--allow-unsigned", options.allow_unsigned, "accept a bundle that carries no signature");
  verb->footer("Everything behind -- is the program's: ingot run --dir .::/work PROGRAM -- --its-option FILE\n"
               "Exit codes: the program's own; 134 the program trapped, 8 limit or timeout, 128+N stopped by signal N, and before it starts: 1, 2, 3 and 5 as below.");
  verb->callback([&action, &options] { action = [&options] { return run_program(options); }; });
}

/// `ingot run`: takes "--" and what is behind it away.
void take_program_arguments(std::vector<std::string>& words, RunOptions& options) {
  if (words.empty() || words[0] != "run") return;
  const auto dashes = std::ranges::find(words, "--");
  if (dashes == words.end()) return;
  options.arguments.assign(dashes + 1, words.end());
  words.erase(dashes, words.end());
}

void add_token(CLI::App& app, std::function<int()>& action, TokenOptions& options) {
  CLI::App* verb = app.add_subcommand("token", "print a bearer's token, signed with the configuration's master_key");
  verb->add_option("CONFIG", options.config, "configuration file (JSON)")->required();
  verb->add_option("--subject", options.subject, "who it is for: a user's id")->required();
  verb->add_option("--tenant", options.tenant, "the tenant that the user acts for");
  verb->add_option("--role", options.roles, "a role, which may do what ingot.identity.roles says; may be repeated");
  verb->add_option("--permission", options.permissions, "module:resource:action, each part a name or *; may be repeated");
  verb->add_option("--seconds", options.seconds, "how long it is good (default 3600)")->check(CLI::Range(1ul, 31'536'000ul));
  verb->callback([&action, &options] { action = [&options] { return make_token(options); }; });
}

void add_doctor(CLI::App& app, std::function<int()>& action, std::string& config, bool& json) {
  CLI::App* verb = app.add_subcommand("doctor", "look at machine, configuration, database and modules; say what is wrong and what to do (changes nothing)");
  verb->add_option("CONFIG", config, "configuration file (JSON)")->required();
  verb->add_flag("--json", json, "print JSON");
  verb->callback([&] { action = [&] { return doctor(config, json); }; });
}

void add_user(CLI::App& app, std::function<int()>& action, UserOptions& options) {
  CLI::App* verb = app.add_subcommand("user", "who may sign in: add, list, password, roles, enable, disable, remove");
  verb->require_subcommand(1);
  verb->footer("Passwords are read from standard input (one line), or asked for on a terminal; never from the command line, which others can see.");
  const auto add = [&](const char* name, const char* help, UserVerb what) {
    CLI::App* sub = verb->add_subcommand(name, help);
    sub->add_option("CONFIG", options.config, "configuration file (JSON)")->required();
    sub->add_flag("--json", options.json, "print JSON");
    if (what != UserVerb::list) sub->add_option("EMAIL", options.email, "the user's e-mail address")->required();
    sub->callback([&action, &options, what] { action = [&options, what] { return user(what, options); }; });
    return sub;
  };
  CLI::App* made = add("add", "make an account; its password is read from standard input", UserVerb::add);
  made->add_option("--tenant", options.tenant, "the tenant that the user acts for");
  made->add_option("--role", options.roles, "a role, which may do what ingot.identity.roles says; may be repeated");
  add("list", "show all accounts", UserVerb::list);
  add("password", "set a new password, read from standard input, and end all sessions", UserVerb::password);
  add("roles", "set the roles, in place of those before", UserVerb::roles)->add_option("--role", options.roles, "a role; may be repeated; none: the user has no role any more");
  add("enable", "let the user sign in again", UserVerb::enable);
  add("disable", "keep the user from signing in, and end all sessions", UserVerb::disable);
  add("remove", "forget the account", UserVerb::remove);
}

void add_backup(CLI::App& app, std::function<int()>& action, BackupOptions& options) {
  CLI::App* verb = app.add_subcommand("backup", "write the database, as it is at one moment, into one file; a server may run meanwhile");
  verb->add_option("--config", options.config, "configuration file (JSON)")->required();
  verb->add_option("--out", options.file, "the file; one that is there is replaced once the new one is whole")->required();
  verb->add_flag("--json", options.json, "print JSON");
  verb->footer("PostgreSQL: runs pg_dump (of the server's version or newer, from PATH, Debian's folders, or the folder in INGOT_PG_BIN).\n"
               "The file holds everything, accounts too: keep it like the database.");
  verb->callback([&action, &options] { action = [&options] { return back_up(options); }; });
}

void add_restore(CLI::App& app, std::function<int()>& action, RestoreOptions& options) {
  CLI::App* verb = app.add_subcommand("restore", "put a backup into the configuration's database, all of it or nothing; no server may run on it");
  verb->add_option("FILE", options.file, "a file of `ingot backup`")->required();
  verb->add_option("--config", options.config, "configuration file (JSON)")->required();
  verb->add_flag("--replace", options.replace, "drop what is in the database; says what that is, and asks");
  verb->add_flag("--yes", options.yes, "do not ask");
  verb->add_flag("--check", options.check_only, "verify the file, and restore nothing");
  verb->add_flag("--json", options.json, "print JSON");
  verb->callback([&action, &options] { action = [&options] { return restore(options); }; });
}

void add_uninstall(CLI::App& app, std::function<int()>& action, UninstallOptions& options) {
  CLI::App* verb = app.add_subcommand("uninstall", "show who needs a module and what it has in the database; with --yes take it away and keep its data");
  verb->add_option("MODULE", options.module, "the module")->required();
  verb->add_option("--config", options.config, "configuration file (JSON)")->required();
  CLI::Option* keep = verb->add_flag("--keep-data", options.keep_data, "take it away, its tables and its history of migrations stay; asks");
  verb->add_option("--export", options.export_file, "first write its rows to this file, one JSON object a line");
  verb->add_flag("--purge", options.purge, "drop its tables and its history of migrations too; no server may run meanwhile; asks")->excludes(keep);
  verb->add_flag("--yes", options.yes, "do not ask");
  verb->add_flag("--json", options.json, "print JSON");
  verb->callback([&action, &options] { action = [&options] { return uninstall(options); }; });
}

void add_audit(CLI::App& app, std::function<int()>& action, AuditOptions& options) {
  CLI::App* verb = app.add_subcommand("audit", "who changed what: list, prune");
  verb->require_subcommand(1);
  verb->footer("The trail has an entry for each change by the data service, and with \"audit\": {\"statements\": true} in the configuration for each statement of a module that changes rows.");
  const auto add = [&](const char* name, const char* help, AuditVerb what) {
    CLI::App* sub = verb->add_subcommand(name, help);
    sub->add_option("CONFIG", options.config, "configuration file (JSON)")->required();
    sub->add_option("--module", options.module, "only of this module");
    sub->add_option("--before", options.before, "only from before this time: 2026-11-23T08:00:00Z or a beginning of that (UTC), or 90d for 90 days ago")->required(what == AuditVerb::prune);
    sub->add_flag("--json", options.json, "print JSON");
    sub->callback([&action, &options, what] { action = [&options, what] { return audit(what, options); }; });
    return sub;
  };
  CLI::App* list = add("list", "show the newest entries; with --json one object a line", AuditVerb::list);
  list->add_option("--table", options.table, "only of this table");
  list->add_option("--row", options.row, "only of the row with this id");
  list->add_option("--subject", options.subject, "only of this subject");
  list->add_option("--request", options.request_id, "only of the request with this id");
  list->add_option("--since", options.since, "only from then on, written as for --before");
  list->add_option("-n,--lines", options.limit, "how many (default: 100)")->check(CLI::Range(1, 1'000'000));
  add("prune", "remove the entries from before a time; servers go on", AuditVerb::prune)->add_flag("--yes", options.yes, "do not ask");
}

void add_logs(CLI::App& app, std::function<int()>& action, LogsOptions& options) {
  CLI::App* verb = app.add_subcommand("logs", "show the last lines of the log about a module, of a server that runs");
  verb->add_option("MODULE", options.module, "the module")->required();
  verb->add_option("--url", options.server.url, "where it serves, http://127.0.0.1:8080")->required()->envname("INGOT_URL");
  verb->add_option("--token-file", options.server.token_file, "file with a token that grants ingot:admin:read (default: the environment's INGOT_TOKEN)");
  verb->add_option("--ca-file", options.server.ca_file, "certificates (PEM) to believe instead of the system's")->check(CLI::ExistingFile);
  verb->add_flag("-f,--follow", options.follow, "go on with what comes, until Ctrl-C");
  verb->add_option("-n,--lines", options.lines, "how many of the last ones (default: 100)")->check(CLI::Range(1, 1000));
  verb->add_option("--level", options.level, "the least: trace, debug, info, warn or error")->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  verb->add_flag("--json", options.json, "print one JSON object a line");
  verb->callback([&action, &options] { action = [&options] { return logs(options); }; });
}

/// CLI11 takes "-5" for an option. A number after the function's name is an argument: put "--" before the first one.
std::vector<std::string> protect_negative_numbers(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words[0] != "call") return words;
  const auto is_negative_number = [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && (std::isdigit(static_cast<unsigned char>(word[1])) != 0 || word[1] == '.' || word == "-inf" || word == "-nan");
  };
  std::vector<std::string> options, positional;
  bool only_positional = false;
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (only_positional || is_negative_number(words[at])) {
      positional.push_back(words[at]);
    } else if (words[at] == "--") {
      only_positional = true;
    } else if (words[at].starts_with("-")) {
      options.push_back(words[at]);
      static constexpr std::string_view with_value[] = {"--input", "--input-file", "--key", "--revoked", "--state", "--deadline-ms", "--memory-mib", "--config", "--allow-host",
                                                        "--allow-path", "--timeout", "--memory-max", "--log-level", "--loop"};
      const bool takes_value = std::ranges::find(with_value, words[at]) != std::end(with_value);
      if (takes_value && at + 1 < words.size()) options.push_back(words[++at]);
    } else {
      positional.push_back(words[at]);
    }
  }
  std::vector<std::string> ordered{"call"};
  ordered.insert(ordered.end(), options.begin(), options.end());
  ordered.emplace_back("--");
  ordered.insert(ordered.end(), positional.begin(), positional.end());
  return ordered;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Serves WebAssembly modules that ingotc has cast into native bundles.", "ingot"};
  app.set_version_flag("--version", std::string("ingot ") + version + " (ABI " + std::to_string(INGOT_ABI_VERSION) + ")");
  app.require_subcommand(1);
  app.footer(exit_codes);
  std::function<int()> action;
  std::string config;
  bool json = false;
  CallOptions call_options;
  RunOptions run_options;
  TokenOptions token_options;
  MigrateTarget migrate_options;
  ServeOptions serve_options;
  add_serve(app, action, serve_options);
  std::string allow_rollback;
  add_modules(app, action, config, json, allow_rollback);
  add_migrate(app, action, config, json, migrate_options);
  add_call(app, action, call_options);
  add_run(app, action, run_options);
  add_token(app, action, token_options);
  add_doctor(app, action, config, json);
  UserOptions user_options;
  add_user(app, action, user_options);
  BackupOptions backup_options;
  add_backup(app, action, backup_options);
  RestoreOptions restore_options;
  add_restore(app, action, restore_options);
  UninstallOptions uninstall_options;
  add_uninstall(app, action, uninstall_options);
  AuditOptions audit_options;
  add_audit(app, action, audit_options);
  LogsOptions logs_options;
  add_logs(app, action, logs_options);
  std::vector<std::string> words = protect_negative_numbers(argc, argv);
  take_program_arguments(words, run_options);
  std::reverse(words.begin(), words.end());  // CLI11 takes its vector from the back
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return action();
}

}  // namespace ingot::cli

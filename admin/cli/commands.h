#pragma once

#include <CLI/App.hpp>
#include <string>

#include "pipeline/domain/result.h"

/// One function per subcommand, one file per function: each adds its options to `app` and, when the
/// user chose it, leaves its exit status in `exit_code`.
namespace hilum::admin {

/// Exit statuses (sysexits.h): what a script or systemd can tell apart.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  ///< it ran, and the answer is no
inline constexpr int kExitUsage = 64;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitConfig = 78;

inline constexpr const char* kDefaultConfig = "/etc/hilum/hilum.toml";

/// All subcommands that this build has; HILUM_WITH_NODE=OFF leaves `model` alone.
void add_commands(CLI::App& app, int& exit_code);

void add_serve(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_segment(CLI::App& app, int& exit_code);
void add_jobs(CLI::App& app, int& exit_code);
void add_quarantine(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_model(CLI::App& app, int& exit_code);
/// `hilum model import`, below `model`.
void add_model_import(CLI::App& model_command, int& exit_code);
/// `hilum model prompt`, below `model`.
void add_model_prompt(CLI::App& model_command, int& exit_code);
/// `hilum model ranges`, below `model`.
void add_model_ranges(CLI::App& model_command, int& exit_code);
/// `hilum model set`, below `model`.
void add_model_set(CLI::App& model_command, int& exit_code);
/// `hilum model train`, below `model`.
void add_model_train(CLI::App& model_command, int& exit_code);
/// `hilum model evaluate`, below `model`.
void add_model_evaluate(CLI::App& model_command, int& exit_code);
void add_preview(CLI::App& app, int& exit_code);
void add_convert(CLI::App& app, int& exit_code);
void add_phantom(CLI::App& app, int& exit_code);

/// Prints "hilum: message" on standard error and returns `exit_code`.
int fail(const Error& error, int exit_code = kExitFailed);

/// Adds `--config FILE` (default kDefaultConfig, or the environment's HILUM_CONFIG).
void add_config_option(CLI::App& command, std::string& file);

}  // namespace hilum::admin

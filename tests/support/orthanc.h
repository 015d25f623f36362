#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// Debian's Orthanc as a throw-away PACS on loopback, with storage and index of its own. Throws
/// when it does not come up. Stopped by the destructor.
class Orthanc {
 public:
  static constexpr const char* kAeTitle = "ORTHANC";
  /// Another application entity on loopback that Orthanc may send to, through TLS if it speaks
  /// that.
  struct Modality {
    std::string ae_title;
    std::uint16_t port;
  };

  /// How Orthanc speaks TLS on its DICOM port: files in PEM format.
  struct Tls {
    CertificateFiles identity;
    std::filesystem::path authorities;
  };

  explicit Orthanc(const std::vector<Modality>& modalities = {}, const std::optional<Tls>& tls = {},
                   const std::string& lua = "");

  [[nodiscard]] std::uint16_t dicom_port() const { return dicom_port_; }
  /// Orthanc's identifiers of the instances with this modality, in the study when one is given.
  [[nodiscard]] std::vector<std::string> instances(const std::string& modality,
                                                   const std::string& study_uid = "") const;
  /// The same, asked again until there is at least one or `timeout` has passed.
  [[nodiscard]] std::vector<std::string> wait_for_instances(
      const std::string& modality, const std::string& study_uid,
      std::chrono::milliseconds timeout = std::chrono::seconds(60)) const;
  /// What it has to say about its jobs, as JSON.
  [[nodiscard]] std::string jobs() const;
  /// Its identifiers of jobs.
  [[nodiscard]] std::vector<std::string> job_ids() const;
  /// Has a job that has failed run again.
  void resubmit(const std::string& job) const;
  /// It takes connections and says nothing until `resume`.
  void suspend() { process_->kill(SIGSTOP); }
  void resume() { process_->kill(SIGCONT); }
  void download(const std::string& instance, const std::filesystem::path& file) const;
  /// The bytes of one frame as Orthanc serves it, 0-based.
  void download_frame(const std::string& instance, std::size_t frame,
                      const std::filesystem::path& file) const;

 private:
  [[nodiscard]] std::string curl(std::vector<std::string> arguments) const;
  [[nodiscard]] std::string url(const std::string& path) const;

  TempDir dir_;
  std::uint16_t dicom_port_;
  std::uint16_t http_port_;
  std::unique_ptr<Process> process_;
};

}  // namespace hilum::test

#include "tests/support/orthanc.h"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>

namespace hilum::test {
namespace {

using namespace std::chrono_literals;

std::string modalities_json(const std::vector<Orthanc::Modality>& modalities, bool use_tls) {
  std::string json;
  for (const auto& modality : modalities) {
    json += fmt::format(
        R"({}"{}": {{"AET": "{}", "Host": "127.0.0.1", "Port": {}, "UseDicomTls": {}}})",
        json.empty() ? "" : ", ", modality.ae_title, modality.ae_title, modality.port, use_tls);
  }
  return json;
}

std::string tls_json(const Orthanc::Tls& tls) {
  return fmt::format(R"("DicomTlsEnabled": true, "DicomTlsCertificate": "{}",
  "DicomTlsPrivateKey": "{}", "DicomTlsTrustedCertificates": "{}", )",
                     tls.identity.certificate.string(), tls.identity.key.string(),
                     tls.authorities.string());
}

/// The strings of a JSON array of strings without escapes, which is what Orthanc lists things as.
std::vector<std::string> strings_of(const std::string& json) {
  std::vector<std::string> strings;
  for (std::size_t from = json.find('"'); from != std::string::npos;) {
    const std::size_t to = json.find('"', from + 1);
    if (to == std::string::npos) break;
    strings.push_back(json.substr(from + 1, to - from - 1));
    from = json.find('"', to + 1);
  }
  return strings;
}

}  // namespace

Orthanc::Orthanc(const std::vector<Modality>& modalities, const std::optional<Tls>& tls,
                 const std::string& lua)
    : dicom_port_(free_port()), http_port_(free_port()) {
  const std::string storage = (dir_ / "storage").string();
  write_file(dir_ / "orthanc.json",
             fmt::format(R"({{ "Name": "test", "StorageDirectory": "{0}", "IndexDirectory": "{0}",
  "Plugins": [], "LuaScripts": [{6}], "DicomAet": "{1}", "DicomPort": {2}, "HttpPort": {3},
  "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomCheckCalledAet": true,
  {5} "DicomModalities": {{ {4} }} }})",
                         storage, kAeTitle, dicom_port_, http_port_,
                         modalities_json(modalities, tls.has_value()), tls ? tls_json(*tls) : "",
                         lua.empty() ? "" : '"' + (dir_ / "orthanc.lua").string() + '"'));
  write_file(dir_ / "orthanc.lua", lua);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"Orthanc", (dir_ / "orthanc.json").string()});
  if (!wait_for_port(http_port_, 60s) || !wait_for_port(dicom_port_, 10s)) {
    throw std::runtime_error("Orthanc does not come up: " + process_->output());
  }
}

std::string Orthanc::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", http_port_, path);
}

std::string Orthanc::curl(std::vector<std::string> arguments) const {
  std::vector<std::string> argv{"curl", "-sf", "--max-time", "30"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Process process(argv);
  if (process.wait(40s) != 0) throw std::runtime_error("curl: " + process.output());
  return process.output();
}

std::string Orthanc::jobs() const { return curl({url("/jobs?expand")}); }

std::vector<std::string> Orthanc::job_ids() const { return strings_of(curl({url("/jobs")})); }

void Orthanc::resubmit(const std::string& job) const {
  (void)curl({"-X", "POST", url("/jobs/" + job + "/resubmit"), "-d", ""});
}

std::vector<std::string> Orthanc::instances(const std::string& modality,
                                            const std::string& study_uid) const {
  const std::string study =
      study_uid.empty() ? "" : fmt::format(R"(, "StudyInstanceUID": "{}")", study_uid);
  const std::string query =
      fmt::format(R"({{"Level": "Instance", "Query": {{"Modality": "{}"{}}}}})", modality, study);
  return strings_of(curl({"-X", "POST", url("/tools/find"), "-d", query}));
}

std::vector<std::string> Orthanc::wait_for_instances(const std::string& modality,
                                                     const std::string& study_uid,
                                                     std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    auto found = instances(modality, study_uid);
    if (!found.empty() || std::chrono::steady_clock::now() > deadline) return found;
    std::this_thread::sleep_for(100ms);
  }
}

void Orthanc::download(const std::string& instance, const std::filesystem::path& file) const {
  (void)curl({url("/instances/" + instance + "/file"), "-o", file.string()});
}

void Orthanc::download_frame(const std::string& instance, std::size_t frame,
                             const std::filesystem::path& file) const {
  (void)curl(
      {url(fmt::format("/instances/{}/frames/{}/raw", instance, frame)), "-o", file.string()});
}

}  // namespace hilum::test

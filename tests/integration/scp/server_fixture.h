#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "scp/dicom_server.h"
#include "scp/spool.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

inline AeTitle ae(const char* text) { return *AeTitle::parse(text); }

/// Remembers what it is told.
class RecordingSink : public IntakeSink {
 public:
  void instance_stored(ReceivedInstance instance, std::uint64_t association) override;
  void association_closed(std::uint64_t association) override;

  [[nodiscard]] std::vector<ReceivedInstance> instances() const;
  [[nodiscard]] std::size_t closed() const;
  bool wait_closed(std::size_t count);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ReceivedInstance> instances_;
  std::vector<std::uint64_t> closed_;
};

/// A server on a free loopback port with a spool of its own.
struct ServerFixture {
  explicit ServerFixture(scp::ServerOptions options = default_options(),
                         scp::Spool::Options spool_options = {});
  static scp::ServerOptions default_options();

  [[nodiscard]] std::string port() const { return std::to_string(server->port()); }
  /// argv of a DCMTK sender for these files.
  [[nodiscard]] std::vector<std::string> storescu(const std::vector<std::string>& options,
                                                  const std::vector<std::string>& files) const;

  TempDir dir;
  RecordingSink sink;
  std::unique_ptr<scp::Spool> spool;
  std::unique_ptr<scp::DicomServer> server;
};

/// Runs a program to its end; the exit status, 124 when it takes too long.
int run(std::vector<std::string> argv, std::string* output = nullptr);

}  // namespace hilum::test

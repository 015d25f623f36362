#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// Whether a series that seems to be over is all there, by what its sender says
/// (adr/0005-asking-the-sender.md). Remembers what was said, and when to ask again.
///
/// Pure: time comes in as an argument, nothing is asked or written here. Not thread-safe.
class SeriesCheck {
 public:
  struct Options {
    std::vector<Peer> peers{};  ///< those with a query mode are asked
    /// Whether instances of a class could be segmented; series without any are not asked about.
    std::function<bool(const SopClassUid&)> is_of_use{};
    std::chrono::milliseconds longest_wait{std::chrono::minutes(10)};  ///< after the last instance
    std::chrono::milliseconds first_pause{std::chrono::seconds(5)};    ///< doubles from try to try
    std::chrono::milliseconds longest_pause{std::chrono::minutes(1)};
    bool segment_incomplete = false;
  };

  /// Close it. The note is empty when the series is known to be complete.
  struct Close {
    std::string note{};
  };
  /// Close it without a job.
  struct Refuse {
    std::string reason;
  };
  /// Ask the peer, and look again when it has answered.
  struct Ask {
    Peer peer;
    std::chrono::milliseconds patience;
    SeriesWait wait;
  };
  /// Look again at the time that `take_due` knows, or when the answer comes.
  struct Wait {
    SeriesWait wait;
  };
  using Verdict = std::variant<Close, Refuse, Ask, Wait>;

  explicit SeriesCheck(Options options) : options_(std::move(options)) {}

  /// What to do with a series that seems to be over: by the assembler, or because it is due here,
  /// or the peer has answered. `receiving`: somebody is sending more of it.
  Verdict look(const SeriesKey& key, std::span<const ReceivedInstance> here, bool receiving,
               Time now);
  /// The peer has said what it has, or could not be asked. `is_last`: it is at rest again.
  void answered(const SeriesKey& key, Result<SeriesInventory> inventory,
                std::optional<Error> not_fetched, bool is_last, Time now);
  /// The question of `look` could not be put.
  void not_asked(const SeriesKey& key, Time now);
  /// It is closed.
  void forget(const SeriesKey& key) { series_.erase(key); }

  [[nodiscard]] bool knows(const SeriesKey& key) const { return series_.contains(key); }

  /// The series that are to be looked at now; each once.
  std::vector<SeriesKey> take_due(Time now);
  [[nodiscard]] std::optional<Time> next_deadline() const;

 private:
  struct Known {
    bool being_asked = false;
    std::optional<Time> ask_again;  ///< not before; absent: at once
    std::chrono::milliseconds pause{0};
    std::optional<SeriesInventory> inventory;  ///< the last one
    std::optional<Error> failure;              ///< of the last time, to ask or to fetch
    std::optional<Time> due;                   ///< to be looked at
  };
  [[nodiscard]] const Peer* sender_of(std::span<const ReceivedInstance> here) const;
  [[nodiscard]] Verdict at_the_end(const Known& known, const Peer& peer,
                                   std::span<const ReceivedInstance> here) const;

  const Options options_;
  std::map<SeriesKey, Known> series_;
};

}  // namespace hilum::pipeline

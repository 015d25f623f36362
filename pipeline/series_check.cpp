#include "pipeline/series_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace hilum::pipeline {
namespace {

using std::chrono::milliseconds;

/// What the peer has and we have not.
struct Gap {
  int missing = 0;
  int expected = 0;  ///< of the series in all
};

Gap gap_between(const SeriesInventory& inventory, std::span<const ReceivedInstance> here) {
  std::set<SopInstanceUid> all;
  for (const ReceivedInstance& instance : here) all.insert(instance.sop);
  all.insert(inventory.listed.begin(), inventory.listed.end());
  const int have = static_cast<int>(here.size());
  // A peer may state more than it lists; one that states less is behind.
  const int expected = std::max(static_cast<int>(all.size()), inventory.stated.value_or(0));
  return {.missing = expected - have, .expected = expected};
}

bool is_unknown_to_peer(const SeriesInventory& inventory) {
  return inventory.listed.empty() && inventory.stated.value_or(0) == 0;
}

bool has_stated_number(std::span<const ReceivedInstance> here) {
  return std::ranges::any_of(here,
                             [&](const ReceivedInstance& instance) {
                               return instance.expected_in_series.value_or(0) > 0;
                             }) &&
         std::ranges::all_of(here, [&](const ReceivedInstance& instance) {
           return static_cast<std::size_t>(instance.expected_in_series.value_or(0)) <= here.size();
         });
}

Time last_received(std::span<const ReceivedInstance> here) {
  return std::ranges::max_element(here, {}, &ReceivedInstance::received_at)->received_at;
}

std::string because_of(const std::optional<Error>& failure) {
  return failure ? ": " + failure->message : "";
}

}  // namespace

const Peer* SeriesCheck::sender_of(std::span<const ReceivedInstance> here) const {
  const auto count = [&](const Peer& peer) {
    return std::ranges::count(here, peer.ae_title.str(), &ReceivedInstance::calling_ae);
  };
  const Peer* sender = nullptr;
  for (const Peer& peer : options_.peers) {
    if (peer.query == QueryMode::kOff || count(peer) == 0) continue;
    if (sender == nullptr || count(peer) > count(*sender)) sender = &peer;
  }
  return sender;
}

SeriesCheck::Verdict SeriesCheck::look(const SeriesKey& key, std::span<const ReceivedInstance> here,
                                       bool receiving, Time now) {
  const Peer* const peer = sender_of(here);
  const bool is_of_use =
      !options_.is_of_use || std::ranges::any_of(here, [&](const auto& instance) {
        return options_.is_of_use(instance.sop_class);
      });
  if (peer == nullptr || !is_of_use || has_stated_number(here)) return Close{};

  Known& known = series_[key];
  known.due.reset();
  if (known.inventory && !is_unknown_to_peer(*known.inventory) &&
      gap_between(*known.inventory, here).missing == 0) {
    return Close{};
  }
  const Time until = last_received(here) + options_.longest_wait;
  Wait wait{
      {.what = fmt::format("asking peer {} whether this is all", peer->name), .until = until}};
  if (known.inventory) {
    const Gap gap = gap_between(*known.inventory, here);
    wait.wait.what = fmt::format("waiting for {} of {} instances of peer {}{}", gap.missing,
                                 gap.expected, peer->name, because_of(known.failure));
  } else if (known.failure) {
    wait.wait.what = fmt::format("peer {} cannot be asked whether this is all{}", peer->name,
                                 because_of(known.failure));
  }
  if (receiving || known.being_asked) return wait;

  const bool asked = known.inventory || known.failure;
  const bool is_pointless = known.inventory
                                ? is_unknown_to_peer(*known.inventory)
                                : known.failure && known.failure->code == ErrorCode::kUnsupported;
  if (is_pointless || (asked && now >= until)) return at_the_end(known, *peer, here);
  if (known.ask_again && now < *known.ask_again) {
    known.due = std::min(*known.ask_again, until);
    return wait;
  }
  known.being_asked = true;
  // Once more after a long time out of service, too.
  constexpr milliseconds kLeastPatience{30'000};
  return Ask{*peer, std::max(std::chrono::duration_cast<milliseconds>(until - now), kLeastPatience),
             std::move(wait.wait)};
}

SeriesCheck::Verdict SeriesCheck::at_the_end(const Known& known, const Peer& peer,
                                             std::span<const ReceivedInstance> here) const {
  if (!known.inventory) {
    return Close{fmt::format("not known to be complete, peer {} could not be asked{}", peer.name,
                             because_of(known.failure))};
  }
  if (is_unknown_to_peer(*known.inventory)) {
    return Close{
        fmt::format("not known to be complete, peer {} does not know the series", peer.name)};
  }
  const Gap gap = gap_between(*known.inventory, here);
  const std::string what =
      fmt::format("incomplete, {} of {} instances: peer {} has more, which could not be fetched{}",
                  here.size(), gap.expected, peer.name, because_of(known.failure));
  if (options_.segment_incomplete) return Close{what};
  return Refuse{what + "; send the rest, or set series.incomplete = \"segment\""};
}

void SeriesCheck::answered(const SeriesKey& key, Result<SeriesInventory> inventory,
                           std::optional<Error> not_fetched, bool is_last, Time now) {
  const auto found = series_.find(key);
  if (found == series_.end()) return;  // closed meanwhile
  Known& known = found->second;
  if (inventory) {
    known.inventory = *std::move(inventory);
    known.failure = std::move(not_fetched);
  } else if (inventory.error().code != ErrorCode::kCancelled) {
    known.failure = std::move(inventory).error();
  }
  known.being_asked = !is_last;
  if (!is_last) return;
  known.pause = known.pause == milliseconds(0) ? options_.first_pause
                                               : std::min(2 * known.pause, options_.longest_pause);
  known.ask_again = now + known.pause;
}

void SeriesCheck::not_asked(const SeriesKey& key, Time now) {
  Known& known = series_[key];
  known.being_asked = false;
  known.ask_again = now + options_.first_pause;
  known.due = known.ask_again;
}

std::vector<SeriesKey> SeriesCheck::take_due(Time now) {
  std::vector<SeriesKey> keys;
  for (auto& [key, known] : series_) {
    if (!known.due || *known.due > now) continue;
    known.due.reset();
    keys.push_back(key);
  }
  return keys;
}

std::optional<Time> SeriesCheck::next_deadline() const {
  std::optional<Time> earliest;
  for (const auto& [key, known] : series_) {
    if (known.due && (!earliest || *known.due < *earliest)) earliest = known.due;
  }
  return earliest;
}

}  // namespace hilum::pipeline

#include "scp/query_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>
#include <utility>

#include "scp/dcmtk_runtime.h"
#include "scp/query_association.h"
#include "scp/query_identifier.h"
#include "scp/retrieval.h"

namespace hilum::scp {
namespace {

constexpr std::uint32_t kSopClassTag = 0x00080016;
constexpr std::uint32_t kSopInstanceTag = 0x00080018;
constexpr std::uint32_t kStudyTag = 0x0020000D;
constexpr std::uint32_t kSeriesTag = 0x0020000E;
constexpr std::uint32_t kStatedNumberTag = 0x00201209;

/// Association numbers of our own: the listener counts from 1.
constexpr std::uint64_t kFirstAssociation = std::uint64_t{1} << 62U;

const std::vector<OutgoingAssociation::Proposal> kFindProposals{
    {kFindModel, {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}}};

std::optional<int> positive(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return {};
  return value;
}

/// Some peers answer with more than was asked for.
bool is_of(const QueryIdentifier& match, const SeriesKey& series) {
  const auto fits = [&](std::uint32_t tag, const std::string& uid) {
    const auto text = match.text(tag);
    return text.empty() || text == uid;
  };
  return fits(kStudyTag, series.study.str()) && fits(kSeriesTag, series.series.str());
}

/// Sends a C-FIND and calls `take` with every match that is of the series.
template <class Take>
Status find(QueryAssociation& association, DcmDataset& identifier, const SeriesKey& series,
            const AeTitle& ours, const Take& take) {
  auto request = association.find(identifier);
  if (!request) return std::move(request).error();
  for (std::size_t matches = 0; matches <= QueryScu::kMostInstances; ++matches) {
    auto incoming = association.receive(*request);
    if (!incoming) return std::move(incoming).error();
    const auto& response = std::get<Response>(incoming->what);
    if (!is_pending(response.status)) {
      if (auto dropped = association.drop_data_set(*incoming); !dropped) return dropped;
      return judge_query(response.status, ours);
    }
    if (!response.has_data_set) continue;
    auto bytes = association.receive_identifier(*incoming);
    if (!bytes) return std::move(bytes).error();
    auto match =
        QueryIdentifier::parse(*bytes, association.is_explicit(incoming->context)
                                           ? QueryIdentifier::Encoding::kExplicitLittleEndian
                                           : QueryIdentifier::Encoding::kImplicitLittleEndian);
    if (!match) return Error{ErrorCode::kUnsupported, match.error().message};
    if (!is_of(*match, series)) continue;
    if (auto taken = take(*match); !taken) return taken;
  }
  return Error{ErrorCode::kUnsupported,
               fmt::format("the peer lists more than {} instances", QueryScu::kMostInstances)};
}

Result<std::optional<int>> stated_number(QueryAssociation& association, const SeriesKey& series,
                                         const AeTitle& ours) {
  DcmDataset identifier;
  put_series_keys(identifier, "SERIES", series);
  identifier.putAndInsertString(DCM_NumberOfSeriesRelatedInstances, "");
  std::optional<int> stated;
  auto found =
      find(association, identifier, series, ours, [&](const QueryIdentifier& match) -> Status {
        stated = positive(match.text(kStatedNumberTag));
        return ok();
      });
  if (!found) return std::move(found).error();
  return stated;
}

Result<SeriesInventory> ask(QueryAssociation& association, const SeriesKey& series,
                            const QueryScu::Options& options) {
  auto stated = stated_number(association, series, options.scu.ae_title);
  if (!stated) return std::move(stated).error();
  DcmDataset identifier;
  put_series_keys(identifier, "IMAGE", series);
  identifier.putAndInsertString(DCM_SOPInstanceUID, "");
  identifier.putAndInsertString(DCM_SOPClassUID, "");
  std::set<SopInstanceUid> listed;
  std::set<std::string> not_counted;  // dose sheets and the like that lie in an image series
  auto found = find(association, identifier, series, options.scu.ae_title,
                    [&](const QueryIdentifier& match) -> Status {
                      auto sop = SopInstanceUid::parse(std::string(match.text(kSopInstanceTag)));
                      if (!sop) {
                        return Error{ErrorCode::kUnsupported,
                                     "a match of the peer has no proper SOP Instance UID"};
                      }
                      const auto sop_class = match.text(kSopClassTag);
                      if (sop_class.empty() ||
                          std::ranges::find(options.classes, sop_class) != options.classes.end()) {
                        listed.insert(std::move(*sop));
                      } else {
                        not_counted.insert(sop->str());
                      }
                      return ok();
                    });
  if (!found) return std::move(found).error();
  SeriesInventory inventory{.listed = {listed.begin(), listed.end()}, .stated = *stated};
  if (inventory.stated) {
    inventory.stated = std::max(0, *inventory.stated - static_cast<int>(not_counted.size()));
  }
  return inventory;
}

/// Without this, an end that we have asked for ourselves would look like the peer's.
Error or_stopped(Error error, const std::stop_token& stop) {
  return stop.stop_requested() ? Error{ErrorCode::kCancelled, "the node is stopping"}
                               : std::move(error);
}

}  // namespace

QueryScu::QueryScu(Options options, Spool& spool)
    : options_(std::move(options)), spool_(spool), next_association_(kFirstAssociation) {}

StoreScu::Options QueryScu::calling_for(const VirtualNode& node) const {
  StoreScu::Options scu = options_.scu;
  const auto title = options_.titles.find(node);
  if (title != options_.titles.end()) scu.ae_title = title->second;
  return scu;
}

Result<SeriesInventory> QueryScu::inventory(const Peer& peer, const SeriesKey& series,
                                            std::stop_token stop) {
  if (auto ready = init_dcmtk_runtime(); !ready) return std::move(ready).error();
  const StoreScu::Options scu = calling_for(series.node);
  const auto what = fmt::format("ask {} what it has of series {}",
                                description_of(peer, scu.ae_title), series.series.str());
  auto association = QueryAssociation::open(peer, scu, kFindProposals, stop);
  if (!association) return or_stopped(std::move(association).error().in(what), stop);
  // Both queries together; a peer that answers a little at a time must end as well.
  association->socket().set_deadline(2 * scu.response_timeout);
  Options asking = options_;
  asking.scu = scu;
  auto inventory = ask(*association, series, asking);
  if (!inventory) return or_stopped(std::move(inventory).error().in(what), stop);
  association->release();
  return inventory;
}

Status QueryScu::retrieve(const Peer& peer, const SeriesKey& series,
                          std::span<const SopInstanceUid> missing, IntakeSink& sink,
                          std::chrono::milliseconds patience, std::stop_token stop) {
  if (auto ready = init_dcmtk_runtime(); !ready) return ready;
  const bool by_get = peer.query == QueryMode::kGet;
  const StoreScu::Options scu = calling_for(series.node);
  const auto what = fmt::format("have {} instances of series {} sent by {} from {}", missing.size(),
                                series.series.str(), by_get ? "C-GET" : "C-MOVE",
                                description_of(peer, scu.ae_title));
  auto association =
      QueryAssociation::open(peer, scu, by_get ? get_proposals(options_) : move_proposals(), stop);
  if (!association) return or_stopped(std::move(association).error().in(what), stop);
  association->socket().set_deadline(patience);
  // What is to be sent may lie on a tape, and not every peer says meanwhile that it is at work.
  constexpr int kSlowness = 3;
  association->socket().set_idle_timeout(kSlowness * scu.response_timeout);
  const Retrieval wanted{series, missing, peer, scu.ae_title};
  Status done = by_get ? get_instances(*association, wanted, spool_, sink, next_association_++)
                       : move_instances(*association, wanted);
  if (!done) return or_stopped(std::move(done).error().in(what), stop);
  association->release();
  return ok();
}

Status check_query(const Peer& peer, const QueryScu::Options& options) {
  if (auto ready = init_dcmtk_runtime(); !ready) return ready;
  const auto& ours = options.scu.ae_title;
  const auto what = "query " + description_of(peer, ours);
  const bool by_get = peer.query == QueryMode::kGet;
  auto proposals = by_get ? get_proposals(options) : move_proposals();
  proposals.resize(std::min<std::size_t>(proposals.size(), 127));
  proposals.push_back(kFindProposals.front());
  auto association = QueryAssociation::open(peer, options.scu, proposals, {});
  if (!association) return std::move(association).error().in(what);
  // Of no patient: UIDs that nobody else can have made.
  const SeriesKey nobody{*StudyUid::parse(derived_uid("hilum check, study")),
                         *SeriesUid::parse(derived_uid("hilum check, series"))};
  if (auto found = ask(*association, nobody, options); !found) {
    return std::move(found).error().in(what + " by C-FIND");
  }
  if (!association->accepts(by_get ? kGetModel : kMoveModel)) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("the peer answers C-FIND but does not accept {}; enable it there, or "
                             "set query = \"{}\"",
                             by_get ? "C-GET" : "C-MOVE", by_get ? "move" : "get")}
        .in(what);
  }
  if (by_get && std::ranges::none_of(options.classes, [&](const std::string& sop_class) {
        return association->accepts(sop_class);
      })) {
    return Error{ErrorCode::kUnsupported,
                 "the peer answers C-FIND but offers no CT images by C-GET; set query = \"move\""}
        .in(what);
  }
  association->release();
  return ok();
}

}  // namespace hilum::scp

#include "scp/retrieval.h"

#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "scp/association_policy.h"
#include "scp/command_set.h"
#include "scp/receive_instance.h"

namespace hilum::scp {
namespace {

const std::vector<std::string> kPlainSyntaxes{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"};

/// Instances named in one request. A UID has up to 64 characters, and a PACS that looks each of
/// them up is to answer before it seems to be silent.
constexpr std::size_t kBatch = 32;

/// Sub-operations, or responses to say that they go on, that a peer may make of one request.
constexpr int kMostMessages = 4 * static_cast<int>(kBatch) + 100;

void put_identifier(DcmDataset& identifier, const SeriesKey& series,
                    std::span<const SopInstanceUid> batch) {
  put_series_keys(identifier, "IMAGE", series);
  std::string list;
  for (const SopInstanceUid& sop : batch) list += (list.empty() ? "" : "\\") + sop.str();
  identifier.putAndInsertString(DCM_SOPInstanceUID, list.c_str());
}

/// Calls `fetch` with a batch after the other. One that the peer did not send in full keeps the
/// others from nothing; a broken association does.
template <class Fetch>
Status in_batches(std::span<const SopInstanceUid> all, const Fetch& fetch) {
  Status outcome = ok();
  for (std::size_t begin = 0; begin < all.size(); begin += kBatch) {
    Result<Status> fetched = fetch(all.subspan(begin, std::min(kBatch, all.size() - begin)));
    if (!fetched) return std::move(fetched).error();
    if (!*fetched) outcome = std::move(*fetched);
    if (!outcome && outcome.error().code == ErrorCode::kUnsupported) return outcome;
  }
  return outcome;
}

Error too_many() {
  return {
      ErrorCode::kUnavailable,
      fmt::format("the peer sends more than {} messages for {} instances", kMostMessages, kBatch)};
}

/// Serves the C-STOREs of a C-GET.
class GetReceiver {
 public:
  GetReceiver(QueryAssociation& association, const Retrieval& what, Spool& spool, IntakeSink& sink,
              std::uint64_t association_id)
      : association_(association),
        spool_(spool),
        sink_(sink),
        id_(association_id),
        wanted_(what.missing.begin(), what.missing.end()),
        sender_{.calling_ae = what.peer.ae_title.str(),
                .node = what.series.node,
                .series = what.series,
                .wanted = [this](const SopInstanceUid& sop) -> Status {
                  if (wanted_.contains(sop)) return ok();
                  return Error{ErrorCode::kUnsupported,
                               fmt::format("instance {} was not asked for", sop.str())};
                }} {}
  ~GetReceiver() { sink_.association_closed(id_); }
  GetReceiver(const GetReceiver&) = delete;
  GetReceiver& operator=(const GetReceiver&) = delete;

  /// An error ends the association; an instance that cannot be stored is answered so.
  Status store(const Incoming& incoming, const StoreCommand& command) {
    auto received = receive_instance(
        {association_.get(), association_.socket(), association_.fragments(), spool_},
        incoming.context, command, sender_);
    if (!received) return std::move(received).error();
    std::optional<StoreFailure> failure;
    if (*received) {
      ++stored_;
      sink_.instance_stored(std::move((*received)->instance), id_);
    } else {
      failure = store_failure(received->error().code);
      spdlog::error("event=store_failed assoc={} sop={} status={:04X} reason=\"{}\"", id_,
                    printable(without_padding(command.sop)), failure->status,
                    received->error().message);
    }
    return send_store_response(association_.get(), incoming.context, command, failure);
  }
  [[nodiscard]] int stored() const { return stored_; }

 private:
  QueryAssociation& association_;
  Spool& spool_;
  IntakeSink& sink_;
  const std::uint64_t id_;
  const std::set<SopInstanceUid> wanted_;
  const Sender sender_;
  int stored_ = 0;
};

/// Until the final response to `request`; the outer error ends the association.
template <class OnStore>
Result<Status> follow(QueryAssociation& association, const QueryAssociation::Request& request,
                      const AeTitle& ours, const OnStore& on_store) {
  for (int messages = 0; messages < kMostMessages; ++messages) {
    auto incoming = association.receive(request);
    if (!incoming) return std::move(incoming).error();
    if (const auto* command = std::get_if<StoreCommand>(&incoming->what)) {
      if (auto stored = on_store(*incoming, *command); !stored) return std::move(stored).error();
      continue;
    }
    if (auto dropped = association.drop_data_set(*incoming); !dropped) {
      return std::move(dropped).error();
    }
    const auto& response = std::get<Response>(incoming->what);
    if (is_pending(response.status)) continue;
    Status judged = judge_query(response.status, ours);
    if (judged && response.failed.value_or(0) > 0) {
      judged = Error{ErrorCode::kUnavailable,
                     fmt::format("the peer could not send {} of them", *response.failed)};
    }
    return Result<Status>(std::move(judged));
  }
  return too_many();
}

}  // namespace

void put_series_keys(DcmDataset& identifier, const char* level, const SeriesKey& series) {
  identifier.putAndInsertString(DCM_QueryRetrieveLevel, level);
  identifier.putAndInsertString(DCM_StudyInstanceUID, series.study.str().c_str());
  identifier.putAndInsertString(DCM_SeriesInstanceUID, series.series.str().c_str());
}

std::vector<OutgoingAssociation::Proposal> get_proposals(const QueryScu::Options& options) {
  constexpr std::size_t kMostProposals = 128;  // presentation contexts have odd numbers up to 255
  std::vector<OutgoingAssociation::Proposal> proposals{{kGetModel, kPlainSyntaxes}};
  for (const std::string& sop_class : options.classes) {
    for (const NamedUid& syntax : storage_transfer_syntaxes()) {
      if (options.of_use && !options.of_use(sop_class, syntax.uid)) continue;
      if (proposals.size() == kMostProposals) return proposals;
      proposals.push_back(
          {sop_class, {std::string(syntax.uid)}, OutgoingAssociation::Proposal::Role::kScp});
    }
  }
  return proposals;
}

std::vector<OutgoingAssociation::Proposal> move_proposals() {
  return {{kMoveModel, kPlainSyntaxes}};
}

Status get_instances(QueryAssociation& association, const Retrieval& what, Spool& spool,
                     IntakeSink& sink, std::uint64_t association_id) {
  GetReceiver receiver(association, what, spool, sink, association_id);
  Status outcome =
      in_batches(what.missing, [&](std::span<const SopInstanceUid> batch) -> Result<Status> {
        DcmDataset identifier;
        put_identifier(identifier, what.series, batch);
        auto request = association.get(identifier);
        if (!request) return std::move(request).error();
        return follow(association, *request, what.ours,
                      [&](const Incoming& incoming, const StoreCommand& command) {
                        return receiver.store(incoming, command);
                      });
      });
  spdlog::info("event=instances_fetched assoc={} peer=\"{}\" series={} wanted={} stored={}",
               association_id, what.peer.name, what.series.series.str(), what.missing.size(),
               receiver.stored());
  return outcome;
}

Status move_instances(QueryAssociation& association, const Retrieval& what) {
  return in_batches(what.missing, [&](std::span<const SopInstanceUid> batch) -> Result<Status> {
    DcmDataset identifier;
    put_identifier(identifier, what.series, batch);
    auto request = association.move(identifier, what.ours);
    if (!request) return std::move(request).error();
    return follow(association, *request, what.ours,
                  [](const Incoming&, const StoreCommand&) { return ok(); });
  });
}

Status judge_query(DimseStatus status, const AeTitle& ours) {
  constexpr DimseStatus kSubOperationsFailed = 0xB000;
  constexpr DimseStatus kUnknownDestination = 0xA801;
  constexpr DimseStatus kWrongIdentifier = 0xA900;
  constexpr DimseStatus kSopClassNotSupported = 0x0122;
  constexpr DimseStatus kNotAuthorized = 0x0124;
  switch (status) {
    case kSuccess:
      return ok();
    case kSubOperationsFailed:
      return Error{ErrorCode::kUnavailable, "the peer could not send all of them (status B000)"};
    case kUnknownDestination:
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("the peer does not know {} as a destination (status A801); enter this "
                      "node there with its AE title, address and port, or set query = "
                      "\"get\"",
                      ours.str())};
    case kWrongIdentifier:
    case kSopClassNotSupported:
    case kUnrecognizedOperation:
    case kNotAuthorized:
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("the peer answered status {:04X} ({}); allow AE title {} to query and "
                      "retrieve there, or set query = \"off\"",
                      status, meaning_of(status), ours.str())};
    default:
      return Error{ErrorCode::kUnavailable,
                   fmt::format("the peer answered status {:04X} ({})", status, meaning_of(status))};
  }
}

}  // namespace hilum::scp

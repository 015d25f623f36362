#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/domain/ports.h"
#include "scp/query_association.h"
#include "scp/query_scu.h"

/// Having instances sent that we name (PS3.4 C.4.2 and C.4.3), at IMAGE level and in batches. Only
/// for `.cpp` files.
namespace hilum::scp {

/// What to propose for a C-GET: the model, and each class in each syntax that is of use, in a
/// context of its own, so that the peer can send an object as it has it. Role selection: we
/// receive.
std::vector<OutgoingAssociation::Proposal> get_proposals(const QueryScu::Options& options);
std::vector<OutgoingAssociation::Proposal> move_proposals();

struct Retrieval {
  const SeriesKey& series;
  std::span<const SopInstanceUid> missing;
  const Peer& peer;
  const AeTitle& ours;
};

/// Stores what comes on the same association: only instances that were asked for, of that series.
/// An error when the peer breaks off, or says that it could not send all of them; what has come
/// until then is stored and reported.
Status get_instances(QueryAssociation& association, const Retrieval& what, Spool& spool,
                     IntakeSink& sink, std::uint64_t association_id);

/// The peer sends to our AE title, on associations that it opens.
Status move_instances(QueryAssociation& association, const Retrieval& what);

/// What a final status of C-FIND, C-GET or C-MOVE means: kUnsupported when asking again cannot
/// help. `ours` is for the advice.
Status judge_query(DimseStatus status, const AeTitle& ours);
inline bool is_pending(DimseStatus status) { return status == 0xFF00 || status == 0xFF01; }

/// Writes the keys that name the series, and the level, into an identifier.
void put_series_keys(DcmDataset& identifier, const char* level, const SeriesKey& series);

}  // namespace hilum::scp

// An archive that does with requests for storage commitment what it is told, by DCMTK: what real
// ones do, each in its own way, on the association of the request. Prints a line for everything
// that happens. A process of its own: within the node's DCMTK accepts nothing by itself.
//
//   scripted_archive PORT REPORT [STATUS [MISSING]]
//
// REPORT   never; same: after its answer; before it; twice; unknown: first one of a transaction
// that
//          nobody has
// STATUS   of its answer to the request, hexadecimal; "none": it does not accept the SOP class
// MISSING  so many requests, from the first one on, have their last object reported as missing
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kCommitment = UID_StorageCommitmentPushModelSOPClass;
constexpr const char* kInstance = UID_StorageCommitmentPushModelSOPInstance;

struct Script {
  std::string report;
  bool accepts = true;
  DIC_US status = 0;
  int missing = 0;
};

struct Object {
  OFString sop_class;
  OFString sop;
};
struct Asked {
  OFString transaction;
  std::vector<Object> objects;
};

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void add(DcmDataset& data, const DcmTagKey& sequence, const Object& object, long position,
         Uint16 reason) {
  DcmItem* item = nullptr;
  data.findOrCreateSequenceItem(sequence, item, position);
  item->putAndInsertOFStringArray(DCM_ReferencedSOPClassUID, object.sop_class);
  item->putAndInsertOFStringArray(DCM_ReferencedSOPInstanceUID, object.sop);
  if (reason != 0) item->putAndInsertUint16(DCM_FailureReason, reason);
}

Asked read_request(DcmDataset& data) {
  Asked asked;
  data.findAndGetOFString(DCM_TransactionUID, asked.transaction);
  DcmItem* item = nullptr;
  for (long i = 0; data.findAndGetSequenceItem(DCM_ReferencedSOPSequence, item, i).good(); ++i) {
    Object object;
    item->findAndGetOFString(DCM_ReferencedSOPClassUID, object.sop_class);
    item->findAndGetOFString(DCM_ReferencedSOPInstanceUID, object.sop);
    asked.objects.push_back(object);
  }
  return asked;
}

void report(T_ASC_Association* association, T_ASC_PresentationContextID context, const Asked& asked,
            bool missing) {
  DcmDataset data;
  data.putAndInsertOFStringArray(DCM_TransactionUID, asked.transaction);
  const std::size_t kept = asked.objects.size() - (missing ? 1 : 0);
  for (std::size_t i = 0; i < kept; ++i) {
    add(data, DCM_ReferencedSOPSequence, asked.objects[i], static_cast<long>(i), 0);
  }
  if (missing) add(data, DCM_FailedSOPSequence, asked.objects.back(), 0, 0x0112);
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RQ;
  auto& request = message.msg.NEventReportRQ;
  request.MessageID = association->nextMsgID++;
  OFStandard::strlcpy(request.AffectedSOPClassUID, kCommitment, sizeof(DIC_UI));
  OFStandard::strlcpy(request.AffectedSOPInstanceUID, kInstance, sizeof(DIC_UI));
  request.EventTypeID = missing ? 2 : 1;
  request.DataSetType = DIMSE_DATASET_PRESENT;
  DIMSE_sendMessageUsingMemoryData(association, context, &message, nullptr, &data, nullptr,
                                   nullptr);
  T_ASC_PresentationContextID answered_in = 0;
  T_DIMSE_Message answer{};
  const OFCondition came =
      DIMSE_receiveCommand(association, DIMSE_BLOCKING, 0, &answered_in, &answer, nullptr);
  if (came.bad() || answer.CommandField != DIMSE_N_EVENT_REPORT_RSP) {
    return say(fmt::format("report {} was not answered", asked.transaction.c_str()));
  }
  const auto& response = answer.msg.NEventReportRSP;
  constexpr unsigned kAll = O_NEVENTREPORT_AFFECTEDSOPCLASSUID |
                            O_NEVENTREPORT_AFFECTEDSOPINSTANCEUID | O_NEVENTREPORT_EVENTTYPEID;
  say(fmt::format("report {} was answered {:04X}{}", asked.transaction.c_str(),
                  response.DimseStatus, (response.opts & kAll) == kAll ? "" : " incompletely"));
}

void act(T_ASC_Association* association, T_ASC_PresentationContextID context,
         const T_DIMSE_N_ActionRQ& action, Script& script) {
  T_ASC_PresentationContextID data_context = 0;
  DcmDataset* raw = nullptr;
  DIMSE_receiveDataSetInMemory(association, DIMSE_BLOCKING, 0, &data_context, &raw, nullptr,
                               nullptr);
  const std::unique_ptr<DcmDataset> data(raw);
  if (!data) return;
  const Asked asked = read_request(*data);
  std::string line = fmt::format("requested {}", asked.transaction.c_str());
  for (const Object& object : asked.objects) line += fmt::format(" {}", object.sop.c_str());
  say(line);
  const bool missing = script.missing > 0 && script.status == 0;
  if (missing) --script.missing;
  if (script.report == "before") report(association, context, asked, missing);
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_ACTION_RSP;
  message.msg.NActionRSP.MessageIDBeingRespondedTo = action.MessageID;
  message.msg.NActionRSP.DimseStatus = script.status;
  message.msg.NActionRSP.DataSetType = DIMSE_DATASET_NULL;
  DIMSE_sendMessageUsingMemoryData(association, context, &message, nullptr, nullptr, nullptr,
                                   nullptr);
  if (script.status != 0) return;
  if (script.report == "unknown") {
    Asked other = asked;
    other.transaction = "2.25.4711";
    report(association, context, other, false);
  }
  if (script.report == "same" || script.report == "twice" || script.report == "unknown") {
    report(association, context, asked, missing);
  }
  if (script.report == "twice") report(association, context, asked, missing);
}

void serve(T_ASC_Association* association, Script& script) {
  for (;;) {
    T_ASC_PresentationContextID context = 0;
    T_DIMSE_Message message{};
    const OFCondition came =
        DIMSE_receiveCommand(association, DIMSE_BLOCKING, 0, &context, &message, nullptr);
    if (came == DUL_PEERREQUESTEDRELEASE) ASC_acknowledgeRelease(association);
    if (came.bad()) return;
    if (message.CommandField == DIMSE_C_ECHO_RQ) {
      DIMSE_sendEchoResponse(association, context, &message.msg.CEchoRQ, STATUS_Success, nullptr);
    } else if (message.CommandField == DIMSE_C_STORE_RQ) {
      DcmDataset* raw = nullptr;
      DIMSE_storeProvider(association, context, &message.msg.CStoreRQ, nullptr, OFFalse, &raw,
                          nullptr, nullptr, DIMSE_BLOCKING, 0);
      delete raw;  // NOLINT: DCMTK's way to hand it over
      say(fmt::format("stored {}", message.msg.CStoreRQ.AffectedSOPInstanceUID));
    } else if (message.CommandField == DIMSE_N_ACTION_RQ) {
      act(association, context, message.msg.NActionRQ, script);
    } else {
      return;
    }
  }
}

void accept(T_ASC_Association* association, const Script& script) {
  std::array<const char*, 2> plain{UID_LittleEndianExplicitTransferSyntax,
                                   UID_LittleEndianImplicitTransferSyntax};
  ASC_acceptContextsWithPreferredTransferSyntaxes(association->params, dcmAllStorageSOPClassUIDs,
                                                  numberOfDcmAllStorageSOPClassUIDs, plain.data(),
                                                  static_cast<int>(plain.size()));
  std::array<const char*, 2> services{UID_VerificationSOPClass, kCommitment};
  ASC_acceptContextsWithPreferredTransferSyntaxes(association->params, services.data(),
                                                  script.accepts ? 2 : 1, plain.data(),
                                                  static_cast<int>(plain.size()));
  ASC_acknowledgeAssociation(association);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const int port = std::atoi(argv[1]);
  Script script{.report = argv[2]};
  if (argc > 3) {
    script.accepts = std::string_view(argv[3]) != "none";
    if (script.accepts) script.status = static_cast<DIC_US>(std::strtoul(argv[3], nullptr, 16));
  }
  if (argc > 4) script.missing = std::atoi(argv[4]);
  T_ASC_Network* network = nullptr;
  if (ASC_initializeNetwork(NET_ACCEPTOR, port, 30, &network).bad()) return 70;
  for (;;) {
    T_ASC_Association* association = nullptr;
    if (ASC_receiveAssociation(network, &association, ASC_DEFAULTMAXPDU).good()) {
      accept(association, script);
      serve(association, script);
    }
    ASC_dropSCPAssociation(association);
    ASC_destroyAssociation(&association);
  }
}

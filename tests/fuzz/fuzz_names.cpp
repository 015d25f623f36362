// Short texts of peers: UIDs, which become names of files, AE titles, answers to queries, and what
// is put into the log.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/ae_title.h"
#include "pipeline/domain/uid.h"
#include "scp/association_policy.h"
#include "scp/presentation_contexts.h"
#include "scp/query_identifier.h"

using namespace hilum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto uid = SopInstanceUid::parse(text)) {
    if (uid->str().empty() || uid->str().size() > 64 ||
        uid->str().find_first_not_of("0123456789.") != std::string::npos ||
        uid->str().find("..") != std::string::npos) {
      std::abort();
    }
  }
  if (const auto title = AeTitle::parse(text)) {
    if (title->str().empty() || title->str().size() > 16) std::abort();
  }
  for (const char c : scp::printable(text)) {
    if (c < ' ' || c > '~' || c == '"') std::abort();
  }
  const std::vector<std::string> syntaxes{std::string(text)};
  (void)scp::answer_context(text, syntaxes);
  const scp::AssociationRequest request{.calling_ae = std::string(text),
                                        .called_ae = std::string(text),
                                        .peer_address = "127.0.0.1",
                                        .application_context = "1.2.840.10008.3.1.1.1"};
  (void)scp::decide(request, {.ae_title = *AeTitle::parse("HILUM")}, {});
  using Encoding = scp::QueryIdentifier::Encoding;
  for (const auto encoding : {Encoding::kImplicitLittleEndian, Encoding::kExplicitLittleEndian}) {
    if (const auto match = scp::QueryIdentifier::parse(text, encoding)) {
      if (match->text(0x00080018).size() > size) std::abort();
    }
  }
  return 0;
}

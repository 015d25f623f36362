#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dicomseg/byte_source.h"
#include "dicomseg/data_set_scan.h"
#include "dicomseg/element_encoding.h"

/// Private to data_set_scan.
namespace hilum::dicomseg {

/// The walk over the elements of one data set, told in data_set_scan.h. What it finds goes into a
/// `DataSetScan`. One thread, used once.
class DataSetWalk {
 public:
  DataSetWalk(ByteSource& source, std::span<const ElementTag> wanted, const ScanLimits& limits,
              bool deflated, DataSetScan& into)
      : source_(source), wanted_(wanted), limits_(limits), deflated_(deflated), into_(into) {}

  /// Errors of `scan_data_set`.
  Status run(Encoding encoding);

 private:
  static constexpr std::uint64_t kUnknownEnd = std::numeric_limits<std::uint64_t>::max();
  /// kMalformed: what follows cannot be told apart any more, up to the end of what contains it.
  enum class Ended { kWell, kMalformed };
  enum class Delimited { kNo, kYes };
  /// What contains elements or items. Nothing in it goes beyond `end`.
  struct Container {
    Encoding encoding;
    std::uint64_t end = kUnknownEnd;
    Delimited delimited = Delimited::kNo;
    int depth = 0;  ///< of sequences around it

    [[nodiscard]] bool has_room(std::uint64_t position, std::uint64_t bytes) const {
      return end == kUnknownEnd || (position <= end && bytes <= end - position);
    }
  };
  struct Header {
    ElementTag tag;
    std::string vr;  ///< empty: implicit
    std::uint32_t length = 0;
  };

  Result<Ended> elements(const Container& in);
  Result<Ended> element(const Container& in, const Header& header);
  Result<Ended> value(const Container& in, const Header& header);
  Result<Ended> sequence(const Container& in, const Header& header, Encoding encoding,
                         std::optional<std::uint32_t> first_item = {});
  Result<Ended> items(const Container& in, std::optional<std::uint32_t> first_item);
  Result<Ended> item(const Container& in, std::uint32_t length);
  Result<Ended> fragments(const Container& in);
  /// No header: the container ends here.
  Result<std::optional<Header>> next(const Container& in);

  Ended malformed(std::string_view what);
  /// After trouble in something whose end is known.
  Result<Ended> go_on_at(std::uint64_t end, ElementTag tag);
  void keep(ElementTag tag, std::span<const std::byte> bytes);
  Status need(std::span<std::byte> bytes, ElementTag tag);
  Status pass(std::uint64_t count, ElementTag tag);
  Status account(std::uint64_t bytes);

  ByteSource& source_;
  std::span<const ElementTag> wanted_;
  const ScanLimits& limits_;
  const bool deflated_;
  DataSetScan& into_;
  std::uint64_t position_ = 0;
  std::uint64_t memory_ = 0;
};

}  // namespace hilum::dicomseg

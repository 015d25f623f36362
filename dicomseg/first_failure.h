#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/ofstd/ofcond.h>

namespace hilum::dicomseg {

/// Private to dicomseg/: remembers the first failure of a row of DCMTK calls.
class FirstFailure {
 public:
  FirstFailure& operator<<(const OFCondition& condition) {
    if (first_.good()) first_ = condition;
    return *this;
  }
  [[nodiscard]] const OFCondition& condition() const { return first_; }
  [[nodiscard]] bool none() const { return first_.good(); }

 private:
  OFCondition first_ = EC_Normal;
};

}  // namespace hilum::dicomseg

#include "pipeline/domain/implementation.h"

#include "pipeline/domain/uid.h"

namespace hilum {

const std::string& implementation_class_uid() {
  static const std::string uid = derived_uid("hilum implementation class");
  return uid;
}

}  // namespace hilum

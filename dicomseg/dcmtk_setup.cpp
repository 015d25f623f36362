#include "dicomseg/dcmtk_setup.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>

namespace hilum::dicomseg {

void prepare_dcmtk() {
  // Never unregistered: other threads may be decoding until the process ends.
  static std::once_flag once;
  std::call_once(once, [] {
    for (const char* module :
         {"dcmtk.dcmdata", "dcmtk.dcmiod", "dcmtk.dcmfg", "dcmtk.dcmseg", "dcmtk.dcmsr",
          "dcmtk.dcmsr.cmr", "dcmtk.dcmjpeg", "dcmtk.dcmjpls"}) {
      OFLog::getLogger(module).setLogLevel(OFLogger::FATAL_LOG_LEVEL);
    }
    DcmRLEDecoderRegistration::registerCodecs();
    DcmRLEEncoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
  });
}

}  // namespace hilum::dicomseg

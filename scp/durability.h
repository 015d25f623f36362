#pragma once

namespace hilum::scp {

/// What an instance that was acknowledged survives.
enum class Durability {
  kPowerLoss,     ///< the loss of power: synced to disk before the answer
  kProcessCrash,  ///< the end of this process: written, for the system to sync when it likes
};

}  // namespace hilum::scp

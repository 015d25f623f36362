#pragma once

namespace hilum::phantom {

/// Goes up when the same options give another volume: what a model was trained on stays traceable.
inline constexpr int kGeneratorVersion = 5;

}  // namespace hilum::phantom

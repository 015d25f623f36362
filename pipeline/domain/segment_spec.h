#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hilum {

/// A coded concept (PS3.3 Table 8.8-1): value, scheme designator and meaning, for example
/// (81040000, SCT, "Pulmonary artery").
struct CodedConcept {
  std::string value;
  std::string scheme;
  std::string meaning;
  bool operator==(const CodedConcept&) const = default;
};

/// How one class of a model is described in a DICOM segmentation (PS3.3 C.8.20.2, CID 7150/7151).
struct SegmentSpec {
  std::string label;  ///< shown by every viewer; carries side and vessel; at most 64 characters
  CodedConcept category;
  CodedConcept type;
  std::optional<CodedConcept> type_modifier;       ///< the side, inside the type (0062,0011)
  std::optional<CodedConcept> anatomic_region;     ///< for example Lung
  std::optional<CodedConcept> region_modifier;     ///< the side of the region
  std::array<std::uint8_t, 3> rgb{200, 200, 200};  ///< recommended display colour, sRGB
  bool operator==(const SegmentSpec&) const = default;
};

/// What a result must say about the model that made it.
struct ModelInfo {
  std::string name;      ///< algorithm name, at most 64 characters
  std::string version;   ///< of the bundle
  std::string sha256;    ///< of the bundle's content, 64 hexadecimal digits
  bool trained = false;  ///< false: deterministic untrained weights, for tests and trials
  std::vector<SegmentSpec> segments;  ///< segments[k-1] describes label k
  std::string device;                 ///< where it runs, for people: "cpu, 2 threads, float32"
};

}  // namespace hilum

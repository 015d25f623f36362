#include "model/train/file_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "model/nifti/nifti.h"
#include "model/train/one_sided_labels.h"
#include "pipeline/domain/sha256.h"

namespace hilum::model::train {
namespace {

namespace fs = std::filesystem;

struct Pair {
  DatasetEntry entry;
  std::vector<std::uint8_t> labelled;
};

std::string pair_name(const DatasetEntry& entry) {
  return fmt::format("{} (line {})", entry.ct.string(), entry.line);
}

/// The headers of both files, compared.
Status check_headers(const DatasetEntry& entry) {
  auto ct = inspect_nifti(entry.ct);
  if (!ct) return std::move(ct).error();
  auto labels = inspect_nifti(entry.labels);
  if (!labels) return std::move(labels).error();
  return check_same_grid(ct->geometry, labels->geometry,
                         fmt::format("{} and {}", entry.ct.string(), entry.labels.string()));
}

/// What tells two data sets apart without reading them: sizes of the files, not their places, so
/// that a run may be resumed after the data have moved.
std::string identity_of(const std::vector<Pair>& pairs) {
  Sha256 sha;
  for (const auto& [entry, labelled] : pairs) {
    std::error_code error;
    sha.update(fmt::format("{} {} {} {}\n", entry.ct.filename().string(),
                           fs::file_size(entry.ct, error), fs::file_size(entry.labels, error),
                           std::string(labelled.begin(), labelled.end())));
  }
  return fmt::format("{} pairs {}", pairs.size(), Sha256::hex(sha.finish()));
}

class FileSource : public SampleSource {
 public:
  FileSource(std::vector<Pair> pairs, const FileSourceOptions& options)
      : pairs_(std::move(pairs)), options_(options), identity_(identity_of(pairs_)) {}

  [[nodiscard]] int count() const override { return static_cast<int>(pairs_.size()); }
  [[nodiscard]] int labels() const override { return static_cast<int>(options_.classes.size()); }
  [[nodiscard]] std::string identity() const override { return identity_; }
  [[nodiscard]] std::string description() const override {
    std::set<std::string> kinds;
    for (const Pair& pair : pairs_) {
      if (!pair.entry.kind.empty()) kinds.insert(pair.entry.kind);
    }
    return kinds.empty() ? fmt::format("{} CTs", pairs_.size())
                         : fmt::format("{} CTs ({})", pairs_.size(), fmt::join(kinds, ", "));
  }

  [[nodiscard]] Result<SamplePtr> get(int index) const override {
    const auto& [entry, labelled] = pairs_[static_cast<std::size_t>(index)];
    auto volume = read_nifti_ct(entry.ct);
    if (!volume) return std::move(volume).error();
    auto labels = read_nifti_labels(entry.labels);
    if (!labels) return std::move(labels).error();
    // The files may have changed since their headers were compared.
    if (auto same = check_same_grid(volume->geometry, labels->geometry, pair_name(entry)); !same) {
      return std::move(same).error();
    }
    auto image = preprocess(*volume, options_.preprocess);
    if (!image) return std::move(image).error().in(entry.ct.string());
    if (image->crop.empty()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("cannot train on {}: no voxel is above {} HU; is it a CT in "
                               "Hounsfield units?",
                               entry.ct.string(), options_.preprocess.hu_range[0])};
    }
    auto sample = std::make_shared<Sample>();
    sample->name = pair_name(entry);
    sample->size = image->crop.size();
    sample->label = resample_labels(*labels, image->grid, image->crop);
    sample->image = std::move(image->value);
    sample->labelled = labelled;
    const int classes = static_cast<int>(options_.classes.size());
    if (auto done = finish_sample(*sample, classes); !done) return std::move(done).error();
    if (options_.preprocess.side == SideSource::kAnatomy) {
      hide_unlabelled_sides(*image, options_.classes, *sample);
    }
    return SamplePtr(std::move(sample));
  }

 private:
  std::vector<Pair> pairs_;
  FileSourceOptions options_;
  std::string identity_;
};

}  // namespace

Result<std::shared_ptr<const SampleSource>> open_file_source(std::vector<DatasetEntry> entries,
                                                             const FileSourceOptions& options) {
  std::vector<Pair> pairs;
  for (DatasetEntry& entry : entries) {
    auto labelled = labelled_classes(entry, options.classes);
    if (!labelled) return std::move(labelled).error();
    if (auto checked = check_headers(entry); !checked) {
      return std::move(checked).error().in(fmt::format("line {} of the dataset list", entry.line));
    }
    pairs.push_back({std::move(entry), std::move(*labelled)});
  }
  if (pairs.empty()) return Error{ErrorCode::kInvalidInput, "there is no CT to train on"};
  return std::shared_ptr<const SampleSource>(
      std::make_shared<FileSource>(std::move(pairs), options));
}

std::vector<std::uint8_t> resample_labels(const LabelMap& labels, const ModelGrid& grid,
                                          const Box& crop) {
  const Geometry& source = labels.geometry;
  const GridSize size = crop.size();
  std::vector<std::uint8_t> result;
  if (crop.empty()) return result;
  result.reserve(voxel_count(size));
  const auto nearest = [&](const Vec3& at) -> std::uint8_t {
    std::array<int, 3> voxel{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double rounded = std::floor(at[axis] + 0.5);
      const int last = source.size[2 - axis] - 1;
      // Rounding errors of half a voxel exactly must not lose the border.
      if (at[axis] < -0.5 - 1e-6 || at[axis] > last + 0.5 + 1e-6) return 0;
      voxel[axis] = std::clamp(static_cast<int>(rounded), 0, last);
    }
    return labels.label[source.index(voxel[2], voxel[1], voxel[0])];
  };
  for (int x = crop.start[0]; x < crop.end[0]; ++x) {
    for (int y = crop.start[1]; y < crop.end[1]; ++y) {
      for (int z = crop.start[2]; z < crop.end[2]; ++z) {
        result.push_back(
            nearest(transform(grid.to_source, {static_cast<double>(x), static_cast<double>(y),
                                               static_cast<double>(z)})));
      }
    }
  }
  return result;
}

}  // namespace hilum::model::train

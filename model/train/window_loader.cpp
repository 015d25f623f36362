#include "model/train/window_loader.h"

#include <numeric>
#include <utility>

namespace hilum::model::train {
namespace {

Batch empty_batch(int windows, int edge, std::size_t classes) {
  const auto n = static_cast<std::size_t>(windows);
  const std::size_t voxels = voxel_count({edge, edge, edge});
  Batch batch;
  batch.windows = windows;
  batch.image.resize(n * voxels);
  batch.label.resize(n * voxels);
  batch.labelled.resize(n * classes);
  return batch;
}

Window window_of(Batch& batch, int index) {
  const auto n = static_cast<std::size_t>(batch.windows);
  const auto i = static_cast<std::size_t>(index);
  const auto part = [&](auto& all) {
    return std::span(all).subspan(i * (all.size() / n), all.size() / n);
  };
  return {.image = part(batch.image), .label = part(batch.label), .labelled = part(batch.labelled)};
}

std::vector<int> identity(std::size_t classes) {
  std::vector<int> same(classes);
  std::iota(same.begin(), same.end(), 0);
  return same;
}

std::int64_t first_visit(const LoaderOptions& options) {
  return options.first_step / options.windows_per_volume * options.batch;
}

}  // namespace

WindowLoader::WindowLoader(std::shared_ptr<const SampleSource> source, const LoaderOptions& options)
    : source_(std::move(source)),
      options_(options),
      volumes_(
          [this](std::int64_t visit) {
            return source_->get(
                volume_of_visit(options_.seed, visit, source_->count(), options_.pool));
          },
          {.threads = options.threads, .ahead = options.batch, .first = first_visit(options)}),
      batches_([this](std::int64_t step) { return make(step); },
               {.threads = 1, .ahead = 2, .first = options.first_step}) {}

WindowLoader::~WindowLoader() {
  volumes_.stop();  // first: the batch thread may wait for one
  batches_.stop();
}

Result<Batch> WindowLoader::make(std::int64_t step) {
  const auto places = static_cast<std::size_t>(options_.batch);
  const std::int64_t turn = step % options_.windows_per_volume;
  if (turn == 0 || current_.empty()) {
    current_.clear();
    for (std::size_t i = 0; i < places; ++i) {
      auto sample = volumes_.next();
      if (!sample) return std::move(sample).error();
      current_.push_back(std::move(*sample));
    }
  }
  Batch batch = empty_batch(options_.batch, options_.edge, options_.partners.size());
  for (std::size_t i = 0; i < places; ++i) {
    Draw draw(options_.seed, "window", static_cast<std::uint64_t>(step), i);
    CropPlan plan = place_window(*current_[i], options_.edge, draw);
    draw_augmentation(options_.augmentation, draw, plan);
    cut_window(*current_[i], plan, options_.edge, options_.partners,
               window_of(batch, static_cast<int>(i)));
  }
  return batch;
}

Batch validation_windows(const Sample& sample, int volume, int windows, int edge) {
  const std::size_t classes = sample.labelled.size();
  const auto same = identity(classes);
  Batch batch = empty_batch(windows, edge, classes);
  for (int i = 0; i < windows; ++i) {
    Draw draw(0, "validation", static_cast<std::uint64_t>(volume), static_cast<std::uint64_t>(i));
    cut_window(sample, place_window(sample, edge, draw), edge, same, window_of(batch, i));
  }
  return batch;
}

}  // namespace hilum::model::train

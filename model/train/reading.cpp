#include "model/train/reading.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "model/generated_weights.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

/// About the size of CLIP's features.
constexpr double kCodeScale = 0.5;

std::vector<float> code_of(LabelSet meaning) {
  std::vector<float> code(kTextFeatures, 0);
  int labels = 0;
  for (int value = 1; value < 32; ++value) {
    if ((meaning & label_set(value)) == 0) continue;
    ++labels;
    const auto numbers = generated_numbers(fmt::format("meaning {}", value), code.size());
    for (std::size_t i = 0; i < code.size(); ++i) code[i] += static_cast<float>(numbers[i]);
  }
  const auto scale = static_cast<float>(kCodeScale / std::sqrt(labels));
  for (float& number : code) number *= scale;
  return code;
}

/// Phrases that are read at a time: few, since each is filled up to the longest of them.
constexpr std::int64_t kPage = 8;

/// Columns of a row up to its end token.
std::int64_t length_of(std::span<const std::int64_t> row) {
  const auto last = std::find_if(row.rbegin(), row.rend(), [](auto id) { return id != 0; });
  return std::distance(last, row.rend());
}

/// Texts `first` ... `first + count - 1`, filled up to the longest of them.
TokenRows page_of(const TokenRows& all, std::int64_t first, std::int64_t count) {
  const auto row = [&](std::int64_t i) {
    return std::span(all.ids).subspan(static_cast<std::size_t>((first + i) * all.length),
                                      static_cast<std::size_t>(all.length));
  };
  TokenRows page{.texts = count, .length = 0, .ids = {}};
  for (std::int64_t i = 0; i < count; ++i) page.length = std::max(page.length, length_of(row(i)));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto ids = row(i).first(static_cast<std::size_t>(page.length));
    page.ids.insert(page.ids.end(), ids.begin(), ids.end());
  }
  return page;
}

/// Squared distances of the features to the codes of `meanings`, over the codes' mean square.
Tensor distance(const TrainableNetwork& network, const TokenRows& tokens,
                std::span<const LabelSet> meanings) {
  std::vector<float> codes;
  for (const LabelSet meaning : meanings) {
    const auto code = code_of(meaning);
    codes.insert(codes.end(), code.begin(), code.end());
  }
  const Tensor wanted = at::tensor(codes).view({-1, kTextFeatures}).to(network.device());
  const Tensor off = network.text_features(tokens) - wanted;
  return off.square().mean() / wanted.square().mean();
}

/// The mean distance of a lesson; `each` gets every page's with its share of the phrases.
template <class Each>
double read(const TrainableNetwork& network, const Asking::Lesson& lesson, const Each& each) {
  double mean = 0;
  for (std::int64_t first = 0; first < lesson.tokens.texts; first += kPage) {
    const std::int64_t count = std::min(kPage, lesson.tokens.texts - first);
    const double share = static_cast<double>(count) / static_cast<double>(lesson.tokens.texts);
    const Tensor page =
        distance(network, page_of(lesson.tokens, first, count),
                 std::span(lesson.meanings)
                     .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
    each(page, share);
    mean += share * page.item<double>();
  }
  return mean;
}

}  // namespace

double add_reading_gradients(TrainableNetwork& network, const Asking::Lesson& lesson,
                             double weight) {
  const at::AutoGradMode record(true);
  return read(network, lesson, [&](const Tensor& page, double share) {
    torch::autograd::backward({page * (weight * share)}, {});
  });
}

double reading_distance(const TrainableNetwork& network, const Asking::Lesson& lesson) {
  const at::NoGradGuard no_grad;
  return read(network, lesson, [](const Tensor&, double) {});
}

}  // namespace hilum::model::train

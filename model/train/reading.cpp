#include "model/train/reading.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <utility>

namespace hilum::model::train {
namespace {

using at::Tensor;

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

struct Page {
  TokenRows tokens;
  std::span<const LabelSet> meanings;
};

template <class Each>
void for_each_page(const Asking::Lesson& lesson, const Each& each) {
  for (std::int64_t first = 0; first < lesson.tokens.texts; first += kPage) {
    const std::int64_t count = std::min(kPage, lesson.tokens.texts - first);
    each(Page{.tokens = page_of(lesson.tokens, first, count),
              .meanings =
                  std::span(lesson.meanings)
                      .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count))});
  }
}

/// Squared distances of the features to the codes, over the codes' mean square.
Tensor distance(const TrainableNetwork& network, const Codes& codes, const Page& page) {
  std::vector<float> wanted_values;
  for (const LabelSet meaning : page.meanings) {
    const auto code = codes.of(meaning);
    wanted_values.insert(wanted_values.end(), code.begin(), code.end());
  }
  const Tensor wanted = at::tensor(wanted_values).view({-1, kTextFeatures}).to(network.device());
  const Tensor off = network.text_features(page.tokens) - wanted;
  return off.square().mean() / wanted.square().mean();
}

/// The mean distance of a lesson; `each` gets every page's with its share of the phrases.
template <class Each>
double read(const TrainableNetwork& network, const Codes& codes, const Asking::Lesson& lesson,
            const Each& each) {
  double mean = 0;
  for_each_page(lesson, [&](const Page& page) {
    const double share =
        static_cast<double>(page.tokens.texts) / static_cast<double>(lesson.tokens.texts);
    const Tensor off = distance(network, codes, page);
    each(off, share);
    mean += share * off.item<double>();
  });
  return mean;
}

}  // namespace

double add_reading_gradients(TrainableNetwork& network, const Codes& codes,
                             const Asking::Lesson& lesson, double weight) {
  const at::AutoGradMode record(true);
  return read(network, codes, lesson, [&](const Tensor& off, double share) {
    torch::autograd::backward({off * (weight * share)}, {});
  });
}

double reading_distance(const TrainableNetwork& network, const Codes& codes,
                        const Asking::Lesson& lesson) {
  const at::NoGradGuard no_grad;
  return read(network, codes, lesson, [](const Tensor&, double) {});
}

Codes codes_as_read(const TrainableNetwork& network, const Asking::Lesson& lesson) {
  const at::NoGradGuard no_grad;
  std::map<LabelSet, std::pair<Tensor, int>> sums;
  for_each_page(lesson, [&](const Page& page) {
    const Tensor features = network.text_features(page.tokens).to(at::kCPU, at::kDouble);
    for (std::size_t i = 0; i < page.meanings.size(); ++i) {
      auto& [sum, phrases] = sums[page.meanings[i]];
      const Tensor feature = features[static_cast<std::int64_t>(i)];
      sum = phrases == 0 ? feature : sum + feature;
      ++phrases;
    }
  });
  std::map<LabelSet, Codes::Code> means;
  for (const auto& [meaning, said] : sums) {
    const Tensor mean = (said.first / said.second).to(at::kFloat).contiguous();
    const float* begin = mean.data_ptr<float>();
    means.emplace(meaning, Codes::Code(begin, begin + mean.numel()));
  }
  return Codes(std::move(means));
}

}  // namespace hilum::model::train

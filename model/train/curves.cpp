#include "model/train/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hilum::model::train {
namespace {

// Sizes in SVG user units, which browsers show as pixels.
constexpr double kWidth = 860;
constexpr double kPanelHeight = 280;
constexpr double kLeft = 70;
constexpr double kRight = 200;  ///< the legend
constexpr double kTop = 36;
constexpr double kBottom = 44;

/// Colours that people with any colour vision tell apart (Okabe and Ito, 2008).
constexpr std::array kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                              "#e69f00", "#56b4e9", "#000000"};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// A little wider where there is only one value, so that it has an extent.
  [[nodiscard]] Range with_extent() const {
    if (high > low) return *this;
    const double half = low == 0 ? 0.5 : std::abs(low) / 10;
    return {low - half, high + half};
  }
};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

bool finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

/// Draws one panel whose upper edge is at `top`.
class PanelDrawing {
 public:
  PanelDrawing(const Panel& panel, double top) : panel_(panel), top_(top) {
    for (const Curve& curve : panel.curves) {
      for (const auto& point : curve.points) {
        if (!finite(point)) continue;
        x_.add(point.first);
        y_.add(point.second);
      }
    }
    empty_ = x_.high < x_.low;
    x_ = x_.with_extent();
    y_ = y_.with_extent();
  }

  std::string svg() {
    out_ = fmt::format("<text x='{}' y='{:.1f}' class='title'>{}</text>\n", kLeft, top_ + 22,
                       escaped(panel_.title));
    if (empty_) {
      out_ += fmt::format("<text x='{}' y='{:.1f}'>nothing yet</text>\n", kLeft, top_ + 60);
      return out_;
    }
    axes();
    for (std::size_t i = 0; i < panel_.curves.size(); ++i) {
      curve(panel_.curves[i], kColours[i % kColours.size()], static_cast<double>(i));
    }
    return out_;
  }

 private:
  [[nodiscard]] double bottom() const { return top_ + kPanelHeight - kBottom; }
  [[nodiscard]] double at_x(double x) const {
    return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double at_y(double y) const {
    return bottom() - (y - y_.low) / (y_.high - y_.low) * (bottom() - top_ - kTop);
  }

  void axes() {
    const double right = kWidth - kRight;
    for (const double x : tick_values(x_.low, x_.high, 6)) {
      out_ += fmt::format(
          "<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' class='grid'/>"
          "<text x='{0:.1f}' y='{3:.1f}' text-anchor='middle'>{4:.6g}</text>\n",
          at_x(x), top_ + kTop, bottom(), bottom() + 16, x);
    }
    for (const double y : tick_values(y_.low, y_.high, 5)) {
      out_ += fmt::format(
          "<line x1='{1}' y1='{0:.1f}' x2='{2}' y2='{0:.1f}' class='grid'/>"
          "<text x='{3}' y='{4:.1f}' text-anchor='end'>{5:.6g}</text>\n",
          at_y(y), kLeft, right, kLeft - 6, at_y(y) + 4, y);
    }
    out_ += fmt::format("<path d='M{0} {1:.1f} V{2:.1f} H{3}' class='axis'/>\n", kLeft, top_ + kTop,
                        bottom(), right);
    out_ += fmt::format("<text x='{}' y='{:.1f}' text-anchor='middle'>{}</text>\n",
                        (kLeft + right) / 2, bottom() + 34, escaped(panel_.x_label));
  }

  void curve(const Curve& curve, std::string_view colour, double place) {
    std::string points;
    for (const auto& point : curve.points) {
      if (finite(point))
        points += fmt::format("{:.1f},{:.1f} ", at_x(point.first), at_y(point.second));
    }
    out_ += fmt::format("<polyline points='{}' stroke='{}' class='curve'/>\n", points, colour);
    // A single point is no line.
    if (curve.points.size() == 1 && finite(curve.points.front())) {
      out_ +=
          fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='{}'/>\n",
                      at_x(curve.points.front().first), at_y(curve.points.front().second), colour);
    }
    const double y = top_ + kTop + 8 + 18 * place;
    const double x = kWidth - kRight + 14;
    out_ += fmt::format(
        "<line x1='{0}' y1='{1:.1f}' x2='{2}' y2='{1:.1f}' stroke='{3}' class='curve'/>"
        "<text x='{4}' y='{5:.1f}'>{6}</text>\n",
        x, y, x + 18, colour, x + 24, y + 4, escaped(curve.name));
  }

  const Panel& panel_;
  double top_;
  Range x_;
  Range y_;
  bool empty_ = false;
  std::string out_;
};

void add_dice(std::vector<Curve>& curves, const LogRow& row, const ClassDice& dice) {
  const auto step = static_cast<double>(row.step);
  for (std::size_t k = 0; k < dice.size(); ++k) {
    if (dice[k]) curves[k].points.emplace_back(step, *dice[k]);
  }
  if (const auto mean = mean_of(dice)) curves.back().points.emplace_back(step, *mean);
}

}  // namespace

std::vector<double> tick_values(double low, double high, int count) {
  if (!(high > low) || !std::isfinite(high - low)) return {low};
  const double rough = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double ratio = rough / power;
  const double step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
  std::vector<double> ticks;
  // By whole numbers, so that rounding errors do not add up, and zero is 0 and not -0.
  const auto first = static_cast<long long>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<long long>(std::floor(high / step + 1e-9));
  for (long long i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string curves_svg(const std::vector<Panel>& panels) {
  const double height = kPanelHeight * static_cast<double>(panels.size());
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}'>\n"
      "<style>text{{font:12px sans-serif;fill:#222}}.title{{font-weight:bold;font-size:14px}}"
      ".grid{{stroke:#ddd}}.axis{{stroke:#222;fill:none}}.curve{{fill:none;stroke-width:1.8;"
      "stroke-linejoin:round}}</style>\n<rect width='100%' height='100%' fill='#fff'/>\n",
      kWidth, height);
  double top = 0;
  for (const Panel& panel : panels) {
    svg += PanelDrawing(panel, top).svg();
    top += kPanelHeight;
  }
  return svg + "</svg>\n";
}

std::vector<Panel> training_panels(const TrainingLog& log) {
  Curve loss{"loss", {}};
  Curve rate{"learning rate", {}};
  std::vector<Curve> train;
  for (const std::string& name : log.classes()) train.push_back({name, {}});
  train.push_back({"mean", {}});
  std::vector<Curve> validation = train;
  for (const LogRow& row : log.rows()) {
    const auto step = static_cast<double>(row.step);
    loss.points.emplace_back(step, row.loss);
    rate.points.emplace_back(step, row.learning_rate);
    add_dice(train, row, row.train);
    add_dice(validation, row, row.validation);
  }
  return {{"Loss on training windows", "step", {std::move(loss)}},
          {"Dice on training windows", "step", std::move(train)},
          {"Dice on validation windows", "step", std::move(validation)},
          {"Learning rate", "step", {std::move(rate)}}};
}

}  // namespace hilum::model::train

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/train/training_log.h"

namespace hilum::model::train {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< (x, y), x ascending
};

/// A diagram: curves over a common x axis.
struct Panel {
  std::string title;
  std::string x_label;
  std::vector<Curve> curves;
};

/// Panels one below the other as one SVG image that any browser shows: axes with round tick
/// values, a grid, a legend. A panel without points says so. Values that are not finite are left
/// out.
std::string curves_svg(const std::vector<Panel>& panels);

/// Loss, Dice on training windows, Dice on validation windows, learning rate of a run.
std::vector<Panel> training_panels(const TrainingLog& log);

/// Round values that divide [low, high] into about `count` parts: multiples of 1, 2 or 5 times a
/// power of ten.
std::vector<double> tick_values(double low, double high, int count);

}  // namespace hilum::model::train

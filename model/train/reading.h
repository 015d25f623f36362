#pragma once

#include "model/train/asking.h"
#include "model/train/trainable_network.h"

namespace hilum::model::train {

/// How the text tower learns to read: phrases that mean the same get the same text feature. Each
/// label has a fixed random vector, the code of a target is the sum of its labels' divided by the
/// square root of their number, and the feature of a phrase is drawn towards its target's code. So
/// a union lies between its parts, and a new phrasing near those it resembles. The segmentation may
/// pull the features elsewhere: the code is a start and an anchor, not the result.
///
/// For .cpp files of this folder only; throw c10::Error.

/// Adds `weight` times the gradients of the mean squared distance to the codes, in units of the
/// codes' own mean square, and returns that distance.
double add_reading_gradients(TrainableNetwork& network, const Asking::Lesson& lesson,
                             double weight);

/// That distance without gradients.
double reading_distance(const TrainableNetwork& network, const Asking::Lesson& lesson);

}  // namespace hilum::model::train

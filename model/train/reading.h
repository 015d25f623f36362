#pragma once

#include "model/train/asking.h"
#include "model/train/codes.h"
#include "model/train/trainable_network.h"

namespace hilum::model::train {

/// How the text tower learns to read: phrases that mean the same get the same text feature, the
/// code of their meaning (`Codes`), so that a new phrasing comes near those it resembles. The
/// segmentation may pull the features elsewhere: a code is a start and an anchor, not the result.
///
/// For .cpp files of this folder only; throw c10::Error.

/// Adds `weight` times the gradients of the mean squared distance to the codes, in units of the
/// codes' own mean square, and returns that distance.
double add_reading_gradients(TrainableNetwork& network, const Codes& codes,
                             const Asking::Lesson& lesson, double weight);

/// That distance without gradients.
double reading_distance(const TrainableNetwork& network, const Codes& codes,
                        const Asking::Lesson& lesson);

/// The mean of what the network's tower says of each meaning in the lesson.
Codes codes_as_read(const TrainableNetwork& network, const Asking::Lesson& lesson);

}  // namespace hilum::model::train

#include "model/phantom/rng.h"

#include <cmath>

#include "model/splitmix.h"

namespace hilum::phantom {

Rng::Rng(std::uint64_t seed, std::string_view stream)
    : state_(splitmix64(splitmix64(seed ^ 0xd1b54a32d192ed03) ^ fnv1a(stream))) {}

std::uint64_t Rng::next() { return splitmix64(state_ += kSplitMixStep); }

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double Rng::log_uniform(double low, double high) {
  return std::exp(uniform(std::log(low), std::log(high)));
}

double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double a = 0;
  double b = 0;
  double square = 0;
  do {
    a = uniform(-1, 1);
    b = uniform(-1, 1);
    square = a * a + b * b;
  } while (square >= 1 || square == 0);
  const double factor = std::sqrt(-2 * std::log(square) / square);
  spare_ = b * factor;
  has_spare_ = true;
  return a * factor;
}

double Rng::normal(double mean, double sd, double limit) {
  double z = 0;
  do {
    z = normal();
  } while (std::abs(z) > limit);
  return mean + sd * z;
}

float Rng::noise() {
  constexpr float kMean = 2.0F * 65535.0F;    // of the sum of four uniforms on 0..65535
  constexpr float kScale = 1.0F / 37837.22F;  // 1 / (65536 / sqrt(3)), its standard deviation
  const std::uint64_t bits = next();
  const auto sum = static_cast<float>((bits & 0xffff) + ((bits >> 16) & 0xffff) +
                                      ((bits >> 32) & 0xffff) + (bits >> 48));
  return (sum - kMean) * kScale;
}

int Rng::index(int count) { return static_cast<int>(next() % static_cast<std::uint64_t>(count)); }

Vec Rng::direction() {
  Vec v;
  do {
    v = normal_vec(1);
  } while (length(v) < 1e-3);
  return unit(v);
}

Vec Rng::normal_vec(double sd) {
  const double x = normal();
  const double y = normal();
  const double z = normal();
  return Vec{x, y, z} * sd;
}

}  // namespace hilum::phantom

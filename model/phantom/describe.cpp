#include <iomanip>
#include <sstream>

#include "model/phantom/variation.h"

namespace hilum::phantom {
namespace {

std::string_view name_of(Lobe lobe) {
  constexpr std::string_view kNames[] = {"right upper lobe", "middle lobe", "right lower lobe",
                                         "left upper lobe", "left lower lobe"};
  return kNames[static_cast<std::size_t>(lobe)];
}

std::string_view name_of(Phase phase) {
  constexpr std::string_view kNames[] = {"non-contrast", "pulmonary-artery phase", "mixed phase",
                                         "venous phase", "aortic phase"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string_view name_of(Arms arms) {
  constexpr std::string_view kNames[] = {"", "arms down", "left arm down", "right arm down"};
  return kNames[static_cast<std::size_t>(arms)];
}

void describe_patient(const PhantomOptions& options, std::ostream& words) {
  const PatientVariation& patient = options.patient;
  if (options.disease == PhantomOptions::Disease::kNone) words << ", no disease";
  if (patient.missing_lobe) words << ", missing " << name_of(*patient.missing_lobe);
  if (patient.missing_segment) {
    words << ", missing segment "
          << segment_table(BodyPlan{}).at(static_cast<std::size_t>(*patient.missing_segment)).name;
  }
  if (patient.hypertension > 0) {
    words << ", pulmonary arteries x" << std::setprecision(2) << 1 + 0.3 * patient.hypertension;
  }
  if (patient.mediastinal_lingular_artery) words << ", mediastinal lingular artery";
  if (patient.roll_deg != 0) {
    words << ", rolled by " << std::setprecision(0) << patient.roll_deg << " degrees";
  }
  if (options.vessel_aspect > 1) {
    words << ", vessels oval to " << std::setprecision(2) << options.vessel_aspect;
  }
  if (options.lymph_nodes > 0) words << ", " << options.lymph_nodes << " lymph nodes";
}

void describe_scan(const PhantomOptions& options, std::ostream& words) {
  words << std::setprecision(0);
  if (options.phase) words << ", " << name_of(*options.phase);
  if (options.densities == PhantomOptions::Densities::kRandom) words << ", random densities";
  if (options.scanner == PhantomOptions::Scanner::kDegraded) words << ", degraded scan";
  if (options.scanner == PhantomOptions::Scanner::kReference) words << ", sharp scan";
  if (options.noise_hu) words << ", " << *options.noise_hu << " HU noise";
  if (options.artery_hu) words << ", arteries " << *options.artery_hu << " HU";
  if (options.vein_hu) words << ", veins " << *options.vein_hu << " HU";
  if (options.streaks.vena_cava_hu > 0 || options.streaks.shoulder_hu > 0) words << ", streaks";
  if (options.arms != Arms::kRaised) words << ", " << name_of(options.arms);
  if (options.view.circle_mm) words << ", " << *options.view.circle_mm << " mm circle";
}

}  // namespace

std::string describe(const PhantomOptions& options) {
  std::ostringstream words;
  words << std::fixed << std::setprecision(1) << options.spacing_mm << " mm";
  if (options.view.slice_spacing_mm) {
    words << ", slices every " << *options.view.slice_spacing_mm << " mm";
  }
  describe_scan(options, words);
  describe_patient(options, words);
  return words.str();
}

}  // namespace hilum::phantom

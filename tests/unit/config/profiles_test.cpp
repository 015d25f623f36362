#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/config/parsed.h"

using namespace hilum;
using namespace hilum::config;
using namespace hilum::test;

TEST_CASE("config: a peer gets its results by the profile that it names") {
  const auto config = parse_config(R"([[profile]]
name = "reading"
segmentation = "labelmap"
objects = "per-class"
classes = "merged"
colours = "arteries-red"
empty_frames = "keep"
encoding = "deflated"
report = "sr"
pictures = "single-frames"
[[peer]]
name = "pacs"
ae_title = "PACS"
host = "h"
port = 104
[[peer]]
name = "room"
ae_title = "ROOM"
host = "i"
port = 104
profile = "reading"
[results]
hold = ["nothing-found", "sides-swapped"]
)",
                                   "f");
  REQUIRE_MESSAGE(config, config.error().message);
  REQUIRE(config->profiles.size() == 2);
  CHECK(config->profiles[0] == ViewerProfile{});
  CHECK(config->profiles[1] == ViewerProfile{.name = "reading",
                                             .segmentation = ViewerProfile::Segmentation::kLabelMap,
                                             .objects = ViewerProfile::Objects::kPerClass,
                                             .classes = ViewerProfile::Classes::kMerged,
                                             .colours = ViewerProfile::Colours::kArteriesRed,
                                             .empty_frames = ViewerProfile::EmptyFrames::kKeep,
                                             .encoding = ViewerProfile::Encoding::kDeflated,
                                             .report = ViewerProfile::Report::kSr,
                                             .pictures = ViewerProfile::Pictures::kSingleFrames});
  CHECK(config->peers[0].profile == "standard");
  CHECK(config->peers[1].profile == "reading");
  CHECK(config->results.hold == std::vector{DoubtKind::kNothingFound, DoubtKind::kSidesSwapped});
}

TEST_CASE("config: what is wrong with a profile is said") {
  const auto problem = [](const std::string& text) {
    const auto config = parse_config(text, "f");
    REQUIRE_FALSE(config);
    return config.error().message;
  };
  const std::string pacs = "[[peer]]\nname = \"pacs\"\nae_title = \"A\"\nhost = \"h\"\nport = 1\n";
  CHECK(problem(pacs + "profile = \"x\"").find("there is no [[profile]] with this name") !=
        std::string::npos);
  CHECK(problem(pacs + "[[profile]]\nname = \"x\"\n[[profile]]\nname = \"x\"")
            .find("is the name of another profile") != std::string::npos);
  CHECK(problem(pacs + "[[profile]]\nname = \"x\"\nsegmentation = \"none\"")
            .find("nothing would be sent") != std::string::npos);
  CHECK(problem(pacs + "[[profile]]\nname = \"x\"\nsegmentation = \"none\"\nreport = \"sr\"")
            .find("refers to segments") != std::string::npos);
  CHECK(problem(pacs + "[results]\nhold = [\"all\"]").find("\"nothing-found\"") !=
        std::string::npos);
}

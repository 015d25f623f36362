#pragma once

#include <filesystem>
#include <iterator>

#include "pipeline/domain/stage_gate.h"
#include "pipeline/run_job.h"
#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/fake_tools.h"

namespace hilum::test {

/// A store, the folders of a node and everything that turns a series into a result.
struct ProcessingFixture : StoreFixture {
  FakeReader reader;
  FakeSegmenter segmenter;
  FakeExaminer examiner;
  FakeWriter writer;
  pipeline::SeriesTools tools{reader, segmenter, examiner, writer, clock};
  pipeline::Folders folders{dir / "spool", dir / "results"};

  ProcessingFixture() { std::filesystem::create_directories(folders.results); }

  [[nodiscard]] std::size_t result_files() const {
    const std::filesystem::directory_iterator entries(folders.results);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

}  // namespace hilum::test

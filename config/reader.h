#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml.h"

namespace hilum::config {

/// The values that a number may have, both ends included.
template <class Number>
struct Range {
  Number min;
  Number max;
};

class Section;

/// Reads a document section by section, remembers which keys exist and collects every problem, so
/// that an administrator mends them in one go. The table outlives the reader.
class Reader {
 public:
  Reader(const Table& root, std::string file_name)
      : root_(root), file_name_(std::move(file_name)) {}

  /// `[name]`; empty when the document has none.
  Section section(const std::string& name);
  /// Every `[[name]]`.
  std::vector<Section> sections(const std::string& name);

  /// `line` 0: about the file as a whole.
  void problem(int line, std::string text);
  /// To be called after everything was read: what was not read is not known.
  void check_for_unknown();

  [[nodiscard]] bool has_problems() const { return !problems_.empty(); }
  /// All problems, one per line, in the order of the file.
  [[nodiscard]] Error error() const;
  /// "section.key" of every key that was asked for, sorted.
  [[nodiscard]] std::vector<std::string> known_keys() const;

 private:
  friend class Section;
  void misshapen(const Entry& section, const std::string& form);
  void check_keys(const std::string& section, const std::string& keys_of, const Table& table);
  [[nodiscard]] std::string hint(const std::string& section, const std::string& key) const;

  const Table& root_;
  const std::string file_name_;
  std::map<std::string, std::vector<std::string>> known_;  // section -> keys
  std::map<std::string, std::string> parts_;  // "section.key" of a table -> section with its keys
  std::set<std::string> misshapen_;           // sections whose keys cannot be read
  std::multimap<int, std::string> problems_;  // line -> text
};

/// The keys of one section. Each method leaves `value`, which holds the default, as it is when the
/// key is absent or wrong; the latter is a problem that names what is allowed.
class Section {
 public:
  Section(Reader& reader, std::string name, const Table* table, int line)
      : Section(reader, name, name, table, line) {}

  void text(const std::string& key, std::string& value);
  /// Text with a length of at least 1, in this section for certain.
  void required_text(const std::string& key, std::string& value);
  void choice(const std::string& key, std::string& value,
              std::span<const std::string_view> allowed);
  void list(const std::string& key, std::vector<std::string>& value);
  void flag(const std::string& key, bool& value);
  void number(const std::string& key, int& value, Range<int> allowed);
  void number(const std::string& key, double& value, Range<double> allowed);
  template <class Rep, class Period>
  void duration(const std::string& key, std::chrono::duration<Rep, Period>& value,
                Range<int> allowed) {
    int count = static_cast<int>(value.count());
    number(key, count, allowed);
    value = std::chrono::duration<Rep, Period>(count);
  }

  /// The table that is the value of a key: it has the keys of section `like`, which document it.
  Section part(const std::string& key, const std::string& like);

  /// Where the key stands; the section's line when it is absent.
  [[nodiscard]] int line(const std::string& key) const;
  [[nodiscard]] int line() const { return line_; }
  /// `text` follows "section.key ".
  void problem(const std::string& key, const std::string& text);

 private:
  Section(Reader& reader, std::string name, std::string keys_of, const Table* table, int line)
      : reader_(reader),
        name_(std::move(name)),
        keys_of_(std::move(keys_of)),
        table_(table),
        line_(line) {}
  const Value* find_value(const std::string& key);
  void wrong_kind(const std::string& key, const Value& value, std::string_view expected);

  Reader& reader_;
  std::string name_;
  std::string keys_of_;  // the section under which its keys are known
  const Table* table_;   // null: the document has no such section
  int line_;
};

}  // namespace hilum::config

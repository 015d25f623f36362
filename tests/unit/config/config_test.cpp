#include "config/config.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "tests/support/temp_dir.h"
#include "tests/unit/config/parsed.h"

using namespace hilum;
using namespace hilum::config;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE("config: every kind of value is taken over with its unit") {
  const Config config = parsed(
      "[node]\nae_title = ' SEGNODE '\nbind = '::1'\nport = 104\nname = 'ct-1.x_y'\n"
      "[storage]\ndirectory = '/data'\nmin_free_gib = 0.5\n"
      "[network]\nmax_pdu = 4096\ndimse_timeout_s = 5\ncheck_called_ae = true\n"
      "check_calling_ae = false\n"
      "[[peer]]\nname = 'ct'\nae_title = 'CT1'\n"
      "[[peer]]\nname = 'arc'\nae_title = 'ARC'\nhost = 'fe80::1%eth0'\nport = 4242\nsend = false\n"
      "[results]\ndestinations = ['arc']\nretry_first_s = 1\nretry_for_hours = 2\n"
      "[[peer]]\nname = 'qr'\nae_title = 'QR'\nhost = 'qr'\nport = 104\nquery = 'move'\n"
      "[series]\nquiet_period_s = 20\ncomplete_wait_s = 30\nincomplete = 'segment'\n"
      "[rules]\nmax_slice_spacing_mm = 3\norientations = ['axial']\nbody_part_include = ['chest']\n"
      "[model]\nbundle = 'b.safetensors'\ndevice = 'cuda:1'\nprecision = 'tf32'\n"
      "[jobs]\nlease_s = 90\n"
      "[log]\nlevel = 'debug'\n");
  CHECK(config.node.ae_title.str() == "SEGNODE");
  CHECK(config.node.bind == "::1");
  CHECK(config.node.port == 104);
  CHECK(config.node.name == "ct-1.x_y");
  CHECK(config.storage.directory == "/data");
  CHECK(config.storage.min_free_gib == 0.5);
  CHECK(config.network.max_pdu == 4096);
  CHECK(config.network.dimse_timeout == 5s);
  CHECK(config.network.check_called_ae);
  CHECK_FALSE(config.network.check_calling_ae);
  REQUIRE(config.peers.size() == 3);
  CHECK(config.peers[0].query == QueryMode::kOff);
  CHECK(config.peers[2].query == QueryMode::kMove);
  CHECK(config.series.complete_wait == 30s);
  CHECK(config.series.incomplete == IfIncomplete::kSegment);
  CHECK(config.peers[0].port == 0);
  CHECK(config.peers[0].may_send);
  CHECK(config.peers[1].host == "fe80::1%eth0");
  CHECK_FALSE(config.peers[1].may_send);
  CHECK(config.results.destinations == std::vector<std::string>{"arc"});
  CHECK(config.results.retry_first == 1s);
  CHECK(config.results.retry_for == 2h);
  CHECK(config.series.quiet_period == 20s);
  CHECK(config.rules.max_slice_spacing_mm == 3.0);
  CHECK(config.rules.orientations == std::vector{SeriesFacts::Orientation::kAxial});
  CHECK(config.rules.body_part_include == std::vector<std::string>{"chest"});
  CHECK(config.model.bundle == "b.safetensors");
  CHECK(config.model.device == "cuda:1");
  CHECK(config.model.precision == "tf32");
  CHECK(config.jobs.lease == 90s);
  CHECK(config.log.level == "debug");
  CHECK_FALSE(parsed(kPacs).node.name.empty());
}

TEST_CASE("config: TLS beside the plain port, instead of it, and for destinations alone") {
  const std::string files = "certificate = '/c.pem'\nprivate_key = '/k.pem'\n";
  const Config all =
      parsed(kPacs + "tls = true\ncertificate_name = 'h.example'\n[tls]\nport = 2762\n" + files +
             "authorities = '/a.pem'\nprofile = 'rfc7525'\n");
  CHECK(all.node.port == 11112);
  CHECK(all.tls == TlsConfig{.port = 2762,
                             .certificate = "/c.pem",
                             .private_key = "/k.pem",
                             .authorities = "/a.pem",
                             .profile = "rfc7525"});
  CHECK(all.peers[0].tls);
  CHECK(all.peers[0].certificate_name == "h.example");
  const Config only = parsed(kPacs + "[node]\nport = 0\n[tls]\nport = 2762\n" + files +
                             "require_certificate = false\n");
  CHECK(only.node.port == 0);
  CHECK_FALSE(only.tls.require_certificate);
  CHECK(parsed(kPacs + "tls = true\n[tls]\nauthorities = '/a.pem'\n").tls.port == 0);
  // A peer that only calls needs no authority to be called with; that it calls is its matter.
  CHECK(parsed(kPacs + "[[peer]]\nname = 'ct'\nae_title = 'CT'\ntls = true\n").peers[1].tls);
}

TEST_CASE("config: a byte order mark and Windows line ends are no problem") {
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : kPacs + "[jobs]\nworkers = 3\n")
    windows += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(parsed(windows).jobs.workers == 3);
}

TEST_CASE("config: an empty text says which peer is missing") {
  CHECK(refusal("") ==
        "t.toml: results.destinations names 'pacs', but no [[peer]] has this name; add one, or "
        "write destinations = [] to keep results on this node");
  CHECK(parsed("results.destinations = []").peers.empty());
}

TEST_CASE("config: what is wrong is named with its line, its key and what is allowed") {
  struct Case {
    std::string text;  // after the five lines of kPacs
    std::string message;
  };
  const Case cases[] = {
      // unknown names
      {"[node]\nae_titel = 'A'",
       "t.toml:7: node.ae_titel is not a known key; did you mean "
       "'ae_title'?"},
      {"[node]\nmax_pdu = 16384",
       "t.toml:7: node.max_pdu is not a known key; it belongs to "
       "[network]"},
      {"[log]\ncolour = 'red'", "t.toml:7: log.colour is not a known key; known: level"},
      {"[netwrok]\nmax_pdu = 16384",
       "t.toml:6: 'netwrok' is not a known section; did you mean "
       "[network]?"},
      {"[http]\n",
       "t.toml:6: 'http' is not a known section; known: class, commitment, jobs, log, "},
      // wrong kinds
      {"[node]\nport = '104'", "t.toml:7: node.port must be a whole number, not text"},
      {"[node]\nport = 104.5", "t.toml:7: node.port must be a whole number, not a decimal number"},
      {"[node]\nae_title = 7", "t.toml:7: node.ae_title must be text in quotes, not a whole"},
      {"[log]\nlevel = 2024-01-01", "t.toml:7: log.level must be text in quotes, not a date"},
      {"[network]\ncheck_called_ae = 1", "t.toml:7: network.check_called_ae must be true or false"},
      {"[rules]\nmodality = 'CT'", "t.toml:7: rules.modality must be a list of texts"},
      {"[rules]\nmodality = [\n'CT',\n7]", "t.toml:9: rules.modality must hold texts in quotes"},
      {"[rules]\nmax_slice_spacing_mm = true",
       "t.toml:7: rules.max_slice_spacing_mm must be a "
       "number"},
      {"[[node]]\nport = 104", "t.toml:6: write this section as [node]"},
      // impossible values
      {"[node]\nport = 0", "t.toml:7: node.port is 0, and there is no tls.port: nobody could call"},
      {"[node]\nport = 99999999999", "t.toml:7: node.port is 99999999999; allowed: 0..65535"},
      {"[network]\nmax_pdu = 4095", "t.toml:7: network.max_pdu is 4095; allowed: 4096..131072"},
      {"[rules]\nmax_slice_spacing_mm = nan",
       "t.toml:7: rules.max_slice_spacing_mm is nan; "
       "allowed: 0.01..100"},
      {"[log]\nlevel = 'loud'", "t.toml:7: log.level is 'loud'; allowed: trace, debug, info, "},
      {"[node]\nae_title = 'SEVENTEEN-LETTERS'", "t.toml:7: node.ae_title is no AE title: "},
      {"[node]\nae_title = ' '", "t.toml:7: node.ae_title is no AE title: "},
      {"[node]\nname = 'a/b'", "t.toml:7: node.name is 'a/b'; allowed: up to 64 letters"},
      {"[node]\nbind = 'localhost'", "t.toml:7: node.bind is 'localhost'; it must be a numeric"},
      {"[storage]\ndirectory = 'data'",
       "t.toml:7: storage.directory is 'data'; it must be an "
       "absolute path"},
      {"[storage]\ndurability = 'never'",
       "t.toml:7: storage.durability is 'never'; allowed: power-loss, process-crash"},
      {"[storage]\nkeep_delivered_days = -2",
       "t.toml:7: storage.keep_delivered_days is -2; allowed: -1..36500"},
      {"[storage]\nquarantine_max_gib = 0",
       "t.toml:7: storage.quarantine_max_gib is 0; allowed: 0.001..1000000"},
      {"[model]\ndevice = 'cuda:'", "t.toml:7: model.device is 'cuda:'; allowed: auto, cpu"},
      {"[model]\nprecision = 'half'",
       "t.toml:7: model.precision is 'half'; allowed: auto, float32, tf32, bfloat16, float16"},
      {"[model]\ndevice = 'gpu'", "t.toml:7: model.device is 'gpu'; allowed: auto, cpu"},
      {"[rules]\norientations = ['axail']", "t.toml:7: rules.orientations holds 'axail'; allowed"},
      {"[rules]\nbody_part_include = ['(']",
       "t.toml:7: rules.body_part_include holds '(', which "
       "is not a regular expression"},
      {"[rules]\ndescription_exclude = ['" + std::string(257, 'a') + "']",
       "t.toml:7: rules.description_exclude holds 'aaa"},
      // values that do not go together
      {"[rules]\nmax_slices = 10", "t.toml:7: rules.max_slices is less than rules.min_slices"},
      {"[rules]\nmax_matrix = 64", "t.toml:7: rules.max_matrix is less than rules.min_matrix"},
      {"[results]\nretry_max_s = 10", "t.toml:7: results.retry_max_s is less than"},
      {"[series]\nmax_wait_s = 5", "t.toml:7: series.max_wait_s is less than"},
      {"[results]\ndestinations = ['pax']", "t.toml:7: results.destinations names 'pax', but no"},
      {"[results]\ndestinations = ['pacs', 'pacs']",
       "t.toml:7: results.destinations names 'pacs' "
       "twice"},
      // TLS
      {"[tls]\nauthorities = 'c.pem'",
       "t.toml:7: tls.authorities is 'c.pem'; it must be an absolute"},
      {"[tls]\nprofile = 'tls1.1'", "t.toml:7: tls.profile is 'tls1.1'; allowed: rfc9325, rfc7525"},
      {"[tls]\ncertificate = '/c'", "t.toml:6: tls.private_key is missing; a certificate and its"},
      {"[tls]\nprivate_key = '/k'", "t.toml:6: tls.certificate is missing; a certificate and its"},
      {"[tls]\nport = 2762\nauthorities = '/a'",
       "t.toml:6: tls.certificate is missing; callers of"},
      {"[tls]\nport = 2762\ncertificate = '/c'\nprivate_key = '/k'",
       "t.toml:6: tls.authorities is missing; callers must show a certificate"},
      {"[tls]\nport = 11112\nauthorities = '/a'\ncertificate = '/c'\nprivate_key = '/k'\n"
       "[node]\nport = 11112",
       "t.toml:12: node.port is 11112, and so is tls.port; TLS needs a port of its own"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = 'a'\nport = 104\ntls = true",
       "t.toml: tls.authorities is missing; peer 'a' is called with tls = true"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\ncertificate_name = 'a'",
       "t.toml:9: peer.certificate_name is looked at with tls = true only"},
      // peers
      {"[peer.x]\nname = 'x'", "t.toml:6: peer.x is not a known key; known: "},
      {"[[peer]]\nae_title = 'A'", "t.toml:6: peer.name is missing"},
      {"[[peer]]\nname = ''\nae_title = 'A'", "t.toml:7: peer.name must not be empty"},
      {"[[peer]]\nname = 'a'", "t.toml:6: peer.ae_title is missing"},
      {"[[peer]]\nname = 'a'\nae_title = 'A\\B'", "t.toml:8: peer.ae_title is no AE title"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nport = 65536", "t.toml:9: peer.port is 65536"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nport = 104", "t.toml:6: peer.host is missing"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = 'a b'", "t.toml:9: peer.host is 'a b'"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = '10.1.0.1/16'",
       "t.toml:9: peer.host is '10.1.0.1/16'; it must be a host name, an address, a network"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = '10.1.0.0/16'\nport = 104",
       "t.toml:9: peer.host is '10.1.0.0/16' and port is 104; results can be sent to one host"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = '*'\nport = 104",
       "t.toml:9: peer.host is '*' and port is 104"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nquery = 'get'",
       "t.toml:9: peer.query asks this peer for missing images, but its host is '' and its port 0"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = '*'\nquery = 'move'",
       "t.toml:10: peer.query asks this peer for missing images, but its host is '*'"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nhost = 'h'\nport = 4\nsend = false\nquery = 'get'",
       "t.toml:12: peer.query is of no use with send = false"},
      {"[[peer]]\nname = 'a'\nae_title = 'A'\nquery = 'on'",
       "t.toml:9: peer.query is 'on'; allowed: off, get, move"},
      {"[series]\nincomplete = 'ask'",
       "t.toml:7: series.incomplete is 'ask'; allowed: refuse, segment"},
      {"[series]\ncomplete_wait_s = 0", "t.toml:7: series.complete_wait_s is 0; allowed: 1..86400"},
      {"[[peer]]\nname = 'pacs'\nae_title = 'A'",
       "t.toml:7: peer.name 'pacs' is the name of the "
       "peer in line 1 already"},
      {"[[peer]]\nname = 'b'\nae_title = 'PACS'\nhost = 'h'\nport = 104",
       "t.toml:8: peer.ae_title 'PACS' with the same host and port is the peer in line 1 already"},
      // not TOML
      {"[node]\nport = \n", "t.toml:7: "},
      {"[node]\nport = 1\nport = 2", "t.toml:8: "},
      {std::string("[node]\n\0", 8), "t.toml:"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(message);
    const std::string got = refusal(kPacs + text);
    CAPTURE(got);
    CHECK(got.starts_with(message));
    CHECK(std::count(got.begin(), got.end(), '\n') == 0);  // one problem, one line
  }
}

TEST_CASE("config: a destination needs a port") {
  CHECK(refusal(kPeer) ==
        "t.toml: results.destinations names 'pacs', which has no port; add one to "
        "this [[peer]]");
}

TEST_CASE("config: all problems are reported, in the order of the file") {
  CHECK(refusal("[log]\nlevel = 1\n[jobs]\nworkers = 0\nworker = 1\n[[peer]]\nname = 'pacs'\n") ==
        "t.toml: results.destinations names 'pacs', which has no port; add one to this [[peer]]\n"
        "t.toml:2: log.level must be text in quotes, not a whole number\n"
        "t.toml:4: jobs.workers is 0; allowed: 1..16\n"
        "t.toml:5: jobs.worker is not a known key; did you mean 'workers'?\n"
        "t.toml:6: peer.ae_title is missing");
}

TEST_CASE("config: a single [peer] is told how to be written") {
  CHECK(refusal("[peer]\nname = 'pacs'\n[results]\ndestinations = []") ==
        "t.toml:1: write this section as [[peer]]");
}

TEST_CASE("config: the default patterns refuse what is no volume of the chest, and nothing else") {
  const auto excluded = [](const std::string& description) {
    const auto& patterns = RulesConfig{}.description_exclude;
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return std::regex_search(description,
                               std::regex(pattern, std::regex::ECMAScript | std::regex::icase));
    });
  };
  for (const char* description : {"Scout", "TOPOGRAM 0.6", "Dose Report", "Bolus Tracking",
                                  "SmartPrep Series", "Thorax MIP 10mm", "minip"}) {
    CAPTURE(description);
    CHECK(excluded(description));
  }
  for (const char* description :
       {"5mm", "ThoraxRoutine  8.0.0  B40f", "CTPA 1.0 Br36", "Lung 5 min", "Chest simple", ""}) {
    CAPTURE(description);
    CHECK_FALSE(excluded(description));
  }
}

TEST_CASE("config: load_config names the file that cannot be used") {
  const test::TempDir dir;
  const auto refused = [](const std::filesystem::path& file, ErrorCode code, std::string_view why) {
    CAPTURE(file);
    const auto config = load_config(file);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == code);
    CHECK(config.error().message.starts_with(file.string()));
    CHECK(config.error().message.find(why) != std::string::npos);
  };
  test::write_file(dir / "big.toml", std::string(10'000'000, '#'));
  test::write_file(dir / "empty.toml", "");
  test::write_file(dir / "good.toml", kPacs);
  refused(dir / "missing.toml", ErrorCode::kNotFound, "no such file");
  refused(dir.path(), ErrorCode::kInvalidInput, "not a file");
  refused(dir / "big.toml", ErrorCode::kInvalidInput, "too many");
  refused(dir / "empty.toml", ErrorCode::kInvalidInput, "no [[peer]] has this name");
  CHECK(load_config(dir / "good.toml"));
}

TEST_CASE("config: what is segmented is named in [[class]], each label once") {
  const auto good = parse_config(
      "[[class]]\nlabel = \"Arteries\"\nprompt = \"pulmonary arteries\"\nvessel = \"artery\"\n"
      "[[class]]\nlabel = \"Left pulmonary vein\"\n"
      "[results]\ndestinations = []\n",
      "t.toml");
  REQUIRE_MESSAGE(good, good.error().message);
  REQUIRE(good->model.described.size() == 2);
  CHECK(good->model.described[0].vessel == "artery");
  CHECK(good->model.described[1].prompt.empty());
  CHECK(good->model.classes.empty());

  const auto twice = parse_config(
      "[[class]]\nlabel = \"A\"\n[[class]]\nlabel = \"A\"\nvessel = \"tube\"\n", "t.toml");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message.find(
            "t.toml:4: class.label 'A' is the label of the class in line 1") != std::string::npos);
  CHECK(twice.error().message.find("class.vessel is 'tube'; allowed") != std::string::npos);
}

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "model/bundle.h"
#include "model/import/import_model.h"
#include "model/import/state_dict.h"
#include "model/import/text_features.h"
#include "tests/unit/model/import/memory_state_dict.h"
#include "tests/unit/model/import/python_torch.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr LaCafSize kSmall{.width = 2, .classes = 4, .window = 32};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The generator of the golden cases a second time, in Python, and a state dict made with it.
constexpr const char* kGenerator = R"(
import collections, json, math, struct, torch

M = (1 << 64) - 1
def numbers(name, count):
    h = 0xcbf29ce484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001b3) & M
    out = []
    for i in range(1, count + 1):
        z = (h + i * 0x9E3779B97F4A7C15) & M
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        z ^= z >> 31
        out.append((z >> 11) * 2.0 ** -53 * 2 - 1)
    return out

def generated(name, shape):
    count = math.prod(shape)
    u = numbers(name, count)
    if name == 'organ_embedding':
        u = [0.3 * v for v in u]
    elif len(shape) >= 2:
        scale = math.sqrt(3.0 / math.prod(shape[1:]))
        u = [scale * v for v in u]
    else:
        offset = 1.0 if name.endswith('weight') else 0.0
        u = [offset + 0.1 * v for v in u]
    return torch.tensor(u, dtype=torch.float64).float().reshape(shape)
)";

std::string names_and_shapes(const LaCafSize& size) {
  std::string text = "shapes = {";
  for (const auto& [name, shape] : lacaf_parameters(size)) {
    text += fmt::format("'{}': [{}],\n", name, fmt::join(shape, ", "));
  }
  return text + "}\n";
}

std::vector<float> to_vector(std::span<const float> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("torch_checkpoint: a training checkpoint of the paper's names is imported exactly") {
  const test::TempDir dir;
  if (!test::run_with_torch(dir, kGenerator + names_and_shapes(kSmall) + R"(
net = collections.OrderedDict(('module.' + n, generated(n, s)) for n, s in shapes.items())
net['module.backbone.down_tr64.ops.0.bn1.running_mean'] = torch.zeros(2)
net['module.backbone.down_tr64.ops.0.bn1.num_batches_tracked'] = torch.tensor(7)
net['module.GAP.0.weight'] = torch.zeros(3)
net._metadata = collections.OrderedDict(version=1)
net['module.controller.weight'] = torch.nn.Parameter(net['module.controller.weight'])
parameters = [torch.nn.Parameter(v.clone()) for n, v in net.items() if n.endswith('weight')]
optimizer = torch.optim.AdamW(parameters)
sum((p * p).sum() for p in parameters).backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
torch.save({'net': net, 'optimizer': optimizer.state_dict(), 'scheduler': scheduler.state_dict(),
            'epoch': 3, 'name': 'run', 'best': 0.7, 'done': False, 'extra': None}, 'lacaf.pth')
)")) {
    return;
  }
  ImportOptions options;
  options.lacaf = dir / "lacaf.pth";
  options.out = dir / "bundle";
  const auto report = import_model(options);
  REQUIRE_MESSAGE(report, (report ? std::string() : report.error().message));
  CHECK(report->ignored == std::map<std::string, int>{{"GAP", 1}, {"running statistics", 2}});
  const auto bundle = ModelBundle::open(options.out);
  REQUIRE(bundle);
  for (const auto& tensor : test::generated_lacaf(kSmall)) {
    CAPTURE(tensor.name);
    CHECK(to_vector(bundle->tensor(tensor.name)) == tensor.values);
  }
}

TEST_CASE("torch_checkpoint: halves, views, shared storages and all protocols") {
  const test::TempDir dir;
  if (!test::run_with_torch(dir, R"(
import torch
base = torch.arange(24.).reshape(2, 3, 4)
state = {'half': torch.tensor([1.5, -2, 65504]).half(),
         'bfloat16': torch.tensor([1.5, -2]).bfloat16(),
         'double': torch.tensor([0.1], dtype=torch.float64), 'bool': torch.tensor([True, False]),
         'base': base, 'permuted': base.permute(2, 0, 1), 'slice': base[1, 1:, ::2],
         'scalar': torch.tensor(5), 'empty': torch.zeros(0, 3)}
for protocol in (2, 3, 4, 5):
    torch.save(state, 'p%d.pth' % protocol, pickle_protocol=protocol)
)")) {
    return;
  }
  for (const int protocol : {2, 3, 4, 5}) {
    CAPTURE(protocol);
    auto dict = open_checkpoint(dir / fmt::format("p{}.pth", protocol));
    REQUIRE_MESSAGE(dict, (dict ? std::string() : dict.error().message));
    CHECK(*(*dict)->floats("half") == std::vector<float>{1.5F, -2, 65504});
    CHECK(*(*dict)->floats("bfloat16") == std::vector<float>{1.5F, -2});
    CHECK(*(*dict)->floats("double") == std::vector<float>{0.1F});
    CHECK(*(*dict)->floats("bool") == std::vector<float>{1, 0});
    CHECK((*dict)->tensors().at("permuted").shape == std::vector<std::int64_t>{4, 2, 3});
    CHECK(*(*dict)->floats("permuted") == std::vector<float>{0,  4,  8,  12, 16, 20, 1,  5,
                                                             9,  13, 17, 21, 2,  6,  10, 14,
                                                             18, 22, 3,  7,  11, 15, 19, 23});
    CHECK(*(*dict)->floats("slice") == std::vector<float>{16, 18, 20, 22});
    CHECK(*(*dict)->floats("scalar") == std::vector<float>{5});
    CHECK((*dict)->floats("empty")->empty());
  }
}

TEST_CASE("torch_checkpoint: text features in the forms that people save") {
  const test::TempDir dir;
  if (!test::run_with_torch(dir, R"(
import torch
t = torch.arange(4 * 512.).reshape(4, 512)
torch.save(t, 'flat.pth')
torch.save(t.unsqueeze(1), 'middle.pth')
torch.save({'prompts': ['a', 'b'], 'embedding': torch.nn.Parameter(t)}, 'dict.pth')
torch.save(t.double().t().contiguous().t(), 'columns.pth')
)")) {
    return;
  }
  for (const char* name : {"flat.pth", "middle.pth", "dict.pth", "columns.pth"}) {
    CAPTURE(name);
    const auto values = read_text_features(dir / name, 4);
    REQUIRE_MESSAGE(values, (values ? std::string() : values.error().message));
    REQUIRE(values->size() == 2048);
    CHECK((*values)[1] == 1);
    CHECK((*values)[2047] == 2047);
  }
}

TEST_CASE("torch_checkpoint: a pickle with code is refused and nothing runs") {
  const test::TempDir dir;
  if (!test::run_with_torch(dir, R"(
import argparse, os, torch
class Evil:
    def __reduce__(self):
        return os.system, ('touch witness',)
torch.save({'net': {'w': torch.zeros(1)}, 'extra': Evil()}, 'evil.pth')
torch.save({'net': {'w': torch.zeros(1)}, 'args': argparse.Namespace(lr=1)}, 'args.pth')
torch.save({'w': torch.zeros(1)}, 'legacy.pth', _use_new_zipfile_serialization=False)
)")) {
    return;
  }
  const auto evil = open_checkpoint(dir / "evil.pth");
  REQUIRE_FALSE(evil);
  CHECK(contains(evil.error().message, "refuses 'posix.system'"));
  CHECK_FALSE(std::filesystem::exists(dir / "witness"));
  CHECK_FALSE(std::filesystem::exists("witness"));
  CHECK(contains(open_checkpoint(dir / "args.pth").error().message, "'argparse.Namespace'"));
  CHECK(contains(open_checkpoint(dir / "legacy.pth").error().message, "before PyTorch 1.6"));
}

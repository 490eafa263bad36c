#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "host/engine/network/decision_table.h"
#include "host/exporting/policy_formats.h"
#include "kernels/network.cuh"

namespace edgesweep {
namespace {

using Text = fmt::memory_buffer;

template <typename... Arguments>
void write(Text& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

// Hexadecimal numbers are exact. C has no empty arrays.
std::string number(float value) { return fmt::format("{:a}f", value); }
std::string number(double value) { return fmt::format("{:a}", value); }
std::string number(int32_t value) { return std::to_string(value); }

template <typename Number>
void write_array(Text& out, const char* type, const std::string& name,
                 const std::vector<Number>& values) {
  write(out, "static const {} {}[{}] = {{", type, name, std::max<size_t>(values.size(), 1));
  constexpr size_t kInLine = 6;
  for (size_t i = 0; i < values.size(); ++i)
    write(out, "{}{},", i % kInLine == 0 ? "\n  " : " ", number(values[i]));
  write(out, "{}\n}};\n", values.empty() ? "0" : "");
}

/// What does not depend on the network but for sizes. NAME and the capital words are put in.
constexpr const char* kCode = R"(
/* One camera: what it has seen, and its bucket. NAME_start before the first image. */
typedef struct {
  float window[INPUTS]; /* normalised metrics, newest first, then gaps, newest first */
  int32_t units;        /* in the bucket; P of them are a token */
  int begun;            /* an image has been seen */
} NAME_state;

static void NAME_start(NAME_state* state) {
  int i;
  for (i = 0; i < INPUTS; ++i) state->window[i] = 0.0f;
  state->units = CAPACITY;
  state->begun = 0;
}

/* The reward that a normalised metric promises. */
static float NAME_promised(double metric) {
  int32_t first = 0, count = STEPS;
  while (count > 0) {
    const int32_t half = count / 2, step = first + half;
    if (NAME_reward_high[step] - metric < metric - NAME_reward_low[step]) {
      first = step + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return NAME_reward[first];
}

/* A hidden layer: LeakyReLU of one chain of fused multiply-adds an output, from the bias; the chains side by side. */
static void NAME_layer(const float* x, int inputs, int outputs, const float* weight, const float* bias, float* y) {
  int i, o;
  for (o = 0; o < outputs; ++o) y[o] = bias[o];
  for (i = 0; i < inputs; ++i)
    for (o = 0; o < outputs; ++o) y[o] = fmaf(x[i], weight[i * outputs + o], y[o]);
  for (o = 0; o < outputs; ++o) {
    const float scaled = 0.2f * y[o];
    y[o] = y[o] < scaled ? scaled : y[o];
  }
}

/* What offloading is worth more than keeping, with `units` >= P in the bucket. */
static float NAME_gain(const float* window, int32_t units, double metric) {
  float x[WIDEST], y[WIDEST], chain[16];
  const float* hidden = window;
  const float* difference = NAME_difference + (units - COST) * WIDTH;
  int k, half;
LAYERS  for (k = 0; k < 16; ++k) chain[k] = 0.0f;
  for (k = 0; k < WIDTH; ++k) chain[k % 16] = fmaf(hidden[k], difference[k], chain[k % 16]);
  for (half = 8; half > 0; half /= 2)
    for (k = 0; k < half; ++k) chain[k] = chain[k] + chain[k + half];
  return (NAME_bias_difference[units - COST] + chain[0]) + NAME_promised(metric);
}

/* The next image: 1 to offload it, 0 to keep it. metric: as in the dataset; gap: time units since the image before, 1 or more
   (not looked at for the first image). Takes the token. */
static int NAME_decide(NAME_state* state, double metric, int32_t gap) {
  const double normalised = (metric - METRIC_MEAN) / METRIC_DEVIATION;
  int i, offload;
  if (state->begun) {
    const int64_t refilled = (int64_t)state->units + (int64_t)REFILL * gap;
    state->units = refilled < CAPACITY ? (int32_t)refilled : CAPACITY;
  }
  for (i = METRICS - 1; i > 0; --i) state->window[i] = state->window[i - 1];
  state->window[0] = (float)normalised;
GAP_SHIFT  state->begun = 1;
  offload = state->units >= COST && NAME_gain(state->window, state->units, normalised) >= 0.0f;
  if (offload) state->units -= COST;
  return offload;
}

/* How many decisions of the example differ from those of edgesweep: 0. */
static int NAME_check(void) {
  NAME_state state;
  int i, different = 0;
  NAME_start(&state);
  for (i = 0; i < EXAMPLE; ++i)
    different += NAME_decide(&state, NAME_example_metric[i], NAME_example_gap[i]) != NAME_example_offload[i];
  return different;
}
)";

constexpr const char* kGapShift =
    R"(  for (i = INPUTS - 1; i > METRICS; --i) state->window[i] = state->window[i - 1];
  state->window[METRICS] = state->begun ? (float)gap : 0.0f;
)";

void replace_all(std::string& text, const std::string& word, const std::string& by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
}

std::string code_of(const ExportedPolicy& policy, const std::string& name, int width) {
  std::string layers;
  int widest = 1;
  for (int l = 0; l + 1 < policy.shape.layers(); ++l) {
    const int inputs = policy.shape.sizes[static_cast<size_t>(l)];
    const int outputs = policy.shape.sizes[static_cast<size_t>(l) + 1];
    widest = std::max(widest, outputs);
    const char* const to = l % 2 == 0 ? "x" : "y";
    layers += fmt::format(
        "  NAME_layer(hidden, {0}, {1}, NAME_weight_{2}, NAME_bias_{2}, {3});\n"
        "  hidden = {3};\n",
        inputs, outputs, l, to);
  }
  if (policy.shape.layers() < 3) layers += "  (void)y;\n";
  std::string code = kCode;
  replace_all(code, "LAYERS", layers);
  replace_all(code, "GAP_SHIFT", policy.gaps > 0 ? kGapShift : "");
  const std::pair<const char*, std::string> words[] = {
      {"METRIC_MEAN", number(policy.metric_mean)},
      {"METRIC_DEVIATION", number(policy.metric_deviation)},
      {"METRICS", std::to_string(policy.metrics)},
      {"INPUTS", std::to_string(policy.shape.inputs())},
      {"CAPACITY", std::to_string(policy.bucket.capacity)},
      {"COST", std::to_string(policy.bucket.cost)},
      {"REFILL", std::to_string(policy.bucket.refill)},
      {"STEPS", std::to_string(policy.promised.low.size())},
      {"WIDEST", std::to_string(widest)},
      {"WIDTH", std::to_string(width)},
      {"EXAMPLE", std::to_string(policy.example.metric.size())},
      {"NAME", name}};
  for (const auto& [word, by] : words) replace_all(code, word, by);
  return code;
}

}  // namespace

std::string policy_as_c(const ExportedPolicy& policy, const std::string& name) {
  static_assert(kLeakySlope == 0.2f && kDecisionChains == 16, "as in kCode");
  std::string guard = name + "_H_";
  std::transform(guard.begin(), guard.end(), guard.begin(),
                 [](unsigned char letter) { return std::toupper(letter); });
  Text out;
  write(out,
        "/* A policy that edgesweep trained: run {}, results with digest {}.\n"
        "   {}_decide says for each image whether to offload it, with the bits of edgesweep. C99, "
        "no memory is taken; link with "
        "-lm,\n   and compile without -ffast-math. */\n#ifndef {}\n#define {}\n#include "
        "<float.h>\n#include <math.h>\n"
        "#include <stdint.h>\n"
        "#if FLT_EVAL_METHOD != 0\n#error \"float arithmetic must be in single precision (-msse2 "
        "-mfpmath=sse)\"\n#endif\n\n",
        policy.run, policy.digest, name, guard, guard);
  const float* at = policy.weights.data();
  for (int l = 0; l + 1 < policy.shape.layers(); ++l) {
    const int inputs = policy.shape.sizes[static_cast<size_t>(l)];
    const int outputs = policy.shape.sizes[static_cast<size_t>(l) + 1];
    const float* const bias = at + static_cast<ptrdiff_t>(inputs) * outputs;
    write_array(out, "float", fmt::format("{}_weight_{}", name, l), std::vector<float>(at, bias));
    write_array(out, "float", fmt::format("{}_bias_{}", name, l),
                std::vector<float>(bias, bias + outputs));
    at = bias + outputs;
  }
  const DecisionTable table =
      make_decision_table(policy.shape, policy.bucket, policy.outputs, policy.weights);
  std::vector<float> difference;
  for (int32_t state = 0; state <= policy.bucket.capacity - policy.bucket.cost; ++state)
    difference.insert(difference.end(), table.row(state), table.row(state) + table.width);
  write_array(out, "float", name + "_difference", difference);
  write_array(out, "float", name + "_bias_difference", table.bias_difference);
  write_array(out, "double", name + "_reward_low", policy.promised.low);
  write_array(out, "double", name + "_reward_high", policy.promised.high);
  write_array(out, "float", name + "_reward", policy.promised.reward);
  write_array(out, "double", name + "_example_metric", policy.example.metric);
  write_array(out, "int32_t", name + "_example_gap", policy.example.gap);
  write_array(out, "int32_t", name + "_example_offload", policy.example.offload);
  write(out, "{}\n#endif\n", code_of(policy, name, table.width));
  return fmt::to_string(out);
}

}  // namespace edgesweep

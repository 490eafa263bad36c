#include "host/engine/run/searches.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "host/engine/fleet/search.h"
#include "host/engine/fleet/search_bound.h"
#include "host/engine/problem/resolve.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

/// Values one after another, each to its last bit.
class KeyText {
 public:
  KeyText() { text_.precision(17); }
  template <typename Value>
  KeyText& operator<<(const Value& value) {
    text_ << value << ' ';
    return *this;
  }
  std::string str() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

// Names of searches and their switches in files: they say what the keys say, to the last bit.
// Sequences of cameras are never replayed.

std::string search_name(const RunSettings& settings) {
  const MetricSequenceSettings& sequence = settings.metric_sequence;
  const FleetSettings& fleet = settings.fleet;
  KeyText key;
  key << settings.dataset << static_cast<int>(settings.rules) << settings.training_deviation
      << static_cast<int>(settings.mdp.stop) << settings.mdp.discount
      << static_cast<int>(sequence.type) << sequence.spread << sequence.reset_probability
      << settings.seed << fleet.search.sequences << fleet.search.images;
  if (settings.metric_scale)
    key << "scale" << settings.metric_scale->mean << settings.metric_scale->deviation;
  for (const double rate : fleet.search_rates) key << "rate" << rate;
  for (const double depth : fleet.search_depths) key << "depth" << depth;
  return key.str();
}

std::string switch_name(const RunSettings& settings) {
  KeyText key;
  key << search_name(settings) << settings.fleet.count << settings.rate << settings.depth;
  return key.str();
}

/// Runs of one search, one for each of its switches.
using SearchRuns = std::map<SwitchKey, const RunSettings*>;
using Searches = std::map<SearchKey, SearchRuns>;

void add_run(const RunSettings& run, Searches& searches) {
  if (needs_search(run)) searches[search_key(run)][switch_key(run)] = &run;
}

std::vector<SearchSwitch> switches_of(const SearchRuns& runs) {
  std::vector<SearchSwitch> switches;
  for (const auto& [key, run] : runs) switches.push_back({switch_of(*run), run->rate, run->depth});
  return switches;
}

/// The same run wherever its dataset lies: what is kept of a search names the content.
RunSettings without_path(RunSettings run) {
  run.dataset.clear();
  return run;
}

/// The columns of `kept` that belong to the switches of these names. Nothing when one is missing,
/// or when it is of another grid.
std::optional<SearchState> state_for(const SavedSearch& kept, const std::vector<std::string>& names,
                                     size_t buckets) {
  const size_t before = kept.switches.size();
  const SearchState& all = kept.state;
  const size_t pairs = buckets * before;
  if (all.wanted.size() != pairs || all.reward.size() != pairs || all.rounds.size() != pairs ||
      all.leader.size() != before)
    return std::nullopt;
  std::vector<size_t> columns;
  for (const std::string& name : names) {
    const auto found = std::find(kept.switches.begin(), kept.switches.end(), name);
    if (found == kept.switches.end()) return std::nullopt;
    columns.push_back(static_cast<size_t>(found - kept.switches.begin()));
  }
  SearchState state;
  state.passes = all.passes;
  for (const size_t column : columns) state.leader.push_back(all.leader[column]);
  for (size_t b = 0; b < buckets; ++b)
    for (const size_t column : columns) {
      state.wanted.push_back(all.wanted[b * before + column]);
      state.reward.push_back(all.reward[b * before + column]);
      state.rounds.push_back(all.rounds[b * before + column]);
    }
  return state;
}

/// One search, and what a backend makes of it.
class SearchOfRuns {
 public:
  SearchOfRuns(const SearchRuns& runs, InputCache& inputs, RunObserver& observer,
               SearchProgress progress)
      : runs_(runs), inputs_(inputs), observer_(observer), progress_(progress) {
    const RunSettings& first = *runs.begin()->second;
    const std::string& content = inputs.dataset(first)->sha256;
    name_ = search_name(without_path(first)) + content;
    old_name_ = search_name(first) + content;
    for (const auto& [key, run] : runs) names_.push_back(switch_name(without_path(*run)));
    problem_.source = training_source(first, Purpose::fleet_search, inputs);
    problem_.size = first.fleet.search;
    problem_.rates = first.fleet.search_rates;
    problem_.depths = first.fleet.search_depths;
    problem_.switches = switches_of(runs);
    hooks_.stop_requested = [this] { return observer_.stop_requested(); };
    hooks_.on_work = [this](double done, double left) {
      SearchProgress now = progress_;
      now.done = done;
      now.left = left;
      observer_.on_search(now);
    };
    hooks_.on_pass = [this](const SearchState& state) {
      observer_.on_search_pass(name_, {names_, state});
    };
    problem_.policy = [this, &first](const TokenBucket& bucket) {
      return make_rank_policy(*problem_.source.images, bucket,
                              mdp_of(first, bucket, inputs_, hooks_.stop_requested).threshold);
    };
  }
  SearchOfRuns(const SearchOfRuns&) = delete;
  SearchOfRuns& operator=(const SearchOfRuns&) = delete;

  /// False: stopped.
  bool run(const FleetSimulator& simulate) {
    const size_t buckets = SearchGrid(problem_.rates, problem_.depths).buckets.size();
    const std::optional<SearchState> earlier = kept_state(buckets);
    SearchOutcome found = search_fleets(problem_, simulate, hooks_, earlier ? &*earlier : nullptr);
    if (found.stopped) return false;
    size_t at_switch = 0;
    for (const auto& [key, run] : runs_)
      inputs_.keep_search(key, std::move(found.points[at_switch++]));
    return true;
  }

 private:
  std::optional<SearchState> kept_state(size_t buckets) const {
    if (const std::optional<SavedSearch> kept = observer_.saved_search(name_))
      return state_for(*kept, names_, buckets);
    const std::optional<SavedSearch> old = observer_.saved_search(old_name_);
    if (!old) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& [key, run] : runs_) names.push_back(switch_name(*run));
    return state_for(*old, names, buckets);
  }

  const SearchRuns& runs_;
  InputCache& inputs_;
  RunObserver& observer_;
  const SearchProgress progress_;
  std::string name_;
  std::string old_name_;            ///< with the dataset's path, as results of format 4 go with
  std::vector<std::string> names_;  ///< of the switches, in the order of runs_
  SearchProblem problem_;
  SearchHooks hooks_;
};

}  // namespace

FleetSwitch switch_of(const RunSettings& settings) {
  const int32_t count = settings.fleet.count;
  return {count, *make_token_bucket(settings.rate, settings.depth * count)};
}

bool needs_search(const RunSettings& settings) {
  return settings.has(Policy::hierarchical) || is_learned_fleet(settings);
}

bool run_searches(const std::vector<RunJob>& jobs, InputCache& inputs,
                  const FleetSimulator& simulate, RunObserver& observer) {
  Searches searches;
  for (const RunJob& job : jobs)
    if (needs_search(job.settings) && !inputs.has_search(switch_key(job.settings)))
      add_run(job.settings, searches);
  SearchProgress progress{0, searches.size()};
  for (const auto& [key, runs] : searches) {
    if (!SearchOfRuns(runs, inputs, observer, progress).run(simulate)) return false;
    ++progress.search;
  }
  return true;
}

SearchPlan plan_searches(const std::vector<RunSettings>& runs) {
  Searches searches;
  for (const RunSettings& run : runs) add_run(run, searches);
  SearchPlan plan;
  for (const auto& [key, by_switch] : searches) {
    const FleetSettings& fleet = by_switch.begin()->second->fleet;
    const std::vector<SearchSwitch> switches = switches_of(by_switch);
    const SearchGrid grid(fleet.search_rates, fleet.search_depths);
    std::vector<int64_t> sequences;
    for (const uint8_t tried : pairs_to_try(grid, switches)) {
      plan.points += tried;
      sequences.push_back(tried != 0 ? fleet.search.sequences : 0);
    }
    ++plan.searches;
    plan.switches += static_cast<int64_t>(switches.size());
    plan.work += work_left(sequences, switches, fleet.search.images) +
                 work_of_leaders(switches, fleet.search);
  }
  return plan;
}

}  // namespace edgesweep

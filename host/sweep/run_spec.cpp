#include "host/sweep/run_spec.h"

namespace edgesweep {

RunSettings RunSpec::settings() const { return RunReader().read(*this); }

const RunSettings& RunReader::read(const RunSpec& run) {
  if (!reader_ || run.context != context_) reader_.emplace(run.context->folder);
  context_ = run.context;
  const RunSettings& settings = reader_->read(run.config);
  if (!context_->change) return settings;
  changed_ = settings;
  context_->change(changed_);
  return changed_;
}

std::function<const RunSettings&(size_t run)> settings_of(const Sweep& sweep) {
  return [&sweep, reader = std::make_shared<RunReader>()](size_t run) -> const RunSettings& {
    return reader->read(sweep.runs[run]);
  };
}

}  // namespace edgesweep

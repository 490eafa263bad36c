#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

// configs/schema.json (JSON Schema draft-07), the one source of setting names, defaults, ranges and
// help text. Whether a value is valid is decided by valijson; what the message says is read from
// the schema.

/// The schema with its keys in the order written.
const OrderedJson& schema_document();

/// Every setting that an axis or --set may name ("rate", "dqn.width", "metric_sequence"), in schema
/// order.
const std::vector<std::string>& setting_names();

/// The part of the schema that describes a setting; nullptr if there is no such setting.
const OrderedJson* setting_schema(const std::string& name);

/// Throws InputError (file, JSON path, found, allowed, nearest name) unless the document is a valid
/// config.
void check_config(const OrderedJson& document, const std::string& file);

/// The same for one value of the setting `name`, which must exist. place: what the message calls
/// the value's place.
void check_setting(const std::string& name, const OrderedJson& value, const std::string& file,
                   const std::string& place);

/// The same for a value whose members were written in several places: place_of tells where a
/// setting ("metric_sequence", "metric_sequence.spread") stands.
void check_setting(const std::string& name, const OrderedJson& value, const std::string& file,
                   const std::function<std::string(const std::string&)>& place_of);

/// The same for the values of an axis: a list or a range. The list's values are not looked at.
void check_axis(const OrderedJson& values, const std::string& file, const std::string& place);

/// Throws InputError unless `name` is one of setting_names(); place as above.
void check_setting_name(const std::string& name, const std::string& file, const std::string& place);

}  // namespace edgesweep

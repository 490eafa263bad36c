#pragma once

// Stands in for TBB's header of this name, which the engine includes and does not use.

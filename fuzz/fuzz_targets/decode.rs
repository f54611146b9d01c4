#![no_main]

#[allow(clippy::single_component_path_imports, reason = "what is included names it through its parent")]
use teleop;

#[path = "../../teleop/src/operate/dynamic/tests/fuzzed.rs"]
#[allow(dead_code, reason = "each target uses one of them")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::decode(bytes));

//! Teleop: `typed`, by code that was generated from the schema; `dynamic`, by a schema that was met at run time,
//! from JSON to JSON; `command` and `async command`, plain functions of the program, from JSON to JSON. A server that is `alone` has no
//! Teleop in it, and can be told to work as the others are.

mod by_schema;
mod client;
mod flow;
mod server;

use anyhow::Result;
use teleop_bench_load::Role;

fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { way, .. } => server::serve(&way),
        Role::Client { way, pid, .. } => client::call(&way, pid),
    }
}

//! gRPC, by tonic on a runtime of tokio with one thread. What `protoc` would generate is written by hand.

mod client;
mod message;
mod server;

use anyhow::Result;
use teleop_bench_load::{Role, obey};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { socket, .. } => server::serve(&socket).await,
        Role::Client { socket, .. } => obey(async || client::Caller::connect(&socket).await).await,
    }
}

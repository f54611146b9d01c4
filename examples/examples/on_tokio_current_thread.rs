//! A program under tokio, on one thread alone, that offers Teleop as one of its own futures.
//!
//! The services run between its tasks and share what they have, without `Send`.
//! [`teleop::spawn`] works here, too.

use std::error::Error;

use teleop::Server;
use tokio::io::{copy, sink, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::new()?;
    println!("pid: {}", std::process::id());

    let (mut input, mut nowhere) = (stdin(), sink());
    tokio::select! {
        () = server.run() => {}
        ended = copy(&mut input, &mut nowhere) => { ended?; } // What the program does all day.
    }
    Ok(())
}

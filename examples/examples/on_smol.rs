//! A program under smol that offers Teleop as one of its own futures.

use std::{error::Error, io};

use smol::{Unblock, future};
use teleop::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::new()?;
    println!("pid: {}", std::process::id());

    let work = async {
        let input = Unblock::new(io::stdin());
        smol::io::copy(input, smol::io::sink()).await // What the program does all day.
    };
    let serve = async {
        server.run().await;
        Ok(0)
    };
    smol::block_on(future::or(serve, work))?;
    Ok(())
}

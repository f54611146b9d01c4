//! A target that waits with kqueue, until its standard input is closed.

use std::{
    env,
    error::Error,
    io::{self, Read},
    time::Duration,
};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).ok_or("which directory?")?;
    let teleop = teleop::Config::new()
        .attacher(teleop_kqueue::Kqueue)
        .directory(directory)
        .linger(Duration::from_millis(50))
        .spawn(|_| ())?;
    if let Some(error) = teleop.error() {
        return Err(format!("{error:?}").into());
    }
    println!("armed");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

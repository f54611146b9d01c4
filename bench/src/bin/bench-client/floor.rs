//! By a socket, and nothing else.

use std::{
    error::Error,
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use crate::now;

/// Says when it had the answer.
pub(crate) fn ask(target: &str) -> Result<u128, Box<dyn Error>> {
    let mut stream = UnixStream::connect(target)?;
    stream.write_all(b"hi")?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    now()
}

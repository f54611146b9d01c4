//! `bench-floor SOCKET`: what `floor.c` does, in Rust. `bench-floor serve SOCKET`: who answers both of them, until
//! its standard input ends.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{
    env,
    error::Error,
    fs,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    thread,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", socket] => serve(socket)?,
        [socket] => {
            let mut stream = UnixStream::connect(socket)?;
            stream.write_all(b"hi")?;
            let mut answer = [0; 2];
            stream.read_exact(&mut answer)?;
            println!("{}", String::from_utf8_lossy(&answer));
        }
        _ => return Err("usage: bench-floor [serve] SOCKET".into()),
    }
    Ok(())
}

fn serve(socket: &str) -> io::Result<()> {
    // The one before left it.
    let _ = fs::remove_file(socket);
    let listener = UnixListener::bind(socket)?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut word = [0; 2];
            let answered = stream.and_then(|mut stream| {
                stream.read_exact(&mut word)?;
                stream.write_all(&word)
            });
            // Who does not wait for the answer is not measured.
            let _ = answered;
        }
    });
    println!("ready");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

//! `bench-decode SCHEMA STRUCT MESSAGE`: makes JSON of the message of a file, as often as it reads a
//! line: `write` has it written to a sink, `keep` has it made a value.
//!
//! It prints for each line how many nanoseconds of a processor's time it took, how many bytes of JSON
//! were written, and how many KiB of memory the process has needed, at the most, beyond what it had
//! when it had read the message. Nothing large is freed before, which would hide some of it.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{
    env,
    error::Error,
    fs,
    io::{self, BufReader, BufWriter, Write},
    time::Duration,
};

use capnp::{any_pointer, message::ReaderOptions, serialize};
use nix::time::{ClockId, clock_gettime};
use teleop::operate::dynamic::{Decoded, Schema};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [schema, name, path] = &arguments[..] else {
        return Err("usage: bench-decode SCHEMA STRUCT MESSAGE".into());
    };
    let schema = Schema::from_bytes(&fs::read(schema)?)?;
    let structure = schema.structure(name).ok_or("no such struct")?;

    let mut options = ReaderOptions::new();
    // The message is read many times.
    options.traversal_limit_in_words(None);
    let message = serialize::read_message(BufReader::new(fs::File::open(path)?), options)?;
    let root: any_pointer::Reader<'_> = message.get_root()?;

    let before = most_resident()?;
    for line in io::stdin().lines() {
        let mut sink = BufWriter::new(Counter(0));
        let decoded = Decoded::new(&structure, root);
        let begin = processor_time()?;
        let value = match line?.as_str() {
            "write" => decoded.write(&mut sink).map(|()| None)?,
            "keep" => Some(decoded.to_value()?),
            other => return Err(format!("what is `{other}`?").into()),
        };
        sink.flush()?;
        let took = (processor_time()? - begin).as_nanos();
        let memory = most_resident()?.saturating_sub(before);
        println!("{took} {} {memory}", sink.get_ref().0);
        drop(value);
    }
    Ok(())
}

/// A sink that counts.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Of this process so far. It waits for nothing, so that what else runs on the machine is no part of it.
fn processor_time() -> nix::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// How much memory was resident at the most since this process began, in KiB.
fn most_resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let size = line.and_then(|line| line.split_whitespace().next());
    Ok(size.ok_or("no `VmHWM` in /proc/self/status")?.parse()?)
}

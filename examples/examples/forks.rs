//! A program that forks its workers first and has each offer Teleop under its own name: the parent and
//! every worker are processes of their own, and each answers for itself alone.

#[cfg(not(unix))]
fn main() {
    eprintln!("fork(2) is of Unix");
}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs::File, io, io::Read};

    use nix::unistd::{self, ForkResult};
    use teleop::Config;

    const WORKERS: usize = 2;

    // A worker that reads it to its end knows that the parent is gone.
    let (alive, parent) = unistd::pipe()?;
    let mut workers = Vec::new();
    for number in 1..=WORKERS {
        // SAFETY: this process has one thread.
        #[expect(unsafe_code, reason = "fork(2) is what this shows")]
        match unsafe { unistd::fork() }? {
            ForkResult::Parent { child } => workers.push(child),
            ForkResult::Child => {
                drop(parent);
                let _teleop = Config::new()
                    .name(format!("worker-{number}"))
                    .spawn(|_| {})?;
                File::from(alive).read_to_end(&mut Vec::new())?; // What a worker does all day.
                return Ok(());
            }
        }
    }

    // Not before the last fork: a child has none of its parent's threads.
    let _teleop = Config::new().name("parent").spawn(|_| {})?;
    println!("pid: {}", std::process::id());
    for worker in &workers {
        println!("worker: {worker}");
    }
    io::stdin().read_line(&mut String::new())?; // What the parent does all day.
    drop(parent);
    for worker in workers {
        nix::sys::wait::waitpid(worker, None)?;
    }
    Ok(())
}

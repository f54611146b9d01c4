//! The main job, from end to end: a server is started as a process of its own, attached to by its id,
//! and called.

use std::{
    env,
    error::Error,
    io::{self, BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::Instant,
};

use teleop::{Attach, Config, echo_capnp::echo};
use teleop_examples::{
    JOBS, Jobs,
    jobs_capnp::{Priority, jobs},
};

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        _ => attach(&Server::start()?),
    }
}

/// What the server process does: it offers a service, and goes on with its own work.
fn serve() -> Result<(), Box<dyn Error>> {
    let config = Config::new()
        .name("demo")
        .version(env!("CARGO_PKG_VERSION"));
    let _teleop = config.spawn(|services| {
        services
            .offer("jobs", || -> jobs::Client {
                teleop::new_client(Jobs::default())
            })
            .schema(JOBS);
    })?;
    println!("ready");
    io::stdin().read_to_end(&mut Vec::new())?; // Until the demo has seen enough.
    Ok(())
}

/// What the demo does with it.
fn attach(server: &Server) -> Result<(), Box<dyn Error>> {
    let pid = server.0.id();
    println!("process {pid} runs; nothing of it is open");

    let started = Instant::now();
    async_io::block_on(Attach::new().run(pid, async |process| {
        let about = process.about().await?;
        println!(
            "attached in {:.1} ms: {} {}, protocol {}",
            started.elapsed().as_secs_f64() * 1000.0,
            about.program,
            about.version.unwrap_or_default(),
            about.protocol,
        );

        println!("it offers");
        for service in process.services().await? {
            println!("  {:6}{}", service.name, service.doc.unwrap_or_default());
        }

        let echo: echo::Client = process.service("echo");
        let mut request = echo.echo_request();
        request.get().set_message("hi");
        let response = request.send().promise.await?;
        println!("echo.echo: {:?}", response.get()?.get_reply()?);

        let jobs: jobs::Client = process.service("jobs");
        let mut request = jobs.submit_request();
        request.get().set_name("backup");
        request.get().set_priority(Priority::High);
        let response = request.send().promise.await?;
        println!("jobs.submit: job {}", response.get()?.get_id());
        Ok(())
    }))?;
    Ok(())
}

/// The server, as a process of its own. It ends with this.
struct Server(Child);

impl Server {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the output is piped")?;
        BufReader::new(output).read_line(&mut String::new())?;
        Ok(Self(child))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take()); // By which it notices.
        let _ = self.0.wait();
    }
}

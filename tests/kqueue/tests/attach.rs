//! Two processes, one of which waits with kqueue.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use teleop::{Attach, Remote, Result, echo_capnp::echo};

#[test]
fn a_request_wakes_a_target_that_waits() {
    let target = Target::start("wakes");
    let opened = target.open();
    assert!(opened.requested, "nothing is open before it is asked for");
    assert!(target.names().iter().any(|name| name == "socket"));
    assert!(
        !target
            .names()
            .iter()
            .any(|name| name.starts_with("attach-"))
    );
}

#[test]
fn a_target_answers_a_call() {
    let target = Target::start("answers");
    let reply = async_io::block_on(
        target
            .attach()
            .run(target.pid(), async |process| echo(&process, "hi").await),
    );
    assert_eq!(reply.unwrap(), "hi");
}

#[test]
fn a_target_that_closed_its_socket_is_woken_again() {
    let target = Target::start("again");
    for _ in 0..5 {
        assert!(target.open().requested);
        target.wait_until(|names| !names.iter().any(|name| name == "socket"));
    }
}

#[test]
fn what_else_happens_in_the_directory_opens_nothing() {
    let target = Target::start("else");
    let endpoint = target.endpoint();
    for round in 0..100 {
        fs::write(endpoint.join(format!("other-{round}")), "").unwrap();
        fs::remove_file(endpoint.join(format!("other-{round}"))).unwrap();
    }
    assert_eq!(target.names(), ["about.json"]);
    assert!(target.open().requested);
}

#[test]
fn an_endpoint_that_was_deleted_is_made_again() {
    let target = Target::start("deleted");
    let endpoint = target.endpoint();
    fs::remove_dir_all(&endpoint).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !endpoint.join("about.json").exists() {
        assert!(Instant::now() < deadline, "the endpoint is not made again");
        std::thread::yield_now();
    }
    assert!(target.open().requested);
}

async fn echo(process: &Remote, message: &str) -> Result<String> {
    let echo: echo::Client = process.service("echo");
    let mut request = echo.echo_request();
    request.get().set_message(message);
    let response = request.send().promise.await?;
    Ok(response
        .get()?
        .get_reply()?
        .to_string()
        .expect("it is what was sent"))
}

/// A target in a directory of its own. Both end with this.
struct Target {
    child: Child,
    directory: PathBuf,
}

impl Target {
    fn start(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory); // A test that failed leaves it behind.
        let mut child = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_eq!(line, "armed\n");
        Self { child, directory }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn attach(&self) -> Attach {
        Attach::new()
            .directory(&self.directory)
            .timeout(Duration::from_secs(10))
    }

    fn open(&self) -> teleop::attach::Attached {
        async_io::block_on(self.attach().open(self.pid())).unwrap()
    }

    fn endpoint(&self) -> PathBuf {
        let mut entries = fs::read_dir(&self.directory).unwrap();
        entries.next().unwrap().unwrap().path()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.endpoint()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn wait_until(&self, holds: impl Fn(&[String]) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !holds(&self.names()) {
            assert!(
                Instant::now() < deadline,
                "there is still {:?}",
                self.names()
            );
            std::thread::yield_now();
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory); // The next run removes it, too.
    }
}

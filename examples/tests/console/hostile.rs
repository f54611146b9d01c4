//! [`Hostile`]: a process that says what it likes of its chain.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, Stdio},
    rc::Rc,
};

use teleop::{Config, capnp};
use teleop_examples::state_capnp::{Status, state};
use tempfile::TempDir;

/// A process that says what it likes. It is this very program, run again.
pub(super) struct Hostile(Child);

const SAYS: &str = "TELEOP_EXAMPLES_TEST_SAYS";
const READY: &str = "it is ready";

impl Hostile {
    pub(super) fn start(place: &TempDir, says: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "console::hostile::serves", "--nocapture"])
            .env("TELEOP_DIR", place.path())
            .env(SAYS, says)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The harness has the standard output.
        let said = BufReader::new(child.stderr.as_mut().unwrap());
        assert!(said.lines().any(|line| line.unwrap() == READY));
        Self(child)
    }

    pub(super) fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        drop(self.0.stdin.take()); // By which it notices.
        let _ = self.0.wait();
    }
}

/// No test: what [`Hostile`] starts.
#[test]
fn serves() {
    let Ok(says) = env::var(SAYS) else { return };
    let offered = Config::new().name(NAMES[0]).spawn(move |services| {
        services.offer("state", move || -> state::Client {
            teleop::new_client(Says(says.clone()))
        });
    });
    let _teleop = offered.unwrap();
    eprintln!("{READY}");
    io::stdin().read_line(&mut String::new()).unwrap();
}

struct Says(String);

const NAMES: [&str; 2] = ["\u{1b}[2J<b>&amp;", "<script>alert(1)</script>"];

impl state::Server for Says {
    async fn graph(
        self: Rc<Self>,
        _: state::GraphParams,
        mut results: state::GraphResults,
    ) -> capnp::Result<()> {
        if self.0 == "endless" {
            results.get().init_nodes(1_000_000);
            return Ok(());
        }
        let mut nodes = results.get().init_nodes(2);
        for (index, name) in (0..).zip(NAMES) {
            nodes.reborrow().get(index).set_name(name);
        }
        let mut edge = results.get().init_edges(1).get(0);
        edge.set_from(NAMES[0]);
        edge.set_to(NAMES[1]);
        edge.set_count(u64::MAX);
        Ok(())
    }

    async fn node_statuses(
        self: Rc<Self>,
        _: state::NodeStatusesParams,
        mut results: state::NodeStatusesResults,
    ) -> capnp::Result<()> {
        let mut status = results.get().init_statuses(1).get(0);
        status.set_name(NAMES[1]);
        status.set_status(Status::Error);
        status.set_error("a\nb\u{202e}");
        Ok(())
    }
}

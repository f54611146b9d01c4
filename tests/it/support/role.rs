//! What a target does: this very program, started once more.

use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use teleop::{
    Attach, Config, Server,
    attach::{
        Layout,
        attacher::{Dummy, Unix},
    },
};

use super::{
    forks::{forks, forks_with_a_server},
    services, wander,
};

/// What a target does. It is no test: only a process that was started for it gets so far.
#[test]
#[ignore = "what another process does"]
fn a_target() {
    let Ok(role) = std::env::var("TELEOP_TEST_ROLE") else {
        return;
    };
    let name = std::env::var("TELEOP_TEST_NAME");
    let mut config = Config::new()
        .name(name.unwrap_or_else(|_| "target".to_owned()))
        .version("1.2.3")
        .linger(Duration::from_millis(50));
    if let Some(place) = std::env::var_os("TELEOP_TEST_PLACE") {
        config = config.directory(place);
    }
    match role.as_str() {
        "default" => serve(config),
        "patient" => serve(config.linger(Duration::from_secs(1000))),
        "open umask" => {
            nix::sys::stat::umask(nix::sys::stat::Mode::empty());
            serve(config.linger(Duration::from_secs(1000)));
        }
        "classic" => serve(config.layouts([Layout::Classic])),
        "both" => serve(config.layouts([Layout::Private, Layout::Classic])),
        "dummy" => serve(config.attacher(Dummy)),
        "unix" => serve(config.attacher(Unix)),
        "classic unix" => serve(config.attacher(Unix).layouts([Layout::Classic])),
        "commands" => {
            let config = config.linger(Duration::from_secs(1000));
            let _teleop = config.spawn(crate::commands::offer).unwrap();
            say("ready");
            wait();
        }
        "disabled" => serve(config.enabled(false)),
        "bounded" => {
            if std::env::var_os("TELEOP_TEST_AUDIT").is_some() {
                services::listen_to_the_audit();
            }
            let mut config = services::limited(config).linger(Duration::from_secs(1000));
            if std::env::var_os("TELEOP_TEST_CLASSIC").is_some() {
                config = config.layouts([Layout::Classic]);
            }
            let teleop = config.spawn(services::offer).unwrap();
            say("ready");
            wait();
            drop(teleop);
            say("stopped");
            wait();
        }
        "nothing" => {
            say("ready");
            wait();
        }
        "future" => {
            let server = config.server().unwrap();
            say("ready");
            in_a_future(server);
        }
        "panics" => {
            let _teleop = config.spawn(|_| panic!("as it is set up")).unwrap();
            say("ready");
            wait();
        }
        "stops" => {
            let teleop = config.spawn(|_| {}).unwrap();
            say("ready");
            wait();
            drop(teleop);
            say("stopped");
            wait();
        }
        "quits" => loop {
            let (quit, is_quitting) = mpsc::channel();
            let teleop = config.clone().spawn(|services| {
                services.command_async("program.quit", async move |()| {
                    let _ = quit.send(());
                    teleop::Answer::Ok("good bye")
                });
            });
            say("ready");
            is_quitting.recv().unwrap();
            drop(teleop);
        },
        "comes and goes" => {
            say("ready");
            wait();
            let teleop = config.spawn(|_| {}).unwrap();
            assert!(teleop.error().is_none(), "{:?}", teleop.error());
            say("armed");
            wait();
            drop(teleop);
            std::process::exit(0);
        }
        "calls" => {
            say("ready");
            wait();
            let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
            let place = std::env::var_os("TELEOP_TEST_PLACE").unwrap();
            let attach = Attach::new()
                .directory(place)
                .timeout(Duration::from_secs(50));
            let echoed = attach.run(pid, async |process| super::echo(&process, "hi").await);
            assert_eq!(async_io::block_on(echoed).unwrap(), "hi");
            std::process::exit(0);
        }
        "is limited" => {
            say("ready");
            crate::faults::is_limited(config);
        }
        "starves" => crate::faults::starves(config),
        "offers by default" => crate::faults::offers(),
        "executes" => {
            let _teleop = config.spawn(|_| {}).unwrap();
            say("ready");
            wait();
            panic!("{}", Command::new("cat").exec());
        }
        "ends slowly" => {
            use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

            // Opened first, they are closed last, and each takes the kernel a while.
            let watches = [(); 16].map(|()| {
                let inotify = Inotify::init(InitFlags::IN_CLOEXEC).unwrap();
                inotify.add_watch(".", AddWatchFlags::IN_CREATE).unwrap();
                inotify
            });
            serve(config);
            drop(watches);
        }
        "forks" => forks(config),
        "forks with a server" => forks_with_a_server(config),
        #[cfg(feature = "log")]
        "logs" => super::logging::logs(config),
        "spawns" => {
            let _teleop = config
                .linger(Duration::from_secs(1000))
                .spawn(|_| {})
                .unwrap();
            say("ready");
            wait();
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            say(&child.id().to_string());
            wait();
            child.kill().unwrap();
            child.wait().unwrap();
        }
        "works" => crate::process::works(config),
        "has all its threads" => crate::process::has_all_its_threads(config),
        "squats" => {
            let path = std::env::var_os("TELEOP_TEST_SQUAT").unwrap();
            let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
            say("ready");
            let (mut stream, _) = listener.accept().unwrap();
            let mut stolen = Vec::new();
            stream.read_to_end(&mut stolen).unwrap();
            say(&format!("got {} bytes", stolen.len()));
        }
        "knocks" => {
            say("ready");
            let path = std::env::var_os("TELEOP_TEST_SQUAT").unwrap();
            let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer);
            say(&format!("{read:?}"));
        }
        "wanders" => wander::wanders(config),
        "wanders in the classic layout" => wander::wanders(config.layouts([Layout::Classic])),
        "tries" => wander::tries(config),
        "has a neighbour" => wander::has_a_neighbour(),
        "is replaced by a target" => crate::reuse::is_replaced_by_a_target(),
        "is replaced by a squatter" => crate::reuse::is_replaced_by_a_squatter(),
        "is replaced once pinned" => crate::reuse::is_replaced_once_pinned(),
        "looks around" => super::container::looks_around(),
        "attaches" => {
            say("ready");
            let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
            match async_io::block_on(Attach::new().open(pid)) {
                Err(teleop::Error::Refused { owner, caller, .. }) => say(&format!(
                    "refused: its owner is {}, not {}",
                    owner.as_u32(),
                    caller.as_u32()
                )),
                other => say(&format!("{other:?}")),
            }
        }
        "attaches once told" => {
            say("ready");
            wait();
            let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
            let attached = async_io::block_on(Attach::new().open(pid));
            say(&format!("{:?}", attached.map(|_| ())));
        }
        role => panic!("no role `{role}`"),
    }
}

fn serve(config: Config) {
    let teleop = config.spawn(|_| {}).unwrap();
    assert!(teleop.error().is_none(), "{:?}", teleop.error());
    say("ready");
    wait();
}

pub(super) fn in_a_future(server: Server) {
    let ended = async {
        let mut line = [0];
        let stdin = async_io::Async::new(std::io::stdin()).unwrap();
        stdin
            .read_with(|mut stdin| (&mut stdin).read(&mut line))
            .await
            .unwrap();
    };
    async_io::block_on(futures::future::select(
        std::pin::pin!(server.run()),
        std::pin::pin!(ended),
    ));
}

/// Tells the test something.
pub fn say(line: &str) {
    // Not `println!`, which the test harness may capture.
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\n{line}").unwrap();
    stdout.flush().unwrap();
}

/// Waits for a line, and ends with the test that started this.
pub fn wait() {
    let _ = told();
}

/// Waits for a line, and tells what it is.
pub fn told() -> String {
    let mut line = String::new();
    if std::io::stdin().read_line(&mut line).unwrap() == 0 {
        std::process::exit(0);
    }
    line.trim_end().to_owned()
}

//! The service `process`: what it says is what others see of the process.

use std::{
    fs::{self, File},
    sync::{Barrier, mpsc},
    thread::{self, Builder},
};

use futures::future::join_all;
use nix::sys::resource::{Resource, setrlimit};
use teleop::{
    Config, Error, Remote, Result,
    capnp::ErrorKind,
    process::Uid,
    process_capnp::{info, process, thread::State, usage},
};

use crate::support::{NOBODY, Target, as_nobody, entries, open_directory, run, say, until, wait};

const HOSTILE: &[u8] = b"\xff) Z 1:\x1b[2J\n(";

/// What the target `works` does: one thread waits, and one has a name that is no text. Once it is told
/// to, it opens ten files.
pub fn works(config: Config) {
    let _teleop = config.spawn(|_| {}).unwrap();
    let named = Barrier::new(3);
    let (_keep, work) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let stage = Builder::new().name("stage-7".to_owned());
        let stage = stage.spawn_scoped(scope, || {
            named.wait();
            let _ = work.into_iter().next();
        });
        stage.unwrap();
        scope.spawn(|| {
            fs::write("/proc/thread-self/comm", HOSTILE).unwrap();
            named.wait();
            loop {
                thread::park();
            }
        });
        named.wait();
        say("ready");
        wait();
        let opened: Vec<_> = (0..10).map(|_| File::open("/dev/null").unwrap()).collect();
        say("opened");
        wait();
        drop(opened);
        std::process::exit(0);
    });
}

/// What a target does that has more threads than it may have. It is not root's, who may have any.
pub fn has_all_its_threads(config: Config) {
    let _teleop = config.spawn(|_| {}).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, 1, 1).unwrap();
    assert!(Builder::new().spawn(|| {}).is_err());
    say("ready");
    wait();
}

/// The number behind a word at the start of a line.
fn field(path: &str, word: &str) -> u64 {
    let text = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find_map(|line| line.strip_prefix(word));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}

fn about(target: &Target, file: &str) -> String {
    format!("/proc/{}/{file}", target.pid())
}

fn open_files(target: &Target) -> i64 {
    entries(about(target, "fd").as_ref()).len() as i64
}

/// Attaches, and asks the service.
fn ask<T>(target: &Target, ask: impl AsyncFnOnce(process::Client) -> Result<T>) -> T {
    let asked = async |remote: Remote| ask(remote.service("process")).await;
    run(target.attach().run(target.pid(), asked)).unwrap()
}

async fn usage(
    process: &process::Client,
) -> Result<teleop::capnp::capability::Response<usage::Owned>> {
    Ok(process.usage_request().send().promise.await?)
}

/// The variables that it tells: name, value, and whether something is redacted.
async fn environment(
    process: &process::Client,
    names: &[&str],
) -> Result<Vec<(String, String, bool)>> {
    let mut request = process.environment_request();
    request.get().set_names(names)?;
    let response = request.send().promise.await?;
    assert_eq!(response.get()?.get_omitted(), 0);
    let variables = response.get()?.get_variables()?;
    let text = |text: teleop::capnp::text::Reader<'_>| text.to_string().unwrap();
    variables
        .iter()
        .map(|it| {
            Ok((
                text(it.get_name()?),
                text(it.get_value()?),
                it.get_redacted(),
            ))
        })
        .collect()
}

#[test]
fn info_is_what_the_kernel_says() {
    let target = Target::start_with("works", |command| {
        // The test harness takes them for names of tests.
        command.args(["token=abc", "postgres://ann:hunter2@db/x"]);
    });
    ask(&target, async |process| {
        let answer = process.info_request().send().promise.await?;
        let info = answer.get()?;
        assert_eq!(info.get_pid(), target.pid());
        assert_eq!(info.get_program()?, "target");
        assert_eq!(info.get_version()?, "1.2.3");
        assert_eq!(info.get_teleop()?, env!("CARGO_PKG_VERSION"));
        assert_eq!(info.get_protocol(), 1);

        let link = |name| fs::read_link(about(&target, name)).unwrap();
        assert_eq!(info.get_executable()?, link("exe").to_str().unwrap());
        assert_eq!(info.get_working_directory()?, link("cwd").to_str().unwrap());
        let user = info.get_user();
        let uid = field(&about(&target, "status"), "Uid:");
        assert_eq!(user.get_id()?, &*uid.to_string());
        if uid == 0 {
            assert_eq!(user.get_name()?, "root");
        }
        // One looks, and is gone when this does.
        let threads = field(&about(&target, "status"), "Threads:") as i64;
        assert!((threads..=threads + 1).contains(&info.get_threads()));

        let arguments: Vec<_> = info
            .get_arguments()?
            .iter()
            .map(|it| it.unwrap().to_string().unwrap())
            .collect();
        let given = fs::read_to_string(about(&target, "cmdline")).unwrap();
        let shown = given
            .trim_end_matches('\0')
            .replace("=abc", "=<redacted>")
            .replace("hunter2", "<redacted>");
        assert_eq!(arguments.join("\0"), shown);
        assert_eq!(info.get_arguments_omitted(), 0);
        Ok(())
    });
}

#[test]
fn arguments_that_do_not_fit_are_counted() {
    let long = "name ".repeat(20_000);
    let target = Target::start_with("default", |command| {
        command.args([&long; 12]);
    });
    ask(&target, async |process| {
        let answer = process.info_request().send().promise.await?;
        let shown = answer.get()?.get_arguments()?.len();
        let given = fs::read(about(&target, "cmdline")).unwrap();
        let given = given.iter().filter(|&&byte| byte == 0).count();
        let omitted = answer.get()?.get_arguments_omitted();
        assert_eq!((shown + omitted) as usize, given);
        assert_eq!(omitted, 2);
        Ok(())
    });
}

#[test]
fn it_says_when_it_started_and_how_long_ago_that_is() {
    let target = Target::start("works");
    let info = async |remote: Remote| {
        let process: process::Client = remote.service("process");
        let answer = process.info_request().send().promise.await?;
        let info: info::Reader<'_> = answer.get()?;
        let about = remote.about().await?;
        assert_eq!(info.get_started(), about.started as i64);
        Ok(info.get_uptime())
    };
    let first = run(target.attach().run(target.pid(), info)).unwrap();
    assert!((0..60_000).contains(&first), "{first}");
    until("time goes on", || {
        run(target.attach().run(target.pid(), info)).unwrap() > first
    });
}

#[test]
fn usage_is_what_the_kernel_says() {
    let mut target = Target::start("works");
    let status = about(&target, "status");
    ask(&target, async |process| {
        let answer = usage(&process).await?;
        let usage = answer.get()?;
        let (memory, cpu, files) = (usage.get_memory(), usage.get_cpu(), usage.get_files());
        let near = |told: i64, field_name: &str| {
            let seen = field(&status, field_name) as i64 * 1024;
            assert!(
                (seen / 2..=seen * 2).contains(&told),
                "{told} {field_name} {seen}"
            );
        };
        near(memory.get_resident(), "VmRSS:");
        near(memory.get_peak_resident(), "VmHWM:");
        near(memory.get_virtual(), "VmSize:");
        assert!((0..60_000).contains(&cpu.get_user()));
        assert!((0..60_000).contains(&cpu.get_system()));
        assert_eq!(files.get_open(), open_files(&target));
        let limit = field(&about(&target, "limits"), "Max open files");
        assert_eq!(files.get_limit(), limit as i64);
        Ok(())
    });
    target.go_on();
    target.expect("opened");
    ask(&target, async |process| {
        let answer = usage(&process).await?;
        let open = answer.get()?.get_files().get_open();
        assert_eq!(open, open_files(&target));
        assert!(open > 10);
        Ok(())
    });
}

#[test]
fn every_thread_has_its_name_and_state() {
    let target = Target::start("works");
    // One may not have got to where it waits.
    until("the stage waits", || {
        ask(&target, async |process| {
            let answer = usage(&process).await?;
            let threads = answer.get()?.get_threads()?;
            assert_eq!(answer.get()?.get_thread_count(), i64::from(threads.len()));
            let find = |name: &str| {
                let mut all = threads.iter();
                all.find(|it| it.get_name().unwrap() == name).unwrap()
            };
            let first = threads.get(0);
            assert_eq!(first.get_id(), u64::from(target.pid()));
            let _ = find("teleop");
            let _ = find("\u{fffd}) Z 1:\u{1b}[2J\n(");
            assert_eq!(find("teleop-pool").get_state(), Ok(State::Running));
            let stage = find("stage-7");
            let named = about(&target, &format!("task/{}/comm", stage.get_id()));
            assert_eq!(fs::read_to_string(named).unwrap(), "stage-7\n");
            assert!((0..60_000).contains(&stage.get_cpu().get_user()));
            let waits = stage.get_state() == Ok(State::Sleeping);
            Ok(waits && stage.get_system_call() == nix::libc::SYS_futex)
        })
    });
}

#[test]
fn what_looks_secret_is_told_to_those_who_name_it() {
    let target = Target::start_with("default", |command| {
        command
            .env("TEST_TOKEN", "hunter2")
            .env("TEST_URL", "postgres://ann:hunter2@db/x")
            .env("TEST_PLAIN", "in the open");
    });
    ask(&target, async |process| {
        let all = environment(&process, &[]).await?;
        assert!(!format!("{all:?}").contains("hunter2"));
        let ours: Vec<_> = all
            .iter()
            .filter(|(name, ..)| name.starts_with("TEST_"))
            .map(|(name, value, redacted)| (&**name, &**value, *redacted))
            .collect();
        let expected = [
            ("TEST_PLAIN", "in the open", false),
            ("TEST_TOKEN", "<redacted>", true),
            ("TEST_URL", "postgres://ann:<redacted>@db/x", true),
        ];
        assert_eq!(ours, expected);
        // All that there is, and nothing else.
        let given = fs::read(about(&target, "environ")).unwrap();
        assert_eq!(all.len(), given.split(|&byte| byte == 0).count() - 1);

        let asked = environment(&process, &["TEST_TOKEN", "TEST_NONE"]).await?;
        assert_eq!(
            asked,
            [("TEST_TOKEN".to_owned(), "hunter2".to_owned(), false)]
        );
        Ok(())
    });
}

#[test]
fn many_who_ask_at_once_take_one_thread() {
    let target = Target::start("patient");
    let before = field(&about(&target, "status"), "Threads:") as i64;
    let files = ask(&target, async |process| {
        let answers = join_all((0..200).map(|_| usage(&process))).await;
        let mut refused = 0;
        for answer in answers {
            match answer {
                Ok(answer) => assert!(answer.get()?.get_thread_count() <= before + 1),
                Err(Error::Remote(error)) => {
                    assert_eq!(error.kind, ErrorKind::Overloaded);
                    refused += 1;
                }
                Err(error) => return Err(error),
            }
        }
        // Whoever comes when many wait does not wait for all of them; how many come then is not known.
        assert!(refused <= 200 - 64, "{refused}");
        Ok(open_files(&target))
    });
    // Nothing is left of it.
    until("the thread is gone", || {
        field(&about(&target, "status"), "Threads:") as i64 == before
    });
    ask(&target, async |process| {
        assert_eq!(usage(&process).await?.get()?.get_files().get_open(), files);
        Ok(())
    });
}

#[test]
fn a_process_that_can_start_no_thread_can_be_asked() {
    let (place, offered) = (open_directory(0o755), open_directory(0o755));
    let target = Target::start_with("has all its threads", |command| {
        command.env("TELEOP_TEST_PLACE", offered.path());
        if Uid::effective() == Uid::ROOT {
            nix::unistd::chown(offered.path(), Some(NOBODY.into()), None).unwrap();
            as_nobody(command, place.path());
        }
    });
    let asked = async |remote: Remote| {
        let answer = usage(&remote.service("process")).await?;
        let usage = answer.get()?;
        let threads = usage.get_threads()?;
        let mut names = threads.iter().map(|it| it.get_name().unwrap());
        assert!(names.all(|name| name != "teleop-pool"));
        assert!(usage.get_thread_count() > 0);
        Ok(())
    };
    let attach = target.attach().directory(offered.path());
    run(attach.run(target.pid(), asked)).unwrap();
}

//! Who offers Teleop, seen without attaching to anybody.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use nix::fcntl::{Flock, FlockArg};
use teleop::{
    Attach, Pid,
    attach::{Layout, Offer, State, Survey},
    process::{Process, Uid},
};

use crate::{
    support::{
        NOBODY, Target, am_root, as_nobody, entries, idle, open_directory, pass_a_tick, requests,
        run, stop, until,
    },
    trust::{can_unshare, child_of, contain},
};

fn survey(target: &Target) -> Survey {
    Survey::new().directory(target.place.path())
}

fn states(survey: &Survey) -> Vec<(u32, State)> {
    let offers = survey.offers().unwrap().into_iter();
    offers.map(|it| (it.pid.as_u32(), it.state)).collect()
}

#[test]
fn a_survey_says_what_the_kernel_says_and_disturbs_nobody() {
    let target = Target::start("patient");
    let (pid, survey) = (target.pid(), survey(&target));
    let [offer]: [Offer; 1] = survey.offers().unwrap().try_into().unwrap();
    let process = Process::pin(pid.into()).unwrap();
    assert_eq!(offer.pid.as_u32(), pid);
    assert_eq!(
        (&*offer.name, offer.version.as_deref()),
        ("target", Some("1.2.3"))
    );
    assert_eq!((offer.layout, offer.state), (Layout::Private, State::Armed));
    assert_eq!((offer.user, offer.container), (Uid::effective(), None));
    assert_eq!(offer.executable, process.executable());
    assert_eq!(offer.start, process.start().ok());
    assert_eq!(offer.started, process.started());
    let files = entries(&target.endpoint());
    assert_eq!(
        files,
        [target.endpoint().join("about.json")],
        "nothing was asked for"
    );
    assert_eq!(entries(target.place.path()).len(), 1);

    run(target.attach().open(pid)).unwrap();
    assert_eq!(states(&survey), [(pid, State::Open)]);
    stop(&target);
    assert_eq!(states(&survey), [(pid, State::Stopped)]);
    assert_eq!(requests(&target.endpoint()), 0);
}

#[test]
fn a_process_that_has_it_turned_off_is_listed_as_such() {
    let target = Target::start("disabled");
    assert_eq!(states(&survey(&target)), [(target.pid(), State::Disabled)]);
}

#[test]
fn what_dead_processes_left_is_told_and_pruned_and_the_living_stay() {
    let mut dead = Target::start("default");
    let living = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", dead.place.path());
    });
    let survey = survey(&dead);
    // As it starts, it sweeps itself.
    idle(&living);
    // A file of somebody else, and a directory that is no endpoint.
    fs::write(dead.place.path().join("precious"), "").unwrap();
    fs::create_dir(dead.place.path().join("1-2-3")).unwrap();
    dead.kill();
    let mut expected = [(dead.pid(), State::Stale), (living.pid(), State::Armed)];
    expected.sort_by_key(|(pid, _)| *pid);
    assert_eq!(states(&survey), expected);
    assert!(
        survey
            .named("target")
            .unwrap()
            .iter()
            .all(|it| it.pid.as_u32() == living.pid())
    );

    survey.prune().unwrap();
    assert_eq!(states(&survey), [(living.pid(), State::Armed)]);
    assert!(dead.place.path().join("precious").exists());
    assert!(dead.place.path().join("1-2-3").exists());
    run(living
        .attach()
        .directory(dead.place.path())
        .open(living.pid()))
    .unwrap();
}

/// Publishes something under a name, and holds its lock as a living process does.
fn publish(place: &Path, name: &str, about: &str) -> (PathBuf, Flock<File>) {
    let directory = place.join(name);
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
    fs::write(directory.join("about.json"), about).unwrap();
    let file = File::open(directory.join("about.json")).unwrap();
    let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).unwrap();
    (directory, lock)
}

#[test]
fn what_the_kernel_does_not_confirm_is_left_out() {
    let target = Target::start("nothing");
    let (place, survey) = (target.place.path(), survey(&target));
    let start = Process::pin(target.pid().into()).unwrap().start().unwrap();
    let name = format!("{}-{start}", target.pid());
    let about = |pid: u32| {
        format!(r#"{{"protocol": 1, "pid": {pid}, "name": "fake", "attacher": "inotify"}}"#)
    };
    let _elsewhen = publish(place, &format!("{}-1", target.pid()), &about(target.pid()));
    assert_eq!(
        states(&survey),
        [],
        "that is another process with the same id"
    );
    let (directory, _lock) = publish(place, &name, &about(7));
    assert_eq!(states(&survey), [], "it contradicts its name");
    fs::write(directory.join("about.json"), about(target.pid())).unwrap();
    assert_eq!(states(&survey), [(target.pid(), State::Armed)]);

    fs::write(directory.join("about.json"), "{").unwrap();
    assert_eq!(states(&survey), [], "it is no description");
    let long = about(target.pid()).replace("fake", &"long ".repeat(1000));
    fs::write(directory.join("about.json"), long).unwrap();
    assert_eq!(survey.offers().unwrap()[0].name.len(), Offer::LONGEST);
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(states(&survey), [], "others may enter it");
    fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(place, Permissions::from_mode(0o777)).unwrap();
    assert_eq!(states(&survey), [], "anybody could have put it there");
}

#[test]
fn an_endpoint_of_another_user_than_the_process_is_left_out() {
    if !am_root("survey::an_endpoint_of_another_user_than_the_process_is_left_out") {
        return;
    }
    let target = Target::start("default");
    let (endpoint, survey) = (target.endpoint(), survey(&target).every_user());
    assert_eq!(states(&survey), [(target.pid(), State::Armed)]);
    // As if he had put it there to be taken for the process of another.
    nix::unistd::chown(&endpoint.join("about.json"), Some(NOBODY.into()), None).unwrap();
    nix::unistd::chown(&endpoint, Some(NOBODY.into()), None).unwrap();
    assert_eq!(states(&survey), []);
}

#[test]
fn the_processes_of_others_are_listed_when_they_are_asked_for() {
    if !am_root("survey::the_processes_of_others_are_listed_when_they_are_asked_for") {
        return;
    }
    let working = open_directory(0o755);
    let place = working.path().join("place");
    fs::create_dir(&place).unwrap();
    nix::unistd::chown(&place, Some(NOBODY.into()), None).unwrap();
    let mut other = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", &place);
        as_nobody(command, working.path());
    });
    let own = Survey::new().directory(&place);
    assert_eq!(states(&own), []);
    let all = own.clone().every_user();
    let [offer]: [Offer; 1] = all.offers().unwrap().try_into().unwrap();
    assert_eq!(
        (offer.pid.as_u32(), offer.user),
        (other.pid(), Uid::from(NOBODY))
    );
    assert_eq!(offer.state, State::Armed);

    other.kill();
    assert_eq!(states(&all), [(other.pid(), State::Stale)]);
    own.prune().unwrap();
    assert_eq!(
        states(&all),
        [(other.pid(), State::Stale)],
        "it is not this user's"
    );
    all.prune().unwrap();
    assert_eq!(entries(&place), Vec::<PathBuf>::new());
}

#[test]
fn a_process_in_a_container_has_the_id_of_the_host() {
    if !am_root("survey::a_process_in_a_container_has_the_id_of_the_host") || !can_unshare() {
        return;
    }
    // Both have the id 1 in their containers, and at the same path each has a directory of its own.
    let place = tempfile::tempdir().unwrap();
    let contained = || {
        Target::start_with("nothing", |command| {
            contain(command, "default", place.path());
        })
    };
    let targets = in_different_ticks(contained);
    // One of them could be meant, by somebody who looks elsewhere.
    let inner = Process::pin(child_of(targets[0].pid()).into()).unwrap();
    let about = r#"{"protocol": 1, "pid": 1, "name": "fake", "attacher": "inotify"}"#;
    let name = format!("1-{}", inner.start().unwrap());
    let _fake = publish(place.path(), &name, about);
    let mut offers = Survey::new().directory(place.path()).offers().unwrap();
    let mut expected = targets.each_ref().map(|target| child_of(target.pid()));
    expected.sort_unstable();
    let found: Vec<_> = offers.iter().map(|it| it.pid.as_u32()).collect();
    assert_eq!(found, expected);
    for offer in &offers {
        assert_eq!(offer.container.as_ref().unwrap().pid.as_u32(), 1);
        assert_eq!(offer.state, State::Armed);
    }
    let attach = Attach::new().directory(place.path());
    let offer = offers.remove(0);
    let attached = run(attach.open(offer.pid)).unwrap();
    assert_eq!(attached.process.start().ok(), offer.start);
}

#[test]
fn two_containers_that_share_a_place_are_told_apart() {
    if !am_root("survey::two_containers_that_share_a_place_are_told_apart") || !can_unshare() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    // Each in its own PID namespace, and nothing else.
    let contained = || {
        Target::start_with("nothing", |command| {
            contain(command, "default", place.path());
            let shared = "mount -t proc none /proc && exec \"$@\"";
            *command = replaced(command, "exec \"$@\"", shared);
        })
    };
    let targets = in_different_ticks(contained);
    let mut expected = targets.each_ref().map(|target| child_of(target.pid()));
    expected.sort_unstable();
    assert_eq!(entries(place.path()).len(), 2);
    let found = states(&Survey::new().directory(place.path()));
    assert_eq!(found, expected.map(|pid| (pid, State::Armed)));
}

#[test]
fn places_that_follow_from_the_user_are_looked_for_in_every_file_system() {
    let test = "survey::places_that_follow_from_the_user_are_looked_for_in_every_file_system";
    if !am_root(test) || !can_unshare() {
        return;
    }
    // The program may be below the directory that is hidden.
    let script = "exec 9<\"$1\" && shift && mount -t tmpfs -o mode=1777 none /tmp \
                  && mount -t proc none /proc && exec /proc/self/fd/9 \"$@\"";
    let contained = |user: Uid| {
        Target::start_with("nothing", |command| {
            let place = format!("/tmp/teleop-{}", user.as_u32());
            contain(command, "default", place.as_ref());
            *command = replaced(command, "exec \"$@\"", script);
        })
    };
    let targets = [Uid::effective(), Uid::from(NOBODY)].map(contained);
    let [own, other] = targets.each_ref().map(|target| child_of(target.pid()));
    let seen = states(&Survey::new().every_user());
    assert!(seen.contains(&(own, State::Armed)), "{seen:?}");
    let is_seen = seen.iter().any(|(pid, _)| *pid == other);
    assert!(!is_seen, "it is in the place of somebody else");
    assert!(states(&Survey::new()).contains(&(own, State::Armed)));
    run(Attach::new().open(own)).unwrap();
}

/// The same command, where the argument that ends like this is another.
fn replaced(command: &std::process::Command, end: &str, with: &str) -> std::process::Command {
    let mut other = std::process::Command::new(command.get_program());
    let arguments = command.get_args().map(|argument| {
        let is_it = argument.to_str().is_some_and(|it| it.ends_with(end));
        if is_it { with.as_ref() } else { argument }
    });
    other.args(arguments).current_dir("/");
    let variables = command.get_envs();
    other.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    other
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    other
}

#[test]
fn a_target_of_the_classic_layout_is_seen_while_its_socket_is_open() {
    let target = Target::start("classic");
    let survey = Survey::new();
    let find = || {
        let pid = Pid::from(target.pid());
        let mut offers = survey.offers().unwrap();
        offers.retain(|offer| offer.pid == pid);
        offers.pop()
    };
    assert!(find().is_none());
    let attached = run(target.attach().open(target.pid())).unwrap();
    let offer = find().unwrap();
    assert_eq!((offer.layout, offer.state), (Layout::Classic, State::Open));
    let program = std::env::current_exe().unwrap();
    assert_eq!(offer.name, program.file_name().unwrap().to_string_lossy());
    drop(attached);
    until("its socket is gone", || find().is_none());
}

#[test]
fn a_name_is_first_what_a_program_gives_itself_then_that_of_its_executable() {
    let target = Target::start("default");
    let survey = survey(&target);
    let named = |name: &str| survey.named(name).unwrap().len();
    let program = std::env::current_exe().unwrap();
    let program = program.file_name().unwrap().to_string_lossy();
    assert_eq!(
        (named("target"), named(&program), named("other")),
        (1, 1, 0)
    );
    // Another one that calls itself like the executable of the first.
    let about = target.endpoint().join("about.json");
    let text = fs::read_to_string(&about).unwrap();
    let second = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", target.place.path());
    });
    fs::write(
        &about,
        text.replace("\"target\"", &format!("\"{program}\"")),
    )
    .unwrap();
    let found = survey.named(&program).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pid.as_u32(), target.pid());
    assert_eq!(
        survey.named("target").unwrap()[0].pid.as_u32(),
        second.pid()
    );
}

/// Two, which start at different moments.
fn in_different_ticks(start: impl Fn() -> Target) -> [Target; 2] {
    let first = start();
    pass_a_tick();
    [first, start()]
}

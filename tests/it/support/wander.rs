//! What a target does that changes where it is.

use std::path::Path;

use teleop::Config;

use super::{Target, reach, say, wait};

/// Offers Teleop, and does then what it is told to, line by line.
pub fn wanders(config: Config) {
    let _teleop = config.spawn(|_| {}).unwrap();
    say("ready");
    loop {
        let line = super::role::told();
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        match verb {
            "enter" => std::env::set_current_dir(argument).unwrap(),
            "make" => std::fs::create_dir(argument).unwrap(),
            "remove" => std::fs::remove_dir(argument).unwrap(),
            "root" => {
                nix::unistd::chroot(Path::new(argument)).unwrap();
                std::env::set_current_dir("/").unwrap();
            }
            "become" => nix::unistd::setuid(argument.parse::<u32>().unwrap().into()).unwrap(),
            verb => panic!("`{verb}` is nothing that it does"),
        }
        say("done");
    }
}

/// Offers Teleop where that is possible, and goes on where it is not.
pub fn tries(config: Config) {
    let config = config.privileged(std::env::var_os("TELEOP_TEST_PRIVILEGED").is_some());
    let teleop = config.spawn(|_| {}).unwrap();
    let error = teleop.error().map(ToString::to_string);
    say("ready");
    say(&error.unwrap_or_default());
    wait();
}

/// Starts another target, and reaches it.
pub fn has_a_neighbour() {
    say("ready");
    let neighbour = Target::start("default");
    say(&reach(&neighbour.attach(), neighbour.pid()).unwrap());
}

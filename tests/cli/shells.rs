//! The scripts in `completions/`, in the shells that they are for: with a terminal, and its TAB key.

use std::{
    env, fs,
    fs::File,
    io::{self, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
};

use crate::{
    completion::TIMEOUT,
    place::{DEADLINE, Place},
    services::OBEYED,
    unix::terminal,
};

/// A shell on a terminal of its own. Whatever it runs as `teleop` only says what it was called with.
struct Shell {
    child: Child,
    keys: File,
    screen: Receiver<String>,
}

/// How a shell is started.
struct Program {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The file that it reads first, and what stands in it; `$SCRIPTS` is where the scripts are.
    file: &'static str,
    setup: &'static str,
    /// The key by which a word is taken that has to be quoted.
    accept: &'static str,
}

const BASH: Program = Program {
    name: "bash",
    arguments: &["--noprofile", "--rcfile", ".bashrc", "-i"],
    file: ".bashrc",
    setup: "\
source \"$SCRIPTS/teleop.bash\"
teleop() { printf 'got:'; printf '<%s>' \"$@\"; printf ':end\\n'; }
PS1='re''ady> '
bind 'set enable-bracketed-paste off'
",
    accept: "",
};

const ZSH: Program = Program {
    name: "zsh",
    arguments: &["-d", "-i"],
    file: ".zshrc",
    setup: "\
fpath=(\"$SCRIPTS\" $fpath)
autoload -Uz compinit
compinit -D -u
teleop() { printf 'got:'; printf '<%s>' \"$@\"; printf ':end\\n' }
PS1='re''ady> '
unsetopt beep prompt_cr prompt_sp
",
    accept: "",
};

const FISH: Program = Program {
    name: "fish",
    arguments: &["--no-config", "--private", "-i", "-C", "source .fishrc"],
    file: ".fishrc",
    setup: "\
source \"$SCRIPTS/teleop.fish\"
function teleop; printf 'got:'; printf '<%s>' $argv; printf ':end\\n'; end
function fish_prompt; printf 're''ady> '; end
",
    accept: "",
};

const ELVISH: Program = Program {
    name: "elvish",
    arguments: &["-rc", ".elvishrc"],
    file: ".elvishrc",
    setup: "\
eval (slurp < $E:SCRIPTS/teleop.elv)
fn teleop {|@words| print 'got:'; for word $words { print '<'$word'>' }; echo ':end' }
set edit:prompt = { print 're'; print 'ady> ' }
set edit:rprompt = { }
",
    accept: "\r",
};

impl Shell {
    /// Starts it, and waits until it has something to say; `None` where there is no such shell.
    fn start(place: &Place, program: &Program) -> Option<Self> {
        if let Some(missing) = [program.name, "setsid"]
            .into_iter()
            .find(|it| !is_there(it))
        {
            let _ = writeln!(io::stderr(), "skipped: there is no {missing} here");
            return None;
        }
        fs::write(place.path().join(program.file), program.setup).unwrap();
        let terminal = terminal(200);
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait", program.name])
            .args(program.arguments);
        place.prepare(&mut command);
        let slave = || Stdio::from(terminal.slave.try_clone().unwrap());
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
        command
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .env("PATH", crate::unix::path())
            .env("HOME", place.path())
            .env("ZDOTDIR", place.path())
            .env("SCRIPTS", scripts)
            .env(TIMEOUT.0, TIMEOUT.1);
        let child = command.spawn().unwrap();
        drop(command);
        let (sender, screen) = mpsc::channel();
        let mut seen = File::from(terminal.master.try_clone().unwrap());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // At the end Linux says EIO.
            while let Ok(length @ 1..) = seen.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        let keys = File::from(terminal.master);
        let shell = Self {
            child,
            keys,
            screen,
        };
        shell.read_until("ready> ");
        Some(shell)
    }

    /// What is shown up to a mark.
    fn read_until(&self, mark: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(mark) {
            match self.screen.recv_timeout(DEADLINE) {
                Ok(more) => seen += &more,
                Err(error) => panic!("no {mark:?}, {error}; but {seen:?}"),
            }
        }
        seen
    }

    /// Types keys and then Enter, and returns what the command is called with.
    fn type_in(&mut self, keys: &str) -> String {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.write_all(b"\r").unwrap();
        let seen = self.read_until(":end");
        let (before, after) = seen.split_once(":end").unwrap();
        if !after.contains("ready> ") {
            self.read_until("ready> ");
        }
        before.rsplit_once("got:").unwrap().1.to_owned()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It ends when its terminal is gone; what is left of it, by this.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|it| it.join(program).exists())
}

/// Completes a whole call, a key at a time; and names that the shell would obey.
#[track_caller]
fn check(program: &Program) {
    let place = Place::new();
    let target = place.start_open();
    let pid = &*target.pid();
    let Some(mut shell) = Shell::start(&place, program) else {
        return;
    };
    assert_eq!(
        shell.type_in("teleop desc\t\tjo\t"),
        format!("<describe><{pid}><jobs>")
    );
    // A colon ends a word in bash, and does not in others.
    assert_eq!(
        shell.type_in("teleop call name:t\tec\thi"),
        "<call><name:target><echo><hi>"
    );
    // Of `jobs.` and of `priority=` there is more to come, so no blank follows.
    let accept = program.accept;
    let call = format!("teleop ca\t{pid} jo\tsu\tbackup pri\th\t{accept}na\tx");
    let called = format!("<call><{pid}><jobs.submit><backup><priority=high>");
    assert_eq!(shell.type_in(&call), format!("{called}<nax>"));
    let call = format!("teleop call {pid} jobs.open id=1 --then ren\tna\tx");
    let called = format!("<call><{pid}><jobs.open><id=1><--then><rename><name=x>");
    assert_eq!(shell.type_in(&call), called);
    for name in OBEYED {
        let (first, _) = name.split_at(3);
        let called = format!("<call><{pid}><{name}>");
        assert_eq!(
            shell.type_in(&format!("teleop call {pid} {first}\t{accept}")),
            called
        );
    }
    assert!(!place.path().join("hacked").exists());
}

#[test]
fn bash_completes_it() {
    check(&BASH);
}

#[test]
fn zsh_completes_it() {
    check(&ZSH);
}

#[test]
fn fish_completes_it() {
    check(&FISH);
}

#[test]
fn elvish_completes_it() {
    check(&ELVISH);
}

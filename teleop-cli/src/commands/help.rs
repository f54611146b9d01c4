//! `teleop help`: of the command, of a verb, or on a topic.

use anyhow::Result;
use clap::{Args, CommandFactory};
use teleop::operate::dynamic::nearest;

use super::topic::{CONTAINERS, SECURITY};
use crate::{
    cli::Cli,
    code::Code,
    completion::Candidate,
    exit::{Exit, Usage},
    output::Output,
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  teleop help call
  teleop help exit-status")]
pub(crate) struct Help {
    /// A verb or a topic
    #[arg(value_name = "VERB|TOPIC")]
    subject: Option<String>,
}

/// What has a page of its own.
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) page: fn() -> String,
}

pub(super) const TOPICS: [Topic; 5] = [
    Topic {
        name: "exit-status",
        about: "what the status says that the command ends with",
        page: exit_status,
    },
    Topic {
        name: "json",
        about: "what is printed for scripts",
        page: json,
    },
    Topic {
        name: "errors",
        about: "what errors are called in JSON",
        page: errors,
    },
    Topic {
        name: "security",
        about: "who may attach, and what is promised",
        page: || SECURITY.to_owned(),
    },
    Topic {
        name: "containers",
        about: "processes in containers, and of other users",
        page: || CONTAINERS.to_owned(),
    },
];

/// What there is help on.
pub(crate) fn subjects(_: &str) -> Vec<Candidate> {
    let command = Cli::command();
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let verbs = verbs.map(|verb| {
        let about = verb.get_about().map(ToString::to_string);
        Candidate::new(verb.get_name(), &about.unwrap_or_default())
    });
    let topics = TOPICS
        .iter()
        .map(|topic| Candidate::new(topic.name, topic.about));
    verbs.chain(topics).collect()
}

impl Help {
    pub(crate) fn run(&self, output: &Output) -> Result<()> {
        output.page(&self.find()?)
    }

    fn find(&self) -> Result<String> {
        let mut command = Cli::grammar();
        let Some(subject) = &self.subject else {
            return Ok(command.render_help().ansi().to_string());
        };
        if let Some(topic) = TOPICS.iter().find(|topic| topic.name == subject) {
            return Ok((topic.page)());
        }
        if let Some(verb) = command.find_subcommand_mut(subject) {
            return Ok(verb.render_help().ansi().to_string());
        }
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let verbs = verbs.map(clap::Command::get_name);
        let known = verbs.chain(TOPICS.iter().map(|topic| topic.name));
        let known: Vec<_> = known.collect();
        let nearest =
            nearest(subject, known.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
        Err(Usage(format!(
            "there is no help on `{subject}`, only on {}{}",
            known.join(", "),
            nearest.unwrap_or_default(),
        ))
        .into())
    }
}

pub(super) fn exit_status() -> String {
    let mut text = "The status that the command ends with:\n\n".to_owned();
    for exit in Exit::ALL {
        text += &format!("  {:>3}  {}\n", exit.code(), exit.meaning());
    }
    text += "\nA closed pipe at its standard output is no failure: the status is 0. With
`--each` it is that of the first process, in the order of their ids, in which
it failed.\n";
    text
}

fn errors() -> String {
    let mut text = "\
With `--json`, or with `--each`, an error is an object. `status` is what the
command ends with, and `code` one of these words, of which there may be more:

"
    .to_owned();
    for code in Code::ALL {
        let (status, word) = (code.exit().code(), code.word());
        text += &format!("  {status:>3}  {word:20}  {}\n", code.meaning());
    }
    text
}

fn json() -> String {
    "\
What is printed where standard output is no terminal, or with `--json`: one line
of JSON. Nothing else is ever printed there.

  ps      an array of objects, in the order of their ids; empty where there are
          none:
          pid        the process; of one that is dead, as it knew itself
          name       what the program calls itself, at most 256 characters
          version    of the program
          uid, user  whose process it is, by number and by name
          started    when it started, in UTC
          uptime     for how long it has run, in seconds
          container  an object, for a process elsewhere: pid, which is the id
                     that it has there; name, that of its control group
          state      armed, open, stopped, disabled or stale
  attach  one object:
          pid        the process id, as you gave it; of one that `--via` has
                     found by its name, as it knows itself
          program    an object: name, version
          protocol   the version of the protocol; 0 for a target that predates
                     saying so
          started    when the process started, in UTC: 2026-01-31T23:59:59.000Z
          services   an array, as `list` prints; null for a target that predates
                     listing
  list    an array of objects, in the order of their names:
          name          what the service is called by
          interface     the name of its interface, such as echo.capnp:Echo
          interface_id  the id of its interface, such as 0xd36a86369fa1a198
          doc           one line that says what it is for
  describe
          of one service or method, an object: what it is, with all its types;
          of a command its parameters, and a JSON Schema of the arguments and of
          the result; of a service that consists of commands, those as methods;
          of all, an array of objects:
          service    its name
          interface  what it is, as above; null where that is not known
          problem    why that cannot be used; null where it can
  call    the result of the method: one object, with a key for each field that
          holds a value; 64-bit integers are exact, data is base64, a capability
          is {\"$capability\": 0, \"interface\": \"jobs.capnp:Handle\"}.
          Where the method reports to a capability that it takes, a line for
          each report: the parameters of the call; {\"METHOD\": parameters} where
          there are several methods, {\"PARAMETER\": that} where there are several
          capabilities. At last the result, unless it has no fields.
          Of a command, what it returns: any JSON; a line for each value, where
          it returns many
  watch   a line for each call, an object: at, the time, in UTC; and result, as
          `call` prints it, or error, an object: code, message
  shell   a line for each line that prints something, as its verb prints it
  doctor  one object, as `teleop doctor --help` has it: pid, checks, error

`describe` prints this with `--json` alone, and Cap'n Proto text otherwise; its
`--template`, on several lines unless with `--json`, is what `call` takes.
A result that makes no sense may be cut off in the middle: see the exit status.

With `--each` a line for each result of each process, or for what went wrong:
  {\"pid\": 4242, \"result\": what is printed without `--each`}
  {\"pid\": 4243, \"error\": {\"code\": \"no-endpoint\", \"status\": 4, …}}

With `--json` an error is one object, on the last line of standard error; there
are no notes and no hints:
  {\"code\": \"no-such-service\", \"status\": 7, \"message\": \"…\", \"hint\": \"…\",
   \"pid\": 4242, \"service\": \"jbos\", \"method\": null, \"field\": null}
  code       what went wrong: a word of `teleop help errors`
  status     what the command ends with, as `teleop help exit-status` has it
  message    the same for people; hint: what to do next
  pid, service, method
             what it is about, as far as that is known
  field      the argument, or the option, that does not fit
A signal that comes after the attach ends the command without it. Before it may
stand what the command given with `--via` says, and what `--verbose` adds.

With `--json` alone, and text otherwise:
  help, man, completions
          one object: text, the page or the script
  complete
          an array of objects: word, which may come next, and help, which says
          what it is, or is null

`bridge` prints what the process sends: of it the errors alone are JSON.

In an error, and in the objects of `ps`, `attach`, `list` and `describe` of all,
every key is always there, and null where that is not known.

All this is format 1, as `teleop --version --json` says:
  {\"name\": \"teleop\", \"version\": \"0.5.0\", \"format\": 1}
More keys and more codes may be added to it. Where one goes, or means another
thing, the format is another one.

Control characters and those that turn the direction of reading are escaped.
"
    .to_owned()
}

//! `teleop shell`: a session with a process.

use std::io::{self, IsTerminal};

use anyhow::Result;
use clap::Args;

use crate::{
    cli::Options,
    output::Output,
    progress,
    session::{Opened, Session, attach, seen},
    shell::{Conversation, History, Lines},
    signal::Heard,
    target::Targets,
    via::Via,
};

#[derive(Args, Debug)]
#[command(after_help = "\
A line is a call, with the same words as those of `teleop call`, or `services`,
`describe [SERVICE[.METHOD]]`, `attach`, `help`, `exit`. $NAME = CALL binds a
result to a name; $NAME shows it, and $NAME.METHOD calls the capability in it
($NAME.PATH.METHOD the one at PATH).

On a terminal lines are edited, completed with Tab, and kept in
~/.local/state/teleop/history, unless they begin with a blank. Ctrl-C cancels a
call, and not the session; Ctrl-D ends it. (Some commands for --via end by Ctrl-C
all the same: `setsid` before them helps.) Elsewhere lines are read as a script,
which ends at its first error.

Examples:
  teleop shell 4242
  teleop shell name:web --no-history
  echo 'jobs.list' | teleop shell 4242 --json
  teleop shell 4242 < script")]
pub(crate) struct Shell {
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// Keep no lines for later sessions
    #[arg(long)]
    no_history: bool,
}

impl Shell {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let attach = seen(attach(options)?);
        let options = &self.spared(options);
        teleop::block_on(async {
            let mut heard = Heard::listen()?;
            let opening = Opened::of(&self.targets, &attach, options, output, &mut heard);
            let opened = progress::during(output, opening).await?;
            let lines = self.lines()?;
            let converse = async |session: &Session, closed| {
                let mut conversation =
                    Conversation::new(session, closed, &mut heard, &self.targets, options, output);
                conversation.hold(lines).await
            };
            opened.converse(output, converse).await
        })
    }

    /// Where somebody types, Ctrl-C cancels a call, and is not to end what leads to the process.
    fn spared(&self, options: &Options) -> Options {
        let mut options = options.clone();
        if io::stdin().is_terminal() {
            options.via = options.via.map(Via::spared);
        }
        options
    }

    fn lines(&self) -> Result<Lines> {
        if !io::stdin().is_terminal() {
            return Lines::script();
        }
        let history = (!self.no_history).then(History::of_user).flatten();
        Lines::typed(format!("{}> ", self.targets), history)
    }
}

//! `teleop completions`: what makes a shell complete the command.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use crate::{exit::Usage, output::Output};

#[derive(Args, Debug)]
#[command(after_help = "\
Services, methods, parameters and their values are asked of the process, where
its socket is open: while somebody is attached, and for some seconds after. With
TELEOP_COMPLETE_ATTACH=1 in the environment any process is attached to; a key
waits for 500ms, or what TELEOP_COMPLETE_TIMEOUT says. With TELEOP_COMPLETE_VIA=1
the command of --via is run, too, to ask a process elsewhere.

Examples:
  bash    echo 'source <(teleop completions bash)' >> ~/.bashrc
  zsh     teleop completions zsh > \"${fpath[1]}/_teleop\"
  fish    teleop completions fish > ~/.config/fish/completions/teleop.fish
  elvish  teleop completions elvish >> ~/.config/elvish/rc.elv
  PowerShell
          teleop completions powershell >> $PROFILE")]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, output: &Output) -> Result<()> {
        output.page(match self.shell {
            Shell::Bash => include_str!("../../../completions/teleop.bash"),
            Shell::Elvish => include_str!("../../../completions/teleop.elv"),
            Shell::Fish => include_str!("../../../completions/teleop.fish"),
            Shell::PowerShell => include_str!("../../../completions/_teleop.ps1"),
            Shell::Zsh => include_str!("../../../completions/_teleop"),
            other => return Err(Usage(format!("there is no script for {other}")).into()),
        })
    }
}

//! `teleop completions`: what makes a shell complete the command.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{cli::Cli, output::Output};

/// Print what makes a shell complete this command
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  bash    teleop completions bash > ~/.local/share/bash-completion/completions/teleop
  zsh     teleop completions zsh > \"${fpath[1]}/_teleop\"
  fish    teleop completions fish > ~/.config/fish/completions/teleop.fish")]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, output: &Output) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "teleop", &mut script);
        output.text(&String::from_utf8(script)?)
    }
}

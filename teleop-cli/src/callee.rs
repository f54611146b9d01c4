//! [`Callee`]: what is called, and with what, as the command line has it.

use clap::Args;

use crate::words::Words;

// What is called, and with what.
//
// No doc comment: clap would take it for the help of the verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct Callee {
    /// What to call
    #[arg(value_name = "SERVICE[.METHOD]")]
    pub(crate) service: String,
    #[command(flatten)]
    pub(crate) words: Words,
}

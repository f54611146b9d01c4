//! [`Suspect`]: a server, as its client sees it: it may say whatever it likes.

use std::collections::HashSet;

use capnp_rpc::IncomingMessage;

use super::{ended::Ended, intake::Message, said::Said};

/// So many questions of a server may be unfinished: more than any has that respects the window of a stream.
const MOST_QUESTIONS: usize = 1 << 13;
/// So many capabilities may a message bring along.
const MOST_CAPABILITIES: usize = 1 << 16;

/// What a server has asked its client, and not finished. capnp-rpc keeps each, and bounds nothing.
#[derive(Debug, Default)]
pub(super) struct Suspect {
    questions: HashSet<u32>,
}

impl Suspect {
    /// Whether a message may be handed on. Where it may not, the connection ends.
    pub(super) fn check(&mut self, message: &Message) -> Result<(), Ended> {
        match Said::of(message.get_body()?.get_as()?)? {
            Said::Bootstrap { question } => self.ask(question),
            Said::Call(call) => {
                call.brings(MOST_CAPABILITIES)?;
                self.ask(call.question)
            }
            Said::Finish { question, .. } => {
                self.questions.remove(&question);
                Ok(())
            }
            Said::Return(answer) => answer.brings(MOST_CAPABILITIES).map(drop),
            Said::Resolve { .. } | Said::Release { .. } | Said::Other => Ok(()),
        }
    }

    fn ask(&mut self, question: u32) -> Result<(), Ended> {
        self.questions.insert(question);
        if self.questions.len() > MOST_QUESTIONS {
            let problem = format!("more than {MOST_QUESTIONS} questions that it does not finish");
            return Err(Ended::Protocol(problem));
        }
        Ok(())
    }
}

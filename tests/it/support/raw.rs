//! A client that speaks Cap'n Proto RPC by hand, and says whatever it likes.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use teleop::{
    capnp::{
        ErrorKind,
        message::{Builder, HeapAllocator, Reader, ReaderOptions},
        serialize::{self, OwnedSegments},
        traits::HasTypeId,
    },
    capnp_rpc::rpc_capnp::{call, exception, message, return_},
    echo_capnp::echo,
    teleop_capnp::teleop as root,
};

use super::{NEVER, Target, run};

/// A connection to a target.
pub struct Raw(pub UnixStream);

/// What a call was answered with.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Results,
    Failed(String),
    Overloaded(String),
    Unimplemented(String),
}

impl Raw {
    /// Connects to a target that keeps its socket open.
    pub fn connect(target: &Target) -> Self {
        let socket = target.endpoint().join("socket");
        if !socket.exists() {
            drop(run(target.attach().open(target.pid())).unwrap());
        }
        Self::to(&socket)
    }

    pub fn to(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(NEVER)).unwrap();
        stream.set_write_timeout(Some(NEVER)).unwrap();
        Self(stream)
    }

    /// Sends a message, and does not mind if nobody reads it.
    pub fn say(&mut self, write: impl FnOnce(message::Builder<'_>)) {
        let mut message = Builder::new(HeapAllocator::new());
        write(message.init_root());
        let _ = self
            .0
            .write_all(&serialize::write_message_to_words(&message));
    }

    /// Asks for the root interface, by question 0, and for the service `name`, by question 1.
    pub fn ask_for(&mut self, name: &str) {
        self.say(|message| message.init_bootstrap().set_question_id(0));
        self.call(1, 0, root::Client::TYPE_ID, |call| {
            let params = call.init_params().init_content();
            let mut params: root::service_params::Builder<'_> = params.init_as();
            params.set_name(name);
        });
    }

    /// Calls a method, the first of its interface, of what answers a question; for its first capability,
    /// which is the root interface itself where the question is 0.
    pub fn call(
        &mut self,
        question: u32,
        on: u32,
        interface: u64,
        write: impl FnOnce(call::Builder<'_>),
    ) {
        self.say(|message| {
            let mut call = message.init_call();
            call.set_question_id(question);
            call.set_interface_id(interface);
            let mut answer = call.reborrow().init_target().init_promised_answer();
            answer.set_question_id(on);
            if on != 0 {
                answer.init_transform(1).get(0).set_get_pointer_field(0);
            }
            write(call);
        });
    }

    /// Has the service that question 1 asked for echo something.
    pub fn echo(&mut self, question: u32, message: &str) {
        self.call(question, 1, echo::Client::TYPE_ID, |call| {
            set_message(call, message);
        });
    }

    /// Releases a question.
    pub fn finish(&mut self, question: u32) {
        self.say(|message| {
            let mut finish = message.init_finish();
            finish.set_question_id(question);
            finish.set_release_result_caps(true);
        });
    }

    /// The next message; none where the connection is closed.
    pub fn hear(&mut self) -> Option<Reader<OwnedSegments>> {
        match serialize::try_read_message(&mut self.0, ReaderOptions::new()) {
            Ok(message) => message,
            // What was sent last was not read.
            Err(error) if error.kind == ErrorKind::Disconnected => None,
            Err(error) => panic!("it is not closed: {error}"),
        }
    }

    /// What a question is answered with. Other messages are passed over.
    pub fn answer(&mut self, question: u32) -> Answer {
        loop {
            let message = self.hear().expect("the connection is open");
            let root: message::Reader<'_> = message.get_root().unwrap();
            let Ok(message::Return(answer)) = root.which() else {
                continue;
            };
            let answer = answer.unwrap();
            if answer.get_answer_id() == question {
                return match answer.which().unwrap() {
                    return_::Exception(exception) => said(exception.unwrap()),
                    _ => Answer::Results,
                };
            }
        }
    }

    /// Waits until the connection is closed, and says what was said to that.
    pub fn farewell(&mut self) -> String {
        let mut said = String::new();
        while let Some(message) = self.hear() {
            let root: message::Reader<'_> = message.get_root().unwrap();
            if let Ok(message::Abort(abort)) = root.which() {
                said = abort.unwrap().get_reason().unwrap().to_string().unwrap();
            }
        }
        said
    }

    /// Whether nothing has come, so far.
    pub fn hears_nothing(&mut self) -> bool {
        self.0
            .set_read_timeout(Some(Duration::from_millis(1)))
            .unwrap();
        let read = self.0.read(&mut [0]);
        self.0.set_read_timeout(Some(NEVER)).unwrap();
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// Writes the argument of `Echo.echo`.
pub fn set_message(call: call::Builder<'_>, message: &str) {
    let params = call.init_params().init_content();
    let mut params: echo::echo_params::Builder<'_> = params.init_as();
    params.set_message(message);
}

fn said(exception: exception::Reader<'_>) -> Answer {
    let reason = exception.get_reason().unwrap().to_string().unwrap();
    match exception.get_type().unwrap() {
        exception::Type::Overloaded => Answer::Overloaded(reason),
        exception::Type::Unimplemented => Answer::Unimplemented(reason),
        _ => Answer::Failed(reason),
    }
}

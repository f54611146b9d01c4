//! What the modules promise together; what one promises alone is tested in it.

mod argument;
mod blueprint;
mod call;
mod codec;
mod command;
mod convert;
mod describe;
mod fuzz;
mod hostile_answer;
mod hostile_schema;
mod random;
mod wire;

//! The wire contract of Teleop: its Cap'n Proto schemas, as Rust code and in their compiled form.
//!
//! Most programs want the crate `teleop`, which stands on this one and re-exports it. The ids and
//! ordinals here are fixed: programs in the field speak them.

capnp::generated_code!(pub mod teleop_capnp);
capnp::generated_code!(pub mod echo_capnp);
capnp::generated_code!(pub mod process_capnp);
capnp::generated_code!(pub mod log_capnp);
capnp::generated_code!(pub mod command_capnp);

/// The compiled schema of [`teleop_capnp`]: the `CodeGeneratorRequest` of `teleop.capnp`.
pub const TELEOP: &[u8] = include_bytes!("../teleop.cgr");

/// The compiled schema of [`echo_capnp`]: the `CodeGeneratorRequest` of `echo.capnp`.
pub const ECHO: &[u8] = include_bytes!("../echo.cgr");

/// The compiled schema of [`process_capnp`]: the `CodeGeneratorRequest` of `process.capnp`.
pub const PROCESS: &[u8] = include_bytes!("../process.cgr");
/// The compiled schema of [`log_capnp`]: the `CodeGeneratorRequest` of `log.capnp`.
pub const LOG: &[u8] = include_bytes!("../log.cgr");
/// The compiled schema of [`command_capnp`]: the `CodeGeneratorRequest` of `command.capnp`.
pub const COMMAND: &[u8] = include_bytes!("../command.cgr");

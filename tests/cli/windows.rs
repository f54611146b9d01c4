//! What Windows does in another way.

use std::process::{Command, Stdio};

/// Ends a process that hangs.
pub(crate) fn kill(pid: u32) {
    let mut command = Command::new("taskkill");
    command.args(["/F", "/PID", &pid.to_string()]);
    let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

//! What every process offers.

mod echo;
#[cfg(feature = "log")]
mod log;
#[cfg(feature = "process")]
mod process;

use crate::operate::capnp::{About, Services};

/// Offers the services that every process has.
#[cfg_attr(
    not(feature = "process"),
    expect(unused_variables, reason = "`echo` asks nothing of the process")
)]
pub(crate) fn offer(services: &mut Services, about: &About) {
    services
        .offer("echo", echo::client)
        .schema(teleop_schema::ECHO);
    #[cfg(feature = "process")]
    services
        .offer("process", {
            let about = about.clone();
            || process::client(about)
        })
        .schema(teleop_schema::PROCESS);
    #[cfg(feature = "log")]
    services
        .offer("log", log::client)
        .schema(teleop_schema::LOG);
}

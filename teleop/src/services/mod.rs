//! What every process offers.

mod echo;

use crate::operate::capnp::Services;

/// Offers the services that every process has.
pub(crate) fn offer(services: &mut Services) {
    services
        .offer("echo", echo::client)
        .schema(teleop_schema::ECHO);
}

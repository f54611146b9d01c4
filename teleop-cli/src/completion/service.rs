//! `SERVICE` and `SERVICE.METHOD`, as the process has them.

use anyhow::Result;
use futures::future;
use teleop::{
    Remote,
    operate::dynamic::{Command, Interface},
};

use super::{Candidate, Context, target::ask};

/// What can be called, or described.
pub(super) fn candidates(context: &Context, current: &str) -> Vec<Candidate> {
    let is_service_enough = context.verb != "call";
    let found = ask(context, async |remote| {
        offered(remote, current, is_service_enough).await
    });
    let mut found = found.unwrap_or_default();
    found.retain(Candidate::is_plain);
    found
}

/// The services that the word may become; and the methods of the one that it names already. One with
/// several methods is offered with the dot that follows, where it is not enough.
pub(super) async fn offered(
    remote: &Remote,
    current: &str,
    is_service_enough: bool,
) -> Result<Vec<Candidate>> {
    let services = remote.services().await?;
    let concerned = services.iter().filter(|service| {
        let name = &*service.name;
        name.starts_with(current)
            || current
                .strip_prefix(name)
                .is_some_and(|it| it.starts_with('.'))
    });
    // All questions go out together.
    let described = concerned.map(async |service| {
        let name = &*service.name;
        let methods = methods(remote, name).await.unwrap_or_default();
        let mut found = Vec::new();
        if name.starts_with(current) {
            let doc = service.doc.as_deref().unwrap_or_default();
            let dot = if is_service_enough || methods.len() < 2 {
                ""
            } else {
                "."
            };
            found.push(Candidate::new(format!("{name}{dot}"), doc));
        }
        if current.starts_with(name) && (is_service_enough || current != name) {
            found.extend(
                methods
                    .into_iter()
                    .map(|(method, doc)| Candidate::new(format!("{name}.{method}"), &doc)),
            );
        }
        found
    });
    Ok(future::join_all(described)
        .await
        .into_iter()
        .flatten()
        .collect())
}

/// The methods of a service and what they are for, also where they are commands.
async fn methods(remote: &Remote, service: &str) -> Result<Vec<(String, String)>> {
    if let Some(commands) = remote.commands(service).await? {
        let summary = |it: &Command| {
            (
                it.name().to_owned(),
                it.doc().unwrap_or_default().to_owned(),
            )
        };
        return Ok(commands.list().iter().map(summary).collect());
    }
    Ok(of_interface(&remote.describe(service).await?))
}

/// The methods of an interface and what they are for.
pub(super) fn of_interface(interface: &Interface) -> Vec<(String, String)> {
    let methods = interface.methods();
    let summaries = methods
        .iter()
        .map(|it| (it.name().to_owned(), it.doc().to_owned()));
    summaries.collect()
}

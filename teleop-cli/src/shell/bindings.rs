//! [`Bindings`]: what the names of a session are bound to.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use teleop::operate::dynamic::{Capability, Interface, Method, nearest};

use crate::{address::choose, chain::Held, completion::Names, exit::Usage, outcome::Outcome};

/// What the names are bound to. A capability lives in the process as long as its result is bound.
#[derive(Debug, Default)]
pub(super) struct Bindings(BTreeMap<String, Outcome>);

impl Bindings {
    /// Binds a name, in place of what it was bound to.
    pub(super) fn bind(&mut self, name: String, outcome: Outcome) {
        self.0.insert(name, outcome);
    }

    /// What a name is bound to.
    pub(super) fn find(&self, name: &str) -> Result<&Outcome, Usage> {
        self.0.get(name).ok_or_else(|| {
            let nearest = nearest(name, self.0.keys().map(String::as_str));
            let hint = nearest.map(|it| format!("; did you mean `${it}`?"));
            let hint = hint.unwrap_or_default();
            Usage(format!("nothing is bound to `${name}`{hint}"))
        })
    }

    /// The method that `$NAME[.PATH].METHOD` stands for; nothing, where it is the address of a service.
    pub(super) fn held(&self, address: &str) -> Result<Option<Held>> {
        let Some(address) = address.strip_prefix('$') else {
            return Ok(None);
        };
        let (path, method) = match address.rsplit_once('.') {
            Some((path, method)) => (path, Some(method)),
            None => (address, None),
        };
        let Capability { client, interface } = self.capability(path)?;
        let interface = known(path, interface)?;
        let method = choose(&interface, &format!("${path}"), method)?;
        Ok(Some(Held { client, method }))
    }

    fn capability(&self, path: &str) -> Result<Capability> {
        let (name, path) = match path.split_once('.') {
            Some((name, path)) => (name, Some(path)),
            None => (path, None),
        };
        match self.find(name)? {
            Outcome::Response(response) | Outcome::Last(response) => Ok(response.capability(path)?),
            Outcome::Json(_) | Outcome::Printed => {
                let problem = format!("`${name}` is what a command returned: it has no methods");
                Err(Usage(problem).into())
            }
        }
    }
}

impl Names for Bindings {
    fn all(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn interface(&self, path: &str) -> Result<Interface> {
        known(path, self.capability(path)?.interface)
    }

    fn method(&self, address: &str) -> Result<Method> {
        let held = self.held(address)?;
        held.map(|held| held.method).context("it is a service")
    }
}

fn known(path: &str, interface: Option<Interface>) -> Result<Interface> {
    interface.ok_or_else(|| Usage(format!("nobody knows the interface of `${path}`")).into())
}

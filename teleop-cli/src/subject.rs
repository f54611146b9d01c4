//! [`Subject`]: what an error is about.

use std::fmt;

use teleop::{Error, Pid};

use crate::{
    cli::Verb,
    exit::{Ended, Unnamed},
    target::Targets,
};

/// What an error is about, as far as that is known. As the context of an error it says nothing: its
/// message names what people have to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) pid: Option<u32>,
    pub(crate) service: Option<String>,
    pub(crate) method: Option<String>,
    /// The parameter, or what of the command line does not fit.
    pub(crate) field: Option<String>,
}

impl Subject {
    /// What the command line is about.
    pub(crate) fn of_verb(verb: &Verb) -> Self {
        let pid = verb.target().and_then(Targets::pid);
        let address = verb.address().unwrap_or_default();
        let (service, method) = match address.rsplit_once('.') {
            Some((service, method)) => (service, Some(method.to_owned())),
            None => (address, None),
        };
        Self {
            pid: pid.map(Pid::as_u32),
            service: (!service.is_empty()).then(|| service.to_owned()),
            method,
            field: None,
        }
    }

    /// A process.
    pub(crate) fn of_process(pid: Pid) -> Self {
        Self {
            pid: Some(pid.as_u32()),
            ..Self::default()
        }
    }

    /// The same, with what an error knows better.
    pub(crate) fn refined(mut self, error: &anyhow::Error) -> Self {
        if let Some(known) = error.downcast_ref::<Self>() {
            self.pid = known.pid.or(self.pid);
            if known.service.is_some() {
                self.service.clone_from(&known.service);
                self.method.clone_from(&known.method);
            }
        }
        if let Some(Unnamed { service, .. }) = error.downcast_ref() {
            self.service = Some(service.clone());
            self.method = None;
        }
        if let Some(Ended { pid, .. }) = error.downcast_ref() {
            self.pid = Some(pid.as_u32());
        }
        if let Some(error) = error.downcast_ref() {
            self.refine(error);
        }
        self
    }

    fn refine(&mut self, error: &Error) {
        match error {
            Error::NoSuchProcess { pid }
            | Error::NotAttachable { pid, .. }
            | Error::Disabled { pid }
            | Error::Refused { pid, .. }
            | Error::NotPermitted { pid, .. }
            | Error::TimedOut { pid, .. } => self.pid = Some(pid.as_u32()),
            Error::NoSuchService { name: service, .. } | Error::Undescribed { service } => {
                // It may be that both parts of an address are the name of a service.
                let is_part = self.service.as_ref() == Some(service);
                self.method = self.method.take().filter(|_| is_part);
                self.service = Some(service.clone());
            }
            Error::NoSuchMethod {
                service, method, ..
            } => {
                self.service = Some(service.clone());
                self.method = Some(method.clone());
            }
            Error::BadArgument { field, .. } => self.field = Some(field.clone()),
            _ => {}
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

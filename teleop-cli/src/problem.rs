//! [`Problem`]: an error as JSON.

use serde::{Deserialize, Serialize};

use crate::report::Report;

/// An error, as scripts read it. This is a contract: every key is always there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: String,
    /// What the command ends with.
    pub(crate) status: i32,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) service: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) field: Option<String>,
}

impl From<&Report> for Problem {
    fn from(report: &Report) -> Self {
        let subject = report.subject.clone();
        Self {
            code: report.code.clone().into_owned(),
            status: report.exit.code(),
            message: report.message.clone(),
            hint: report.hint.clone(),
            pid: subject.pid,
            service: subject.service,
            method: subject.method,
            field: subject.field,
        }
    }
}

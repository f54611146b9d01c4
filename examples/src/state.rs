use std::{
    rc::Rc,
    time::{Instant, UNIX_EPOCH},
};

use capnp::Error;

use crate::{
    monitor::{Monitor, StageReport, Status},
    state_capnp::{self, node_status, state},
};

/// How a chain is doing.
pub struct State {
    pub monitor: Monitor,
}

impl state::Server for State {
    async fn graph(
        self: Rc<Self>,
        _: state::GraphParams,
        mut results: state::GraphResults,
    ) -> Result<(), Error> {
        let report = self.monitor.report();
        let mut results = results.get();
        let mut nodes = results.reborrow().init_nodes(report.stages.len() as u32);
        for (index, stage) in (0..).zip(&report.stages) {
            let mut node = nodes.reborrow().get(index);
            node.set_name(stage.name);
            node.set_doc(stage.doc);
        }
        let mut edges = results.init_edges(report.edges.len() as u32);
        for (index, edge) in (0..).zip(&report.edges) {
            let mut written = edges.reborrow().get(index);
            written.set_from(report.stages[edge.from].name);
            written.set_to(report.stages[edge.to].name);
            written.set_count(edge.count);
        }
        Ok(())
    }

    async fn node_statuses(
        self: Rc<Self>,
        _: state::NodeStatusesParams,
        mut results: state::NodeStatusesResults,
    ) -> Result<(), Error> {
        let stages = self.monitor.report().stages;
        let mut statuses = results.get().init_statuses(stages.len() as u32);
        for (index, stage) in (0..).zip(&stages) {
            stage.write(statuses.reborrow().get(index));
        }
        Ok(())
    }
}

impl StageReport {
    fn write(&self, mut written: node_status::Builder<'_>) {
        written.set_name(self.name);
        written.set_items(self.items);
        if let Status::Error(problem) = &self.status {
            written.set_error(problem);
        }
        written.set_status(match self.status {
            Status::Waiting => state_capnp::Status::Waiting,
            Status::Running => state_capnp::Status::Running,
            Status::Success => state_capnp::Status::Success,
            Status::Error(_) => state_capnp::Status::Error,
            Status::Stopped => state_capnp::Status::Stopped,
        });
        let since = self.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        written.set_since(since.as_millis() as i64);
        if let Some(began) = self.began {
            let until = self.ended.unwrap_or_else(Instant::now);
            written.set_elapsed(until.duration_since(began).as_millis() as u64);
        }
    }
}

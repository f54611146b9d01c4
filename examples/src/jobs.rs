use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use capnp::Error;

use crate::jobs_capnp::{Priority, handle, job, jobs, step};

/// A queue of jobs.
#[derive(Clone, Default)]
pub struct Jobs {
    queue: Rc<RefCell<BTreeMap<u32, Job>>>,
}

#[derive(Clone)]
struct Job {
    name: String,
    priority: Priority,
    steps: Vec<Step>,
}

#[derive(Clone)]
struct Step {
    command: String,
    timeout: Option<f64>,
}

impl Jobs {
    fn job(&self, id: u32) -> Result<Job, Error> {
        let job = self.queue.borrow().get(&id).cloned();
        job.ok_or_else(|| Error::failed(format!("there is no job {id}")))
    }
}

impl jobs::Server for Jobs {
    async fn submit(
        self: Rc<Self>,
        params: jobs::SubmitParams,
        mut results: jobs::SubmitResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let job = Job {
            name: params.get_name()?.to_string()?,
            priority: params.get_priority()?,
            steps: params
                .get_steps()?
                .iter()
                .map(Step::read)
                .collect::<Result<_, _>>()?,
        };
        let mut queue = self.queue.borrow_mut();
        let id = queue.last_key_value().map_or(1, |(last, _)| last + 1);
        queue.insert(id, job);
        results.get().set_id(id);
        Ok(())
    }

    async fn list(
        self: Rc<Self>,
        params: jobs::ListParams,
        mut results: jobs::ListResults,
    ) -> Result<(), Error> {
        let at_least = params.get()?.get_at_least()? as u16;
        let queue = self.queue.borrow();
        let jobs: Vec<_> = queue
            .iter()
            .filter(|(_, job)| job.priority as u16 >= at_least)
            .collect();
        let mut list = results.get().init_jobs(jobs.len() as u32);
        for (index, (&id, job)) in jobs.into_iter().enumerate() {
            job.write(id, list.reborrow().get(index as u32));
        }
        Ok(())
    }

    async fn open(
        self: Rc<Self>,
        params: jobs::OpenParams,
        mut results: jobs::OpenResults,
    ) -> Result<(), Error> {
        let id = params.get()?.get_id();
        self.job(id)?;
        let handle = Handle {
            jobs: (*self).clone(),
            id,
        };
        results.get().set_job(teleop::new_client(handle));
        Ok(())
    }

    async fn watch(
        self: Rc<Self>,
        params: jobs::WatchParams,
        mut results: jobs::WatchResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let progress = params.get_progress()?;
        let steps = self.job(params.get_id())?.steps;
        for (number, step) in (1..).zip(&steps) {
            let mut request = progress.step_request();
            request.get().set_number(number);
            step.write(request.get().init_step());
            request.send().await?;
        }
        results.get().set_steps(steps.len() as u32);
        Ok(())
    }
}

/// One job, as a capability.
struct Handle {
    jobs: Jobs,
    id: u32,
}

impl handle::Server for Handle {
    async fn info(
        self: Rc<Self>,
        _: handle::InfoParams,
        mut results: handle::InfoResults,
    ) -> Result<(), Error> {
        let job = self.jobs.job(self.id)?;
        job.write(self.id, results.get().init_job());
        Ok(())
    }

    async fn rename(
        self: Rc<Self>,
        params: handle::RenameParams,
        mut results: handle::RenameResults,
    ) -> Result<(), Error> {
        let mut job = self.jobs.job(self.id)?;
        job.name = params.get()?.get_name()?.to_string()?;
        job.write(self.id, results.get().init_job());
        self.jobs.queue.borrow_mut().insert(self.id, job);
        Ok(())
    }
}

impl Job {
    fn write(&self, id: u32, mut job: job::Builder<'_>) {
        job.set_id(id);
        job.set_name(&self.name);
        job.set_priority(self.priority);
        let mut steps = job.init_steps(self.steps.len() as u32);
        for (index, step) in self.steps.iter().enumerate() {
            step.write(steps.reborrow().get(index as u32));
        }
    }
}

impl Step {
    fn read(step: step::Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            command: step.get_command()?.to_string()?,
            timeout: match step.get_timeout().which()? {
                step::timeout::Which::None(()) => None,
                step::timeout::Which::Seconds(seconds) => Some(seconds),
            },
        })
    }

    fn write(&self, mut step: step::Builder<'_>) {
        step.set_command(&self.command);
        match self.timeout {
            None => step.get_timeout().set_none(()),
            Some(seconds) => step.get_timeout().set_seconds(seconds),
        }
    }
}

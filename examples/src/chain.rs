//! [`Chain`]: stages, each on a thread of its own, that hand items on from one to the next.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::SystemTime,
};

use crate::monitor::{EdgeReport, Monitor, StageReport, Status};

/// How many items may wait for a stage before those that hand them on have to wait, too.
const CAPACITY: usize = 8;

/// A chain of stages. Each runs from when it is started until there is nothing more to do.
///
/// Where a stage fails, those around it end, too: what they hand on is not taken any more, or nothing
/// comes.
pub struct Chain {
    monitor: Monitor,
    before: Arc<Before>,
    threads: Vec<JoinHandle<()>>,
}

/// Called with the name of the stage and the number of the item, from 1.
type Before = dyn Fn(&str, u64) -> Result<(), Stop> + Send + Sync;

impl Chain {
    /// A chain without stages. `before` is called whenever a stage begins with an item.
    pub fn new(before: impl Fn(&str, u64) -> Result<(), Stop> + Send + Sync + 'static) -> Self {
        Self {
            monitor: Monitor::default(),
            before: Arc::new(before),
            threads: Vec::new(),
        }
    }

    /// Adds a stage.
    pub fn stage<T>(&self, name: &'static str, doc: &'static str) -> Stage<T> {
        let (sender, items) = sync_channel(CAPACITY);
        let mut report = self.monitor.lock();
        report.stages.push(StageReport {
            name,
            doc,
            status: Status::Waiting,
            items: 0,
            since: SystemTime::now(),
            began: None,
            ended: None,
        });
        Stage {
            index: report.stages.len() - 1,
            sender,
            items,
        }
    }

    /// Adds an edge. What the first stage sends there, the second gets.
    pub fn edge<S, T>(&self, from: &Stage<S>, to: &Stage<T>) -> Output<T> {
        let mut report = self.monitor.lock();
        report.edges.push(EdgeReport {
            from: from.index,
            to: to.index,
            count: 0,
        });
        Output {
            edge: report.edges.len() - 1,
            sender: to.sender.clone(),
            monitor: self.monitor.clone(),
        }
    }

    /// Starts a stage that works on what it is sent, until all who could send have ended.
    pub fn start<T: Send + 'static>(
        &mut self,
        stage: Stage<T>,
        work: impl FnMut(T) -> Result<(), Stop> + Send + 'static,
    ) -> io::Result<()> {
        drop(stage.sender);
        self.run(stage.index, stage.items.into_iter(), work)
    }

    /// Starts a stage that works on these items: where the chain begins.
    pub fn start_with<T, I>(
        &mut self,
        stage: Stage<T>,
        items: I,
        work: impl FnMut(T) -> Result<(), Stop> + Send + 'static,
    ) -> io::Result<()>
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        self.run(stage.index, items.into_iter(), work)
    }

    /// What can be asked how the chain is doing.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Waits until all stages have ended.
    pub fn wait(self) {
        for thread in self.threads {
            let _ = thread.join(); // A panic is told as the status of its stage.
        }
    }

    fn run<T>(
        &mut self,
        stage: usize,
        mut items: impl Iterator<Item = T> + Send + 'static,
        mut work: impl FnMut(T) -> Result<(), Stop> + Send + 'static,
    ) -> io::Result<()> {
        let (monitor, before) = (self.monitor.clone(), self.before.clone());
        let name = monitor.lock().stages[stage].name;
        let run = move || {
            let mut work_on_all = || {
                for (number, item) in (1..).zip(&mut items) {
                    monitor.begin(stage, number);
                    before(name, number)?;
                    work(item)?;
                    monitor.lock().stages[stage].items = number;
                }
                Ok(())
            };
            let outcome = catch_unwind(AssertUnwindSafe(&mut work_on_all));
            let outcome = outcome.unwrap_or_else(|panic| Err(Stop::Failed(message(&*panic))));
            monitor.end(stage, outcome);
            // Only now the neighbours notice, and look at how this ended.
            drop((items, work));
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.threads.push(thread);
        Ok(())
    }
}

/// A stage that is not started yet.
#[must_use = "it does nothing before it is started"]
pub struct Stage<T> {
    index: usize,
    sender: SyncSender<T>,
    items: Receiver<T>,
}

/// Where a stage hands items on.
pub struct Output<T> {
    edge: usize,
    sender: SyncSender<T>,
    monitor: Monitor,
}

impl<T> Output<T> {
    /// Hands an item on. Waits while too many are underway.
    pub fn send(&self, item: T) -> Result<(), Stop> {
        self.sender.send(item).map_err(|_| Stop::Unwanted)?;
        self.monitor.lock().edges[self.edge].count += 1;
        Ok(())
    }
}

/// Why a stage ends before all is done. Any error becomes one.
#[derive(Debug)]
pub enum Stop {
    /// Something went wrong in it.
    Failed(String),
    /// Nobody takes what it hands on.
    Unwanted,
}

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a panic has to say.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without a word"))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Mutex,
        time::{Duration, Instant},
    };

    use super::*;
    use crate::monitor::Report;

    /// first → second → last, and first → third → last. What comes through, and how each stage ended.
    fn diamond(
        before: impl Fn(&str, u64) -> Result<(), Stop> + Send + Sync + 'static,
    ) -> (u64, Report) {
        let mut chain = Chain::new(before);
        let first = chain.stage("first", "");
        let second = chain.stage("second", "");
        let third = chain.stage("third", "");
        let last = chain.stage("last", "");
        let [to_second, to_third] = [&second, &third].map(|stage| chain.edge(&first, stage));
        let [from_second, from_third] = [&second, &third].map(|stage| chain.edge(stage, &last));
        let sum = Arc::new(Mutex::new(0));
        let total = sum.clone();

        // The last is started first: the order is of no matter.
        let add = move |item| {
            *total.lock().unwrap() += item;
            Ok(())
        };
        chain.start(last, add).unwrap();
        chain
            .start(second, move |item| from_second.send(item))
            .unwrap();
        chain
            .start(third, move |item| from_third.send(item))
            .unwrap();
        let items = 1_u64..=100;
        let either = move |item| match item % 2 {
            0 => to_second.send(item),
            _ => to_third.send(item),
        };
        chain.start_with(first, items, either).unwrap();

        let monitor = chain.monitor();
        chain.wait();
        let sum = *sum.lock().unwrap();
        (sum, monitor.report())
    }

    fn statuses(report: &Report) -> Vec<&Status> {
        report.stages.iter().map(|stage| &stage.status).collect()
    }

    #[test]
    fn every_item_comes_through_and_is_counted() {
        let (sum, report) = diamond(|_, _| Ok(()));
        assert_eq!(sum, 5050);
        assert_eq!(statuses(&report), [&Status::Success; 4]);
        let items: Vec<_> = report.stages.iter().map(|stage| stage.items).collect();
        assert_eq!(items, [100, 50, 50, 100]);
        let counts: Vec<_> = report.edges.iter().map(|edge| edge.count).collect();
        assert_eq!(counts, [50; 4]);
    }

    #[test]
    fn a_stage_that_fails_stops_those_around_it() {
        let (_, report) = diamond(|stage, number| match (stage, number) {
            ("second", 5) => Err("x".parse::<u8>().unwrap_err().into()),
            _ => Ok(()),
        });
        let error = Status::Error("invalid digit found in string".to_owned());
        let stopped = &Status::Stopped;
        assert_eq!(statuses(&report), [stopped, &error, stopped, stopped]);
        assert_eq!(report.stages[1].items, 4);
    }

    #[test]
    fn a_panic_is_the_error_of_its_stage() {
        for (stage, index) in [("first", 0), ("second", 1), ("third", 2), ("last", 3)] {
            let (_, report) = diamond(move |name, number| {
                assert!(name != stage || number < 7, "seven is too much");
                Ok(())
            });
            let error = Status::Error("panicked: seven is too much".to_owned());
            for (at, status) in statuses(&report).into_iter().enumerate() {
                let expected = if at == index {
                    &error
                } else {
                    &Status::Stopped
                };
                assert_eq!(status, expected, "{at}, where {stage} panics");
            }
        }
    }

    #[test]
    fn a_stage_has_ended_before_the_next_one_notices() {
        /// Dropped behind the output of the first stage, it waits until the last has ended.
        struct Waiting(Monitor);

        impl Drop for Waiting {
            fn drop(&mut self) {
                let deadline = Instant::now() + Duration::from_secs(60);
                while self.0.report().stages[1].ended.is_none() {
                    assert!(Instant::now() < deadline, "it never ends");
                    thread::yield_now();
                }
            }
        }

        let mut chain = Chain::new(|_, _| Ok(()));
        let (first, last) = (chain.stage("first", ""), chain.stage("last", ""));
        let held = (chain.edge(&first, &last), Waiting(chain.monitor()));
        let monitor = chain.monitor();
        chain.start(last, |_| Ok(())).unwrap();
        let work = move |item| {
            let (output, _waiting) = &held;
            output.send(item)
        };
        chain.start_with(first, [()], work).unwrap();
        chain.wait();
        assert_eq!(statuses(&monitor.report()), [&Status::Success; 2]);
    }

    #[test]
    fn a_chain_without_items_is_done_at_once() {
        let mut chain = Chain::new(|_, _| Ok(()));
        let (first, last) = (
            chain.stage::<u8>("first", ""),
            chain.stage::<u8>("last", ""),
        );
        let output = chain.edge(&first, &last);
        chain.start(last, |_| Ok(())).unwrap();
        chain
            .start_with(first, [], move |item| output.send(item))
            .unwrap();
        let monitor = chain.monitor();
        chain.wait();
        assert_eq!(statuses(&monitor.report()), [&Status::Success; 2]);
    }

    #[test]
    fn a_stage_waits_until_it_gets_an_item() {
        let chain = Chain::new(|_, _| Ok(()));
        let _stage = chain.stage::<()>("only", "");
        assert_eq!(statuses(&chain.monitor().report()), [&Status::Waiting]);
    }
}

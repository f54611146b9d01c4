//! [`Snapshot`]: what a process says of its chain, once it is checked.

use std::collections::HashMap;

use futures::future;
use teleop::{Error, Result, capnp};

use crate::state_capnp::{
    Status,
    state::{self, graph_results, node_statuses_results},
};

/// How the chain of a process is doing. Nothing in it can do harm to who shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub stages: Vec<Stage>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub name: String,
    pub doc: String,
    /// None where it is one that was thought of later.
    pub status: Option<Status>,
    pub error: String,
    pub items: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The index of a stage.
    pub from: usize,
    pub to: usize,
    pub count: u64,
}

/// More than anybody could look at.
const MOST_STAGES: u32 = 200;
const MOST_EDGES: u32 = 600;

impl Snapshot {
    /// Asks a process.
    pub async fn take(state: &state::Client) -> Result<Self> {
        // Both at once. This one first: where all stages have ended, the counts are the last ones, too.
        let statuses = state.node_statuses_request().send();
        let graph = state.graph_request().send();
        let (statuses, graph) = future::try_join(statuses.promise, graph.promise).await?;
        Self::read(graph.get()?, statuses.get()?)
    }

    fn read(
        graph: graph_results::Reader<'_>,
        statuses: node_statuses_results::Reader<'_>,
    ) -> Result<Self> {
        let (nodes, edges) = (graph.get_nodes()?, graph.get_edges()?);
        let statuses = statuses.get_statuses()?;
        // A list of empty structs takes no room in a message, however long it is.
        bounded("stages", nodes.len(), MOST_STAGES)?;
        bounded("edges", edges.len(), MOST_EDGES)?;
        bounded("statuses", statuses.len(), MOST_STAGES)?;

        let mut stages = Vec::new();
        let mut indices = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let stage = Stage {
                name: text(node.get_name())?,
                doc: text(node.get_doc())?,
                status: None,
                error: String::new(),
                items: 0,
            };
            if indices.insert(stage.name.clone(), index).is_some() {
                return Err(nonsense(format!("two stages are called `{}`", stage.name)));
            }
            stages.push(stage);
        }
        let find = |name| {
            let name = text(name)?;
            let index = indices.get(&name).copied();
            index.ok_or_else(|| nonsense(format!("there is no stage `{name}`")))
        };
        let edges = edges.iter().map(|edge| {
            Ok(Edge {
                from: find(edge.get_from())?,
                to: find(edge.get_to())?,
                count: edge.get_count(),
            })
        });
        let edges = edges.collect::<Result<_>>()?;
        for status in statuses {
            let stage = &mut stages[find(status.get_name())?];
            stage.status = status.get_status().ok();
            stage.error = text(status.get_error())?;
            stage.items = status.get_items();
        }
        Ok(Self { stages, edges })
    }

    /// Whether there is nothing more to come.
    pub fn is_over(&self) -> bool {
        let is_over = |stage: &Stage| {
            use Status::{Error, Stopped, Success};
            matches!(stage.status, Some(Success | Error | Stopped))
        };
        self.stages.iter().all(is_over)
    }

    /// How many stages there are of each status, in words.
    pub fn summary(&self) -> String {
        use Status::{Error, Running, Stopped, Success, Waiting};

        let known = [Waiting, Running, Success, Error, Stopped].map(Some);
        let counts = known.into_iter().chain([None]).filter_map(|status| {
            let is_such = |stage: &&Stage| stage.status == status;
            let count = self.stages.iter().filter(is_such).count();
            (count > 0).then(|| format!("{count} {}", word(status)))
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// What a status is called.
pub fn word(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Waiting) => "waiting",
        Some(Status::Running) => "running",
        Some(Status::Success) => "success",
        Some(Status::Error) => "error",
        Some(Status::Stopped) => "stopped",
        None => "unknown",
    }
}

/// What a process says, without what could steer a terminal or change the direction of writing, on one
/// line, and not without end.
pub fn plain(text: &str) -> String {
    const MOST: usize = 500;

    let line = text.chars().map(|letter| match letter {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        letter => letter,
    });
    let is_active = |letter: char| {
        letter.is_control()
            || matches!(
                letter,
                '\u{61c}'
                    | '\u{200e}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
                    | '\u{fffe}'..='\u{ffff}' // These XML does not know.
            )
    };
    let mut letters = line.filter(|&letter| !is_active(letter));
    let mut plain: String = letters.by_ref().take(MOST).collect();
    if letters.next().is_some() {
        plain.push('…');
    }
    plain
}

fn text(reader: capnp::Result<capnp::text::Reader<'_>>) -> Result<String> {
    Ok(plain(reader?.to_str().map_err(capnp::Error::from)?))
}

fn bounded(what: &str, count: u32, most: u32) -> Result<()> {
    if count > most {
        return Err(nonsense(format!("it says that it has {count} {what}")));
    }
    Ok(())
}

fn nonsense(problem: String) -> Error {
    Error::Protocol { problem }
}

#[cfg(test)]
mod tests {
    use capnp::message::{Builder, HeapAllocator};

    use super::*;

    type Message = Builder<HeapAllocator>;

    /// Stages of these names, edges between them, and a status for each of these.
    fn read(names: &[&str], edges: &[(&str, &str)], statuses: &[&str]) -> Result<Snapshot, String> {
        let (mut graph, mut status) = (Message::default(), Message::default());
        let mut root = graph.init_root::<graph_results::Builder<'_>>();
        let mut nodes = root.reborrow().init_nodes(names.len() as u32);
        for (index, name) in (0..).zip(names) {
            nodes.reborrow().get(index).set_name(name);
        }
        let mut list = root.init_edges(edges.len() as u32);
        for (index, (from, to)) in (0..).zip(edges) {
            let mut edge = list.reborrow().get(index);
            edge.set_from(from);
            edge.set_to(to);
        }
        let root = status.init_root::<node_statuses_results::Builder<'_>>();
        let mut list = root.init_statuses(statuses.len() as u32);
        for (index, name) in (0..).zip(statuses) {
            let mut status = list.reborrow().get(index);
            status.set_name(name);
            status.set_status(Status::Running);
        }
        let read = Snapshot::read(
            graph.get_root_as_reader().unwrap(),
            status.get_root_as_reader().unwrap(),
        );
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn what_makes_sense_is_read() {
        let snapshot = read(&["a", "b"], &[("b", "a")], &["b"]).unwrap();
        assert_eq!((snapshot.edges[0].from, snapshot.edges[0].to), (1, 0));
        assert_eq!(snapshot.stages[0].status, None);
        assert_eq!(snapshot.stages[1].status, Some(Status::Running));
        assert_eq!(snapshot.summary(), "1 running, 1 unknown");
        assert!(!snapshot.is_over());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (names, edges, statuses, problem) in [
            (
                &["a", "a"][..],
                &[][..],
                &[][..],
                "two stages are called `a`",
            ),
            (&["a"], &[("a", "b")], &[], "there is no stage `b`"),
            (&["a"], &[], &["c"], "there is no stage `c`"),
        ] {
            let error = read(names, edges, statuses).unwrap_err();
            assert!(error.ends_with(problem), "{error}");
        }
    }

    #[test]
    fn what_is_endless_is_refused() {
        let names: Vec<_> = (0..=MOST_STAGES).map(|number| number.to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let error = read(&names, &[], &[]).unwrap_err();
        assert!(error.ends_with("it says that it has 201 stages"), "{error}");
        let error = read(&["a"], &[("a", "a"); 601], &[]).unwrap_err();
        assert!(error.ends_with("it says that it has 601 edges"), "{error}");
        let error = read(&["a"], &[], &["a"; 201]).unwrap_err();
        assert!(
            error.ends_with("it says that it has 201 statuses"),
            "{error}"
        );
    }

    #[test]
    fn what_steers_a_terminal_is_dropped() {
        let hostile = "red \u{1b}[31m, back \u{202e}, \u{9b}2J,\nnext\u{0}\u{ffff}";
        assert_eq!(plain(hostile), "red [31m, back , 2J, next");
        let long = plain(&"x".repeat(1_000_000));
        assert_eq!((long.len(), long.ends_with("x…")), (503, true));
    }
}

//! `console` draws what `pipeline` does, and stands whatever else it is pointed at.

mod hostile;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use roxmltree::{Document, Node};
use tempfile::TempDir;

use self::hostile::Hostile;
use crate::{Running, example};

const STAGES: [&str; 9] = [
    "read", "parse", "dedupe", "split", "vat", "convert", "duty", "merge", "write",
];

/// What a line is waited for, at most.
const DEADLINE: Duration = Duration::from_secs(60);

/// A console that is at work, with what it says.
struct Console {
    child: Child,
    lines: Receiver<String>,
    output: PathBuf,
}

impl Console {
    fn start(place: &TempDir, pid: &str, output: &Path) -> Self {
        let mut child = console(place, pid, output)
            .args(["--every", "10ms"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let said = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || said.lines().try_for_each(|line| sender.send(line.unwrap())));
        let output = output.to_owned();
        Self {
            child,
            lines,
            output,
        }
    }

    /// The next thing that it says; none where it has ended.
    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(line) => Some(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                assert!(self.child.wait().unwrap().success());
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn until(&mut self, words: &str) {
        while !self.next().expect(words).contains(words) {}
    }

    fn picture(&self) -> BTreeMap<String, Seen> {
        seen(&fs::read_to_string(&self.output).unwrap())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn console(place: &TempDir, pid: &str, output: &Path) -> Command {
    let mut command = example("console", place);
    command.arg(pid).arg("--output").arg(output);
    command
}

fn pipeline(place: &TempDir, arguments: &[&str]) -> Running {
    let mut command = example("pipeline", place);
    command.args(arguments);
    Running::start(command)
}

fn entries(directory: &TempDir) -> Vec<OsString> {
    let entries = directory.path().read_dir().unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

/// What a picture shows of a stage or, called `from → to`, of an edge. Then the word is empty.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    word: String,
    count: u64,
}

fn seen(svg: &str) -> BTreeMap<String, Seen> {
    let parsed = Document::parse(svg).unwrap();
    let class = |node: Node<'_, '_>| node.attribute("class").unwrap_or_default().to_owned();
    let text = |node: Node<'_, '_>, of: &str| {
        let child = node
            .children()
            .find(|&child| child.has_tag_name(of) || class(child) == of);
        child
            .and_then(|child| child.text().map(str::to_owned))
            .unwrap()
    };
    let number = |text: String| text.parse().unwrap();
    let element = |node: Node<'_, '_>| match class(node).split_once(' ') {
        Some(("stage", word)) => {
            assert_eq!(text(node, "note"), word);
            let count = number(text(node, "count"));
            Some((
                text(node, "name"),
                Seen {
                    word: word.to_owned(),
                    count,
                },
            ))
        }
        _ if class(node).starts_with("edge") => {
            let count = number(text(node, "count"));
            Some((
                text(node, "title"),
                Seen {
                    word: String::new(),
                    count,
                },
            ))
        }
        _ => None,
    };
    parsed.descendants().filter_map(element).collect()
}

#[test]
fn console_draws_a_chain_from_its_begin_to_its_end() {
    let place = tempfile::tempdir().unwrap();
    let drawn = tempfile::tempdir().unwrap();
    let arguments = ["--wait", "--delay", "20ms", "--items", "60"];
    let mut pipeline = pipeline(&place, &arguments);
    let mut console = Console::start(&place, &pipeline.pid, &drawn.path().join("chain.svg"));

    assert!(console.next().unwrap().ends_with(": 9 waiting"));
    let mut last = console.picture();
    assert_eq!(last.len(), 9 + 9);
    for stage in STAGES {
        assert_eq!(
            last[stage],
            Seen {
                word: "waiting".to_owned(),
                count: 0
            }
        );
    }

    let whole = fs::read_to_string(&console.output).unwrap();
    // Elsewhere, what is open cannot always be replaced.
    let opened = cfg!(unix).then(|| File::open(&console.output).unwrap());

    pipeline.input.as_mut().unwrap().write_all(b"\n").unwrap();
    let mut words: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let order = |word: &str| {
        ["", "waiting", "running", "success"]
            .iter()
            .position(|&one| one == word)
    };
    let end = loop {
        let line = console.next().unwrap();
        let picture = console.picture();
        for (name, seen) in &picture {
            assert!(seen.count >= last[name].count, "{name}: {seen:?}");
            assert!(
                order(&seen.word).unwrap() >= order(&last[name].word).unwrap(),
                "{name}: {seen:?}"
            );
            words
                .entry(name.clone())
                .or_default()
                .insert(seen.word.clone());
        }
        last = picture;
        if !line.contains("chain.svg") {
            break line;
        }
    };
    assert_eq!(
        end,
        format!("the chain of process {} has ended", pipeline.pid)
    );
    assert_eq!(console.next(), None);
    // Who has begun to read a picture gets all of it.
    if let Some(mut opened) = opened {
        let mut read = String::new();
        opened.read_to_string(&mut read).unwrap();
        assert_eq!(read, whole);
    }

    for stage in STAGES {
        assert_eq!(last[stage].word, "success");
        assert!(
            words[stage].contains("running"),
            "{stage}: {:?}",
            words[stage]
        );
    }
    assert_eq!(last["read"].count, 60);
    assert_eq!(last["read → parse"].count, 60);
    let both = last["vat → merge"].count + last["duty → merge"].count;
    assert_eq!(last["write"].count, both);
    assert!((40..60).contains(&both), "{both}");
    assert_eq!(entries(&drawn), ["chain.svg"]);
    pipeline.end();
}

#[test]
fn console_shows_which_stage_failed() {
    let place = tempfile::tempdir().unwrap();
    let page = place.path().join("chain.html");
    let pipeline = pipeline(
        &place,
        &["--fail", "convert", "--delay", "1ms", "--items", "200"],
    );
    let mut console = Console::start(&place, &pipeline.pid, &page);
    console.until("has ended");
    assert_eq!(console.next(), None);

    let page = fs::read_to_string(page).unwrap();
    let (start, end) = (
        page.find("<svg").unwrap(),
        page.rfind("</svg>").unwrap() + 6,
    );
    let seen = seen(&page[start..end]);
    for stage in STAGES {
        let word = if stage == "convert" {
            "error"
        } else {
            "stopped"
        };
        assert_eq!(seen[stage].word, word, "{stage}");
    }
    assert_eq!(seen["convert"].count, 25);
    assert!(
        page.contains(">convert: asked to fail, it does at item 26</text>"),
        "{page}"
    );
    assert!(!page.contains("refresh"));
    pipeline.end();
}

#[test]
fn console_keeps_the_last_picture_of_a_process_that_ends() {
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("chain.svg");
    let pipeline = pipeline(&place, &["--delay", "1h"]);
    let pid = pipeline.pid.clone();
    let mut console = Console::start(&place, &pid, &output);
    console.until("8 waiting, 1 running");
    // Nothing changes now, and so it has nothing to say, however often it looks.
    let silence = console.lines.recv_timeout(Duration::from_millis(200));
    assert_eq!(silence, Err(mpsc::RecvTimeoutError::Timeout));
    pipeline.end(); // In the midst of its work.
    assert_eq!(console.next(), Some(format!("process {pid} is gone")));
    assert_eq!(console.next(), None);
    assert_eq!(console.picture()["read"].word, "running");
    let svg = fs::read_to_string(output).unwrap();
    assert!(
        svg.contains(&format!("process {pid}, which is gone · ")),
        "{svg}"
    );
}

#[test]
fn console_says_what_is_wrong_on_one_line() {
    let place = tempfile::tempdir().unwrap();
    let drawn = tempfile::tempdir().unwrap();
    fs::create_dir(drawn.path().join("directory")).unwrap();
    let fails = |pid: &str, output: &str, words: &str| {
        let output = console(&place, pid, &drawn.path().join(output))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with("console: ") && said.contains(words),
            "{said}"
        );
        assert_eq!(
            (said.lines().count(), output.stdout.len()),
            (1, 0),
            "{said}"
        );
    };
    let embed = Running::start(example("embed", &place));
    fails(&embed.pid, "chain.svg", "no service `state`; there are: ");
    let pid = embed.pid.clone();
    embed.end();
    fails(&pid, "chain.svg", &format!("no process has the id `{pid}`"));
    let pipeline = pipeline(&place, &["--wait"]);
    fails(&pipeline.pid, "missing/chain.svg", "could not write `");
    fails(&pipeline.pid, "..", "could not write `");
    fails(&pipeline.pid, "directory", "could not write `");
    let hostile = Hostile::start(&place, "endless");
    fails(
        &hostile.pid(),
        "chain.svg",
        "it says that it has 1000000 stages",
    );
    assert_eq!(entries(&drawn), ["directory"]);
    pipeline.end();
}

#[test]
fn console_is_not_harmed_by_what_a_process_says() {
    let place = tempfile::tempdir().unwrap();
    let hostile = Hostile::start(&place, "names");
    let output = place.path().join("chain.svg");
    let mut console = Console::start(&place, &hostile.pid(), &output);
    assert!(console.next().unwrap().ends_with("1 error, 1 unknown"));
    let svg = fs::read_to_string(output).unwrap();
    let parsed = Document::parse(&svg).unwrap();
    let texts: Vec<_> = parsed
        .descendants()
        .filter_map(|node| node.text())
        .collect();
    assert!(texts.contains(&"[2J<b>&amp;"), "{svg}");
    assert!(
        texts.contains(&"<script>alert(1)</script>: a b"),
        "{texts:?}"
    );
    assert!(
        svg.chars()
            .all(|letter| letter == '\n' || !letter.is_control())
    );
}

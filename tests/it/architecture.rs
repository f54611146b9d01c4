//! Who may use whom, and where platforms are told apart: ARCHITECTURE.md says it, this holds it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of the library, each with those that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &["process"]),
    ("reactor", &["error", "directory"]),
    ("process", &["error", "directory"]),
    ("directory", &["error", "process"]),
    ("channel", &["error", "process", "directory", "reactor"]),
    ("audit", &["process", "channel"]),
    (
        "attach",
        &[
            "error",
            "process",
            "directory",
            "channel",
            "audit",
            "reactor",
        ],
    ),
    ("operate", &["error", "audit", "pool", "reactor", "unblock"]),
    ("log", &["error"]),
    ("pool", &["process", "reactor"]),
    (
        "services",
        &["log", "operate", "pool", "process", "reactor"],
    ),
    (
        "server",
        &[
            "error", "process", "attach", "audit", "operate", "services", "slots", "unblock",
        ],
    ),
    (
        "handle",
        &["attach", "error", "operate", "process", "reactor", "server"],
    ),
    ("client", &["error", "process", "attach", "operate"]),
    ("slots", &[]),
    ("corpus", &[]),
    ("unblock", &["pool"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(directory: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") {
                continue; // A test may use whatever it takes.
            } else if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        (
            path.strip_prefix(&root).unwrap().to_owned(),
            text.to_owned(),
        )
    };
    paths.into_iter().map(read).collect()
}

fn module_of(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that `crate::…` names in a text, in lists of `use`, too.
fn used(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let list = match rest.strip_prefix('{') {
            Some(list) => list,
            None => rest.split([';', ' ', '\n', '(']).next().unwrap(),
        };
        let mut depth = 0;
        let mut name = String::new();
        let mut is_first = true;
        for letter in list.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    used.push(std::mem::take(&mut name));
                    is_first = true;
                }
                letter if depth == 0 && is_first => {
                    if letter.is_alphanumeric() || letter == '_' {
                        name.push(letter);
                    } else if !name.is_empty() {
                        is_first = false;
                    }
                }
                _ => {}
            }
        }
        used.push(name);
    }
    used
}

#[test]
fn modules_use_only_those_that_they_may() {
    let modules: Vec<_> = MAY_USE.iter().map(|(module, _)| *module).collect();
    for (path, text) in sources() {
        let module = module_of(&path);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            assert_eq!(module, "lib", "{}: say what it may use", path.display());
            continue;
        };
        for other in used(&text) {
            // Whatever is no module is a name that the crate re-exports, such as `Error`.
            if modules.contains(&&*other) && other != module {
                assert!(
                    allowed.contains(&&*other),
                    "{} uses `{other}`",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn platforms_are_told_apart_where_they_are_chosen() {
    let chosen_in = [
        "process/mod.rs",
        "directory/mod.rs",
        "channel/mod.rs",
        "attach/attacher/mod.rs",
        "reactor/mod.rs",
    ];
    for (path, text) in sources() {
        if chosen_in.iter().any(|chosen| path == Path::new(chosen)) {
            continue;
        }
        for mark in [
            "target_os",
            "target_vendor",
            "cfg(unix",
            "cfg(windows",
            "not(unix",
        ] {
            let line = text.lines().find(|line| line.contains(mark));
            assert_eq!(line, None, "{}", path.display());
        }
    }
}

#[test]
fn nothing_is_timed_by_a_clock_that_may_be_set() {
    for (path, text) in sources() {
        // When a record was made is told by the clock on the wall, and nothing waits for it.
        if path != Path::new("log/record.rs") {
            assert!(!text.contains("SystemTime::now"), "{}", path.display());
        }
    }
}

#[test]
fn a_file_is_short_enough_to_be_read() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

#[test]
fn t15_no_service_opens_a_file_by_a_path() {
    for (path, text) in sources() {
        let serves = ["services", "operate", "log"]
            .iter()
            .any(|part| path.starts_with(part));
        let is_of_tests = path.components().any(|part| part.as_os_str() == "tests");
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|_| serves && !is_of_tests) {
            let opens = ["fs::", "File::", "OpenOptions", "Directory"]
                .iter()
                .find(|it| line.contains(**it));
            assert!(opens.is_none(), "{}: {line}", path.display());
        }
    }
}

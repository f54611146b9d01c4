//! The compiled schemas that the build reads against the schemas that people read.
//!
//! Here because it takes the `capnp` program, as this package does anyway.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use capnp::{
    message::ReaderOptions,
    schema_capnp::{code_generator_request, node},
    serialize,
};

#[test]
fn every_committed_schema_means_what_its_source_says() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut checked = 0;
    let mut all = sources(&root.join("schema"))?;
    all.extend(sources(&root.join("examples/schema"))?);
    for source in all {
        let committed = fs::read(source.with_extension("cgr")).with_context(|| {
            format!(
                "{} has no compiled form: run schema/compile",
                source.display()
            )
        })?;
        let (committed, fresh) = (meaning(&committed)?, meaning(&compiled(&source)?)?);
        for (id, node) in &fresh {
            let known = committed.get(id).map_or("nothing", String::as_str);
            assert!(
                known == node,
                "{} has changed since it was compiled: run schema/compile\n\
                 committed: {known}\nof now: {node}",
                source.display()
            );
        }
        let gone = committed.keys().find(|id| !fresh.contains_key(id));
        assert_eq!(
            gone,
            None,
            "no longer in {}: run schema/compile",
            source.display()
        );
        checked += 1;
    }
    assert!(
        checked >= 8,
        "the five of Teleop and three of the examples at least"
    );
    Ok(())
}

/// The schemas of the directory.
fn sources(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "capnp")
        {
            sources.push(path);
        }
    }
    Ok(sources)
}

/// What the `capnp` program of this machine makes of a schema.
fn compiled(source: &Path) -> Result<Vec<u8>> {
    let output = Command::new("capnp")
        .args(["compile", "-o-"])
        // By its name alone, which becomes part of what is compiled.
        .arg(source.file_name().context("a file")?)
        .current_dir(source.parent().context("in a directory")?)
        .output()
        .context("could not run `capnp`")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

/// What a `CodeGeneratorRequest` says, in a form that does not depend on which release of `capnp`
/// wrote it, nor on the order and layout that it chose: each node and its comments as text, by id.
fn meaning(request: &[u8]) -> Result<BTreeMap<u64, String>> {
    let message = serialize::read_message(request, ReaderOptions::new())?;
    let request: code_generator_request::Reader<'_> = message.get_root()?;
    let mut comments = BTreeMap::new();
    for source in request.get_source_info()? {
        comments.insert(source.get_id(), commented(source)?);
    }
    let mut nodes = BTreeMap::new();
    for node in request.get_nodes()? {
        let comments = comments.remove(&node.get_id()).unwrap_or_default();
        nodes.insert(node.get_id(), format!("{node:#?}\n{comments}"));
    }
    Ok(nodes)
}

/// The comments of a node and of its members. Newer releases also say where in the file it stands.
fn commented(source: node::source_info::Reader<'_>) -> Result<String> {
    let mut text = source.get_doc_comment()?.to_string()?;
    for member in source.get_members()? {
        text += "- ";
        text += member.get_doc_comment()?.to_str()?;
    }
    Ok(text)
}

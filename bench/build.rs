//! Compiles the schemas of the figures of the dynamic engine, and of those of streams.
//!
//! With the `capnp` program, which building crate `teleop` 0.4.1 takes anyway.

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    // Each is taken in by a module that is called after it.
    for name in ["flow", "shop"] {
        let schema = format!("schema/{name}.capnp");
        println!("cargo::rerun-if-changed={schema}");
        capnpc::CompilerCommand::new()
            .src_prefix("schema")
            .file(schema)
            .default_parent_module(vec![name.to_owned(), "generated".to_owned()])
            .raw_code_generator_request_path(out.join(format!("{name}.cgr")))
            .run()?;
    }
    Ok(())
}

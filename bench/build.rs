//! Compiles the schema of the figures of the dynamic engine.
//!
//! With the `capnp` program, which building crate `teleop` 0.4.1 takes anyway.

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=schema/shop.capnp");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    capnpc::CompilerCommand::new()
        .src_prefix("schema")
        .file("schema/shop.capnp")
        // Where `src/shop.rs` takes it in.
        .default_parent_module(vec!["shop".to_owned(), "generated".to_owned()])
        .raw_code_generator_request_path(out.join("shop.cgr"))
        .run()?;
    Ok(())
}

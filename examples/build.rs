//! Generates the Rust code of this program's own schemas.
//!
//! From their compiled form, so that the `capnp` program is not needed to build. With the program at
//! hand it is `capnpc::CompilerCommand::new().file("schema/jobs.capnp").run()`, and its option
//! `raw_code_generator_request_path` writes the compiled form along.

use std::{env, error::Error, fs::File};

fn main() -> Result<(), Box<dyn Error>> {
    for schema in [
        "schema/jobs.cgr",
        "schema/everything.cgr",
        "schema/state.cgr",
    ] {
        println!("cargo::rerun-if-changed={schema}");
        capnpc::codegen::CodeGenerationCommand::new()
            .output_directory(env::var("OUT_DIR")?)
            .run(File::open(schema)?)?;
    }
    Ok(())
}

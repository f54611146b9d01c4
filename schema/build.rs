//! Generates the Rust code of the schemas from their committed, compiled form, so that nobody needs
//! the `capnp` program to build.

use std::{env, ffi::OsStr, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    println!("cargo::rerun-if-changed=.");
    for entry in fs::read_dir(".")? {
        let schema = entry?.path();
        if schema.extension() == Some(OsStr::new("cgr")) {
            capnpc::codegen::CodeGenerationCommand::new()
                .output_directory(&out)
                .run(fs::File::open(schema)?)?;
        }
    }
    Ok(())
}

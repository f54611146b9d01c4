//! A directory, held open: what is done in it is done in this directory, whatever its path leads to
//! meanwhile.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{Directory, Entry};

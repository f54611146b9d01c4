//! What the attacher `Kqueue` uses of the crate nix, which has it on macOS and the BSDs alone.

pub use libc;

pub mod sys {
    pub mod event;
}

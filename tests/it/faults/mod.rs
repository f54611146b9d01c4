//! What breaks: nothing is lost by it, and nothing is left.

mod crowd;
mod limits;
mod places;
mod steps;
mod sweep;

pub use limits::{is_limited, starves};
pub use places::offers;

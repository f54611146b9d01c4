//! A call that is made again and again, and what comes of it: live on a terminal, elsewhere as lines.
//!
//! [`Watching`] calls; what it shows on is a [`Display`]. A [`View`] is what is seen of the results, as
//! text: [`Rows`] of JSON, each with the [`Trace`] of what stood there before.

mod display;
mod onlooker;
mod rows;
mod screen;
mod trace;
mod view;
mod watching;

pub(crate) use screen::Screen;
pub(crate) use watching::Watching;

use onlooker::Onlooker;
use rows::Rows;
use trace::{Trace, Traces};
use view::View;

//! What the programs have in common whose calls are measured, whatever they speak.
//!
//! Each is a server and a client in one, see [`Role`]. A client reads [`Load`]s, a line each, and prints the
//! [`Figures`] of each: so who started several of them can have them take turns.

mod allocations;
mod attend;
mod calls;
mod connection;
mod figures;
mod load;
mod obey;
mod paced;
mod role;
mod work;

pub use attend::attend;
pub use calls::{Calls, Deadline};
pub use connection::Connection;
pub use figures::Figures;
pub use load::Load;
pub use obey::{obey, obey_with};
pub use paced::Paced;
pub use role::Role;
pub use work::Worked;

//! The processes that can be attached to, by their ids and by their names.

use teleop::attach::{Offer, State, Survey};

use super::{Candidate, Context};

/// What stands before a name.
const NAME: &str = "name:";

/// Their ids, and what they call themselves; or their names, where one is begun. Of this user: root,
/// too, most often means its own.
pub(super) fn candidates(context: &Context, current: &str) -> Vec<Candidate> {
    if context.is_elsewhere {
        return Vec::new();
    }
    let offers = Survey::new().offers().unwrap_or_default().into_iter();
    let offers = offers.filter(|offer| matches!(offer.state, State::Armed | State::Open));
    let is_name = !current.is_empty() && (NAME.starts_with(current) || current.starts_with(NAME));
    if !is_name {
        let known = |offer: Offer| Candidate::new(offer.pid.to_string(), &offer.name);
        return offers.map(known).collect();
    }
    let named = offers.map(|offer| {
        let pid = offer.pid.to_string();
        Candidate::new(format!("{NAME}{}", offer.name), &pid)
    });
    let mut named: Vec<_> = named.filter(Candidate::is_plain).collect();
    named.sort_by(|one, other| one.value.cmp(&other.value));
    named.dedup_by(|one, other| one.value == other.value);
    named
}

//! [`Lulls`]: what is done when nothing else is to be done.

use std::{cell::RefCell, fmt, rc::Rc};

use super::{DRIVEN, Driven, driving, with_driven};
use crate::reactor::Lull;

/// What is to be done when nothing else is.
#[derive(Default)]
pub(super) struct Lulls(RefCell<Vec<Rc<dyn Lull>>>);

impl Lulls {
    /// Nothing else is to be done.
    pub(super) fn begin(&self) {
        // What is done may have more to be done, later.
        let mut due = self.0.take();
        for it in due.drain(..) {
            it.lull();
        }
        let mut next = self.0.borrow_mut();
        if next.is_empty() {
            *next = due; // Its room is used again.
        }
    }
}

impl Drop for Lulls {
    fn drop(&mut self) {
        for it in self.0.take() {
            it.miss();
        }
    }
}

impl fmt::Debug for Lulls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lulls")
            .field(&self.0.borrow().len())
            .finish()
    }
}

/// Has something done when nothing else is to be done on this thread; false where nobody knows when that is: it
/// drives no reactor of its own, or something is done aside, which may block until it is done.
pub(crate) fn at_lull(what: Rc<dyn Lull>) -> bool {
    with_driven(|driven| {
        let lulls = driven.map(|driven| &driven.lulls.0);
        lulls.map(|lulls| lulls.borrow_mut().push(what)).is_some()
    })
}

/// Takes this moment for a lull: what follows keeps this thread for a while.
pub(crate) fn begin_lull() {
    let Some(driven) = DRIVEN.with_borrow(Option::clone) else {
        return;
    };
    let lulls = driven.lulls.clone();
    let is_aside = false;
    driving(Some(Driven { is_aside, ..driven }), || lulls.begin());
}

//! [`Ledger`]: the questions and capabilities that one connection has open, in both directions.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    rc::Rc,
    time::Instant,
};

use crate::operate::capnp::{budget::Charge, said::Target};

/// How many of the questions that were rejected last are remembered, so that what was called on their
/// answers is rejected for the same reason.
const REMEMBERED: usize = 256;

/// What one connection has open.
#[derive(Default)]
pub(super) struct Ledger {
    /// What the client asked and has not released yet.
    questions: HashMap<u32, Question>,
    /// How many of them are being carried out.
    in_flight: usize,
    /// How many of them were cancelled, and are never answered.
    cancelled: usize,
    /// What was asked of the client and is not answered yet.
    asked: HashSet<u32>,
    /// Capabilities of the client.
    imports: HashMap<u32, Import>,
    /// Capabilities that the client was given.
    exports: HashMap<u32, Export>,
    rejected: VecDeque<u32>,
}

/// A call, as it is told of.
#[derive(Clone, Debug)]
pub(super) struct Called {
    pub(super) subject: Subject,
    pub(super) interface: u64,
    pub(super) method: u16,
    /// The command, where that is what was called.
    pub(super) command: Option<Rc<str>>,
    pub(super) since: Instant,
}

/// What a capability belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Subject {
    /// The root interface.
    Root,
    /// A service, by its name.
    Service(Rc<str>),
    #[default]
    Unknown,
}

/// A question of the client.
enum Question {
    InFlight {
        /// What was called; none where it is the bootstrap.
        called: Option<Called>,
        yields: Subject,
        /// Whether something else of the client's waits for the answer.
        is_referred: bool,
        charge: Charge,
    },
    /// The client wants no answer any more, and capnp-rpc gives none: nor does it forget the question.
    Cancelled { _charge: Charge },
    /// The client has not released the answer.
    Answered {
        yields: Subject,
        exports: Vec<u32>,
        _answer: Rc<Charge>,
        _charge: Charge,
    },
}

struct Import {
    references: u32,
    _charge: Charge,
}

struct Export {
    references: u32,
    subject: Subject,
}

impl Ledger {
    /// How many questions the client has open that it wants an answer to, or has one to.
    pub(super) fn questions(&self) -> usize {
        self.questions.len() - self.cancelled
    }

    /// How many capabilities of the client there would be with these.
    pub(super) fn imports_with(&self, brought: &[u32]) -> usize {
        let is_new = |id: &&u32| !self.imports.contains_key(id);
        self.imports.len() + brought.iter().filter(is_new).count()
    }

    /// How many capabilities the client was given.
    pub(super) fn exports(&self) -> usize {
        self.exports.len()
    }

    /// Whether a call is being carried out, here or there.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight > 0 || !self.asked.is_empty()
    }

    /// What a call is about that is addressed so.
    pub(super) fn subject(&self, target: Target) -> Subject {
        let subject = match target {
            Target::Export(id) => self.exports.get(&id).map(|export| &export.subject),
            Target::Answer(id) => match self.questions.get(&id) {
                Some(Question::InFlight { yields, .. } | Question::Answered { yields, .. }) => {
                    Some(yields)
                }
                _ => None,
            },
        };
        subject.cloned().unwrap_or_default()
    }

    /// Whether a call is addressed to the answer of one that was rejected.
    pub(super) fn is_rejected(&self, target: Target) -> bool {
        matches!(target, Target::Answer(id) if self.rejected.contains(&id))
    }

    /// A question of the client is carried out.
    pub(super) fn open(
        &mut self,
        id: u32,
        called: Option<Called>,
        yields: Subject,
        charge: Charge,
    ) {
        self.rejected.retain(|rejected| *rejected != id);
        let question = Question::InFlight {
            called,
            yields,
            is_referred: false,
            charge,
        };
        // One that is open already ends the connection.
        if self.questions.insert(id, question).is_none() {
            self.in_flight += 1;
        }
    }

    /// Something of the client's waits for the answers of these questions.
    pub(super) fn refer(&mut self, ids: &[u32]) {
        for id in ids {
            if let Some(Question::InFlight { is_referred, .. }) = self.questions.get_mut(id) {
                *is_referred = true;
            }
        }
    }

    /// A question of the client is not carried out.
    pub(super) fn reject(&mut self, id: u32) {
        self.rejected.truncate(REMEMBERED - 1);
        self.rejected.push_front(id);
    }

    /// A question of the client was answered. Says what had been called, unless it was cancelled.
    pub(super) fn answer(
        &mut self,
        id: u32,
        is_released: bool,
        exports: Vec<u32>,
        answer: &Rc<Charge>,
    ) -> Option<Called> {
        let (called, yields, charge) = match self.questions.remove(&id)? {
            Question::InFlight {
                called,
                yields,
                charge,
                ..
            } => (called, yields, charge),
            Question::Cancelled { .. } => {
                self.cancelled -= 1;
                return None;
            }
            Question::Answered { .. } => return None,
        };
        self.in_flight -= 1;
        for export in &exports {
            self.export(*export, yields.clone());
        }
        if !is_released {
            let answered = Question::Answered {
                yields,
                exports,
                _answer: answer.clone(),
                _charge: charge,
            };
            self.questions.insert(id, answered);
        }
        called
    }

    /// The client released a question. Says what had been called, where that cancels it.
    pub(super) fn finish(
        &mut self,
        id: u32,
        releases: bool,
        rest: impl FnOnce() -> Charge,
    ) -> Option<Called> {
        match self.questions.remove(&id)? {
            Question::InFlight {
                called,
                is_referred,
                charge,
                ..
            } => {
                self.in_flight -= 1;
                self.cancelled += 1;
                // It is carried out on, as long as something waits for it.
                let _charge = if is_referred { charge } else { rest() };
                let cancelled = Question::Cancelled { _charge };
                self.questions.insert(id, cancelled);
                called
            }
            Question::Answered { exports, .. } => {
                if releases {
                    for export in exports {
                        self.release_export(export, 1);
                    }
                }
                None
            }
            cancelled @ Question::Cancelled { .. } => {
                self.questions.insert(id, cancelled);
                None
            }
        }
    }

    /// What is being carried out, when the connection ends.
    pub(super) fn abandon(&mut self) -> Vec<Called> {
        self.in_flight = 0;
        let questions = self
            .questions
            .drain()
            .filter_map(|(_, question)| match question {
                Question::InFlight { called, .. } => called,
                _ => None,
            });
        questions.collect()
    }

    /// Something was asked of the client.
    pub(super) fn ask(&mut self, id: u32) {
        self.asked.insert(id);
    }

    /// The client answered, or nobody wants to know any more.
    pub(super) fn asked(&mut self, id: u32) {
        self.asked.remove(&id);
    }

    /// The client gave capabilities of its own.
    pub(super) fn import(&mut self, brought: &[u32], charge: impl Fn() -> Charge) {
        for id in brought {
            let import = self.imports.entry(*id).or_insert_with(|| Import {
                references: 0,
                _charge: charge(),
            });
            import.references = import.references.saturating_add(1);
        }
    }

    /// Capabilities of the client are not held any more.
    pub(super) fn release_import(&mut self, id: u32, count: u32) {
        if let Some(import) = self.imports.get_mut(&id) {
            import.references = import.references.saturating_sub(count);
            if import.references == 0 {
                self.imports.remove(&id);
            }
        }
    }

    /// The client was given a capability.
    pub(super) fn export(&mut self, id: u32, subject: Subject) {
        let export = self.exports.entry(id).or_insert(Export {
            references: 0,
            subject,
        });
        export.references = export.references.saturating_add(1);
    }

    /// The client does not hold a capability any more.
    pub(super) fn release_export(&mut self, id: u32, count: u32) {
        if let Some(export) = self.exports.get_mut(&id) {
            export.references = export.references.saturating_sub(count);
            if export.references == 0 {
                self.exports.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::capnp::budget::{Account, Budget};

    fn charge() -> Charge {
        Account::new(&Budget::new(1 << 20)).charge(1)
    }

    fn service() -> Subject {
        Subject::Service("jobs".into())
    }

    #[test]
    fn a_question_is_open_until_it_is_answered_and_released() {
        let mut ledger = Ledger::default();
        for (is_released, open_then) in [(true, 0), (false, 1)] {
            ledger.open(7, None, Subject::Root, charge());
            assert!(ledger.is_busy());
            ledger.answer(7, is_released, vec![], &Rc::new(charge()));
            assert!(!ledger.is_busy());
            assert_eq!(ledger.questions(), open_then);
            ledger.finish(7, true, charge);
            assert_eq!(ledger.questions(), 0);
        }
    }

    #[test]
    fn a_question_that_is_cancelled_is_not_open_and_not_forgotten() {
        let account = Account::new(&Budget::new(1 << 20));
        let mut ledger = Ledger::default();
        ledger.open(7, None, Subject::Root, account.charge(100));
        for _ in 0..2 {
            ledger.finish(7, true, || account.charge(10));
            assert!(!ledger.is_busy());
            assert_eq!((ledger.questions(), account.held()), (0, 10));
        }
        ledger.answer(7, false, vec![], &Rc::new(charge()));
        assert_eq!((ledger.questions(), account.held()), (0, 0));
    }

    #[test]
    fn a_question_that_others_wait_for_costs_the_same_when_it_is_cancelled() {
        let account = Account::new(&Budget::new(1 << 20));
        let mut ledger = Ledger::default();
        ledger.open(7, None, Subject::Root, account.charge(100));
        ledger.refer(&[6, 7]);
        ledger.finish(7, true, || account.charge(10));
        assert_eq!(account.held(), 100);
    }

    #[test]
    fn what_a_service_gives_away_is_of_that_service() {
        let mut ledger = Ledger::default();
        ledger.open(1, None, service(), charge());
        assert_eq!(ledger.subject(Target::Answer(1)), service());
        ledger.answer(1, false, vec![4, 4], &Rc::new(charge()));
        assert_eq!(ledger.subject(Target::Export(4)), service());
        assert_eq!(ledger.subject(Target::Export(5)), Subject::Unknown);
        ledger.release_export(4, 1);
        assert_eq!(ledger.exports(), 1);
        ledger.finish(1, true, charge);
        assert_eq!(ledger.exports(), 0);
        assert_eq!(ledger.subject(Target::Answer(1)), Subject::Unknown);
    }

    #[test]
    fn a_capability_of_the_client_counts_until_it_is_released() {
        let mut ledger = Ledger::default();
        ledger.import(&[1, 2, 1], charge);
        assert_eq!(ledger.imports_with(&[2, 3]), 3);
        ledger.release_import(1, 1);
        assert_eq!(ledger.imports_with(&[]), 2);
        ledger.release_import(1, 1);
        assert_eq!(ledger.imports_with(&[]), 1);
    }

    #[test]
    fn not_every_rejected_question_is_remembered() {
        let mut ledger = Ledger::default();
        for id in 0..10_000 {
            ledger.reject(id);
        }
        assert_eq!(ledger.rejected.len(), REMEMBERED);
        assert!(ledger.is_rejected(Target::Answer(9_999)));
        assert!(!ledger.is_rejected(Target::Export(9_999)));
        ledger.open(9_999, None, Subject::Root, charge());
        assert!(!ledger.is_rejected(Target::Answer(9_999)));
    }
}

//! What a connection withstands, whatever a client says: the modules together.

mod fuzzed;
mod keeper;
mod said;
mod script;
mod wire;

pub use fuzzed::fuzz;

#[cfg(test)]
mod replayed {
    #[test]
    fn no_client_of_the_corpus_does_harm() {
        crate::corpus::replay("serve", super::fuzz);
    }
}

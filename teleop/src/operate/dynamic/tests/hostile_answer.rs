//! Answers from somebody who means harm: refused, or read within bounds.

use std::time::{Duration, Instant};

use capnp::message::ReaderOptions;

use super::super::Decoded;
use super::codec::structure;
use crate::Error;

/// A message of one segment.
fn message(words: &[u64]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend((words.len() as u32).to_le_bytes());
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

fn pointer_to_struct(offset: i32, data: u64, pointers: u64) -> u64 {
    u64::from((offset << 2) as u32) | data << 32 | pointers << 48
}

fn pointer_to_list(offset: i32, size: u64, count: u64) -> u64 {
    u64::from((offset << 2) as u32 | 1) | size << 32 | count << 35
}

/// What is said about an answer that is seen as this struct.
fn refused(name: &str, words: &[u64], traversal: Option<usize>) -> String {
    let mut options = ReaderOptions::new();
    options.traversal_limit_in_words(traversal);
    let bytes = message(words);
    let message = capnp::serialize::read_message(&bytes[..], options).unwrap();
    let structure = structure(name);
    // The usual bound is for programs that are optimized, which a test is not.
    let decoded = Decoded::new(&structure, message.get_root().unwrap()).at_most(1 << 21);
    let started = Instant::now();
    let kept = decoded.to_value().map(|value| value.to_string().len());
    let written = decoded.write(std::io::sink());
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    assert!(
        written.is_err() || kept.is_err(),
        "it was shown, in {kept:?} bytes"
    );
    match kept {
        Err(Error::Protocol { problem }) => problem,
        other => panic!("{other:?}"),
    }
}

const DEFAULT: Option<usize> = Some(8 << 20);

#[test]
fn half_a_billion_of_nothing_is_refused_with_and_without_a_limit_of_traversal() {
    // `Lists.nothings`, the first of 19 pointers.
    let mut words = vec![0; 20];
    words[0] = pointer_to_struct(0, 0, 19);
    words[1] = pointer_to_list(18, 0, (1 << 29) - 1);
    assert!(refused("Lists", &words, DEFAULT).contains("limit"));
    assert!(refused("Lists", &words, None).contains("more than is read at most"));
    // Structs of nothing: `Lists.scalars` and `Lists.empties`.
    for field in [15, 18] {
        let mut words = vec![0; 21];
        words[0] = pointer_to_struct(0, 0, 19);
        words[1 + field] = pointer_to_list(18 - field as i32, 7, 0);
        words[20] = ((1 << 29) - 1) << 2;
        assert!(refused("Lists", &words, DEFAULT).contains("limit"));
        assert!(refused("Lists", &words, None).contains("more than is read at most"));
    }
}

#[test]
fn one_part_shown_over_and_over_is_refused() {
    // A list of a million pointers to one list of a million bytes, as `Lists.nested`.
    let count = 1 << 20;
    let mut words = vec![0; 20 + count + count / 2];
    words[0] = pointer_to_struct(0, 0, 19);
    words[17] = pointer_to_list(2, 6, count as u64);
    for at in 0..count {
        words[20 + at] = pointer_to_list((count - at - 1) as i32, 4, count as u64);
    }
    refused("Lists", &words, DEFAULT);
    assert!(refused("Lists", &words, None).contains("more than is read at most"));
}

#[test]
fn a_struct_within_itself_is_refused() {
    // `Everything.tree`, whose `children` are a list of one: the same tree. The pointer of the list
    // cannot be shared as it stands, so a far pointer leads back.
    let mut words = vec![0; 20];
    words[0] = pointer_to_struct(0, 0, 2);
    words[2] = pointer_to_list(0, 7, 2);
    words[3] = 1 << 2 | 2 << 48;
    words[5] = pointer_to_list(-3, 7, 2);
    let bytes = message(&words);
    let message = capnp::serialize::read_message(&bytes[..], ReaderOptions::new()).unwrap();
    let structure = structure("Tree");
    let error = Decoded::new(&structure, message.get_root().unwrap())
        .to_value()
        .unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
}

#[test]
fn sizes_that_lie_are_refused() {
    // Text beyond the end of the message; a struct list whose elements overrun it; a struct where a
    // list is expected.
    for lie in [
        pointer_to_list(16, 2, 1 << 20),
        pointer_to_list(100, 2, 4),
        pointer_to_struct(0, 1, 0),
    ] {
        let mut words = vec![0; 24];
        words[0] = pointer_to_struct(0, 0, 13);
        words[4] = lie;
        refused("Everything", &words, DEFAULT);
    }
    let mut words = vec![0; 24];
    words[0] = pointer_to_struct(0, 0, 19);
    words[16] = pointer_to_list(4, 7, 2);
    words[21] = 1000 << 2 | 4 << 32;
    assert!(refused("Lists", &words, DEFAULT).contains("overrun"));
}

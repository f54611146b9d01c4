//! Random values of random schemas come back as they were.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Decoded, Encoded, node::Scalar};
use super::{
    blueprint::{Blueprint, ENUMERANTS, Part, Shape},
    codec::{holds, there_and_back},
};

fn leaf() -> impl Strategy<Value = Shape> {
    prop_oneof![
        4 => prop::sample::select(&Scalar::ALL[..]).prop_map(Shape::Scalar),
        1 => Just(Shape::Enum),
        1 => Just(Shape::Text),
        1 => Just(Shape::Data),
        1 => (0_usize..4).prop_map(Shape::Struct),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let lists = leaf().prop_recursive(3, 6, 1, |inner| {
        inner.prop_map(|element| Shape::List(Box::new(element)))
    });
    lists.prop_recursive(3, 16, 4, |inner| {
        let part = part_of(inner.clone());
        prop_oneof![4 => inner, 1 => prop::collection::vec(part, 1..5).prop_map(Shape::Group)]
    })
}

fn part_of(shape: impl Strategy<Value = Shape>) -> impl Strategy<Value = Part> {
    (shape, any::<u64>(), any::<bool>()).prop_map(|(shape, mask, is_member)| Part {
        shape,
        mask,
        is_member,
    })
}

fn blueprint() -> impl Strategy<Value = Blueprint> {
    let parts = prop::collection::vec(part_of(shape()), 0..8);
    prop::collection::vec(parts, 1..4).prop_map(|structs| Blueprint { structs })
}

/// What a seed makes of a blueprint: a value that fits.
struct Dice<'a> {
    blueprint: &'a Blueprint,
    state: u64,
}

impl Dice<'_> {
    fn roll(&mut self, sides: u64) -> u64 {
        // xorshift64*: it need only be different each time.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8) % sides
    }

    fn fields(&mut self, parts: &[Part], depth: u64) -> Value {
        let has_union = parts.iter().filter(|part| part.is_member).count() > 1;
        let mut has_member = false;
        let mut object = Map::new();
        for (at, part) in parts.iter().enumerate() {
            let is_member = has_union && part.is_member;
            if self.roll(4) == 0 || is_member && has_member {
                continue;
            }
            has_member |= is_member;
            object.insert(format!("field{at}"), self.value(&part.shape, depth));
        }
        Value::Object(object)
    }

    fn value(&mut self, shape: &Shape, depth: u64) -> Value {
        match shape {
            Shape::Scalar(Scalar::Void) => Value::Null,
            Shape::Scalar(Scalar::Bool) => json!(self.roll(2) == 1),
            Shape::Scalar(Scalar::Float32 | Scalar::Float64) => match self.roll(6) {
                0 => json!("NaN"),
                1 => json!("Infinity"),
                2 => json!("-Infinity"),
                _ => json!(self.roll(1 << 14) as f64 / 8.0 - 512.0),
            },
            Shape::Scalar(scalar) => {
                let (least, greatest) = scalar.range().unwrap();
                match self.roll(4) {
                    0 => json!(least as i64),
                    1 => json!(greatest as u64),
                    _ => {
                        let span = u64::try_from(greatest - least).unwrap();
                        json!((least + i128::from(self.roll(span))) as i64)
                    }
                }
            }
            Shape::Enum => match self.roll(4) {
                3 => json!(self.roll(60_000) + 3),
                known => json!(ENUMERANTS[known as usize]),
            },
            Shape::Text => json!(["", "text", "zażółć\n\"gęślą\"", "\u{0}"][self.roll(4) as usize]),
            Shape::Data => json!(["", "AA==", "AAEC", "/////w=="][self.roll(4) as usize]),
            Shape::List(element) => {
                let length = if depth > 5 { 0 } else { self.roll(5) };
                (0..length)
                    .map(|_| self.value(element, depth + 1))
                    .collect()
            }
            Shape::Struct(_) if depth > 5 => json!({}),
            Shape::Struct(number) => {
                let parts = &self.blueprint.structs[number % self.blueprint.structs.len()];
                self.fields(parts, depth + 1)
            }
            Shape::Group(parts) => self.fields(parts, depth),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn a_random_value_of_a_random_schema_comes_back(blueprint in blueprint(), seed in 1_u64..) {
        let structure = blueprint.structure(0);
        let mut dice = Dice { blueprint: &blueprint, state: seed };
        let given = dice.fields(&blueprint.structs[0], 0);
        let found = there_and_back(&structure, &given);
        prop_assert!(holds(&found, &given), "given {given:#}\nfound {found:#}");
        // With all the defaults spelt out it is still the same.
        prop_assert_eq!(&there_and_back(&structure, &found), &found);
    }

    #[test]
    fn a_random_message_is_read_or_refused(blueprint in blueprint(), seed in 1_u64.., flips in prop::collection::vec(any::<(u16, u8)>(), 1..9)) {
        let structure = blueprint.structure(0);
        let mut dice = Dice { blueprint: &blueprint, state: seed };
        let given = dice.fields(&blueprint.structs[0], 0);
        let encoded = Encoded::new(&structure, &given, &[]).unwrap();
        let mut message = capnp::message::Builder::new_default();
        encoded.copy_to(message.init_root()).unwrap();
        let mut bytes = capnp::serialize::write_message_to_words(&message);
        for (at, flip) in flips {
            let at = 8 + usize::from(at) % (bytes.len() - 8);
            bytes[at] ^= flip;
        }
        let message = capnp::serialize::read_message(&bytes[..], Default::default());
        let message = message.unwrap();
        if let Ok(root) = message.get_root::<capnp::any_pointer::Reader<'_>>() {
            // Whatever it is: neither a panic nor more than there is room for.
            let _ = Decoded::new(&structure, root).at_most(1 << 16).to_value();
        }
    }
}

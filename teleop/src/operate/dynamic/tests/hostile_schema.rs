//! Schemas from somebody who means harm: refused, or read within bounds.

use std::time::{Duration, Instant};

use capnp::{
    any_pointer,
    message::{Builder, HeapAllocator},
    schema_capnp::{code_generator_request, field, node},
    struct_list,
};
use serde_json::json;

use super::super::{Decoded, Encoded, Schema};
use super::codec::{EVERYTHING, schema};
use crate::{Error, Result};

type Nodes<'a> = struct_list::Builder<'a, node::Owned>;

/// Loads a schema of so many nodes.
fn load(count: u32, draw: impl FnOnce(Nodes<'_>)) -> Result<Schema> {
    let mut message = Builder::new_default();
    let root: code_generator_request::Builder<'_> = message.init_root();
    draw(root.init_nodes(count));
    Schema::from_bytes(&bytes_of(&message))
}

fn bytes_of(message: &Builder<HeapAllocator>) -> Vec<u8> {
    capnp::serialize::write_message_to_words(message)
}

fn problem(schema: Result<Schema>) -> String {
    match schema {
        Err(Error::BadSchema { problem }) => problem,
        Err(other) => panic!("{other:?}"),
        Ok(schema) => panic!("it was accepted: {schema:?}"),
    }
}

/// A struct of one word and one pointer, with so many fields.
fn strukt<'a>(
    nodes: &'a mut Nodes<'_>,
    at: u32,
    fields: u32,
) -> struct_list::Builder<'a, field::Owned> {
    let mut node = nodes.reborrow().get(at);
    node.set_id(u64::from(at) + 1);
    node.set_scope_id(99);
    node.set_display_name(format!("bad:Struct{}", at + 1));
    let mut it = node.init_struct();
    it.set_data_word_count(1);
    it.set_pointer_count(1);
    it.init_fields(fields)
}

fn slot(mut field: field::Builder<'_>, offset: u32) -> field::slot::Builder<'_> {
    field.set_name("field");
    field.set_discriminant_value(field::NO_DISCRIMINANT);
    let mut slot = field.init_slot();
    slot.set_offset(offset);
    slot
}

#[test]
fn a_field_outside_of_its_struct_is_refused() {
    let schema = load(1, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 1);
        let mut slot = slot(fields.reborrow().get(0), 2);
        slot.reborrow().init_type().set_uint32(());
        slot.init_default_value().set_uint32(0);
    });
    assert!(problem(schema).contains("outside"));
    let schema = load(1, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 1);
        let mut slot = slot(fields.reborrow().get(0), u32::MAX);
        slot.reborrow().init_type().set_bool(());
        slot.init_default_value().set_bool(false);
    });
    assert!(problem(schema).contains("outside"));
    let schema = load(1, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 1);
        let mut slot = slot(fields.reborrow().get(0), 1);
        slot.reborrow().init_type().set_text(());
        slot.init_default_value().set_text("");
    });
    assert!(problem(schema).contains("outside"));
}

#[test]
fn a_tag_outside_of_its_struct_or_its_union_is_refused() {
    let with_union = |offset, tags: [u16; 2]| {
        load(1, |mut nodes| {
            let mut fields = strukt(&mut nodes, 0, 2);
            for (at, tag) in (0..).zip(tags) {
                let mut field = fields.reborrow().get(at);
                field.set_name(format!("member{at}"));
                field.set_discriminant_value(tag);
                let mut slot = field.init_slot();
                slot.reborrow().init_type().set_void(());
                slot.init_default_value().set_void(());
            }
            let Ok(node::Struct(mut it)) = nodes.get(0).which() else {
                unreachable!()
            };
            it.set_discriminant_count(2);
            it.set_discriminant_offset(offset);
        })
    };
    assert!(with_union(3, [0, 1]).is_ok());
    assert!(problem(with_union(4, [0, 1])).contains("outside"));
    assert!(problem(with_union(0, [0, 2])).contains("out of range"));
    assert!(problem(with_union(0, [1, 1])).contains("two members"));
}

#[test]
fn a_default_of_another_type_is_refused() {
    let schema = load(1, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 1);
        let mut slot = slot(fields.reborrow().get(0), 0);
        slot.reborrow().init_type().set_uint8(());
        slot.init_default_value().set_uint64(u64::MAX);
    });
    assert!(problem(schema).contains("another type"));
}

fn group(nodes: &mut Nodes<'_>, at: u32, of: u64) {
    let mut fields = strukt(nodes, at, 1);
    let mut field = fields.reborrow().get(0);
    field.set_name("group");
    field.set_discriminant_value(field::NO_DISCRIMINANT);
    field.init_group().set_type_id(of);
    let Ok(node::Struct(mut it)) = nodes.reborrow().get(at).which() else {
        unreachable!()
    };
    it.set_is_group(at > 0);
}

#[test]
fn groups_are_trees_within_their_struct() {
    // A group within itself, and two within each other.
    assert!(
        problem(load(2, |mut nodes| {
            group(&mut nodes, 0, 2);
            group(&mut nodes, 1, 2);
        }))
        .contains("two places")
    );
    assert!(
        problem(load(3, |mut nodes| {
            strukt(&mut nodes, 0, 0);
            group(&mut nodes, 1, 3);
            group(&mut nodes, 2, 2);
        }))
        .contains("no end")
    );
    // One that is shared would double what is shown with each level.
    assert!(
        problem(load(3, |mut nodes| {
            group(&mut nodes, 0, 3);
            group(&mut nodes, 1, 3);
            group(&mut nodes, 2, 3);
        }))
        .contains("two places")
    );
    let larger = load(2, |mut nodes| {
        group(&mut nodes, 0, 2);
        strukt(&mut nodes, 1, 0);
        let Ok(node::Struct(mut it)) = nodes.get(1).which() else {
            unreachable!()
        };
        it.set_is_group(true);
        it.set_data_word_count(2);
    });
    assert!(problem(larger).contains("larger than its struct"));
    assert!(problem(load(1, |mut nodes| group(&mut nodes, 0, 77))).contains("not there"));
}

fn interfaces(count: u32, above: impl Fn(u32) -> Vec<u64>) -> Result<Schema> {
    load(count, |mut nodes| {
        for at in 0..count {
            let mut node = nodes.reborrow().get(at);
            node.set_id(u64::from(at) + 1);
            node.set_display_name(format!("bad:Interface{}", at + 1));
            let superclasses = above(at);
            let mut into = node
                .init_interface()
                .init_superclasses(superclasses.len() as u32);
            for (at, id) in (0..).zip(superclasses) {
                into.reborrow().get(at).set_id(id);
            }
        }
    })
}

#[test]
fn nobody_inherits_from_himself_or_without_end() {
    assert!(problem(interfaces(1, |_| vec![1])).contains("inherits from itself"));
    assert!(problem(interfaces(3, |at| vec![u64::from((at + 1) % 3) + 1])).contains("itself"));
    let chain = |at| if at == 0 { vec![] } else { vec![u64::from(at)] };
    assert!(problem(interfaces(10_000, chain)).contains("too many ancestors"));
    assert!(interfaces(50, chain).is_ok());
}

#[test]
fn a_diamond_of_diamonds_is_walked_once() {
    let above = |at: u32| match at {
        0 | 1 => vec![],
        at => {
            let row = u64::from(at / 2 - 1) * 2 + 1;
            vec![row, row + 1, row, row + 1]
        }
    };
    let schema = interfaces(100, above).unwrap();
    let top = schema.interface(100).unwrap();
    assert!(top.methods().is_empty());
    assert!(top.text().to_string().len() < 100_000);
}

#[test]
fn what_refers_to_nothing_or_to_another_kind_is_refused() {
    let refers_to = |id| {
        load(2, |mut nodes| {
            let mut fields = strukt(&mut nodes, 0, 1);
            let mut slot = slot(fields.reborrow().get(0), 0);
            slot.reborrow().init_type().init_struct().set_type_id(id);
            slot.init_default_value().init_struct();
            let mut node = nodes.reborrow().get(1);
            node.set_id(2);
            node.init_enum();
        })
    };
    assert!(refers_to(1).is_ok());
    assert!(problem(refers_to(2)).contains("is a Enum, not a Struct"));
    assert!(problem(refers_to(3)).contains("not there"));
}

/// `struct Growing(T) { next @0 :Growing(Pair(T, T)); value @1 :T; }`: each level is twice the last.
fn growing() -> Schema {
    load(2, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 1);
        let mut slot = slot(fields.reborrow().get(0), 0);
        let mut ty = slot.reborrow().init_type().init_struct();
        ty.set_type_id(1);
        let scopes = ty.init_brand().init_scopes(1);
        let mut scope = scopes.get(0);
        scope.set_scope_id(1);
        let mut pair = scope.init_bind(1).get(0).init_type().init_struct();
        pair.set_type_id(2);
        let mut scope = pair.init_brand().init_scopes(1).get(0);
        scope.set_scope_id(2);
        let mut bindings = scope.init_bind(2);
        for at in 0..2 {
            let mut parameter = bindings
                .reborrow()
                .get(at)
                .init_type()
                .init_any_pointer()
                .init_parameter();
            parameter.set_scope_id(1);
            parameter.set_parameter_index(0);
        }
        slot.init_default_value().init_struct();
        strukt(&mut nodes, 1, 0);
    })
    .unwrap()
}

#[test]
fn a_generic_that_grows_is_unfolded_no_further_than_a_value_goes() {
    let structure = growing().structure("Struct1").unwrap();
    let mut value = json!({});
    for _ in 0..60 {
        value = json!({"field": value});
    }
    let started = Instant::now();
    let encoded = Encoded::new(&structure, &value, &[]).unwrap();
    let found = encoded.read(|root| Decoded::new(&structure, root).to_value().unwrap());
    assert_eq!(found, value);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_schema_is_no_larger_shown_than_it_may_be() {
    let named = |length: usize, count: u32| {
        load(1, |mut nodes| {
            let mut fields = strukt(&mut nodes, 0, count);
            for at in 0..count {
                let mut slot = slot(fields.reborrow().get(at), 0);
                let mut ty = slot.reborrow().init_type().init_struct();
                ty.set_type_id(1);
                ty.init_brand().init_scopes(1).get(0).init_bind(200);
                slot.init_default_value().init_struct();
                let name = format!("{at}{}", "x".repeat(length));
                fields.reborrow().get(at).set_name(&name[..length]);
            }
        })
    };
    assert!(named(100, 100).is_ok());
    assert!(problem(named(1025, 1)).contains("a name of 1025 bytes"));
    assert!(problem(named(8, 1000)).contains("too many type parameters"));
    let many = load(1, |mut nodes| {
        strukt(&mut nodes, 0, 1 << 17);
    });
    assert!(problem(many).contains("bytes"));
}

#[test]
fn many_methods_with_one_long_list_of_parameters_are_shown_in_bounds() {
    let schema = load(2, |mut nodes| {
        let mut fields = strukt(&mut nodes, 0, 4000);
        for at in 0..4000 {
            let mut slot = slot(fields.reborrow().get(at), 0);
            slot.reborrow().init_type().set_void(());
            slot.init_default_value().set_void(());
            fields.reborrow().get(at).set_name(format!("{at}"));
        }
        nodes.reborrow().get(0).set_scope_id(0);
        let mut node = nodes.reborrow().get(1);
        node.set_id(2);
        let mut methods = node.init_interface().init_methods(4000);
        for at in 0..4000 {
            let mut method = methods.reborrow().get(at);
            method.set_name(format!("{at}"));
            method.set_param_struct_type(1);
            method.set_result_struct_type(1);
        }
    })
    .unwrap();
    let started = Instant::now();
    let interface = schema.interface(2).unwrap();
    assert!(interface.text().to_string().len() < 9 << 20);
    assert!(interface.describe().to_string().len() < 9 << 20);
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_capability_in_a_default_is_no_panic() {
    use capnp::{
        capability::FromClientHook as _,
        traits::{Imbue as _, ImbueMut as _},
    };
    let broken: capnp::capability::Client =
        capnp_rpc::new_broken_cap(capnp::Error::failed("broken".into()));
    let mut table = Vec::new();
    let mut message = Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    let request: code_generator_request::Builder<'_> = root.init_as();
    let mut nodes = request.init_nodes(1);
    let mut fields = strukt(&mut nodes, 0, 1);
    let mut slot = slot(fields.reborrow().get(0), 0);
    slot.reborrow()
        .init_type()
        .init_any_pointer()
        .init_unconstrained()
        .set_any_kind(());
    slot.init_default_value()
        .init_any_pointer()
        .set_as_capability(broken.into_client_hook());
    let message = message.into_reader();
    let mut root: any_pointer::Reader<'_> = message.get_root().unwrap();
    // Refused or not: what matters is that whoever asks survives it.
    let _ = Schema::from_pointer(root);
    root.imbue(&table);
    let _ = Schema::from_pointer(root);
}

#[test]
fn a_schema_that_was_tampered_with_is_read_or_refused() {
    let started = Instant::now();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = move |sides: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % sides
    };
    for _ in 0..400 {
        let mut bytes = EVERYTHING.to_vec();
        for _ in 0..=roll(6) {
            let at = roll(bytes.len());
            bytes[at] = bytes[at].wrapping_add([1, 0xff, 0x80, 4][roll(4)]);
        }
        if roll(8) == 0 {
            bytes.truncate(roll(EVERYTHING.len()));
        }
        let Ok(schema) = Schema::from_bytes(&bytes) else {
            continue;
        };
        for interface in schema.interfaces() {
            let _ = (interface.text(), interface.describe());
            for method in interface.methods() {
                let template = serde_json::to_value(method.template()).unwrap();
                let _ = Encoded::new(&method.params(), &template, &[]);
            }
        }
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_schema_is_small_work() {
    let started = Instant::now();
    for _ in 0..20 {
        schema();
    }
    // A millisecond for fifty nodes, when it is optimized; a test is not.
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

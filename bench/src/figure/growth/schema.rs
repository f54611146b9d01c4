//! Against how many nodes a schema has.

use std::{fs, hint, time::Instant};

use anyhow::Result;
use capnp::{
    message,
    schema_capnp::{code_generator_request, node},
    serialize,
    traits::HasTypeId,
};
use teleop::{block_on, echo_capnp::echo, operate::dynamic::Schema};

use super::{serving, summary};
use crate::{
    Options, figure::milliseconds, growth::Growth, peer::Peers, place::Place, report::Unit,
    sample::Samples,
};

const SIZES: [u32; 4] = [5, 50, 500, 5000];

pub(super) fn growths(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Growth>> {
    let (mut load, mut describe, mut write) = (Vec::new(), Vec::new(), Vec::new());
    for size in SIZES {
        let schema = of(size);
        let mut loaded = Samples::default();
        for round in 0..=options.rounds {
            let begin = Instant::now();
            hint::black_box(Schema::from_bytes(&schema)?);
            if round > 0 {
                loaded.push(milliseconds(begin.elapsed()));
            }
        }
        let [described, written] = described(&schema, options, place, peers)?;
        let size = size as usize;
        load.push((size, summary(loaded)?));
        describe.push((size, summary(described)?));
        write.push((size, summary(written)?));
    }
    let growth = |figure, points| Growth::new(figure, Unit::Milliseconds, points);
    Ok(vec![
        growth("schema: load so many structs", load),
        growth("schema: ask a process for it, and load it", describe),
        growth("schema: write it as text", write),
    ])
}

/// What it takes to have a process describe itself, and to write what it said as text. Each time over a new
/// connection: a client asks once.
fn described(
    schema: &[u8],
    options: &Options,
    place: &Place,
    peers: &Peers,
) -> Result<[Samples; 2]> {
    let sandbox = place.sandbox()?;
    let path = sandbox.work().join("schema");
    fs::write(&path, schema)?;
    let (target, attach) = serving(&sandbox, peers, 1, Some(&path))?;
    let (mut described, mut written) = <(Samples, Samples)>::default();
    for round in 0..=options.rounds {
        block_on(attach.run(target.pid(), async |process| {
            let begin = Instant::now();
            let interface = process.describe("described").await?;
            let between = Instant::now();
            hint::black_box(interface.text().to_string());
            if round > 0 {
                described.push(milliseconds(between - begin));
                written.push(milliseconds(between.elapsed()));
            }
            Ok(())
        }))?;
    }
    target.finish()?;
    Ok([described, written])
}

/// The id of the file in which all of them stand: a struct without one is a list of parameters.
const FILE: u64 = 1 << 63 | 1 << 62;

/// So many structs, each with a field that is a number and one that is the struct before; and an interface that
/// takes the last. It passes for the interface of the service that is described by it.
fn of(size: u32) -> Vec<u8> {
    let mut message = message::Builder::new_default();
    let request: code_generator_request::Builder<'_> = message.init_root();
    let mut nodes = request.init_nodes(size + 1);
    let id = |number: u32| (1 << 63) | u64::from(number);
    interface(nodes.reborrow().get(size), id(size - 1));
    for number in 0..size {
        let mut node = nodes.reborrow().get(number);
        node.set_id(id(number));
        node.set_scope_id(FILE);
        node.set_display_name(format!("many.capnp:Struct{number}"));
        node.set_display_name_prefix_length("many.capnp:".len() as u32);
        let mut structure = node.init_struct();
        structure.set_data_word_count(1);
        structure.set_pointer_count(1);
        let mut fields = structure.init_fields(2);
        let mut field = fields.reborrow().get(0);
        field.set_name("number");
        let mut slot = field.init_slot();
        slot.reborrow().init_type().set_uint64(());
        slot.init_default_value().set_uint64(0);
        let mut field = fields.get(1);
        field.set_name("before");
        field.set_code_order(1);
        let mut slot = field.init_slot();
        let before = id(number.saturating_sub(1));
        slot.reborrow()
            .init_type()
            .init_struct()
            .set_type_id(before);
        slot.init_default_value().init_struct();
    }
    serialize::write_message_to_words(&message)
}

/// With a method that takes and returns the struct of this id.
fn interface(mut node: node::Builder<'_>, structure: u64) {
    node.set_id(echo::Client::TYPE_ID);
    node.set_scope_id(FILE);
    node.set_display_name("many.capnp:Many");
    node.set_display_name_prefix_length("many.capnp:".len() as u32);
    let mut method = node.init_interface().init_methods(1).get(0);
    method.set_name("last");
    method.set_param_struct_type(structure);
    method.set_result_struct_type(structure);
}

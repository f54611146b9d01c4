//! What comes before the first call: the schema is loaded, and the parameters are encoded by it.

use std::{hint, time::Instant};

use anyhow::{Context, Result};
use capnp::{message::ReaderOptions, schema_capnp::code_generator_request, serialize};
use serde_json::{Value, json};
use teleop::operate::dynamic::{Encoded, Schema};

use super::summary;
use crate::{
    Options,
    figure::milliseconds,
    goal::{Aim, Goal},
    report::Unit,
    sample::Samples,
    shop::SHOP,
};

pub(super) fn goals(options: &Options) -> Result<Vec<Goal>> {
    let arguments = json!({
        "order": {
            "customer": "somebody",
            "status": "placed",
            "lines": [
                {"item": "item 1", "quantity": 3, "price": "1250", "tags": ["fragile"]},
                {"item": "item 2", "price": 99},
            ],
            "weights": [100, 200, 300],
        },
        "payment": {
            "total": {"amount": 1349, "currency": "eur"},
            "card": {"number": "1234 5678", "expires": 203_012},
        },
        "note": "Please ring twice.",
    });
    let (mut loaded, mut encoded) = (Samples::default(), Samples::default());
    let (mut first_loaded, mut first_encoded) = (Samples::default(), Samples::default());
    for round in 0..=options.rounds {
        let begin = Instant::now();
        let schema = hint::black_box(Schema::from_bytes(SHOP)?);
        let load = milliseconds(begin.elapsed());
        encode(&schema, &arguments)?;
        let both = milliseconds(begin.elapsed());
        if round == 0 {
            first_loaded.push(load);
            first_encoded.push(both);
        } else {
            loaded.push(load);
            encoded.push(both);
        }
    }
    let nodes = nodes()?;
    Ok(vec![
        Goal::new(
            format!("load a schema of {nodes} nodes"),
            Unit::Milliseconds,
            summary(loaded)?,
        )
        .beside("the first time", summary(first_loaded)?)
        .aim(Aim::AtMost(1.0)),
        Goal::new(
            "the same, and encode a call by it",
            Unit::Milliseconds,
            summary(encoded)?,
        )
        .beside("the first time", summary(first_encoded)?)
        .aim(Aim::AtMost(1.0)),
    ])
}

fn encode(schema: &Schema, arguments: &Value) -> Result<()> {
    let mut shops = schema.interfaces().filter(|it| it.name() == "Shop");
    let shop = shops.next().context("no interface `Shop`")?;
    let place = shop.method("place").context("no method `place`")?;
    hint::black_box(Encoded::new(&place.params(), arguments, &[])?);
    Ok(())
}

/// How many nodes the schema has.
fn nodes() -> Result<u32> {
    let message = serialize::read_message(SHOP, ReaderOptions::new())?;
    let request: code_generator_request::Reader<'_> = message.get_root()?;
    Ok(request.get_nodes()?.len())
}

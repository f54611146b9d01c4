//! `AnyPointer`: what can be said of it in JSON, and what JSON can say it is.

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use capnp::{
    any_pointer,
    capability::Client,
    message::{Builder, HeapAllocator, ReaderOptions},
    traits::ImbueMut as _,
};
use serde::{Serializer, ser::SerializeMap as _};
use serde_json::Value;

use super::{
    bindings::Bindings,
    decode::{Capability, Context},
    encode::{Encoder, Pointer, data},
    misfit::{Fit, Misfit},
    view::{charge, custom, serialize_capability},
    words::TooLarge,
};

impl Encoder<'_> {
    pub(super) fn anything(&mut self, at: Pointer, value: &Value) -> Fit {
        let object = match value {
            Value::String(text) => return Ok(self.words.blob(at.word, text.as_bytes(), true)?),
            Value::Object(object) => object,
            _ => return Err(Misfit::anything(value)),
        };
        if object.contains_key("$capability") {
            return self.capability(at, value, "AnyPointer");
        }
        if let Some(Value::String(text)) = object.get("$text") {
            return Ok(self.words.blob(at.word, text.as_bytes(), true)?);
        }
        if let Some(data @ Value::String(_)) = object.get("$data") {
            return Ok(self.words.blob(at.word, &self::data(data)?, false)?);
        }
        if let (Some(Value::String(name)), Some(value)) = (object.get("$type"), object.get("value"))
        {
            let Some(structure) = self.schema.structure(name) else {
                return Err(Misfit::new(format!("there is no struct `{name}`")).within("$type"));
            };
            return self
                .strukt(structure.index, &Bindings::default(), at, value)
                .map_err(|misfit| misfit.within("value"));
        }
        if let Some(message @ Value::String(_)) = object.get("$message") {
            return self.message(at, &data(message)?);
        }
        Err(Misfit::anything(value))
    }

    fn message(&mut self, at: Pointer, bytes: &[u8]) -> Fit {
        let unreadable = |error: capnp::Error| {
            Misfit::new(format!("expected a message, found none: {error}")).within("$message")
        };
        let mut options = ReaderOptions::new();
        options.traversal_limit_in_words(Some(bytes.len()));
        let message = capnp::serialize::read_message(bytes, options).map_err(unreadable)?;
        let root: any_pointer::Reader<'_> = message.get_root().map_err(unreadable)?;
        // Copied once, so that it is one segment and holds nothing but what the root reaches.
        let words = root.target_size().map_err(unreadable)?.word_count + 1;
        let allocator = HeapAllocator::new().first_segment_words(u32::try_from(words).unwrap_or(1));
        let mut copy = Builder::new(allocator);
        copy.set_root::<any_pointer::Owned>(root)
            .map_err(unreadable)?;
        match copy.get_segments_for_output()[..] {
            [segment] => Ok(self.words.graft(at.word, segment)?),
            _ => Err(TooLarge.into()),
        }
    }
}

/// A pointer of which nothing is known: whatever says most about it.
pub(super) fn serialize_anything<S: Serializer>(
    context: &Context<'_>,
    pointer: any_pointer::Reader<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if pointer.is_null() {
        return serializer.serialize_unit();
    }
    if let Ok(client) = pointer.get_as_capability() {
        return serialize_capability(context, client, None, serializer);
    }
    let mut map = serializer.serialize_map(None)?;
    let text = pointer.get_as::<capnp::text::Reader<'_>>().ok();
    if let Some(text) = text.and_then(|text| text.to_str().ok()) {
        charge::<S>(context, text.len() / 8)?;
        map.serialize_entry("$text", text)?;
        return map.end();
    }
    // A deep copy is made: paid for before, by what it will take.
    let size = pointer.target_size().map_err(custom::<S>)?;
    charge::<S>(
        context,
        usize::try_from(size.word_count).unwrap_or(usize::MAX),
    )?;
    let (message, capabilities) = copy(context, pointer).map_err(custom::<S>)?;
    map.serialize_entry(
        "$message",
        &Base64Display::new(&message, &STANDARD).to_string(),
    )?;
    if !capabilities.is_empty() {
        map.serialize_entry("$capabilities", &capabilities)?;
    }
    map.end()
}

/// The message that the pointer is the root of, and the numbers of the capabilities in it.
fn copy(
    context: &Context<'_>,
    pointer: any_pointer::Reader<'_>,
) -> capnp::Result<(Vec<u8>, Vec<usize>)> {
    let mut table = Vec::new();
    let mut message = capnp::message::Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    root.set_as::<any_pointer::Owned>(pointer)?;
    let capabilities = table.into_iter().flatten().map(|hook| {
        let client = Client::new(hook);
        let interface = None;
        context.keep(Capability { client, interface })
    });
    let capabilities = capabilities.collect();
    Ok((
        capnp::serialize::write_message_to_words(&message),
        capabilities,
    ))
}

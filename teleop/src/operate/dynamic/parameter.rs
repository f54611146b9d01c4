//! [`Parameter`]: what may still be given in a call, for whoever completes a command line.

use serde_json::Value;

use super::{
    argument::{Arguments, Word},
    node::{Field, FieldKind, Kind, Scalar, Type},
    write_text::type_text,
};

/// A parameter that was not given yet.
///
/// # Security
///
/// All of it is what the process says of itself: it holds whatever its author put there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// What it is called.
    pub name: String,
    /// What it is, in a few words: its comment, or else its type. Empty where nothing is known.
    pub doc: String,
}

impl Arguments {
    /// Adds a word, for whoever wants to know what may follow: one that does not fit is counted, too.
    pub fn skip(&mut self, word: &str) {
        let Ok(Word { name, value }) = self.split(word) else {
            return;
        };
        if self.value(name, value).is_err() {
            if let Ok((path, _)) = self.parameter(name) {
                let _ = self.insert(&path, Value::Null); // It may have been given before.
            }
        }
    }

    /// The parameters that were not given yet, in their order.
    pub fn missing(&self) -> Vec<Parameter> {
        let mut fields: Vec<_> = self.open().collect();
        fields.sort_by_key(|field| field.code_order);
        let describe = |field: &Field| Parameter {
            name: field.name.clone(),
            doc: match (&field.kind, field.doc.lines().next()) {
                (_, Some(doc)) => doc.to_owned(),
                (FieldKind::Slot(slot), None) => type_text(&self.params.schema, &slot.ty, &[]),
                (FieldKind::Group(_), None) => String::new(),
            },
        };
        fields.into_iter().map(describe).collect()
    }

    /// The values of a parameter, or of the next one, where they can be listed: enumerants, `true` and
    /// `false`.
    pub fn choices(&self, name: Option<&str>) -> Vec<String> {
        let mut arguments = self.clone();
        let Ok((_, field)) = arguments.parameter(name) else {
            return Vec::new();
        };
        let FieldKind::Slot(slot) = &field.kind else {
            return Vec::new();
        };
        match self.params.bindings.resolve(&slot.ty).0 {
            Type::Scalar(Scalar::Bool) => ["true", "false"].map(str::to_owned).into(),
            Type::Enum(index) => match &self.params.schema.node(*index).kind {
                Kind::Enum(it) => it.enumerants.iter().map(|it| it.name.clone()).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

//! [`Bindings`]: what the type parameters in sight are bound to, at one place of one value.

use std::sync::Arc;

use super::node::{AnyPointer, Brand, ScopeBinding, Type};

/// What the type parameters in sight are bound to.
///
/// A bound type is kept with the bindings of the place where it was written, and looked up when it is
/// needed, so that no generic type is ever unfolded further than a value goes.
#[derive(Clone, Default)]
pub(super) struct Bindings(Option<Arc<[Bound]>>);

struct Bound {
    scope: u64,
    /// `None` is unbound.
    types: Arc<[Option<Meaning>]>,
}

/// A type, and the bindings of the place where it was written.
type Meaning = (Arc<Type>, Bindings);

static UNBOUND: Type = Type::AnyPointer(AnyPointer::Anything);
static NOTHING: Bindings = Bindings(None);

impl Bindings {
    /// The bindings inside of a type that is mentioned with this brand.
    pub(super) fn enter(&self, brand: &Brand) -> Self {
        let Some(scopes) = &brand.0 else {
            return Self(None);
        };
        let bounds = scopes.iter().filter_map(|scope| match &scope.binding {
            ScopeBinding::Inherit => self.find(scope.id).map(|bound| Bound {
                scope: scope.id,
                types: Arc::clone(&bound.types),
            }),
            ScopeBinding::Bind(types) => Some(Bound {
                scope: scope.id,
                types: types
                    .iter()
                    .map(|ty| ty.as_ref().map(|ty| (Arc::clone(ty), self.clone())))
                    .collect(),
            }),
        });
        Self(Some(bounds.collect()))
    }

    /// The type itself, or what it is bound to if it is a type parameter; with the bindings within.
    pub(super) fn resolve<'a>(&'a self, ty: &'a Type) -> (&'a Type, &'a Self) {
        let (mut ty, mut bindings) = (ty, self);
        // It ends: the bindings of a bound type were there before those that it is bound in.
        while let Type::Parameter { scope, index } = ty {
            let bound = bindings
                .find(*scope)
                .and_then(|bound| bound.types.get(usize::from(*index)));
            match bound {
                Some(Some((bound, within))) => (ty, bindings) = (bound, within),
                Some(None) | None => return (&UNBOUND, &NOTHING),
            }
        }
        (ty, bindings)
    }

    fn find(&self, scope: u64) -> Option<&Bound> {
        self.0.as_ref()?.iter().find(|bound| bound.scope == scope)
    }
}

impl std::fmt::Debug for Bindings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scopes = self.0.iter().flat_map(|bounds| bounds.iter());
        f.debug_set()
            .entries(scopes.map(|bound| bound.scope))
            .finish()
    }
}

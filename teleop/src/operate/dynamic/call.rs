//! [`Request`]: a call of a method that was met at run time.

use capnp::{
    any_pointer,
    capability::{Client, Promise, RemotePromise},
};
use serde_json::Value;

use super::{
    decode::{Capability, Decoded},
    encode::Encoded,
    interface::Method,
    route::Route,
    told::told,
};
use crate::{Error, Result};

/// A call that has its parameters and has not been sent.
pub struct Request {
    method: Method,
    request: capnp::capability::Request<any_pointer::Owned, any_pointer::Owned>,
}

impl Request {
    /// Encodes the arguments, a JSON object, for a call of `method`; see [`Encoded::new`].
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which argument does not fit, and how.
    pub fn new(
        client: &Client,
        method: &Method,
        arguments: &Value,
        capabilities: &[Client],
    ) -> Result<Self> {
        let encoded = Encoded::new(&method.params(), arguments, capabilities)?;
        let mut request = client.new_call::<any_pointer::Owned, any_pointer::Owned>(
            method.interface().id(),
            method.ordinal(),
            None,
        );
        encoded.copy_to(request.get())?;
        Ok(Self {
            method: method.clone(),
            request,
        })
    }

    /// Sends it.
    #[must_use = "dropping what is pending cancels the call"]
    pub fn send(self) -> Pending {
        self.send_split().0
    }

    /// Sends it, and returns the capability that its results will have: calls of it are sent right
    /// after, without waiting for an answer.
    ///
    /// `path` is that of the capability in the results (`file`, `nested.file`); it may be left out where
    /// there is only one.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] where the results have no such capability, or several; nothing was sent.
    pub fn send_pipelined(self, path: Option<&str>) -> Result<(Pending, Capability)> {
        let Some(results) = self.method.results() else {
            return Err(Error::BadArgument {
                field: "results".to_owned(),
                problem: "a streaming method has none".to_owned(),
            });
        };
        let route = Route::find(&results, path)?;
        // Taken here and now: once the answer is there, capnp-rpc cannot give it any more.
        let (pending, mut pipeline) = self.send_split();
        for pointer in route.pointers {
            pipeline = pipeline.get_pointer_field(pointer);
        }
        let capability = Capability {
            client: Client::new(pipeline.as_cap()),
            interface: route.interface,
        };
        Ok((pending, capability))
    }

    /// Sends a call of a [streaming](Method::is_streaming) method, and waits until the next may be sent.
    ///
    /// An error may also be that of an earlier call: they are not told apart.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] where this or an earlier call failed.
    pub async fn stream(self) -> Result<()> {
        Ok(self.request.hook.send_streaming().await?)
    }

    fn send_split(self) -> (Pending, any_pointer::Pipeline) {
        let RemotePromise { promise, pipeline } = self.request.send();
        let method = self.method;
        (Pending { method, promise }, pipeline)
    }
}

/// A call that was sent. Dropping it cancels the call.
#[must_use = "dropping it cancels the call"]
pub struct Pending {
    method: Method,
    promise: Promise<capnp::capability::Response<any_pointer::Owned>, capnp::Error>,
}

impl Pending {
    /// Waits for the answer. Dropping the future cancels the call.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] where the method failed, or the connection; [`Error::BadArgument`] where the
    /// process says which argument it refuses.
    pub async fn response(self) -> Result<Response> {
        Ok(Response {
            response: self.promise.await.map_err(told)?,
            method: self.method,
        })
    }
}

/// The answer to a call.
pub struct Response {
    method: Method,
    response: capnp::capability::Response<any_pointer::Owned>,
}

impl Response {
    /// The method that was called.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The results, to be serialized where they are wanted.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] where there are none to be read.
    pub fn results(&self) -> Result<Decoded<'_>> {
        let pointer = self.response.get()?;
        Ok(match self.method.results() {
            Some(structure) => Decoded::new(&structure, pointer),
            None => Decoded::nothing(self.method.interface(), pointer),
        })
    }

    /// The capability of this path in the results, or the only one.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] where there is no such capability, where it is null, or where there are
    /// several.
    pub fn capability(&self, path: Option<&str>) -> Result<Capability> {
        let Some(structure) = self.method.results() else {
            return Err(Error::BadArgument {
                field: "results".to_owned(),
                problem: "a streaming method has none".to_owned(),
            });
        };
        Route::find(&structure, path)?.follow(self.response.get()?)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", self.method.name())
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending({})", self.method.name())
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({})", self.method.name())
    }
}

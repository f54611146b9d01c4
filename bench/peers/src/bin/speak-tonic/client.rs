//! The client.

use std::path::Path;

use anyhow::{Context, Result};
use futures::{TryStreamExt, stream};
use teleop_bench_load::Connection;
use tonic::{
    Request,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

use crate::message::{Amount, ECHO, Message, RECEIVE, SEND};

pub(crate) struct Caller(Channel);

impl Caller {
    pub(crate) async fn connect(socket: &Path) -> Result<Self> {
        let socket = socket.to_str().context("a path that is text")?;
        let endpoint = Endpoint::try_from(format!("unix:{socket}"))?;
        Ok(Self(endpoint.connect().await?))
    }

    async fn ready(&self) -> Result<Grpc<Channel>> {
        let mut grpc = Grpc::new(self.0.clone());
        grpc.ready().await?;
        Ok(grpc)
    }
}

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        let text = message.to_owned();
        let codec = ProstCodec::<Message, Message>::default();
        let path = PathAndQuery::from_static(ECHO);
        let mut grpc = self.ready().await?;
        let reply = grpc
            .unary(Request::new(Message { text }), path, codec)
            .await?;
        Ok(reply.get_ref().text.len())
    }

    async fn receive(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let wanted = Amount {
            items: items as u64,
            bytes: bytes as u64,
        };
        let codec = ProstCodec::<Amount, Message>::default();
        let path = PathAndQuery::from_static(RECEIVE);
        let mut grpc = self.ready().await?;
        let reply = grpc
            .server_streaming(Request::new(wanted), path, codec)
            .await?;
        let came = reply
            .into_inner()
            .try_fold((0, 0), async |came, message: Message| {
                Ok((came.0 + 1, came.1 + message.text.len()))
            });
        Ok(came.await?)
    }

    async fn send(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let text = "x".repeat(bytes);
        let messages = (0..items).map(move |_| Message { text: text.clone() });
        let codec = ProstCodec::<Message, Amount>::default();
        let path = PathAndQuery::from_static(SEND);
        let mut grpc = self.ready().await?;
        let messages = Request::new(stream::iter(messages));
        let came = grpc.client_streaming(messages, path, codec).await?;
        let came: Amount = came.into_inner();
        Ok((came.items as usize, came.bytes as usize))
    }
}

//! The server.

use std::{
    convert::Infallible,
    path::Path,
    pin::Pin,
    process,
    task::{Context, Poll},
    thread,
};

use anyhow::Result;
use futures::{Stream, TryStreamExt, stream};
use teleop_bench_load::attend;
use tokio::net::UnixListener;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::http,
    server::{Grpc, NamedService},
    transport::Server,
};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use crate::message::{Amount, ECHO, Message, RECEIVE, SEND, SERVICE};

pub(crate) async fn serve(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(|| {
        // Without whoever started it, there is nothing left to do.
        let _ = attend();
        process::exit(0);
    });
    let accepted = stream::unfold(listener, async |listener| {
        let accepted = listener.accept().await.map(|(stream, _)| stream);
        Some((accepted, listener))
    });
    let server = Server::builder();
    Ok(server.serve_with_incoming(Echo, accepted).await?)
}

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = SERVICE;
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future =
        Pin<Box<dyn Future<Output = std::result::Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            Ok(match request.uri().path() {
                ECHO => {
                    let mut grpc = Grpc::new(ProstCodec::<Message, Message>::default());
                    grpc.unary(service_fn(echo), request).await
                }
                RECEIVE => {
                    let mut grpc = Grpc::new(ProstCodec::<Message, Amount>::default());
                    grpc.server_streaming(service_fn(send), request).await
                }
                SEND => {
                    let mut grpc = Grpc::new(ProstCodec::<Amount, Message>::default());
                    grpc.client_streaming(service_fn(take), request).await
                }
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

async fn echo(request: Request<Message>) -> Answer<Message> {
    Ok(Response::new(request.into_inner()))
}

async fn send(
    request: Request<Amount>,
) -> Answer<impl Stream<Item = std::result::Result<Message, Status>>> {
    let Amount { items, bytes } = request.into_inner();
    let text = "x".repeat(bytes as usize);
    let items = (0..items).map(move |_| Ok(Message { text: text.clone() }));
    Ok(Response::new(stream::iter(items)))
}

async fn take(request: Request<Streaming<Message>>) -> Answer<Amount> {
    let came = Amount { items: 0, bytes: 0 };
    let came = request.into_inner().try_fold(came, async |came, message| {
        Ok(Amount {
            items: came.items + 1,
            bytes: came.bytes + message.text.len() as u64,
        })
    });
    Ok(Response::new(came.await?))
}

type Answer<T> = std::result::Result<Response<T>, Status>;

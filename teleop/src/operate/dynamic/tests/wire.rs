//! Calls over a connection: what holds within a process holds between two.

#![cfg(unix)]

use std::{future::Future, os::unix::net::UnixStream};

use async_executor::LocalExecutor;
use async_io::Async;
use capnp::capability::Client;
use capnp_rpc::{RpcSystem, rpc_twoparty_capnp::Side, twoparty::VatNetwork};
use futures::{
    AsyncReadExt as _, FutureExt as _,
    future::{Either, select},
};
use serde_json::json;

use super::super::{Calls, Interface, Request, serve, settle};
use super::codec::schema;

fn service() -> Interface {
    schema().interface(0xa1b2_c3d4_e5f6_0001).unwrap()
}

fn network(stream: UnixStream, side: Side) -> Box<VatNetwork<impl futures::AsyncRead + Unpin>> {
    let (read, write) = Async::new(stream).unwrap().split();
    Box::new(VatNetwork::new(read, write, side, Default::default()))
}

/// Runs a test with a client of the service at one end of a connection, and its calls at the other.
fn connected<F: Future<Output = ()>>(test: impl FnOnce(Client, Calls) -> F) {
    let (here, there) = UnixStream::pair().unwrap();
    let (offered, calls) = serve(&service());
    let executor = LocalExecutor::new();
    executor
        .spawn(RpcSystem::new(network(there, Side::Server), Some(offered)))
        .detach();
    let mut system = RpcSystem::new(network(here, Side::Client), None);
    let client: Client = system.bootstrap(Side::Server);
    executor.spawn(system).detach();
    async_io::block_on(executor.run(test(client, calls)));
}

fn request(
    client: &Client,
    method: &str,
    arguments: &serde_json::Value,
    given: &[Client],
) -> Request {
    Request::new(client, &service().method(method).unwrap(), arguments, given).unwrap()
}

#[test]
fn a_chain_is_sent_before_its_first_answer() {
    connected(|client, mut calls| async move {
        let open = request(&client, "open", &json!({"path": "x"}), &[]);
        let (opened, file) = open.send_pipelined(Some("file")).unwrap();
        let read = file.interface.unwrap().method("read").unwrap();
        let read = Request::new(&file.client, &read, &json!({}), &[])
            .unwrap()
            .send();
        let call = calls.next().await.unwrap();
        let (file, mut reads) = serve(&schema().interface(0xa1b2_c3d4_e5f6_0004).unwrap());
        call.answer(&json!({"file": {"$capability": 0}}), &[file])
            .unwrap();
        let read_call = async {
            let call = reads.next().await.unwrap();
            call.answer(&json!({"bytes": "AAEC"}), &[]).unwrap();
        };
        let (response, ()) = futures::future::join(read.response(), read_call).await;
        assert_eq!(
            response.unwrap().results().unwrap().raw(),
            Some(&[0, 1, 2][..])
        );
        let opened = opened.response().await.unwrap();
        let shown = opened.results().unwrap();
        assert_eq!(
            shown.to_value().unwrap()["file"]["interface"],
            json!("everything.capnp:File")
        );
        assert!(opened.capability(Some("file")).is_ok());
    });
}

#[test]
fn a_sink_given_to_a_call_gets_what_is_put_into_it_and_no_faster_than_it_takes_it() {
    const COUNT: usize = 200;
    connected(|client, mut calls| async move {
        let watch = service().method("watch").unwrap();
        let params = watch.params();
        let (name, sink) = params.capabilities().remove(0);
        assert_eq!(name, "sink");
        let (sink, mut items) = serve(&sink.unwrap());
        let arguments = json!({"sink": {"$capability": 0}, "count": COUNT});
        let watching = request(&client, "watch", &arguments, &[sink])
            .send()
            .response();

        let on_their_way = std::cell::Cell::new(0);
        let putting = async {
            let call = calls.next().await.unwrap();
            let sink = {
                let params = call.params().unwrap();
                params.to_value().unwrap();
                params.capabilities().remove(0)
            };
            let put = sink.interface.unwrap().method("put").unwrap();
            for at in 0..COUNT {
                // Larger than the window of what may be on its way, all taken together.
                let item = json!({"item": {"name": "x".repeat(4096), "area": at}});
                let put = Request::new(&sink.client, &put, &item, &[]).unwrap();
                on_their_way.set(on_their_way.get() + 1);
                put.stream().await.unwrap();
            }
        };
        let taking = async {
            for at in 0..COUNT {
                let item = items.next().await.unwrap();
                assert!(on_their_way.replace(on_their_way.get() - 1) < COUNT / 2);
                let item = item.params().unwrap().to_value().unwrap();
                assert_eq!(item["item"]["area"], json!(at as f64), "in their order");
            }
            // The last answer goes out when it is dropped; then the sink is given back.
            items.next().await
        };
        let ((watched, ()), rest) =
            futures::future::join(futures::future::join(watching, putting), taking).await;
        watched.unwrap();
        assert!(rest.is_none(), "nobody has the sink any more");
    });
}

#[test]
fn what_was_streamed_before_the_answer_is_seen_before_it() {
    const COUNT: usize = 200;
    connected(|client, mut calls| async move {
        let watch = service().method("watch").unwrap();
        let (_, interface) = watch.params().capabilities().remove(0);
        let (sink, mut items) = serve(&interface.unwrap());
        let arguments = json!({"sink": {"$capability": 0}, "count": COUNT});
        let watching = request(&client, "watch", &arguments, std::slice::from_ref(&sink));
        let watching = watching.send().response();
        let mut watching = Box::pin(async {
            watching.await.unwrap();
            settle(&sink).await;
        });
        let mut putting = Box::pin(async {
            let call = calls.next().await.unwrap();
            let sink = {
                let params = call.params().unwrap();
                params.to_value().unwrap();
                params.capabilities().remove(0)
            };
            let put = sink.interface.unwrap().method("put").unwrap();
            for _ in 0..COUNT {
                // So small that none has to wait for another.
                let put = Request::new(&sink.client, &put, &json!({}), &[]).unwrap();
                put.stream().await.unwrap();
            }
        });
        // All are on their way, and so is the answer, before one is looked at.
        putting.as_mut().await;
        let mut seen = 0;
        while let Either::Left((Some(_), _)) =
            select(items.next().boxed_local(), &mut watching).await
        {
            seen += 1;
        }
        assert_eq!(seen, COUNT);
    });
}

#[test]
fn a_call_that_is_dropped_is_cancelled_at_the_other_end() {
    connected(|client, mut calls| async move {
        let pending = request(&client, "nothing", &json!({}), &[]).send();
        let first = calls.next().await.unwrap();
        drop(pending);
        drop(first);
        let second = request(&client, "name", &json!({}), &[]).send().response();
        let answer = async {
            let call = calls.next().await.unwrap();
            assert_eq!(call.method().name(), "name");
        };
        let (answered, ()) = futures::future::join(second, answer).await;
        answered.unwrap();
    });
}

//! Calls between two ends of one process, neither of which has compiled the schema.

use async_io::block_on;
use capnp::capability::Client;
use serde_json::json;

use super::super::{Calls, Interface, Request, serve};
use super::codec::schema;
use crate::Error;

fn service() -> Interface {
    schema().interface(0xa1b2_c3d4_e5f6_0001).unwrap()
}

fn request(client: &Client, method: &str, arguments: serde_json::Value) -> Request {
    let method = service().method(method).unwrap();
    Request::new(client, &method, &arguments, &[]).unwrap()
}

#[test]
fn a_call_arrives_by_name_and_its_answer_comes_back() {
    let (client, mut calls) = serve(&service());
    let server = async {
        let call = calls.next().await.unwrap();
        assert_eq!(call.method().name(), "scale");
        let params = call.params().unwrap().to_value().unwrap();
        assert_eq!(params["factor"], json!(2.0), "the default");
        assert_eq!(params["colour"], json!("red"));
        call.answer(&json!({"shape": {"circle": 4.0}}), &[])
            .unwrap();
    };
    let call = request(
        &client,
        "scale",
        json!({"shape": {"circle": 2.0}, "colour": "red"}),
    );
    let (response, ()) = block_on(futures::future::join(call.send().response(), server));
    let results = response.unwrap().results().unwrap().to_value().unwrap();
    assert_eq!(results["shape"]["circle"], json!(4.0));
}

#[test]
fn an_inherited_method_is_called_at_the_interface_that_declares_it() {
    let (client, mut calls) = serve(&service());
    let server = async {
        let call = calls.next().await.unwrap();
        assert_eq!(call.method().interface().name(), "Named");
        call.answer(&json!({"name": "n"}), &[]).unwrap();
    };
    let call = request(&client, "name", json!({}));
    let (response, ()) = block_on(futures::future::join(call.send().response(), server));
    let response = response.unwrap();
    assert_eq!(response.results().unwrap().raw(), Some(&b"n"[..]));
}

#[test]
fn a_call_goes_on_to_the_capability_in_its_results() {
    let (client, mut calls) = serve(&service());
    let file = schema().interface(0xa1b2_c3d4_e5f6_0004).unwrap();
    let (file, mut reads) = serve(&file);
    let open = request(&client, "open", json!({"path": "/x"}));
    let (opened, found) = open.send_pipelined(Some("file")).unwrap();
    let read = found.interface.unwrap().method("read").unwrap();
    let read = Request::new(&found.client, &read, &json!({"length": 3}), &[]).unwrap();
    let read = read.send();
    let server = async {
        let call = calls.next().await.unwrap();
        let results = json!({"file": {"$capability": 0}, "nested": {"size": 7}});
        call.answer(&results, &[file]).unwrap();
        let call = reads.next().await.unwrap();
        let length = call.params().unwrap().to_value().unwrap()["length"].clone();
        assert_eq!(length, json!(3));
        call.answer(&json!({"bytes": "AAEC"}), &[]).unwrap();
    };
    let answers = futures::future::join(opened.response(), read.response());
    let ((opened, read), ()) = block_on(futures::future::join(answers, server));
    let read = read.unwrap().results().unwrap().to_value().unwrap();
    assert_eq!(read, json!({"bytes": "AAEC"}));
    let opened = opened.unwrap();
    assert!(opened.capability(Some("file")).is_ok());
    let null = opened.capability(Some("nested.file")).unwrap_err();
    assert!(null.to_string().contains("null"), "{null}");
}

#[test]
fn which_capability_is_meant_has_to_be_clear() {
    let (client, _calls) = serve(&service());
    let named = |path| {
        let open = request(&client, "open", json!({}));
        match open.send_pipelined(path).map(|_| ()) {
            Err(Error::BadArgument { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert!(named(Some("fil")).contains("did you mean `file`?"));
    let clone = request(&client, "clone", json!({})).send_pipelined(None);
    assert_eq!(clone.unwrap().1.interface.unwrap().name(), "Service");
    let none = request(&client, "nothing", json!({})).send_pipelined(None);
    assert!(none.unwrap_err().to_string().contains("no capability"));
}

#[test]
fn a_stream_waits_for_whoever_reads_it() {
    let sink = service().method("watch").unwrap().params();
    let (_, sink) = sink.capabilities().remove(0);
    let sink = sink.unwrap();
    let put = sink.method("put").unwrap();
    assert!(put.is_streaming());
    let (client, mut calls) = serve(&sink);
    let item = json!({"item": {"name": "bound", "circle": 1.0}});
    let send = |client: &Client| Request::new(client, &put, &item, &[]).unwrap().send();
    let mut first = std::pin::pin!(send(&client).response());
    let mut second = std::pin::pin!(send(&client).response());
    block_on(async {
        use futures::FutureExt as _;
        assert!(first.as_mut().now_or_never().is_none());
        let call = calls.next().await.unwrap();
        let shown = call.params().unwrap().to_value().unwrap();
        assert_eq!(
            shown["item"]["name"],
            json!("bound"),
            "the parameter of the sink is bound"
        );
        assert!(
            first.as_mut().now_or_never().is_none(),
            "it has not been dealt with"
        );
        drop(call);
        let nothing = first.await.unwrap().results().unwrap().to_value().unwrap();
        assert_eq!(nothing, json!({}));
        assert!(second.as_mut().now_or_never().is_none());
        drop(calls);
        assert!(second.await.is_ok(), "what was received before is answered");
        assert!(send(&client).response().await.is_err(), "nobody listens");
    });
}

#[test]
fn a_failure_is_told_and_an_unknown_method_is_unimplemented() {
    let (client, mut calls) = serve(&service());
    let failing = async {
        calls.next().await.unwrap().fail("out of paint".to_owned());
    };
    let call = request(&client, "nothing", json!({})).send().response();
    let (answer, ()) = block_on(futures::future::join(call, failing));
    match answer.unwrap_err() {
        Error::Remote(error) => assert!(error.extra.contains("out of paint"), "{error}"),
        other => panic!("{other:?}"),
    }
    let file = schema().interface(0xa1b2_c3d4_e5f6_0004).unwrap();
    let touch = file.method("touch").unwrap();
    let call = Request::new(&client, &touch, &json!({}), &[]).unwrap();
    match block_on(call.send().response()).unwrap_err() {
        Error::Remote(error) => assert_eq!(error.kind, capnp::ErrorKind::Unimplemented),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_calls_end_when_nobody_can_call_any_more() {
    let (client, mut calls): (Client, Calls) = serve(&service());
    drop(client);
    assert!(block_on(calls.next()).is_none());
}

//! The client.

use std::{future::poll_fn, time::Instant};

use anyhow::{Result, ensure};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, future::try_join_all};
use teleop_bench_load::{Calls, Deadline, Figures, Load, obey_with};

use crate::{
    exchange::Exchange,
    frames::frame,
    items,
    order::{Amount, Order},
};

/// Does what it is told; no more than so many calls at a time.
pub(crate) async fn call<S: AsyncRead + AsyncWrite + Unpin>(
    connect: impl Fn() -> Result<S>,
    most: Option<usize>,
) -> Result<()> {
    let mut streams = Vec::new();
    obey_with(async |load| match *load {
        Load::Calls(calls) => {
            let at_once = calls.in_flight * calls.connections;
            ensure!(
                most.is_none_or(|most| at_once <= most),
                "one call at a time"
            );
            open(&mut streams, calls.connections, &connect).await?;
            echo(&mut streams[..calls.connections], &calls).await
        }
        Load::Paced(paced) => {
            open(&mut streams, 1, &connect).await?;
            let stream = &mut streams[0];
            let mut frame = frame(&"x".repeat(paced.bytes));
            paced
                .make(async |message| {
                    stream.write_all(&frame).await?;
                    stream.read_exact(&mut frame).await?;
                    Ok(message.len())
                })
                .await
        }
        Load::Receive { items, bytes } => {
            let amount = Amount { items, bytes };
            let mut stream = connect()?;
            let begin = Instant::now();
            Order::Receive(amount).write(&mut stream).await?;
            let came = items::read(amount, &mut stream).await?;
            figures(amount, came, begin)
        }
        Load::Send { items, bytes } => {
            let amount = Amount { items, bytes };
            let mut stream = connect()?;
            let begin = Instant::now();
            Order::Send(amount).write(&mut stream).await?;
            items::write(amount, &mut stream).await?;
            let came = Amount::read(&mut stream).await?;
            figures(amount, came, begin)
        }
    })
    .await
}

/// Sees to it that there are so many connections for echoes.
async fn open<S: AsyncWrite + Unpin>(
    streams: &mut Vec<S>,
    connections: usize,
    connect: impl Fn() -> Result<S>,
) -> Result<()> {
    while streams.len() < connections {
        let mut stream = connect()?;
        Order::Echo.write(&mut stream).await?;
        streams.push(stream);
    }
    Ok(())
}

fn figures(amount: Amount, came: Amount, begin: Instant) -> Result<Figures> {
    let elapsed = begin.elapsed();
    let bytes = amount.items * amount.bytes;
    ensure!(
        came.items == amount.items && came.bytes == bytes,
        "{came:?} came of {amount:?}"
    );
    Ok(Figures::of_items(amount.items, elapsed))
}

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(
    streams: &mut [S],
    calls: &Calls,
) -> Result<Figures> {
    let frame = frame(&calls.message());
    let deadline = Deadline::begin(calls.duration);
    let mut exchanges: Vec<_> = streams
        .iter_mut()
        .map(|stream| Exchange::new(stream, &frame, calls.in_flight, deadline))
        .collect();
    if let [exchange] = &mut exchanges[..] {
        poll_fn(|cx| exchange.poll(cx)).await?;
    } else {
        let all = exchanges.iter_mut();
        try_join_all(all.map(|exchange| poll_fn(|cx| exchange.poll(cx)))).await?;
    }
    let elapsed = deadline.elapsed();
    let nanoseconds = exchanges.into_iter().flat_map(Exchange::into_nanoseconds);
    Ok(Figures::of_calls(nanoseconds.collect(), elapsed))
}

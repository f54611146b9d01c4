//! The server.

use std::{os::unix::net::UnixListener, path::Path, process, thread};

use anyhow::Result;
use async_executor::LocalExecutor;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, executor, io::AllowStdIo};
use teleop_bench_load::attend;

use crate::{frames::Frames, items, listen::Listen, order::Order};

/// Answers, with a task for each connection, all of them on this thread.
pub(crate) async fn serve(listener: impl Listen) -> Result<()> {
    end_with_parent();
    let executor = LocalExecutor::new();
    let accepting = async {
        loop {
            // It ends with the connection.
            executor.spawn(answer(listener.accept().await?)).detach();
        }
    };
    executor.run(accepting).await
}

/// Answers, on a thread for each connection.
pub(crate) fn serve_blocking(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    end_with_parent();
    loop {
        let (stream, _) = listener.accept()?;
        // It ends with the connection.
        thread::spawn(move || executor::block_on(answer(AllowStdIo::new(stream))));
    }
}

fn end_with_parent() {
    thread::spawn(|| {
        // Without whoever started it, there is nothing left to do.
        let _ = attend();
        process::exit(0);
    });
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    match Order::read(&mut stream).await? {
        Order::Echo => echo(stream).await,
        Order::Receive(amount) => items::write(amount, &mut stream).await,
        Order::Send(amount) => {
            let came = items::read(amount, &mut stream).await?;
            came.write(&mut stream).await
        }
    }
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    let mut frames = Frames::new();
    loop {
        match stream.read(frames.room()).await? {
            0 => return Ok(()),
            read => frames.fill(read),
        }
        let whole = frames.whole();
        if !whole.is_empty() {
            stream.write_all(whole).await?;
            let used = whole.len();
            frames.consume(used);
        }
    }
}
